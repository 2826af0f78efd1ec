"""Renewals: whoever is responsible is reminded three times in one task, whatever happens to scheduler and contract."""

from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from abm.customers.absences import Leave, enter_absence
from abm.customers.keep import Writing, change_record
from abm.customers.sheets import CONTRACT
from abm.due import SWEEPS
from abm.errors import Conflict, Invalid
from abm.handoff.actors import remind_renewals
from abm.handoff.closing import close_task
from abm.handoff.renewals import end_contracts, has_renewals, remind_of_renewals
from abm.handoff.renewing import Renewed, let_contract_end, renew_contract
from abm.handoff.wording import say_why
from abm.models import Contract, RenewalReminder, Task
from abm.words import CloseReason, ContractState, Language, Role, TaskKind, TaskState
from abm.work import Installation, set_clock_offset, unit_of_work
from tests.abm.handoff.sold import TODAY, after, in_days, make_contract, tasks_of
from tests.abm.handoff.test_actors import run_together
from tests.abm.scoring.ledgers import TOKYO
from tests.worlds import NOON, make_account, make_department, make_user


def remind(session: Session, at: datetime = NOON) -> list[Task]:
    """What the workers do, twice over; the renewal tasks there are then."""
    for _ in range(2):
        while remind_of_renewals(session, at, TOKYO):
            pass
    assert not has_renewals(session, at.date())
    return tasks_of(session, TaskKind.RENEWAL)


def levels(session: Session) -> list[int]:
    return list(session.scalars(select(RenewalReminder.days_ahead).order_by(RenewalReminder.at)))


@pytest.mark.parametrize(("days", "level"), [(180, 180), (91, 180), (90, 90), (31, 90), (30, 30), (0, 30), (-30, 30)])
def test_the_nearest_reminder_is_due(session: Session, days: int, level: int) -> None:
    make_contract(session, make_account(session), days)

    assert len(remind(session)) == 1
    assert levels(session) == [level]


@pytest.mark.parametrize("days", [181, -31, None])
def test_nobody_is_reminded_too_early_too_late_or_of_no_day(session: Session, days: int | None) -> None:
    contract = make_contract(session, make_account(session), days or 0)
    contract.renews_on = in_days(days) if days else None
    session.flush()

    assert remind(session) == []


def test_a_day_is_the_installations_day(session: Session) -> None:
    make_contract(session, make_account(session), 181)
    late_evening_in_tokyo = NOON.replace(hour=14, minute=59)

    assert remind_of_renewals(session, late_evening_in_tokyo, TOKYO) == 0
    assert remind_of_renewals(session, late_evening_in_tokyo + timedelta(minutes=1), TOKYO) == 1


def test_three_reminders_make_one_task_that_says_how_many_days_are_left(session: Session) -> None:
    make_contract(session, make_account(session), 200, amount=Decimal(1200000))

    for day in range(0, 201, 5):
        tasks = remind(session, after(day))

    assert levels(session) == [180, 90, 30]
    assert [(task.state, [one["left"] for one in task.evidence]) for task in tasks] == [("open", [180, 90, 30])]
    assert say_why(tasks[0].why, Language.JAPANESE, TOKYO)[0] == (
        "「保守契約」の契約更新日2027/6/1まで30日（1,200,000円）"
    )
    assert say_why(tasks[0].why, Language.ENGLISH, TOKYO)[1:] == [
        "It does not renew by itself: the customer has to decide by 2027-06-01",
        "No contact has been logged yet",
    ]


def test_a_contract_that_renews_itself_says_until_when_notice_can_be_given(session: Session) -> None:
    make_contract(session, make_account(session), 20, renews_itself=True)

    said = say_why(remind(session)[0].why, Language.JAPANESE, TOKYO)

    assert said[1] == "自動更新の契約：解約・条件変更の申し出は2026/12/3まで"


def test_after_days_of_standstill_only_the_nearest_reminder_comes(session: Session) -> None:
    make_contract(session, make_account(session), 200)

    tasks = remind(session, after(175))

    assert levels(session) == [30]
    assert [len(task.evidence) for task in tasks] == [1]


