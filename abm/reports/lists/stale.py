"""Freshness: when contacts were last confirmed, which are stale and why, and whom a letter would reach."""

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import case, exists, func, null, or_, select
from sqlalchemy.orm import Session
from sqlalchemy.sql.elements import ColumnElement

from abm.conditions.language import Moment
from abm.models import Account, Contact, Department, Suppression
from abm.reports.lists.limits import STALE_DAYS
from abm.reports.lists.reading import AccountLine, Query, Wanted, about_accounts, read_all
from abm.reports.lists.standing import days_ago
from abm.words import SuppressionReason

# Confirmed within so many days: the steps in which the report counts.
STEPS = (90, 180, STALE_DAYS)
# Whoever wants nothing from us gets no letter either; an address that cannot be mailed says nothing of the postal one.
NO_LETTER = (SuppressionReason.DO_NOT_CONTACT, SuppressionReason.ERASED, SuppressionReason.COMPLAINED)


@dataclass(frozen=True, kw_only=True)
class StaleLine(AccountLine):
    """A person whose record is not trusted, since when, and why; no reason means that it grew old."""

    contact_id: uuid.UUID
    contact: str
    department: str | None
    title: str | None
    reason: str | None
    stale_since: datetime | None
    confirmed_at: datetime | None
    known_since: datetime


@dataclass(frozen=True)
class Freshness:
    """How many contacts were confirmed how lately, and how many are stale for which reason."""

    within: tuple[tuple[int, int], ...]
    older: int
    never: int
    reasons: tuple[tuple[str | None, int], ...]

    @property
    def total(self) -> int:
        """Every living contact."""
        return sum(count for _days, count in self.within) + self.older + self.never

    @property
    def stale(self) -> int:
        """Those no longer trusted."""
        return sum(count for _reason, count in self.reasons)


@dataclass(frozen=True, kw_only=True)
class AddressLabel(AccountLine):
    """What stands on an envelope; without a person it goes to the company."""

    postcode: str | None
    address: str
    department: str | None
    title: str | None
    name: str | None


def stale(wanted: Wanted, moment: Moment) -> Query:
    """Contacts marked as stale, then those nobody confirmed for a year, the oldest first."""
    lines = about_accounts(
        wanted,
        Contact.id.label("contact_id"),
        Contact.full_name.label("contact"),
        Department.name.label("department"),
        Contact.title,
        Contact.stale_reason.label("reason"),
        Contact.stale_since,
        Contact.confirmed_at,
        Contact.created_at.label("known_since"),
    )
    lines = lines.join(Contact, Contact.account_id == Account.id).outerjoin(
        Department, Department.id == Contact.department_id
    )
    oldest = (Contact.stale_reason.is_(None), func.coalesce(Contact.confirmed_at, Contact.created_at), Contact.id)
    return lines.where(Contact.archived_at.is_(None), is_stale(moment)).order_by(*oldest)


def is_stale(moment: Moment) -> ColumnElement[bool]:
    """Marked as stale, or confirmed – where nobody ever did: made – longer ago than the limit."""
    last = func.coalesce(Contact.confirmed_at, Contact.created_at)
    return or_(Contact.stale_reason.is_not(None), last < days_ago(moment, STALE_DAYS))


def count_freshness(session: Session, moment: Moment) -> Freshness:
    """The whole picture in two statements."""
    bounds = [days_ago(moment, days) for days in STEPS]
    counts = [func.count().filter(Contact.confirmed_at >= bound) for bound in bounds]
    living = (Contact.archived_at.is_(None), Account.archived_at.is_(None))
    people = select(*counts, func.count(Contact.confirmed_at), func.count()).select_from(Contact).join(Account)
    *cumulated, confirmed, total = session.execute(people.where(*living)).one()
    within = [(days, count - before) for days, count, before in zip(STEPS, cumulated, [0, *cumulated], strict=False)]
    reasons = (
        select(Contact.stale_reason, func.count())
        .join(Account)
        .where(*living, is_stale(moment))
        .group_by(Contact.stale_reason)
        .order_by(func.count().desc(), Contact.stale_reason)
    )
    found = tuple((reason, count) for reason, count in session.execute(reasons))
    return Freshness(tuple(within), confirmed - cumulated[-1], total - confirmed, found)


def address_labels(session: Session, wanted: Wanted, moment: Moment) -> Iterator[AddressLabel]:
    """An envelope per contact who is fresh and has an address, own or the company's; per company that has nobody."""
    for lines in (_letters_to_people(wanted, moment), _letters_to_companies(wanted)):
        yield from read_all(session, lines, AddressLabel)


def _letters_to_people(wanted: Wanted, moment: Moment) -> Query:
    # A postcode goes with its own address only.
    own = Contact.address.is_not(None)
    address = case((own, Contact.address), else_=Account.address)
    lines = about_accounts(
        wanted,
        case((own, Contact.postcode), else_=Account.postcode).label("postcode"),
        address.label("address"),
        Department.name.label("department"),
        Contact.title,
        Contact.full_name.label("name"),
    )
    lines = lines.join(Contact, Contact.account_id == Account.id).outerjoin(
        Department, Department.id == Contact.department_id
    )
    refused = exists().where(Suppression.email == Contact.email, Suppression.reason.in_(NO_LETTER))
    asked_for = (~refused, Contact.refused_at.is_(None))
    reached = (Contact.archived_at.is_(None), ~is_stale(moment), *asked_for, address.is_not(None))
    return lines.where(*reached).order_by(Account.name, Account.id, Contact.id)


def _letters_to_companies(wanted: Wanted) -> Query:
    nothing = (null().label(name) for name in ("department", "title", "name"))
    lines = about_accounts(wanted, Account.postcode, Account.address, *nothing)
    nobody = ~exists().where(Contact.account_id == Account.id, Contact.archived_at.is_(None))
    return lines.where(nobody, Account.address.is_not(None)).order_by(Account.name, Account.id)
