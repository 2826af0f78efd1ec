"""Contacts to look at a mail as: the one that was typed, or some to choose from."""

import uuid
from dataclasses import dataclass

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from abm.models import Account, Contact

SHOWN = 30


@dataclass(frozen=True)
class Reader:
    """A contact to choose."""

    id: uuid.UUID
    name: str
    email: str
    account: str


def list_readers(session: Session) -> list[Reader]:
    """Some people who can be mailed, those known longest first."""
    rows = session.execute(
        select(Contact.id, Contact.full_name, Contact.email, Account.name)
        .join(Account, Account.id == Contact.account_id)
        .where(Contact.archived_at.is_(None), Contact.email.is_not(None))
        .order_by(Contact.id)
        .limit(SHOWN)
    )
    return [Reader(contact_id, name, email or "", account) for contact_id, name, email, account in rows]


def find_reader(session: Session, typed: str) -> Contact | None:
    """The contact of this id, address or name; where none is meant, whoever is known longest."""
    living = select(Contact).where(Contact.archived_at.is_(None)).order_by(Contact.id).limit(1)
    words = typed.strip()
    if not words:
        return session.scalars(living.where(Contact.email.is_not(None))).one_or_none()
    try:
        wanted = Contact.id == uuid.UUID(words)
    except ValueError:
        wanted = or_(Contact.email == words, Contact.full_name == words)
    return session.scalars(living.where(wanted)).one_or_none()
