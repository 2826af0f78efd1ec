"""Giving a task to somebody else by hand: a recorded change, with a clock of its own while nobody has received it."""

import uuid
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from abm.customers.company_calendar import read_clocks
from abm.errors import Conflict, Invalid, NotFound
from abm.handoff.assign import REMIND_AT, ask_lines_again
from abm.handoff.changes import Change, record_changes
from abm.handoff.deadline import due_after
from abm.handoff.staff import gather_staff
from abm.models import Account, AuditEntry, Task, User
from abm.scoring.evaluate import lock_accounts
from abm.words import OPEN_TASK_STATES, MqaCause, Role, TaskCode, TaskKind, TaskState

# Nobody has received it yet, so that whoever gets it has the whole time.
NOT_RECEIVED = (TaskState.NEW, TaskState.ASSIGNED, TaskState.EXPIRED)


def reassign(
    session: Session, task_id: uuid.UUID, to: uuid.UUID, *, by: uuid.UUID, at: datetime, zone: ZoneInfo
) -> Task:
    """Give an open task to this user; Conflict when it is over, or theirs already."""
    task = session.get(Task, task_id)
    if task is None:
        raise NotFound(f"no task {task_id}")
    # Before the task, as everywhere: whoever answers or merges at this moment comes before or after.
    lock_accounts(session, [task.account_id])
    task = session.get_one(Task, task_id, populate_existing=True, with_for_update=True)
    _check(session, task, to)
    old, before = task.state, task.owner_id
    task.owner_id = to
    if task.kind != TaskKind.HAND_OFF or old in NOT_RECEIVED:
        task.assigned_at = at
    if task.kind == TaskKind.HAND_OFF and old in NOT_RECEIVED:
        _start_clock(session, task, at, zone)
    record_changes(session, [Change(task, old, TaskCode.REASSIGNED, by, to=to)], at)
    # The week of whoever gave it up has room again.
    ask_lines_again(session)
    detail = {"from": str(before) if before else None, "to": str(to)}
    session.add(AuditEntry(at=at, user_id=by, act="task.reassigned", subject="task", subject_id=task.id, detail=detail))
    session.flush()
    return task


def _check(session: Session, task: Task, to: uuid.UUID) -> None:
    if task.state not in OPEN_TASK_STATES:
        raise Conflict(f"the task is {task.state} by now and cannot be given to anybody")
    user = session.get(User, to)
    if user is None or user.disabled_at is not None or user.role == Role.VIEWER:
        raise Invalid("choose a user who can answer tasks", "to", "unknown_owner")
    if task.owner_id == to and task.state != TaskState.NEW:
        raise Conflict("the task is with this user already")


def _start_clock(session: Session, task: Task, at: datetime, zone: ZoneInfo) -> None:
    account = session.get_one(Account, task.account_id)
    is_request = any(one.get("cause") == MqaCause.ACT_NOW for one in task.evidence)
    hours = read_clocks(session).allowed(account.tier, act_now=is_request)
    calendar = gather_staff(session, at, zone).calendar_of(task.owner_id)
    task.state, task.waits_because, task.ask_again_at = TaskState.ASSIGNED, None, None
    task.due_at, task.remind_at = due_after(at, hours, calendar), due_after(at, hours * REMIND_AT, calendar)
    task.reminded_at = None
