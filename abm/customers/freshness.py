"""Freshness of contacts: when a record was last confirmed, and why one is no longer trusted."""

import uuid
from datetime import datetime

from sqlalchemy.orm import Session

from abm.customers.audit import note_change, set_fields
from abm.customers.contacts import archive_contact
from abm.customers.records import lock_contact
from abm.models import Contact
from abm.words import StaleReason


def confirm_contact(session: Session, contact_id: uuid.UUID, *, by: uuid.UUID | None, at: datetime) -> Contact:
    """Somebody looked and the record is right: confirmed now, no longer stale."""
    contact = lock_contact(session, contact_id)
    changes = set_fields(contact, {"stale_reason": None, "stale_since": None})
    contact.confirmed_at = at
    note_change(session, "confirmed", contact, by=by, at=at, changes=changes)
    return contact


def mark_stale(
    session: Session, contact_id: uuid.UUID, reason: StaleReason, *, by: uuid.UUID | None, at: datetime
) -> Contact:
    """The record is not trusted any more; the same reason again changes nothing, a machine overrules nobody."""
    contact = lock_contact(session, contact_id)
    if contact.stale_reason == reason or (by is None and contact.stale_reason):
        return contact
    changes = set_fields(contact, {"stale_reason": reason.value, "stale_since": at})
    note_change(session, "stale", contact, by=by, at=at, changes=changes)
    return contact


def contact_left(session: Session, contact_id: uuid.UUID, *, by: uuid.UUID, at: datetime) -> Contact:
    """The person works there no more: told so in the record, and put away; the history stays."""
    mark_stale(session, contact_id, StaleReason.LEFT_COMPANY, by=by, at=at)
    return archive_contact(session, contact_id, by=by, at=at)
