"""The suppression list: addresses that are never mailed, whoever asks."""

from datetime import datetime

from sqlalchemy import select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from abm.customers.timeline import Item, add_items
from abm.models import Contact, Suppression
from abm.words import ItemKind, SuppressionReason

# A sender holds it, shared, from its last look at the list until its mail has begun to leave: whoever is told that
# their stop is done gets no mail that begins later.
STOP_LOCK = 7_202_651
_HOLD = text("select pg_advisory_xact_lock(:key, hashtext(lower(:email)))")


def suppress(session: Session, email: str, reason: SuppressionReason, at: datetime, evidence: str) -> bool:
    """Never mail this address again; False when it already was so, and then the first reason stands."""
    session.execute(_HOLD, {"key": STOP_LOCK, "email": email})
    row = insert(Suppression).values(email=email, reason=reason, at=at, evidence=evidence)
    fresh = session.scalar(row.on_conflict_do_nothing().returning(Suppression.email))
    if fresh is not None:
        add_items(session, _items(session, email, reason, at))
    return fresh is not None


def is_suppressed(session: Session, email: str) -> bool:
    """Whether this address is on the list."""
    return session.get(Suppression, email) is not None


def _items(session: Session, email: str, reason: SuppressionReason, at: datetime) -> list[Item]:
    living = select(Contact).where(Contact.email == email, Contact.archived_at.is_(None))
    return [
        Item(
            ItemKind.SUPPRESSED,
            contact.account_id,
            at,
            department_id=contact.department_id,
            contact_id=contact.id,
            detail={"reason": reason.value},
        )
        for contact in session.scalars(living)
    ]
