"""Freshness tasks: a few records a week for each owner, each answered by a tap."""

import uuid
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from abm.customers.contacts import change_contact
from abm.customers.drafts import draft_of_contact
from abm.customers.freshness import mark_stale
from abm.due import SWEEPS
from abm.errors import Conflict
from abm.handoff.actors import check_freshness
from abm.handoff.freshness import PEOPLE_A_WEEK, answer_check, ask_for_checks, close_checked
from abm.handoff.wording import say_why
from abm.models import Account, Contact, Task, User
from abm.words import CloseReason, ExcludedReason, FreshnessAnswer, Language, StaleReason, TaskKind, TaskState
from abm.work import Installation, set_clock_offset, unit_of_work
from tests.abm.handoff.sold import after, tasks_of
from tests.abm.handoff.test_actors import run_together
from tests.abm.scoring.ledgers import TOKYO
from tests.worlds import NOON, make_account, make_contact, make_department, make_user


def ask(session: Session, at: datetime = NOON) -> list[Task]:
    """A day's round, twice; the freshness tasks there are then."""
    for _ in range(2):
        close_checked(session, at)
        ask_for_checks(session, at, TOKYO)
    return tasks_of(session, TaskKind.FRESHNESS)


def asked(task: Task) -> list[str]:
    """Whom a task asks about, in order."""
    return [entry["contact"] for entry in task.evidence]


def owned_account(session: Session, name: str = "株式会社アクメ") -> tuple[Account, User]:
    rep = make_user(session)
    return make_account(session, name, owner_id=rep.id), rep


def old_contact(session: Session, account: Account, number: int = 0, **over: object) -> Contact:
    """Somebody whose record nobody has confirmed for more than a year."""
    values = {"confirmed_at": after(-366 - number), **over}
    return make_contact(session, account, f"人 {number}", f"{number}@{account.id}.example", **values)


def test_a_doubted_and_an_unconfirmed_record_are_asked_about(session: Session) -> None:
    account, rep = owned_account(session)
    doubted = make_contact(session, account, title="部長", confirmed_at=NOON)
    mark_stale(session, doubted.id, StaleReason.BOUNCED, by=None, at=NOON)
    department = make_department(session, account)
    old = old_contact(session, account, department_id=department.id)

    first, second = sorted(ask(session), key=lambda task: task.department_id is not None)

    assert (asked(first), asked(second)) == ([str(doubted.id)], [str(old.id)])
    assert (first.owner_id, second.department_id) == (rep.id, department.id)
    assert say_why(first.why, Language.JAPANESE, TOKYO)[0] == "安奈 花子 様（部長）の情報鮮度：メールが届きません"
    assert say_why(second.why, Language.ENGLISH, TOKYO)[0] == "人 0 has not been confirmed since 2025-11-12"


def test_fresh_records_and_accounts_that_nobody_looks_after_are_left_alone(session: Session) -> None:
    account, _rep = owned_account(session)
    make_contact(session, account, confirmed_at=after(-364))
    old_contact(session, account, archived_at=NOON)
    old_contact(session, make_account(session, "株式会社無人"))
    excluded, _rep = owned_account(session, "株式会社競合")
    excluded.excluded_reason = ExcludedReason.COMPETITOR
    old_contact(session, excluded)

    assert ask(session) == []


def test_a_week_holds_only_a_few_people_the_doubted_first(session: Session) -> None:
    account, _rep = owned_account(session)
    people = [old_contact(session, account, number) for number in range(PEOPLE_A_WEEK + 2)]
    mark_stale(session, people[0].id, StaleReason.MOVED, by=None, at=NOON)

    (task,) = ask(session)
    assert asked(task)[0] == str(people[0].id)
    assert len(asked(task)) == PEOPLE_A_WEEK

    assert len(asked(ask(session, after(6))[0])) == PEOPLE_A_WEEK
    assert len(asked(ask(session, after(8))[0])) == PEOPLE_A_WEEK + 2


