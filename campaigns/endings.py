"""The line of the timeline that tells that an enrollment is over."""

from datetime import datetime
from typing import Any

from abm.customers.timeline import Item
from abm.words import EnrollmentState, ItemKind, LeaveReason


def ended_item(
    enrollment: Any,
    sequence: str,
    state: EnrollmentState | str,
    reason: LeaveReason | str | None,
    at: datetime,
    goal: str | None = None,
) -> Item:
    """One line; `enrollment` is a row of it, whichever way it was read."""
    detail = {"sequence": sequence, "state": state, "reason": reason}
    return Item(
        ItemKind.ENROLLMENT_CHANGED,
        enrollment.account_id,
        at,
        department_id=enrollment.department_id,
        contact_id=enrollment.contact_id,
        subject_id=enrollment.id,
        detail={**detail, "goal": goal} if goal else detail,
    )
