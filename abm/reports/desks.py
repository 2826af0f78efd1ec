"""Desks at a glance: everybody who gets tasks, how full their week is, and what waits for them."""

import uuid
from dataclasses import dataclass
from datetime import datetime, time
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from abm.customers.working_hours import week_start
from abm.models import Task, User
from abm.words import OPEN_TASK_STATES, Role, TaskKind, TaskState, WaitReason


@dataclass(frozen=True)
class DeskLine:
    """One user: how they work, and what lies on their desk."""

    id: uuid.UUID
    name: str
    role: str
    manager: str | None
    weekly_capacity: int | None
    works_from: time | None
    works_until: time | None
    work_days: list[int] | None
    # Hand-offs that this week brought, tasks that are open, and hand-offs that wait for room.
    taken: int
    open_tasks: int
    waiting: int


def list_desks(session: Session, at: datetime, zone: ZoneInfo) -> list[DeskLine]:
    """Everybody who may get tasks, by name."""
    manager = aliased(User)
    is_hand_off = Task.kind == TaskKind.HAND_OFF
    taken = func.count(Task.id).filter(
        is_hand_off, Task.assigned_at >= week_start(at, zone), Task.state.not_in((TaskState.NEW, TaskState.REJECTED))
    )
    waiting = func.count(Task.id).filter(is_hand_off, Task.waits_because == WaitReason.CAPACITY)
    rows = (
        select(
            User.id,
            User.name,
            User.role,
            manager.name,
            User.weekly_capacity,
            User.works_from,
            User.works_until,
            User.work_days,
            taken,
            func.count(Task.id).filter(Task.state.in_(OPEN_TASK_STATES)),
            waiting,
        )
        .outerjoin(manager, manager.id == User.manager_id)
        .outerjoin(Task, Task.owner_id == User.id)
        .where(User.disabled_at.is_(None), User.role != Role.VIEWER)
        .group_by(User.id, manager.id)
        .order_by(User.name, User.id)
    )
    return [DeskLine(*row) for row in session.execute(rows)]
