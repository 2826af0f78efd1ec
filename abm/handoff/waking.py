"""What sales had put off comes back on its day: a request for a hand-off to whoever had it, made once."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session
from sqlalchemy.sql.elements import ColumnElement

from abm.clock import local_day
from abm.models import MqaChange, Task
from abm.queue import enqueue
from abm.words import MqaCause, TaskState

BATCH = 200


def wake_next_tasks(session: Session, at: datetime, zone: ZoneInfo, *, limit: int = BATCH) -> int:
    """Ask for a new hand-off for each task whose day has come; the request's key lets none ask twice."""
    due = select(Task).where(*_due(local_day(at, zone))).order_by(Task.wake_on, Task.id)
    tasks = session.scalars(due.limit(limit).with_for_update(skip_locked=True)).all()
    if not tasks:
        return 0
    requests = [
        {
            "account_id": task.account_id,
            "cause": MqaCause.WOKEN.value,
            "at": at,
            "department_id": task.department_id,
            "contact_id": task.contact_id,
            "task_id": task.id,
        }
        for task in tasks
    ]
    session.execute(insert(MqaChange).on_conflict_do_nothing(), requests)
    session.execute(update(Task).where(Task.id.in_([task.id for task in tasks])).values(woken_at=at))
    enqueue(session, "open_hand_offs")
    return len(tasks)


def has_sleepers(session: Session, today: date) -> bool:
    """True when the day of something that was put off has come."""
    return session.scalar(select(Task.id).where(*_due(today)).limit(1)) is not None


def _due(today: date) -> tuple[ColumnElement[bool], ...]:
    return Task.state == TaskState.RECYCLED, Task.woken_at.is_(None), Task.wake_on <= today
