"""A recipient's stop: the message's address, and the contact's present one, are never mailed again."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from abm.customers.suppression import suppress
from abm.models import Contact, Message
from abm.words import SuppressionReason


def stop_mail(session: Session, stops: Iterable[tuple[bytes, datetime]]) -> None:
    """Suppress whoever got these messages; a test send or a message that is gone stops nobody."""
    asked = dict(stops)
    if not asked:
        return
    sent = (
        select(Message.key, Message.email, Contact.email)
        .join(Contact, Contact.id == Message.contact_id)
        .where(Message.key.in_(asked), Message.is_test.is_(False))
    )
    for key, *addresses in session.execute(sent).all():
        # In order, so that two acts never wait for each other's addresses.
        for email in sorted({address.lower() for address in addresses if address}):
            evidence = f"stop link of message {key.hex()}"
            suppress(session, email, SuppressionReason.UNSUBSCRIBED, asked[key], evidence)