def test_the_task_goes_to_the_contracts_owner_before_the_departments_and_the_accounts(session: Session) -> None:
    contracts, departments, accounts = (make_user(session, name=name) for name in "契部社")
    account = make_account(session, owner_id=accounts.id)
    department = make_department(session, account, owner_id=departments.id)
    make_contract(session, account, owner_id=contracts.id, department_id=department.id)
    other = make_account(session, "株式会社ゼータ", owner_id=accounts.id)
    of_department = make_department(session, other, owner_id=departments.id)
    make_contract(session, other, department_id=of_department.id)
    make_contract(session, other)

    remind(session)

    assert [task.owner_id for task in tasks_of(session, TaskKind.RENEWAL, account.id)] == [contracts.id]
    owners = {task.department_id: task.owner_id for task in tasks_of(session, TaskKind.RENEWAL, other.id)}
    assert owners == {of_department.id: departments.id, None: accounts.id}


def test_who_is_away_or_gone_is_passed_over(session: Session) -> None:
    away, gone, stands_in, rep = (make_user(session, name=name) for name in "休退代営")
    leave = Leave(away.id, TODAY, in_days(7), substitute_id=stands_in.id)
    enter_absence(session, leave, by=away.id, at=NOON, today=TODAY)
    gone.disabled_at = NOON
    session.flush()
    first, second = make_account(session), make_account(session, "株式会社ゼータ", owner_id=rep.id)
    make_contract(session, first, owner_id=away.id)
    make_contract(session, second, owner_id=gone.id)

    remind(session)

    assert [task.owner_id for task in tasks_of(session, TaskKind.RENEWAL, first.id)] == [stands_in.id]
    assert [task.owner_id for task in tasks_of(session, TaskKind.RENEWAL, second.id)] == [rep.id]


def test_without_owners_reps_take_turns_and_without_reps_an_administrator(session: Session) -> None:
    boss = make_user(session, Role.ADMIN)
    make_contract(session, make_account(session))
    assert [task.owner_id for task in remind(session)] == [boss.id]

    reps = {make_user(session).id for _ in range(2)}
    for number in range(2):
        make_contract(session, make_account(session, f"株式会社{number}"))
    assert {task.owner_id for task in remind(session)[1:]} == reps


def test_two_contracts_of_one_account_share_a_task_until_both_are_answered(session: Session) -> None:
    by, account = make_user(session).id, make_account(session)
    first, second = make_contract(session, account, 20), make_contract(session, account, 25, name="追加ライセンス")
    (task,) = remind(session)

    renew_contract(session, first.id, Renewed(in_days(385)), by=by, at=NOON, today=TODAY)
    assert remind(session)[0].state == TaskState.OPEN
    let_contract_end(session, second.id, "予算削減", by=by, at=NOON, today=TODAY)

    session.refresh(task)
    assert (task.state, task.answer, task.text) == (TaskState.DONE, CloseReason.WILL_END, "予算削減")


def test_renewed_makes_the_following_contract_and_no_second_task(session: Session) -> None:
    by = make_user(session).id
    contract = make_contract(
        session, make_account(session), 20, ends_on=in_days(50), amount=Decimal(100), owner_id=by, currency="USD"
    )
    remind(session)

    following = renew_contract(session, contract.id, Renewed(in_days(385)), by=by, at=NOON, today=TODAY)

    assert contract.state == ContractState.RENEWED
    assert (following.name, following.amount, following.owner_id, following.currency) == (
        "保守契約",
        Decimal(100),
        by,
        "USD",
    )
    # It begins where the other ends, and can be given notice as long before its end.
    assert (following.starts_on, following.renews_on, following.ends_on) == (in_days(51), in_days(385), in_days(415))
    assert [(task.state, task.answer) for task in remind(session)] == [(TaskState.DONE, CloseReason.RENEWED)]


def test_a_contract_said_to_end_ends_after_its_last_day(session: Session) -> None:
    by = make_user(session).id
    contract = make_contract(session, make_account(session), 20, ends_on=in_days(50))
    remind(session)

    let_contract_end(session, contract.id, "内製化", by=by, at=NOON, today=TODAY)

    assert end_contracts(session, after(50), TOKYO) == 0
    assert (contract.state, len(remind(session, after(19)))) == (ContractState.RUNNING, 1)
    assert (end_contracts(session, after(51), TOKYO), end_contracts(session, after(51), TOKYO)) == (1, 0)
    assert contract.state == ContractState.ENDED


def test_an_answer_that_lacks_something_changes_nothing(session: Session) -> None:
    by = make_user(session).id
    contract = make_contract(session, make_account(session), 20)

    with pytest.raises(Invalid, match="next renewal is due"):
        renew_contract(session, contract.id, Renewed(None), by=by, at=NOON, today=TODAY)
    with pytest.raises(Invalid, match="after this one"):
        renew_contract(session, contract.id, Renewed(in_days(20)), by=by, at=NOON, today=TODAY)
    with pytest.raises(Invalid, match="say why"):
        let_contract_end(session, contract.id, " ", by=by, at=NOON, today=TODAY)
    assert contract.state == ContractState.RUNNING


