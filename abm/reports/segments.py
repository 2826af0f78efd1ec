"""Segments as lists show them, and the first people of one."""

import uuid
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select, union
from sqlalchemy.orm import Session

from abm.conditions.language import Moment
from abm.models import Account, Asset, Contact, Product, Sequence, User, Webinar
from abm.segments.segments import People, count_people, list_segments, people_of

PEOPLE_SHOWN = 20


@dataclass(frozen=True)
class SegmentRow:
    """One segment and how many are in it now."""

    id: uuid.UUID
    name: str
    kind: str
    accounts: int
    contacts: int
    changed_at: datetime


@dataclass(frozen=True)
class PreviewRow:
    """One person of a segment."""

    id: uuid.UUID
    full_name: str
    title: str | None
    account_id: uuid.UUID
    account: str


def list_rows(session: Session, moment: Moment) -> list[SegmentRow]:
    """Every segment, counted now."""
    rows = []
    for segment in list_segments(session):
        count = count_people(session, people_of(session, segment, moment), moment.at)
        row = SegmentRow(segment.id, segment.name, segment.kind, count.accounts, count.contacts, segment.changed_at)
        rows.append(row)
    return rows


def list_usual_values(session: Session) -> dict[str, list[tuple[str, str]]]:
    """Values that fields of free text mostly hold, each with its name, by sort; for the builder to propose."""
    products = select(Product.code, Product.name).where(Product.archived_at.is_(None)).order_by(Product.code)
    owners = select(User.email, User.name).where(User.disabled_at.is_(None)).order_by(User.email)
    names = session.scalars(select(Sequence.name).order_by(Sequence.name))
    carried = union(*(select(func.unnest(table.topics)) for table in (Product, Asset, Webinar)))
    return {
        "product": [(code, name) for code, name in session.execute(products)],
        "owner": [(email, name) for email, name in session.execute(owners)],
        "sequence": [(name, name) for name in names],
        "topic": [(topic, topic) for topic in sorted(session.scalars(carried))],
    }


def preview(session: Session, people: People, limit: int) -> list[PreviewRow]:
    """The first people by reading."""
    found = people.subquery()
    rows = (
        select(Contact.id, Contact.full_name, Contact.title, Contact.account_id, Account.name.label("account"))
        .join(found, found.c.id == Contact.id)
        .join(Account, Account.id == Contact.account_id)
        .order_by(func.coalesce(Contact.kana, Contact.full_name), Contact.id)
        .limit(limit)
    )
    return [PreviewRow(**row) for row in session.execute(rows).mappings()]
