"""The clocks of hand-offs: a reminder half-way, and at the deadline an escalation; each of them once."""

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import Row, exists, or_, select, update
from sqlalchemy.orm import Session

from abm.customers.company_calendar import read_clocks
from abm.handoff.assign import IS_REQUEST, Standing, move_tasks, stand
from abm.handoff.changes import WITHOUT_PAPERS, Change, record_changes
from abm.handoff.routing import Assignment
from abm.handoff.staff import Place, Staff, gather_staff
from abm.models import Account, Deal, Department, Task, TaskChange
from abm.words import Route, TaskCode, TaskState

BATCH = 200

Late = Row[Task, Account, uuid.UUID | None, uuid.UUID | None, bool]

REMIND = (Task.state == TaskState.ASSIGNED, Task.reminded_at.is_(None))
# Whoever holds on to a task they were given, or were made to give away.
HELD_BY = (TaskCode.OPENED, TaskCode.ASSIGNED, TaskCode.REASSIGNED, TaskCode.RELEASED)


def remind_owners(session: Session, at: datetime, *, limit: int = BATCH) -> int:
    """Remind owners half-way to the deadline, once; answers of how many tasks."""
    late = select(Task.id).where(*REMIND, Task.remind_at <= at, Task.due_at > at).order_by(Task.remind_at)
    claimed = session.scalars(late.limit(limit).with_for_update(skip_locked=True)).all()
    if not claimed:
        return 0
    session.execute(update(Task).where(Task.id.in_(claimed)).values(reminded_at=at))
    reminded = select(Task).where(Task.id.in_(claimed)).options(*WITHOUT_PAPERS)
    tasks = session.scalars(reminded.execution_options(populate_existing=True)).all()
    record_changes(session, [Change(task, task.state, TaskCode.REMINDED, to=task.owner_id) for task in tasks], at)
    return len(claimed)


def escalate_overdue(session: Session, at: datetime, zone: ZoneInfo, *, limit: int = BATCH) -> int:
    """Tell the managers of what was let lie, and give it to somebody else with a new deadline; answers how many."""
    rows = _claim(session, at, limit)
    if not rows:
        return 0
    staff, clocks = gather_staff(session, at, zone), read_clocks(session)
    held_by = _holders(session, rows)
    stands = {
        row.Task.id: stand(
            _next_owner(row, staff, held_by),
            staff,
            clocks.allowed(row.Account.tier, act_now=row.is_request),
            at,
        )
        for row in rows
    }
    owners = {row.Task.id: row.Task.owner_id for row in rows}
    move_tasks(session, stands, at)
    changes = [change for row in rows for change in _changes(row.Task, owners[row.Task.id], stands[row.Task.id], staff)]
    record_changes(session, changes, at)
    return len(rows)


def has_late(session: Session, at: datetime) -> bool:
    """True when somebody is to be reminded, or a deadline has passed."""
    assigned = Task.state == TaskState.ASSIGNED
    remind = exists().where(*REMIND, Task.remind_at <= at, Task.due_at > at)
    return bool(session.scalar(select(or_(remind, exists().where(assigned, Task.due_at <= at)))))


def _claim(session: Session, at: datetime, limit: int) -> Sequence[Late]:
    """The next tasks whose deadline has passed, with what their routing needs."""
    late = (
        select(
            Task,
            Account,
            Department.owner_id.label("department_owner_id"),
            Deal.owner_id.label("deal_owner_id"),
            IS_REQUEST.label("is_request"),
        )
        .join(Account, Account.id == Task.account_id)
        .outerjoin(Department, Department.id == Task.department_id)
        .outerjoin(Deal, Deal.id == Task.deal_id)
        .where(Task.state == TaskState.ASSIGNED, Task.due_at <= at)
        .order_by(Task.due_at, Task.id)
        .limit(limit)
        .with_for_update(of=Task, skip_locked=True)
        .options(*WITHOUT_PAPERS)
        .execution_options(populate_existing=True)
    )
    return session.execute(late).all()


def _holders(session: Session, rows: Sequence[Late]) -> Mapping[uuid.UUID, frozenset[uuid.UUID]]:
    """Everybody who had each of these tasks and let it lie."""
    ids = [row.Task.id for row in rows]
    given = select(TaskChange.task_id, TaskChange.to_user_id).where(
        TaskChange.task_id.in_(ids), TaskChange.code.in_(HELD_BY), TaskChange.to_user_id.is_not(None)
    )
    found: dict[uuid.UUID, set[uuid.UUID | None]] = {row.Task.id: {row.Task.owner_id} for row in rows}
    for task_id, user_id in session.execute(given):
        found[task_id].add(user_id)
    return {task_id: frozenset(filter(None, holders)) for task_id, holders in found.items()}


def _next_owner(row: Late, staff: Staff, held_by: Mapping[uuid.UUID, frozenset[uuid.UUID]]) -> Assignment | None:
    """Whom the rules find among those who have not had it, whatever their week holds; else the manager."""
    task = row.Task
    place = Place.of(row.Account, row.department_owner_id, deal_owner_id=row.deal_owner_id)
    found = staff.route(place, urgent=True, passed_over=held_by[task.id])
    if found is not None and found.route is not Route.FALLBACK:
        return found
    manager = staff.manager_of(task.owner_id)
    return Assignment(manager, Route.MANAGER) if manager else Assignment(task.owner_id, Route(task.route))


def _changes(task: Task, owner_id: uuid.UUID | None, standing: Standing, staff: Staff) -> list[Change]:
    """The owner let it lie, the manager hears of it, if there is one, and somebody has it now."""
    expired, manager = TaskState.EXPIRED, staff.manager_of(owner_id)
    escalated = [Change(task, expired, TaskCode.ESCALATED, to=manager, new=expired)] if manager else []
    return [
        Change(task, TaskState.ASSIGNED, TaskCode.EXPIRED, to=owner_id, new=expired),
        *escalated,
        Change(task, expired, TaskCode.ASSIGNED, to=standing.owner_id),
    ]