def test_every_owner_has_a_week_of_their_own(session: Session) -> None:
    for name in ("株式会社甲", "株式会社乙"):
        account, _rep = owned_account(session, name)
        for number in range(PEOPLE_A_WEEK + 1):
            old_contact(session, account, number)

    assert [len(asked(task)) for task in ask(session)] == [PEOPLE_A_WEEK] * 2


@pytest.mark.parametrize(
    ("answer", "stale", "archived"),
    [
        (FreshnessAnswer.STILL_RIGHT, None, False),
        (FreshnessAnswer.MOVED, StaleReason.MOVED, False),
        (FreshnessAnswer.LEFT, StaleReason.LEFT_COMPANY, True),
    ],
)
def test_one_tap_settles_a_person_and_the_last_one_the_task(
    session: Session, answer: FreshnessAnswer, stale: StaleReason | None, archived: bool
) -> None:
    account, rep = owned_account(session)
    first, last = old_contact(session, account, 1), old_contact(session, account, 2)
    (task,) = ask(session)

    answer_check(session, task.id, first.id, answer, by=rep.id, at=after(1))
    assert task.state == TaskState.OPEN
    answer_check(session, task.id, last.id, FreshnessAnswer.STILL_RIGHT, by=rep.id, at=after(1))

    session.refresh(first)
    assert (first.stale_reason, first.archived_at is not None) == (stale, archived)
    assert (task.state, task.answer, task.answered_by) == (TaskState.DONE, CloseReason.RECORDS_CHECKED, rep.id)


def test_a_person_is_answered_for_once(session: Session) -> None:
    account, rep = owned_account(session)
    first, _last = old_contact(session, account, 1), old_contact(session, account, 2)
    (task,) = ask(session)
    answer_check(session, task.id, first.id, FreshnessAnswer.LEFT, by=rep.id, at=NOON)

    for who in (first.id, uuid.uuid4()):
        with pytest.raises(Conflict, match="answered"):
            answer_check(session, task.id, who, FreshnessAnswer.STILL_RIGHT, by=rep.id, at=NOON)


def test_nobody_is_asked_about_the_same_person_again_soon(session: Session) -> None:
    account, rep = owned_account(session)
    who = old_contact(session, account)
    (task,) = ask(session)
    answer_check(session, task.id, who.id, FreshnessAnswer.MOVED, by=rep.id, at=NOON)

    assert len(ask(session, after(89))) == 1
    assert len(ask(session, after(91))) == 2


def test_a_record_put_right_in_its_form_closes_the_task_by_itself(session: Session) -> None:
    account, rep = owned_account(session)
    who = old_contact(session, account)
    ask(session)
    change_contact(session, who.id, draft_of_contact(who, None), by=rep.id, at=after(1))

    (task,) = ask(session, after(1))

    assert (task.state, task.answer, task.answered_by) == (TaskState.DONE, CloseReason.RECORDS_CHECKED, None)


def test_a_day_has_one_round_however_many_workers_there_are(installation: Installation) -> None:
    with unit_of_work() as work:
        set_clock_offset(work.session, NOON - work.at)
        account, _rep = owned_account(work.session)
        for number in range(3):
            old_contact(work.session, account, number)
        assert SWEEPS["check_freshness"](work.session, NOON)

    run_together(4, check_freshness)

    with unit_of_work() as work:
        assert [len(asked(task)) for task in tasks_of(work.session, TaskKind.FRESHNESS)] == [3]
        assert not SWEEPS["check_freshness"](work.session, NOON)
        assert SWEEPS["check_freshness"](work.session, NOON + timedelta(days=1))


def test_of_two_racing_taps_one_counts(installation: Installation) -> None:
    with unit_of_work() as work:
        set_clock_offset(work.session, NOON - work.at)
        account, rep = owned_account(work.session)
        who = old_contact(work.session, account)
    check_freshness()
    with unit_of_work() as work:
        task = work.session.scalars(select(Task)).one()
    lost: list[Conflict] = []

    def tap() -> None:
        try:
            with unit_of_work() as work:
                answer_check(work.session, task.id, who.id, FreshnessAnswer.STILL_RIGHT, by=rep.id, at=work.at)
        except Conflict as conflict:
            lost.append(conflict)

    run_together(3, tap)

    assert len(lost) == 2
