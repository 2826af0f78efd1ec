"""One account with everything its page and `abm account` say about it."""

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from abm.clock import rfc3339
from abm.errors import NotFound
from abm.models import Account, AccountDomain, Department, User
from abm.reports.people import Person, people_of
from abm.reports.points import account_points, department_points
from abm.reports.sold import sold_record
from abm.reports.timeline import Line, TimelineFilter, list_lines


@dataclass(frozen=True)
class DepartmentRow:
    """A department, who looks after it and its score."""

    id: uuid.UUID
    name: str
    owner: str | None
    owner_id: uuid.UUID | None = None
    points: float = 0.0


@dataclass(frozen=True)
class AccountView:
    """The record, its owner and where it stands."""

    account: Account
    owner: str | None
    parent: str | None
    points: float
    domains: tuple[str, ...]
    departments: tuple[DepartmentRow, ...]
    people: tuple[Person, ...]


def read_account(session: Session, account_id: uuid.UUID, at: datetime) -> AccountView:
    """The account with its departments and people; NotFound when there is none."""
    parent = aliased(Account)
    record = session.execute(
        select(Account, User.name, parent.name, account_points(Account.id, at))
        .outerjoin(User, User.id == Account.owner_id)
        .outerjoin(parent, parent.id == Account.parent_id)
        .where(Account.id == account_id, Account.archived_at.is_(None))
    ).one_or_none()
    if record is None:
        raise NotFound("no such account")
    account, owner, parent_name, points = record
    domains = session.scalars(select(AccountDomain.domain).where(AccountDomain.account_id == account_id))
    return AccountView(
        account,
        owner,
        parent_name,
        points,
        tuple(sorted(domains)),
        tuple(_departments(session, account_id, at)),
        tuple(people_of(session, account_id, at)),
    )


def account_record(session: Session, account_id: uuid.UUID, at: datetime, lines: int | None = None) -> dict[str, Any]:
    """The account as plain data for `abm account --json`: record, owners, stage, people, what is sold, timeline."""
    view = read_account(session, account_id, at)
    timeline = list_lines(session, TimelineFilter(account_id=account_id), limit=lines)
    return {
        **_record(view),
        "departments": [
            {"id": str(d.id), "name": d.name, "owner": d.owner, "points": d.points} for d in view.departments
        ],
        "people": [_person(person) for person in view.people],
        **sold_record(session, account_id),
        "timeline": [_line(line) for line in timeline],
    }


def _departments(session: Session, account_id: uuid.UUID, at: datetime) -> list[DepartmentRow]:
    rows = (
        select(Department.id, Department.name, User.name, Department.owner_id, department_points(Department.id, at))
        .outerjoin(User, User.id == Department.owner_id)
        .where(Department.account_id == account_id, Department.archived_at.is_(None))
        .order_by(Department.name)
    )
    return [DepartmentRow(*row) for row in session.execute(rows)]


def _record(view: AccountView) -> dict[str, Any]:
    account = view.account
    return {
        "id": str(account.id),
        "name": account.name,
        "kana": account.kana,
        "corporate_number": account.corporate_number,
        "domains": list(view.domains),
        "postcode": account.postcode,
        "prefecture": account.prefecture,
        "address": account.address,
        "phone": account.phone,
        "industry": account.industry,
        "employees": account.employees,
        "revenue": account.revenue,
        "closing_month": account.closing_month,
        "tier": account.tier,
        "owner": view.owner,
        "parent": view.parent,
        "stage": account.stage,
        "stage_since": _time(account.stage_since),
        "mqa": account.is_mqa,
        "mqa_since": _time(account.mqa_since),
        "points": view.points,
        "custom": account.custom,
        "sample": account.is_sample,
        "last_contacted_on": account.last_contacted_on.isoformat() if account.last_contacted_on else None,
        "confirmed_at": _time(account.confirmed_at),
    }


def _person(person: Person) -> dict[str, Any]:
    return {
        "id": str(person.id),
        "name": person.full_name,
        "kana": person.kana,
        "department": person.department,
        "title": person.title,
        "seniority": person.seniority,
        "role": person.buying_role,
        "job_function": person.job_function,
        "email": person.email,
        "phone": person.phone,
        "no_phone": person.no_phone_at is not None,
        "language": person.language,
        "memo": person.memo,
        "custom": person.custom,
        "confirmed_at": _time(person.confirmed_at),
        "stale": person.stale_reason,
        "points": person.points,
        "consent": bool(person.consent),
        "consent_basis": person.consent_basis,
        "suppressed": person.suppressed,
    }


def _line(line: Line) -> dict[str, Any]:
    return {
        "id": str(line.id),
        "kind": line.kind,
        "at": rfc3339(line.happened_at),
        "contact": str(line.contact_id) if line.contact_id else None,
        "department": line.department,
        "by": line.user,
        "body": line.body,
        "detail": line.detail,
    }


def _time(at: datetime | None) -> str | None:
    return rfc3339(at) if at else None
