"""What a person does with one enrollment by hand: takes it out, or lets one that was set aside try again."""

import uuid
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from abm.clock import rfc3339
from abm.customers.timeline import Item, add_items
from abm.errors import Conflict, NotFound
from abm.models import AuditEntry, Enrollment, Sequence
from abm.queue import enqueue
from abm.words import EnrollmentState, ItemKind, LeaveReason, SendReason, SequenceState
from campaigns.enrollments import cancel_waiting


def remove_enrollment(session: Session, enrollment_id: uuid.UUID, *, at: datetime, by: uuid.UUID | None) -> None:
    """End an enrollment with what is planned or held for it; what has left has left."""
    enrollment = _get(session, enrollment_id, EnrollmentState.ACTIVE, EnrollmentState.PARKED)
    enrollment.state, enrollment.reason = EnrollmentState.EXITED, LeaveReason.REMOVED
    enrollment.due_at, enrollment.leased_until, enrollment.ended_at = None, None, at
    # For whoever is sending it a mail in this moment.
    enrollment.trail = {**enrollment.trail, "left": True}
    session.flush()
    cancel_waiting(session, [enrollment.id], SendReason.LEFT)
    sequence = session.get_one(Sequence, enrollment.sequence_id)
    item = Item(
        ItemKind.ENROLLMENT_CHANGED,
        enrollment.account_id,
        at,
        department_id=enrollment.department_id,
        contact_id=enrollment.contact_id,
        subject_id=enrollment.id,
        detail={"sequence": sequence.name, "state": EnrollmentState.EXITED, "reason": LeaveReason.REMOVED},
    )
    add_items(session, [item])
    _note(session, "enrollment.removed", enrollment_id, at, by)


def try_again(session: Session, enrollment_id: uuid.UUID, *, at: datetime, by: uuid.UUID | None) -> None:
    """Let an enrollment that kept failing go on from where it stands, once its sequence does."""
    # Before the enrollment, as by whoever pauses or resumes it.
    of_it = select(Sequence.state).join(Enrollment, Enrollment.sequence_id == Sequence.id)
    state = session.scalar(of_it.where(Enrollment.id == enrollment_id).with_for_update(read=True, of=Sequence))
    enrollment = _get(session, enrollment_id, EnrollmentState.PARKED)
    enrollment.state, enrollment.reason, enrollment.attempts = EnrollmentState.ACTIVE, None, 0
    if state == SequenceState.PAUSED:
        enrollment.due_at, enrollment.trail = None, {**enrollment.trail, "paused": rfc3339(at)}
    else:
        enrollment.due_at = at
    _note(session, "enrollment.tried_again", enrollment_id, at, by)
    enqueue(session, "advance_enrollments")


def _get(session: Session, enrollment_id: uuid.UUID, *states: EnrollmentState) -> Enrollment:
    enrollment = session.get(Enrollment, enrollment_id, with_for_update=True, populate_existing=True)
    if enrollment is None:
        raise NotFound("no such enrollment")
    if enrollment.state not in states:
        raise Conflict(f"this enrollment is {enrollment.state}, not {' or '.join(states)}")
    return enrollment


def _note(session: Session, act: str, enrollment_id: uuid.UUID, at: datetime, by: uuid.UUID | None) -> None:
    session.add(AuditEntry(at=at, user_id=by, act=act, subject="enrollment", subject_id=enrollment_id, detail={}))
    session.flush()
