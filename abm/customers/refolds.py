"""Asking for a contact's scores to be computed again: its title, account or an event's verdict has changed."""

import uuid
from collections.abc import Iterable

from sqlalchemy import text
from sqlalchemy.orm import Session

from abm.queue import enqueue

# Touching a row that already waits makes a running refold pass it over until our change is committed.
ASK = text(
    """
    insert into refolds (contact_id) select distinct unnest(cast(:ids as uuid[])) order by 1
    on conflict (contact_id) do update set asked_at = clock_timestamp()
    """
)


def ask_refold(session: Session, contact_ids: Iterable[uuid.UUID]) -> None:
    """Have these contacts' entries and scores computed again from all their events, soon after the commit."""
    ids = list(contact_ids)
    if ids:
        session.execute(ASK, {"ids": ids})
        enqueue(session, "fold_events")
