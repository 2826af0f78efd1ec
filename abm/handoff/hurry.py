"""Hand-offs that become urgent while they are open: somebody there asked to be called, and the clock runs faster."""

import uuid
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from abm.customers.working_hours import Clocks
from abm.handoff.assign import REMIND_AT
from abm.handoff.deadline import due_after
from abm.handoff.staff import Staff
from abm.models import Task
from abm.words import Clock, TaskState


def hurry_tasks(session: Session, task_ids: Sequence[uuid.UUID], clocks: Clocks, staff: Staff, at: datetime) -> None:
    """Bring the deadline of these forward to that of a request; a nearer one stays."""
    if not task_ids:
        return
    hours = clocks.hours[Clock.ACT_NOW]
    assigned = select(Task).where(Task.id.in_(task_ids), Task.state == TaskState.ASSIGNED).order_by(Task.id)
    for task in session.scalars(assigned.with_for_update().execution_options(populate_existing=True)):
        calendar = staff.calendar_of(task.owner_id)
        due = due_after(at, hours, calendar)
        if task.due_at is None or due < task.due_at:
            task.due_at, task.remind_at, task.reminded_at = due, due_after(at, hours * REMIND_AT, calendar), None
    session.flush()
