"""Asking the contact guard about one person, as the command and the account page do."""

import uuid
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from abm.errors import NotFound
from abm.guard.batch import NOTHING
from abm.guard.facts import JAPAN, Question, open_batch
from abm.guard.guard import Decision, MailAbout


def ask_guard(
    session: Session, contact_id: uuid.UUID, at: datetime, about: MailAbout = NOTHING, zone: ZoneInfo = JAPAN
) -> Decision:
    """What would be said about this mail (none given: any) to this contact now."""
    batch = open_batch(session, [contact_id], at, Question([about], zone))
    if contact_id not in batch.facts:
        raise NotFound(f"contact {contact_id} does not exist")
    return batch.ask(contact_id, about)
