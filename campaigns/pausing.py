"""Pausing all sending at once, and closing by a person what a crash left uncertain."""

import uuid
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from abm.customers.timeline import Item, add_items
from abm.errors import Conflict, NotFound
from abm.models import AuditEntry, Message, SendingPause
from abm.queue import enqueue
from abm.words import ItemKind, MessageState, SendReason

LONGEST_WHY = 500
_LASTS = SendingPause.resumed_at.is_(None)


def find_pause(session: Session) -> SendingPause | None:
    """The pause of all sending that lasts now."""
    return session.scalars(select(SendingPause).where(_LASTS)).one_or_none()


def pause_sending(session: Session, at: datetime, by: uuid.UUID | None = None, why: str = "") -> SendingPause:
    """No mail of any sequence begins to leave until sending is resumed; what is being taken over now still is."""
    values = {"paused_at": at, "paused_by": by, "why": why}
    # Of two who press at once, the second waits here and finds the first one's.
    kept = insert(SendingPause).values(values).on_conflict_do_nothing().returning(SendingPause)
    pause = session.scalars(kept).one_or_none()
    if pause is None:
        raise Conflict("sending is paused already", "sending_paused")
    session.add(AuditEntry(at=at, user_id=by, act="sending.paused", subject="sending", detail={"why": why}))
    session.flush()
    return pause


def resume_sending(session: Session, at: datetime, by: uuid.UUID | None = None) -> None:
    """What waited leaves, as far as the guard still lets it."""
    pause = session.scalars(select(SendingPause).where(_LASTS).with_for_update()).one_or_none()
    if pause is None:
        raise Conflict("sending is not paused", "sending_not_paused")
    pause.resumed_at, pause.resumed_by = at, by
    session.add(AuditEntry(at=at, user_id=by, act="sending.resumed", subject="sending"))
    session.flush()
    enqueue(session, "send_messages")


def settle_unknown(
    session: Session, message_id: uuid.UUID, *, arrived: bool, at: datetime, by: uuid.UUID | None = None
) -> Message:
    """Say what became of a mail whose fate nobody knew; it is never sent again."""
    message = session.get(Message, message_id, with_for_update=True)
    if message is None:
        raise NotFound(f"there is no message {message_id}")
    if message.state != MessageState.UNKNOWN:
        told = f"message {message_id} is {message.state}: only unknown ones are settled by people"
        raise Conflict(told, "fate_known")
    message.state = MessageState.SENT if arrived else MessageState.FAILED
    message.reason = None if arrived else SendReason.BROKEN_OFF
    if arrived:
        message.sent_at = message.sent_at or at
    about = {"subject": "message", "subject_id": message.id, "detail": {"state": message.state}}
    session.add(AuditEntry(at=at, user_id=by, act="message.settled", **about))
    if arrived:
        add_items(session, [_sent(message, at)])
    session.flush()
    return message


def _sent(message: Message, at: datetime) -> Item:
    """It had been told as failed; the failure stays in the history, as what was known then."""
    return Item(
        kind=ItemKind.MAIL_SENT,
        account_id=message.account_id,
        department_id=message.department_id,
        contact_id=message.contact_id,
        happened_at=at,
        subject_id=message.id,
        detail={"step": message.step},
    )
