"""Contracts that renew themselves: each day that passes begins one term, told once, whoever is at it."""

from datetime import date, datetime, time

from sqlalchemy import select
from sqlalchemy.orm import Session

from abm.due import SWEEPS
from abm.handoff.actors import remind_renewals
from abm.handoff.going_on import has_passed_days, let_contracts_go_on
from abm.handoff.renewals import remind_of_renewals
from abm.handoff.renewing import let_contract_end
from abm.models import AuditEntry, Contract, ContractTerm, Task, TimelineItem
from abm.words import CloseReason, TaskKind, TaskState
from abm.work import Installation, set_clock_offset, unit_of_work
from tests.abm.handoff.sold import TODAY, after, in_days, make_contract, tasks_of
from tests.abm.handoff.test_actors import run_together
from tests.abm.scoring.ledgers import TOKYO
from tests.worlds import NOON, make_account, make_user


def work_off(session: Session, at: datetime) -> list[Task]:
    """What the workers do, twice over; the renewal tasks there are then."""
    for _ in range(2):
        while let_contracts_go_on(session, at, TOKYO) + remind_of_renewals(session, at, TOKYO):
            pass
    assert not has_passed_days(session, at, TOKYO)
    return tasks_of(session, TaskKind.RENEWAL)


def terms(session: Session) -> list[ContractTerm]:
    return list(session.scalars(select(ContractTerm).order_by(ContractTerm.renews_on)))


def lines(session: Session) -> list[TimelineItem]:
    return list(session.scalars(select(TimelineItem).where(TimelineItem.kind == "contract_changed")))


def make_endless(session: Session, days: int = 20, **over: object) -> Contract:
    """A contract over half a year that renews itself and is up in so many days."""
    values = {"starts_on": in_days(days - 182), "renews_itself": True, **over}
    return make_contract(session, make_account(session), days, **values)


def test_a_day_that_passes_without_notice_begins_the_next_term(session: Session) -> None:
    contract = make_endless(session, 20, ends_on=in_days(20))

    work_off(session, after(20))
    assert terms(session) == []
    work_off(session, after(21))

    (term,) = terms(session)
    assert (term.renews_on, term.months) == (in_days(20), 6)
    assert contract.renews_on == contract.ends_on == term.next_renews_on
    assert [line.detail["next"] for line in lines(session)] == [term.next_renews_on.isoformat()]
    assert session.scalars(select(AuditEntry.act).where(AuditEntry.subject_id == contract.id)).all() == [
        "contract.went_on"
    ]


def test_each_term_has_reminders_and_one_task_of_its_own(session: Session) -> None:
    make_endless(session, 200, starts_on=in_days(200 - 364))

    # The second day is 2028/6/1, a leap year after the first: 566 days from now, looked at every tenth.
    for day in range(0, 600, 10):
        tasks = work_off(session, after(day))

    assert [[one["left"] for one in task.evidence] for task in tasks] == [[180, 90, 30], [176, 86, 26]]
    assert [(task.state, task.answer) for task in tasks] == [
        (TaskState.DISMISSED, CloseReason.WENT_ON),
        (TaskState.DISMISSED, CloseReason.WENT_ON),
    ]
    assert len(terms(session)) == len(lines(session)) == 2


def test_a_contract_said_to_end_does_not_go_on(session: Session) -> None:
    contract = make_endless(session, 20, ends_on=in_days(50))
    let_contract_end(session, contract.id, "内製化", by=make_user(session).id, at=NOON, today=TODAY)

    work_off(session, after(30))

    assert terms(session) == []


def test_only_running_contracts_that_renew_themselves_go_on(session: Session) -> None:
    make_endless(session, -5, renews_itself=False)
    make_endless(session, -5, state="ended")
    make_endless(session, -5, archived_at=NOON)
    make_contract(session, make_account(session, archived_at=NOON), -5, renews_itself=True)

    assert not has_passed_days(session, NOON, TOKYO)
    assert let_contracts_go_on(session, NOON, TOKYO) == 0


def test_an_old_list_that_brings_the_day_back_is_passed_over_without_telling_it_twice(session: Session) -> None:
    contract = make_endless(session, 20)
    work_off(session, after(21))
    following = contract.renews_on
    contract.renews_on = in_days(20)
    session.flush()

    work_off(session, after(22))

    assert contract.renews_on == following
    assert (len(terms(session)), len(lines(session))) == (1, 1)


def test_several_workers_begin_each_term_once(installation: Installation) -> None:
    with unit_of_work() as work:
        set_clock_offset(work.session, NOON - work.at)
        make_user(work.session)
        for number in range(10):
            account = make_account(work.session, f"株式会社{number}")
            for days in (-3, -1):
                make_contract(work.session, account, days, renews_itself=True)
        assert SWEEPS["remind_of_renewals"](work.session, NOON)

    run_together(4, remind_renewals)

    with unit_of_work() as work:
        assert (len(terms(work.session)), len(lines(work.session))) == (20, 20)
        assert tasks_of(work.session, TaskKind.RENEWAL) == []
        assert not SWEEPS["remind_of_renewals"](work.session, NOON)


def test_a_day_that_february_lacks_comes_back_when_the_next_term_begins_later(session: Session) -> None:
    day = date(2027, 1, 30)
    contract = make_endless(session, starts_on=date(2026, 12, 31), renews_on=day, ends_on=day)

    seen = []
    for passed in (date(2027, 1, 31), date(2027, 3, 1), date(2027, 3, 31)):
        work_off(session, datetime.combine(passed, time(12), TOKYO))
        seen.append((contract.renews_on, contract.ends_on))

    assert seen == [(next_day, next_day) for next_day in (date(2027, 2, 28), date(2027, 3, 30), date(2027, 4, 30))]


def test_a_day_that_somebody_has_set_since_is_the_first(session: Session) -> None:
    contract = make_endless(session, starts_on=date(2026, 12, 31), renews_on=date(2027, 1, 30))
    work_off(session, datetime(2027, 1, 31, 12, tzinfo=TOKYO))
    contract.renews_on = date(2027, 2, 20)

    work_off(session, datetime(2027, 2, 21, 12, tzinfo=TOKYO))

    assert contract.renews_on == date(2027, 3, 20)
