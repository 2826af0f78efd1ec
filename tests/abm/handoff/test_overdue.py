"""Clocks of hand-offs: a reminder half-way, an escalation at the deadline, each once, whoever looks."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from abm.handoff.actors import watch_clocks
from abm.handoff.answers import Said, answer_task
from abm.handoff.overdue import escalate_overdue, has_late, remind_owners
from abm.models import Task, TaskChange, User
from abm.words import AnswerCode, Role, Route, TaskCode, TaskState, Tier
from abm.work import Installation, set_clock_offset, unit_of_work
from tests.abm.handoff.hot import hand_over, heat, the_task
from tests.abm.handoff.test_actors import run_together
from tests.abm.scoring.ledgers import TOKYO
from tests.worlds import NOON, make_user

HOUR = timedelta(hours=1)


@pytest.fixture
def task(session: Session) -> Task:
    """A 1:1 account's task, assigned to the only rep on Friday noon: due at four."""
    make_user(session)
    heat(session).tier = Tier.ONE_TO_ONE
    session.flush()
    hand_over(session)
    return the_task(session)


def changes(session: Session, task: Task) -> list[tuple[str, str | None, str, object]]:
    rows = select(TaskChange.code, TaskChange.old, TaskChange.new, TaskChange.to_user_id)
    found = session.execute(rows.where(TaskChange.task_id == task.id).order_by(TaskChange.at, TaskChange.id))
    return [tuple(row) for row in found]  # type: ignore[misc]


def test_the_owner_is_reminded_half_way_once(session: Session, task: Task) -> None:
    assert (task.due_at, task.remind_at) == (NOON + 4 * HOUR, NOON + 2 * HOUR)

    assert remind_owners(session, NOON + 2 * HOUR - timedelta(seconds=1)) == 0
    assert has_late(session, NOON + 2 * HOUR)
    assert [remind_owners(session, NOON + 2 * HOUR) for _ in range(2)] == [1, 0]

    assert not has_late(session, NOON + 2 * HOUR)
    assert changes(session, task)[-1] == (TaskCode.REMINDED, "assigned", "assigned", task.owner_id)


def test_nobody_is_reminded_of_what_was_accepted(session: Session, task: Task) -> None:
    answer_task(session, task.id, Said(AnswerCode.ACCEPT, by=task.owner_id, at=NOON + HOUR))  # type: ignore[arg-type]

    assert not has_late(session, NOON + 100 * HOUR)


def test_what_is_let_lie_goes_to_the_next_and_the_manager_hears_of_it(session: Session, task: Task) -> None:
    manager = make_user(session, Role.MARKETER)
    session.get_one(User, task.owner_id).manager_id = manager.id
    next_rep, lazy = make_user(session), task.owner_id
    session.flush()

    assert [escalate_overdue(session, NOON + 4 * HOUR, TOKYO) for _ in range(2)] == [1, 0]

    escalated = the_task(session)
    assert (escalated.state, escalated.owner_id) == (TaskState.ASSIGNED, next_rep.id)
    # Friday at four and four hours: two of them on Monday.
    assert escalated.due_at == datetime.fromisoformat("2026-11-16T11:00:00+09:00")
    assert changes(session, task)[1:] == [
        (TaskCode.EXPIRED, "assigned", "expired", lazy),
        (TaskCode.ESCALATED, "expired", "expired", manager.id),
        (TaskCode.ASSIGNED, "expired", "assigned", next_rep.id),
    ]


def test_when_everybody_has_had_it_the_manager_gets_it(session: Session, task: Task) -> None:
    boss = make_user(session, Role.ADMIN)

    escalate_overdue(session, NOON + 4 * HOUR, TOKYO)

    assert (the_task(session).owner_id, the_task(session).route) == (boss.id, Route.MANAGER)


def test_without_anybody_else_the_owner_keeps_it_with_a_new_deadline(session: Session, task: Task) -> None:
    escalate_overdue(session, NOON + 4 * HOUR, TOKYO)

    escalated = the_task(session)
    assert (escalated.owner_id, escalated.state) == (task.owner_id, TaskState.ASSIGNED)
    assert escalated.due_at is not None
    assert escalated.due_at > NOON + 4 * HOUR
    assert [code for code, *_ in changes(session, task)] == [TaskCode.OPENED, TaskCode.EXPIRED, TaskCode.ASSIGNED]


def test_the_manager_of_somebody_on_leave_is_the_managers_substitute(session: Session, task: Task) -> None:
    top = make_user(session, Role.ADMIN)
    manager = make_user(session, Role.MARKETER, manager_id=top.id, disabled_at=NOON)
    session.get_one(User, task.owner_id).manager_id = manager.id
    session.flush()

    escalate_overdue(session, NOON + 4 * HOUR, TOKYO)

    assert the_task(session).owner_id == top.id


def test_an_escalation_that_dies_half_way_has_not_happened_and_the_next_one_does_it(
    session: Session, task: Task
) -> None:
    before = changes(session, task)

    with session.begin_nested() as dying:
        escalate_overdue(session, NOON + 4 * HOUR, TOKYO)
        dying.rollback()

    assert (the_task(session).due_at, changes(session, task)) == (NOON + 4 * HOUR, before)
    assert [escalate_overdue(session, NOON + 4 * HOUR, TOKYO) for _ in range(2)] == [1, 0]


def test_of_many_workers_one_reminds_and_one_escalates(installation: Installation) -> None:
    with unit_of_work() as work:
        make_user(work.session, Role.ADMIN)
        for _ in range(2):
            make_user(work.session)
        for number in range(10):
            heat(work.session, f"株式会社{number}")
        hand_over(work.session)
        (due,) = set(work.session.scalars(select(Task.due_at)))
        (remind,) = set(work.session.scalars(select(Task.remind_at)))
    for moment in (remind, due):
        with unit_of_work() as work:
            set_clock_offset(work.session, timedelta())
        with unit_of_work() as work:
            set_clock_offset(work.session, moment - work.at)
        run_together(4, watch_clocks)

    with unit_of_work() as work:
        counted = dict(work.session.execute(select(TaskChange.code, func.count()).group_by(TaskChange.code)).all())
    assert counted == {"opened": 10, "reminded": 10, "expired": 10, "escalated": 10, "assigned": 10}
