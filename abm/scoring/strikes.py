"""Striking events from scores: kept, shown struck through with who and why, counted no more until it is withdrawn."""

import uuid
from collections.abc import Collection
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from abm.customers.refolds import ask_refold
from abm.errors import Conflict, Invalid, NotFound
from abm.models import AuditEntry, Event, Strike

LONGEST_REASON = 500


def strike_events(
    session: Session, event_ids: Collection[uuid.UUID], reason: str, *, by: uuid.UUID, at: datetime
) -> None:
    """Let these events count nothing; all of them or none. The scores follow within seconds."""
    said = _checked(reason)
    if not event_ids:
        raise Invalid("choose what is to be struck", "events", "required")
    contacts = dict(session.execute(select(Event.id, Event.contact_id).where(Event.id.in_(event_ids))).all())
    if len(contacts) < len(set(event_ids)):
        raise NotFound("no such event")
    rows = [{"event_id": event, "reason": said, "struck_at": at, "struck_by": by} for event in sorted(contacts)]
    struck = session.scalars(insert(Strike).values(rows).on_conflict_do_nothing().returning(Strike.event_id)).all()
    if len(struck) < len(rows):
        raise Conflict("this was struck already")
    for event_id in struck:
        _note(session, "event.struck", event_id, said, by, at)
    ask_refold(session, set(contacts.values()))


def withdraw_strike(session: Session, event_id: uuid.UUID, *, by: uuid.UUID, at: datetime) -> None:
    """Let this event count again; NotFound when it is not struck."""
    holding = select(Strike).where(Strike.event_id == event_id, Strike.withdrawn_at.is_(None)).with_for_update()
    found = session.scalars(holding).one_or_none()
    if found is None:
        raise NotFound("this is not struck")
    found.withdrawn_at, found.withdrawn_by = at, by
    session.flush()
    _note(session, "event.restored", event_id, found.reason, by, at)
    ask_refold(session, [session.get_one(Event, event_id).contact_id])


def _checked(reason: str) -> str:
    said = reason.strip()
    if not said:
        raise Invalid("say why; others will read it", "reason", "required")
    if len(said) > LONGEST_REASON:
        raise Invalid(f"say it in {LONGEST_REASON} characters", "reason", "too_long")
    return said


def _note(session: Session, act: str, event_id: uuid.UUID, reason: str, by: uuid.UUID, at: datetime) -> None:
    detail = {"reason": reason}
    session.add(AuditEntry(at=at, user_id=by, act=act, subject="event", subject_id=event_id, detail=detail))