def test_a_contract_that_is_over_cannot_be_renewed_again(session: Session) -> None:
    by = make_user(session).id
    contract = make_contract(session, make_account(session), 20)
    renew_contract(session, contract.id, Renewed(in_days(385)), by=by, at=NOON, today=TODAY)

    with pytest.raises(Conflict, match="renewed"):
        renew_contract(session, contract.id, Renewed(in_days(385)), by=by, at=NOON, today=TODAY)


@pytest.mark.parametrize(
    ("typed", "reason"),
    [
        ({"state": ContractState.ENDED.value}, CloseReason.CONTRACT_ENDED),
        ({"state": ContractState.RENEWED.value}, CloseReason.RENEWED),
        ({"renews_on": in_days(400)}, CloseReason.DATE_MOVED),
    ],
)
def test_a_task_about_nothing_is_dismissed_by_itself_and_says_why(
    session: Session, typed: dict[str, object], reason: CloseReason
) -> None:
    contract = make_contract(session, make_account(session), 20)
    remind(session)
    change_record(session, CONTRACT, contract.id, typed, Writing(None, NOON, TODAY))

    tasks = remind(session)

    assert [(task.state, task.answer, task.answered_by) for task in tasks] == [(TaskState.DISMISSED, reason, None)]


def test_a_day_moved_nearer_feeds_the_open_task(session: Session) -> None:
    contract = make_contract(session, make_account(session), 100)
    remind(session)
    change_record(session, CONTRACT, contract.id, {"renews_on": in_days(80)}, Writing(None, NOON, TODAY))

    tasks = remind(session)

    assert [(task.state, [one["left"] for one in task.evidence]) for task in tasks] == [("open", [100, 80])]


def test_what_a_person_has_closed_is_not_opened_again_for_the_same_renewal(session: Session) -> None:
    contract = make_contract(session, make_account(session), 170)
    (task,) = remind(session)
    close_task(session, task.id, done=True, by=make_user(session).id, at=NOON)

    assert len(remind(session, after(100))) == 1

    change_record(session, CONTRACT, contract.id, {"renews_on": in_days(180)}, Writing(None, NOON, TODAY))
    assert len(remind(session, after(100))) == 2


def test_a_day_moved_away_and_back_has_a_task_again(session: Session) -> None:
    contract = make_contract(session, make_account(session), 170)
    for day in (in_days(400), in_days(170)):
        remind(session)
        change_record(session, CONTRACT, contract.id, {"renews_on": day}, Writing(None, NOON, TODAY))

    tasks = remind(session, after(100))

    assert [task.state for task in tasks] == [TaskState.DISMISSED, TaskState.OPEN]


def test_archived_contracts_and_accounts_ask_for_nothing(session: Session) -> None:
    make_contract(session, make_account(session), 20, archived_at=NOON)
    make_contract(session, make_account(session, "株式会社ゼータ", archived_at=NOON), 20)

    assert remind(session) == []


def test_several_schedulers_and_workers_make_one_task_each(installation: Installation) -> None:
    with unit_of_work() as work:
        set_clock_offset(work.session, NOON - work.at)
        make_user(work.session)
        for number in range(10):
            account = make_account(work.session, f"株式会社{number}")
            for days in (20, 40):
                make_contract(work.session, account, days)
        assert SWEEPS["remind_of_renewals"](work.session, NOON)

    run_together(4, remind_renewals)

    with unit_of_work() as work:
        tasks = tasks_of(work.session, TaskKind.RENEWAL)
        assert (len(tasks), {len(task.evidence) for task in tasks}) == (10, {2})
        assert not SWEEPS["remind_of_renewals"](work.session, NOON)


def test_of_two_racing_answers_one_renews(installation: Installation) -> None:
    with unit_of_work() as work:
        by = make_user(work.session).id
        contract = make_contract(work.session, make_account(work.session), 20).id
    lost: list[Conflict] = []

    def answer() -> None:
        try:
            with unit_of_work() as work:
                renewed = Renewed(in_days(385))
                renew_contract(work.session, contract, renewed, by=by, at=work.at, today=work.at.date())
        except Conflict as conflict:
            lost.append(conflict)

    run_together(3, answer)

    with unit_of_work() as work:
        assert len(work.session.scalars(select(Contract)).all()) == 2
    assert len(lost) == 2
