"""What a person does with one enrollment by hand: takes it out, or lets one that was set aside try again."""

import uuid
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from abm.clock import rfc3339
from abm.customers.timeline import add_items
from abm.errors import Conflict
from abm.models import Enrollment, Sequence
from abm.queue import enqueue
from abm.words import EnrollmentState, LeaveReason, SendReason, SequenceState
from campaigns.endings import ended_item
from campaigns.enrollments import cancel_waiting, hold_enrollment, note_act


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
    told = ended_item(enrollment, sequence.name, EnrollmentState.EXITED, LeaveReason.REMOVED, at)
    add_items(session, [told])
    note_act(session, "enrollment.removed", enrollment_id, at, by)


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
    note_act(session, "enrollment.tried_again", enrollment_id, at, by)
    enqueue(session, "advance_enrollments")


def _get(session: Session, enrollment_id: uuid.UUID, *states: EnrollmentState) -> Enrollment:
    enrollment = hold_enrollment(session, enrollment_id)
    if enrollment.state not in states:
        raise Conflict(f"this enrollment is {enrollment.state}, not {' or '.join(states)}")
    return enrollment
