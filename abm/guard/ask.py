"""Asking the contact guard about one person, as the command and the account page do."""

import uuid
from datetime import datetime

from sqlalchemy.orm import Session

from abm.errors import NotFound
from abm.guard.facts import gather_facts
from abm.guard.guard import Decision, decide


def ask_guard(session: Session, contact_id: uuid.UUID, at: datetime) -> Decision:
    """What would be said about a mail to this contact now."""
    facts = gather_facts(session, [contact_id], at).get(contact_id)
    if facts is None:
        raise NotFound(f"contact {contact_id} does not exist")
    return decide(facts)
