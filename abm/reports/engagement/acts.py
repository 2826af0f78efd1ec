"""Human acts: what people of accounts did, as conditions that heat maps count by and as the list behind a cell."""

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, any_, func, literal, or_, select, type_coerce
from sqlalchemy.dialects.postgresql import ARRAY, TEXT
from sqlalchemy.orm import Session
from sqlalchemy.sql.elements import ColumnElement

from abm.models import Account, Contact, Department, Event
from abm.reports.lists.reading import FETCHED_AT_ONCE, MOST_ROWS
from abm.reports.lists.standing import IS_HUMAN
from abm.reports.paging import PAGE_LENGTH, Page, page_within

# Asked for in place of a value: those that have none.
WITHOUT = "none"


@dataclass(frozen=True)
class About:
    """Which human acts are meant: within a time, and of whatever is named; WITHOUT means those without one."""

    since: datetime
    until: datetime
    account_id: uuid.UUID | None = None
    department: str = ""
    industry: str = ""
    job_function: str = ""
    topic: str = ""
    product: str = ""


@dataclass(frozen=True)
class Act:
    """One human act: who, where, when, what, and what it was about."""

    account_id: uuid.UUID
    account: str
    contact_id: uuid.UUID
    contact: str
    title: str | None
    department: str | None
    happened_at: datetime
    kind: str
    verdict: str
    minutes: float | None
    topics: list[str]
    product: str | None


def which_acts(about: About) -> list[Any]:
    """The conditions on events."""
    conditions: list[Any] = [IS_HUMAN, Event.happened_at >= about.since, Event.happened_at < about.until]
    if about.account_id:
        conditions.append(Event.account_id == about.account_id)
    if about.product:
        conditions.append(_is(Event.product, about.product))
    if about.topic:
        topics = type_coerce(Event.topics, ARRAY(TEXT))
        none = func.cardinality(topics) == 0
        conditions.append(none if about.topic == WITHOUT else literal(about.topic, TEXT()) == any_(topics))
    return conditions


def whose(about: About) -> list[Any]:
    """The conditions on people and their accounts."""
    conditions: list[Any] = [Account.archived_at.is_(None)]
    if about.account_id:
        conditions.append(Contact.account_id == about.account_id)
    if about.industry:
        conditions.append(_is(Account.industry, about.industry))
    if about.job_function:
        conditions.append(_is(Contact.job_function, about.job_function))
    if about.department:
        department = _read_id(about.department)
        conditions.append(Contact.department_id == department if department else Contact.department_id.is_(None))
    return conditions


def list_acts(session: Session, about: About, page: int, length: int = PAGE_LENGTH) -> Page[Act]:
    """A page of the acts, the newest first."""
    total = session.scalar(_of_people(about, func.count())) or 0
    number = page_within(page, total, length)
    shown = _acts(about).limit(length).offset((number - 1) * length)
    return Page(tuple(Act(**row) for row in session.execute(shown).mappings()), total, number, length)


def all_acts(session: Session, about: About) -> Iterator[Act]:
    """The acts for a file, read as they are written."""
    rows = session.execute(_acts(about).limit(MOST_ROWS), execution_options={"yield_per": FETCHED_AT_ONCE})
    return (Act(**row) for row in rows.mappings())


def _acts(about: About) -> Select[Any]:
    columns = _of_people(
        about,
        Account.id.label("account_id"),
        Account.name.label("account"),
        Contact.id.label("contact_id"),
        Contact.full_name.label("contact"),
        Contact.title,
        Department.name.label("department"),
        Event.happened_at,
        Event.kind,
        Event.verdict,
        Event.minutes,
        Event.topics,
        Event.product,
    )
    named = columns.outerjoin(Department, Department.id == Contact.department_id)
    return named.order_by(Event.happened_at.desc(), Event.id)


def _of_people(about: About, *columns: Any) -> Select[Any]:
    """These columns of the acts with their people and accounts."""
    joined = select(*columns).select_from(Event).join(Contact, Contact.id == Event.contact_id)
    return joined.join(Account, Account.id == Contact.account_id).where(*which_acts(about), *whose(about))


def _is(column: Any, asked: str) -> ColumnElement[bool]:
    return or_(column.is_(None), column == "") if asked == WITHOUT else column == asked


def _read_id(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text)
    except ValueError:
        return None
