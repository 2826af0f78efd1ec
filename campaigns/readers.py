"""What a mail's blocks are chosen by: a person's role, department and topics, and a reader as mails address one."""

import uuid
from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from abm.errors import NotFound
from abm.models import Account, Contact, Department
from abm.words import Verdict
from campaigns.addressing import Recipient

# What somebody used longer ago says little of what interests them now.
REMEMBERED = timedelta(days=365)

TOPICS = text(
    f"""
    select e.contact_id, topic from events e, unnest(e.topics) topic
    where e.contact_id = any(:ids) and e.happened_at between :since and :at
      and e.verdict in ('{Verdict.PROVEN}', '{Verdict.LIKELY}')
    union
    select n.contact_id, n.topic from needs n
    where n.contact_id = any(:ids) and n.topic is not null and n.archived_at is null
    except
    select p.contact_id, topic from preferences p, unnest(p.muted_topics) topic where p.contact_id = any(:ids)
    """  # noqa: S608 only our own words are put in
)


def load_topics(session: Session, contact_ids: Collection[uuid.UUID], at: datetime) -> dict[uuid.UUID, frozenset[str]]:
    """What interests these people: topics they used within a year or told us of, without those they do not want."""
    found: dict[uuid.UUID, set[str]] = {}
    values = {"ids": list(contact_ids), "since": at - REMEMBERED, "at": at}
    for contact_id, topic in session.execute(TOPICS, values):
        found.setdefault(contact_id, set()).add(topic)
    return {contact_id: frozenset(topics) for contact_id, topics in found.items()}


def with_traits(session: Session, people: Mapping[uuid.UUID, Recipient], at: datetime) -> Mapping[uuid.UUID, Recipient]:
    """The same people with what blocks ask for: their roles in a purchase and their topics."""
    if not people:
        return people
    roles = select(Contact.id, Contact.buying_role).where(Contact.id.in_(people))
    topics = load_topics(session, people, at)
    return {
        contact_id: replace(people[contact_id], role=role or "", topics=topics.get(contact_id, frozenset()))
        for contact_id, role in session.execute(roles)
    }


def read_reader(session: Session, contact_id: uuid.UUID, at: datetime) -> Recipient:
    """A contact as mails address them, with everything that blocks may ask for."""
    found = read_readers(session, [contact_id], at)
    if contact_id not in found:
        raise NotFound("there is no such contact")
    return found[contact_id]


def read_readers(session: Session, contact_ids: Collection[uuid.UUID], at: datetime) -> dict[uuid.UUID, Recipient]:
    """The same of many; whoever was erased is not among them."""
    rows = session.execute(
        select(Contact, Account.name, Department.name)
        .join(Account, Account.id == Contact.account_id)
        .outerjoin(Department, Department.id == Contact.department_id)
        .where(Contact.id.in_(contact_ids), Contact.erased_at.is_(None))
    ).all()
    topics = load_topics(session, contact_ids, at)
    return {
        contact.id: _reader(contact, account, department, topics.get(contact.id, frozenset()))
        for contact, account, department in rows
    }


def _reader(contact: Contact, account: str, department: str | None, topics: frozenset[str]) -> Recipient:
    return Recipient(
        email=contact.email or "",
        account_name=account,
        full_name=contact.full_name,
        family_name=contact.family_name or "",
        given_name=contact.given_name or "",
        title=contact.title or "",
        department=department or "",
        role=contact.buying_role or "",
        topics=topics,
    )
