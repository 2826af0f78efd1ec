"""Giving a task to somebody else: recorded, with a clock of its own while nobody has received it."""

import uuid
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from abm.errors import Conflict, Invalid, NotFound
from abm.handoff.answers import Said, answer_task
from abm.handoff.deadline import due_after
from abm.handoff.reassign import reassign
from abm.models import AuditEntry, Task, TaskChange, TimelineItem
from abm.words import AnswerCode, ItemKind, Role, TaskCode, TaskKind, TaskState
from tests.abm.handoff.hot import hot_task
from tests.abm.handoff.test_remaining import CALENDAR
from tests.abm.scoring.ledgers import TOKYO
from tests.worlds import NOON, make_account, make_user

LATER = NOON + timedelta(hours=1)


def test_the_new_owner_has_the_whole_time_and_it_is_written_down(session: Session) -> None:
    boss, first, second = make_user(session, Role.ADMIN), make_user(session), make_user(session, name="営業 次郎")
    task = hot_task(session)
    other = second if task.owner_id != second.id else first

    given = reassign(session, task.id, other.id, by=boss.id, at=LATER, zone=TOKYO)

    assert (given.owner_id, given.state, given.assigned_at) == (other.id, TaskState.ASSIGNED, LATER)
    assert given.due_at == due_after(LATER, 16, CALENDAR)
    change = session.scalars(select(TaskChange).order_by(TaskChange.id.desc())).first()
    assert change is not None
    assert (change.code, change.to_user_id, change.by_user_id) == (TaskCode.REASSIGNED, other.id, boss.id)
    assert session.scalars(select(AuditEntry.act).where(AuditEntry.act == "task.reassigned")).one()
    codes = [
        item.detail["code"] for item in session.scalars(select(TimelineItem)) if item.kind == ItemKind.TASK_CHANGED
    ]
    assert TaskCode.REASSIGNED in codes


def test_what_was_received_keeps_its_state_and_deadline(session: Session) -> None:
    first, second = make_user(session), make_user(session)
    task = hot_task(session)
    assert task.owner_id is not None
    answer_task(session, task.id, Said(AnswerCode.ACCEPT, by=task.owner_id, at=NOON), TOKYO)
    due, other = task.due_at, second if task.owner_id == first.id else first

    given = reassign(session, task.id, other.id, by=first.id, at=LATER, zone=TOKYO)

    assert (given.state, given.due_at, given.owner_id) == (TaskState.ACCEPTED, due, other.id)


def test_a_waiting_task_is_given_by_hand(session: Session) -> None:
    task = hot_task(session)
    assert task.state == TaskState.NEW
    rep = make_user(session)

    given = reassign(session, task.id, rep.id, by=rep.id, at=LATER, zone=TOKYO)

    assert (given.state, given.waits_because, given.owner_id) == (TaskState.ASSIGNED, None, rep.id)
    assert given.due_at is not None


def test_a_task_of_another_kind_keeps_its_day(session: Session) -> None:
    first, second = make_user(session), make_user(session)
    due = NOON + timedelta(days=30)
    values = {"kind": TaskKind.RENEWAL, "state": TaskState.OPEN, "account_id": make_account(session).id, "why": []}
    task = Task(**values, owner_id=first.id, created_at=NOON, due_at=due)
    session.add(task)
    session.flush()

    given = reassign(session, task.id, second.id, by=first.id, at=LATER, zone=TOKYO)

    assert (given.state, given.due_at, given.owner_id) == (TaskState.OPEN, due, second.id)


def test_nobody_gets_what_is_over_theirs_already_or_not_answerable(session: Session) -> None:
    rep, viewer, gone = make_user(session), make_user(session, Role.VIEWER), make_user(session, disabled_at=NOON)
    task = hot_task(session)

    def give(to: uuid.UUID, task_id: uuid.UUID = task.id) -> None:
        reassign(session, task_id, to, by=rep.id, at=LATER, zone=TOKYO)

    with pytest.raises(Conflict):
        give(rep.id)
    for nobody in (viewer.id, gone.id, uuid.uuid4()):
        with pytest.raises(Invalid):
            give(nobody)
    with pytest.raises(NotFound):
        give(rep.id, uuid.uuid4())
    task.state = TaskState.REJECTED
    session.flush()
    with pytest.raises(Conflict):
        give(make_user(session).id)
