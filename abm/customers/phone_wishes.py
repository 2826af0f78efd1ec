"""Who asked not to be phoned: kept with the person, since when, until they say otherwise; mail and post go on."""

import uuid
from datetime import datetime

from sqlalchemy.orm import Session

from abm.customers.audit import note_change, set_fields
from abm.customers.records import lock_at_account
from abm.models import Contact


def refuse_phone(session: Session, contact_id: uuid.UUID, *, by: uuid.UUID, at: datetime) -> None:
    """This person asked not to be phoned; said twice, the first time stays."""
    contact = lock_at_account(session, Contact, contact_id)
    if contact.no_phone_at is None:
        _write(session, contact, at, by, at)


def allow_phone(session: Session, contact_id: uuid.UUID, *, by: uuid.UUID, at: datetime) -> None:
    """This person may be phoned again."""
    contact = lock_at_account(session, Contact, contact_id)
    if contact.no_phone_at is not None:
        _write(session, contact, None, by, at)


def _write(session: Session, contact: Contact, wish: datetime | None, by: uuid.UUID, at: datetime) -> None:
    changes = set_fields(contact, {"no_phone_at": wish})
    session.flush()
    note_change(session, "changed", contact, by=by, at=at, changes=changes)
