"""Finding owners: who could take a task now, and the tasks that waited for somebody to exist."""

import uuid
from collections.abc import Sequence
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import Row, Select, exists, func, select, update
from sqlalchemy.orm import Session

from abm.clock import local_day
from abm.customers.absences import away_on
from abm.handoff.changes import record_change
from abm.handoff.deadline import due_after, hours_allowed
from abm.handoff.routing import Desk, Rep, route_task
from abm.models import Account, Department, Task, User
from abm.words import OPEN_TASK_STATES, Role, TaskCode, TaskKind, TaskState

BATCH = 100


def gather_desk(
    session: Session, account_owner_id: uuid.UUID | None, department_id: uuid.UUID | None, day: date
) -> Desk:
    """Everybody who may get a task of this account and department on this day, and who is away."""
    owner = select(Department.owner_id).where(Department.id == department_id)
    department_owner_id = session.scalar(owner) if department_id else None
    active = set(session.scalars(select(User.id).where(User.disabled_at.is_(None))))
    return Desk(
        department_owner_id if department_owner_id in active else None,
        account_owner_id if account_owner_id in active else None,
        _reps(session),
        session.scalars(_active(Role.ADMIN).order_by(User.id)).all(),
        {away.user_id: away.substitute_id for away in away_on(session, day).values()},
    )


def assign_waiting(session: Session, at: datetime, zone: ZoneInfo) -> int:
    """Give tasks that found nobody an owner, and start their clock; answers how many found one."""
    waiting = session.execute(
        select(Task, Account)
        .join(Account, Account.id == Task.account_id)
        .where(Task.kind == TaskKind.HAND_OFF, Task.state == TaskState.NEW)
        .order_by(Task.created_at, Task.id)
        .limit(BATCH)
        .with_for_update(of=Task, skip_locked=True)
    ).all()
    return sum(_assign(session, row, at, zone) for row in waiting)


def has_waiting(session: Session) -> bool:
    """True when a task waits for an owner and there is somebody."""
    waits = exists().where(Task.kind == TaskKind.HAND_OFF, Task.state == TaskState.NEW)
    somebody = exists().where(User.role.in_((Role.SALES, Role.ADMIN)), User.disabled_at.is_(None))
    return bool(session.scalar(select(waits & somebody)))


def _assign(session: Session, row: Row[Task, Account], at: datetime, zone: ZoneInfo) -> bool:
    task, account = row
    owner = route_task(gather_desk(session, account.owner_id, task.department_id, local_day(at, zone)))
    if owner is None:
        return False
    # Waiting for somebody to exist does not make a request less urgent, but the clock starts with the owner.
    act_now = bool(task.why) and task.why[0]["code"] == "request"
    due = due_after(at, hours_allowed(account.tier, act_now=act_now), zone)
    taken = update(Task).where(Task.id == task.id, Task.state == TaskState.NEW)
    session.execute(taken.values(state=TaskState.ASSIGNED, owner_id=owner.user_id, assigned_at=at, due_at=due))
    session.refresh(task)
    record_change(session, task, old=TaskState.NEW, code=TaskCode.ASSIGNED, at=at)
    return True


def _reps(session: Session) -> Sequence[Rep]:
    open_tasks = func.count(Task.id).filter(Task.state.in_(OPEN_TASK_STATES))
    rows = (
        select(User.id, open_tasks, func.max(Task.assigned_at))
        .outerjoin(Task, Task.owner_id == User.id)
        .where(User.role == Role.SALES, User.disabled_at.is_(None))
        .group_by(User.id)
    )
    return [Rep(*row) for row in session.execute(rows)]


def _active(role: Role) -> Select[uuid.UUID]:
    return select(User.id).where(User.role == role, User.disabled_at.is_(None))
