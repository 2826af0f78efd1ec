"""Stopping one enrollment until somebody lets it go on, beside the pause of its whole sequence."""

import uuid
from datetime import datetime

from sqlalchemy import delete, text, update
from sqlalchemy.orm import Session

from abm.clock import FOREVER
from abm.errors import Conflict
from abm.models import EnrollmentPause, Message
from abm.queue import enqueue
from abm.words import EnrollmentState, MessageState, SendReason
from campaigns.enrollments import hold_enrollment, note_act

# One that stands still with its sequence begins from its own pause now, and the sequence's resuming passes it over.
PAUSE = text(
    """
    insert into enrollment_pauses (enrollment_id, at, by_user_id, due_at)
    select id, :at, :by, coalesce(due_at, cast(trail ->> 'paused' as timestamptz)) from enrollments where id = :id
    on conflict do nothing returning enrollment_id
    """
)
STOP = text("update enrollments set due_at = null, leased_until = null, trail = trail - 'paused' where id = :id")
# While the sequence itself is paused it goes back among those that wait for that; while an administrator is asked about
# what is overdue, among those.
GO_ON = text(
    """
    update enrollments e set
        due_at = case when s.state = 'paused' or e.trail ? 'overdue' then null
            else coalesce(p.due_at, cast(:at as timestamptz)) end,
        trail = case when s.state = 'paused' and not e.trail ? 'overdue'
            then e.trail || jsonb_build_object('paused', coalesce(p.due_at, cast(:at as timestamptz))) else e.trail end
    from enrollment_pauses p, sequences s
    where e.id = :id and p.enrollment_id = e.id and s.id = e.sequence_id and e.state = 'active'
    """
)


def pause_enrollment(session: Session, enrollment_id: uuid.UUID, *, at: datetime, by: uuid.UUID | None = None) -> None:
    """Nothing of this enrollment moves or leaves until it is resumed."""
    enrollment = hold_enrollment(session, enrollment_id)
    if enrollment.state != EnrollmentState.ACTIVE:
        raise Conflict(f"this enrollment is {enrollment.state}: there is nothing to pause")
    if not session.scalar(PAUSE, {"id": enrollment_id, "at": at, "by": by}):
        raise Conflict("this enrollment is paused already")
    session.execute(STOP, {"id": enrollment_id})
    # What is overdue waits for an answer of its own.
    waiting = update(Message).where(
        Message.enrollment_id == enrollment_id,
        Message.state == MessageState.PLANNED,
        Message.reason.is_distinct_from(SendReason.OVERDUE),
    )
    session.execute(waiting.values(due_at=FOREVER, reason=SendReason.PAUSED))
    note_act(session, "enrollment.paused", enrollment_id, at, by)


def resume_enrollment(session: Session, enrollment_id: uuid.UUID, *, at: datetime, by: uuid.UUID | None = None) -> None:
    """It goes on where it stood; what would have been due meanwhile is due at once."""
    hold_enrollment(session, enrollment_id)
    session.execute(GO_ON, {"id": enrollment_id, "at": at})
    ended = delete(EnrollmentPause).where(EnrollmentPause.enrollment_id == enrollment_id)
    if not session.scalar(ended.returning(EnrollmentPause.enrollment_id)):
        raise Conflict("this enrollment is not paused")
    held_back = update(Message).where(
        Message.enrollment_id == enrollment_id,
        Message.state == MessageState.PLANNED,
        Message.reason == SendReason.PAUSED,
    )
    session.execute(held_back.values(due_at=at, reason=None))
    note_act(session, "enrollment.resumed", enrollment_id, at, by)
    enqueue(session, "advance_enrollments")
    enqueue(session, "send_messages")
