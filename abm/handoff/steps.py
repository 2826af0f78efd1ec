"""Tasks that steps of sequences ask for: each once for an enrollment, a step and a visit of it."""

import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from abm.clock import local_day
from abm.customers.working_hours import Calendar
from abm.guard.task_facts import Subject, ask_about_tasks
from abm.handoff.changes import WITHOUT_PAPERS, Change, record_changes
from abm.handoff.deadline import due_after
from abm.handoff.staff import Staff, gather_staff
from abm.handoff.withheld import tell_withheld
from abm.models import Account, Department, Task
from abm.words import TaskCode, TaskKind, TaskState

ONCE = ("enrollment_id", "step", "occurrence")


@dataclass(frozen=True)
class StepAsk:
    """A task as a step asks for it; `why` holds codes and values. Without hours or days it has no deadline."""

    enrollment_id: uuid.UUID
    step: str
    occurrence: int
    subject: Subject
    why: list[dict[str, Any]]
    business_hours: int | None = None
    days: int | None = None
    brief: dict[str, Any] = field(default_factory=dict)
    # Whoever works on a deal there goes before who looks after the department or account.
    is_for_deal_owner: bool = False


def open_step_tasks(session: Session, asks: Sequence[StepAsk], at: datetime, zone: ZoneInfo) -> int:
    """Open these tasks for whoever looks after the department or account; answers how many are new.

    Nobody is sent to whom the contact guard skips; that is told on the timeline.
    """
    wanted = _ask_guard(session, asks, at)
    if not wanted:
        return 0
    staff, owners = gather_staff(session, at, zone), owners_of(session, {ask.subject for ask, _ in wanted})
    rows = [_row(ask, staff.pick(deal_owner, *owners[ask.subject]), staff, at) for ask, deal_owner in wanted]
    opening = insert(Task).values(rows).on_conflict_do_nothing(index_elements=ONCE).returning(Task.id)
    ids = session.scalars(opening).all()
    tasks = session.scalars(select(Task).where(Task.id.in_(ids)).options(*WITHOUT_PAPERS).order_by(Task.id)).all()
    record_changes(session, [Change(task, None, TaskCode.OPENED, to=task.owner_id) for task in tasks], at)
    return len(tasks)


def _ask_guard(session: Session, asks: Sequence[StepAsk], at: datetime) -> list[tuple[StepAsk, uuid.UUID | None]]:
    """The tasks that may be, and whose deal is being worked on there where that matters."""
    rulings = list(zip(asks, ask_about_tasks(session, [ask.subject for ask in asks]), strict=True))
    skipped = [(ask.subject, ruling.decision.reasons) for ask, ruling in rulings if ruling.skips]
    tell_withheld(session, skipped, at)
    return [
        (ask, ruling.deal_owner_id if ask.is_for_deal_owner else None) for ask, ruling in rulings if not ruling.skips
    ]


def owners_of(session: Session, subjects: Collection[Subject]) -> Mapping[Subject, tuple[uuid.UUID | None, ...]]:
    """Who looks after the department, and after the account."""
    accounts = select(Account.id, Account.owner_id).where(Account.id.in_({one.account_id for one in subjects}))
    departments = select(Department.id, Department.owner_id).where(
        Department.id.in_({one.department_id for one in subjects if one.department_id})
    )
    of_account = {row.id: row.owner_id for row in session.execute(accounts)}
    of_department = {row.id: row.owner_id for row in session.execute(departments)}
    return {
        one: (of_department.get(one.department_id) if one.department_id else None, of_account.get(one.account_id))
        for one in subjects
    }


def _row(ask: StepAsk, owner_id: uuid.UUID | None, staff: Staff, at: datetime) -> dict[str, Any]:
    return {
        "kind": TaskKind.STEP.value,
        "state": TaskState.OPEN.value,
        "account_id": ask.subject.account_id,
        "department_id": ask.subject.department_id,
        "contact_id": ask.subject.contact_id,
        "owner_id": owner_id,
        "why": ask.why,
        "brief": ask.brief,
        "created_at": at,
        "assigned_at": at if owner_id else None,
        "due_at": due_at(ask, at, staff.calendar_of(owner_id)),
        "enrollment_id": ask.enrollment_id,
        "step": ask.step,
        "occurrence": ask.occurrence,
    }


def due_at(ask: StepAsk, at: datetime, calendar: Calendar) -> datetime | None:
    """The deadline in the owner's hours; of days, when work ends on that day or the next on which there is any."""
    if ask.business_hours is not None:
        return due_after(at, ask.business_hours, calendar)
    if ask.days is None:
        return None
    day = local_day(at, calendar.zone) + timedelta(days=ask.days)
    return calendar.hours_of(day if calendar.works_on(day) else calendar.next_working_day(day))[1]
