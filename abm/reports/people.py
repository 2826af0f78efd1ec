"""People with what matters about them now: role, score, consent, and why they get no mail."""

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session
from sqlalchemy.sql.elements import ColumnElement

from abm.errors import NotFound
from abm.guard.facts import JAPAN, Question, open_batch
from abm.guard.guard import Decision
from abm.models import Account, Consent, Contact, Department, Suppression, User
from abm.reports.paging import PAGE_LENGTH, Page, page_within
from abm.reports.points import contact_points
from abm.reports.search import matching
from abm.words import ConsentPurpose, SearchKind


@dataclass(frozen=True)
class Person:
    """One contact as lists show it."""

    id: uuid.UUID
    full_name: str
    kana: str | None
    title: str | None
    seniority: str
    buying_role: str | None
    email: str | None
    phone: str | None
    language: str
    memo: str | None
    last_contacted_on: Any
    job_function: str | None
    postcode: str | None
    address: str | None
    time_zone: str | None
    confirmed_at: datetime | None
    stale_reason: str | None
    stale_since: datetime | None
    custom: dict[str, Any]
    is_sample: bool
    no_phone_at: datetime | None
    account_id: uuid.UUID
    account: str
    department_id: uuid.UUID | None
    department: str | None
    points: float
    # The newest entry of the consent ledger about mail; None when nobody ever asked.
    consent: bool | None
    consent_basis: str | None
    consent_at: datetime | None
    suppressed: str | None


def list_people(session: Session, search: str, page: int, at: datetime, length: int = PAGE_LENGTH) -> Page[Person]:
    """One page of the contacts that fit what was typed, by reading."""
    fitting = _fitting(session, search)
    every = select(func.count()).select_from(Contact).join(Account, Account.id == Contact.account_id)
    total = session.scalar(every.where(*fitting)) or 0
    number = page_within(page, total, length)
    by_name = (func.coalesce(Contact.kana, Contact.full_name), Contact.id)
    rows = _rows(at).where(*fitting).order_by(*by_name).limit(length).offset((number - 1) * length)
    return Page(tuple(_read(session, rows)), total, number, length)


def responsible_for(session: Session, person: Person) -> tuple[uuid.UUID, str] | None:
    """(id, name) of who looks after this person: the department's owner, else the account's."""
    of_account = select(Account.owner_id).where(Account.id == person.account_id).scalar_subquery()
    of_department = select(Department.owner_id).where(Department.id == person.department_id).scalar_subquery()
    row = session.execute(select(User.id, User.name).where(User.id == func.coalesce(of_department, of_account))).first()
    return (row[0], row[1]) if row else None


def people_of(session: Session, account_id: uuid.UUID, at: datetime) -> list[Person]:
    """The people of an account, the keenest first."""
    rows = _rows(at).where(Contact.account_id == account_id, Contact.archived_at.is_(None))
    return _read(session, rows.order_by(contact_points(Contact.id, at).desc(), Contact.full_name, Contact.id))


def get_person(session: Session, contact_id: uuid.UUID, at: datetime) -> Person:
    """One contact, or NotFound."""
    found = _read(session, _rows(at).where(Contact.id == contact_id, Contact.archived_at.is_(None)))
    if not found:
        raise NotFound("no such contact")
    return found[0]


def read_people(session: Session, contact_ids: Iterable[uuid.UUID], at: datetime) -> list[Person]:
    """These living contacts, in no order."""
    return _read(session, _rows(at).where(Contact.id.in_(list(contact_ids)), Contact.archived_at.is_(None)))


def mail_answers(
    session: Session, people: Sequence[Person], at: datetime, zone: ZoneInfo = JAPAN
) -> dict[uuid.UUID, Decision]:
    """What the contact guard would say to a mail now, for each of them."""
    batch = open_batch(session, [person.id for person in people], at, Question(zone=zone))
    return {contact_id: batch.ask(contact_id) for contact_id in batch.facts}


def _read(session: Session, rows: Select[*tuple[Any, ...]]) -> list[Person]:
    return [Person(**row) for row in session.execute(rows).mappings()]


def _rows(at: datetime) -> Select[*tuple[Any, ...]]:
    consent = _newest_consent()
    return (
        select(
            Contact.id,
            Contact.full_name,
            Contact.kana,
            Contact.title,
            Contact.seniority,
            Contact.buying_role,
            Contact.email,
            Contact.phone,
            Contact.language,
            Contact.memo,
            Contact.last_contacted_on,
            Contact.job_function,
            Contact.postcode,
            Contact.address,
            Contact.time_zone,
            Contact.confirmed_at,
            Contact.stale_reason,
            Contact.stale_since,
            Contact.custom,
            Contact.is_sample,
            Contact.no_phone_at,
            Contact.account_id,
            Account.name.label("account"),
            Contact.department_id,
            Department.name.label("department"),
            contact_points(Contact.id, at).label("points"),
            consent.c.granted.label("consent"),
            consent.c.basis.label("consent_basis"),
            consent.c.at.label("consent_at"),
            Suppression.reason.label("suppressed"),
        )
        .join(Account, Account.id == Contact.account_id)
        .outerjoin(Department, Department.id == Contact.department_id)
        .outerjoin(Suppression, Suppression.email == Contact.email)
        .outerjoin(consent, consent.c.contact_id == Contact.id)
    )


def _newest_consent() -> Any:
    newest = (
        select(Consent.contact_id, Consent.granted, Consent.basis, Consent.at)
        .where(Consent.purpose == ConsentPurpose.MAIL, Consent.contact_id == Contact.id)
        .order_by(Consent.at.desc(), Consent.id.desc())
        .limit(1)
    )
    return newest.correlate(Contact).lateral("newest_consent")


def _fitting(session: Session, search: str) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = [Contact.archived_at.is_(None)]
    if search.strip():
        companies = matching(session, SearchKind.ACCOUNT, search, similar=False)
        theirs = select(Contact.id).where(Contact.account_id.in_(companies))
        conditions.append(Contact.id.in_(matching(session, SearchKind.CONTACT, search).union(theirs)))
    return conditions
