"""What a rep keeps in view: notices, next actions that are due, and accounts nobody has planned anything with."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, exists, func, or_, select
from sqlalchemy.orm import Session, aliased

from abm.models import Account, Contact, Deal, NextAction, Notice, User
from abm.reports.paging import PAGE_LENGTH, Page, page_within
from abm.words import Role

NOTICES_SHOWN = 10


@dataclass(frozen=True)
class NoticeRow:
    """One notice that has not been put away."""

    id: uuid.UUID
    kind: str
    at: datetime
    account_id: uuid.UUID | None
    account: str | None
    about: str | None
    detail: dict[str, Any]


@dataclass(frozen=True)
class ActionRow:
    """One open next action."""

    id: uuid.UUID
    due_on: date
    what: str
    account_id: uuid.UUID
    account: str
    contact_id: uuid.UUID | None
    contact: str | None
    owner_id: uuid.UUID
    owner: str
    deal_id: uuid.UUID | None
    deal: str | None


@dataclass(frozen=True)
class OwnerLoad:
    """How much somebody has promised: overdue, for today, and later."""

    owner_id: uuid.UUID
    owner: str
    late: int
    today: int
    later: int


@dataclass(frozen=True)
class Unplanned:
    """An account with an owner and nothing planned."""

    id: uuid.UUID
    name: str
    stage: str
    owner: str | None
    last_contacted_on: date | None


def notices_of(session: Session, user_id: uuid.UUID) -> list[NoticeRow]:
    """What this user has not put away yet, the newest first."""
    rows = (
        select(Notice.id, Notice.kind, Notice.at, Notice.account_id, Account.name, User.name, Notice.detail)
        .outerjoin(Account, Account.id == Notice.account_id)
        .outerjoin(User, User.id == Notice.about_user_id)
        .where(Notice.user_id == user_id, Notice.seen_at.is_(None))
        .order_by(Notice.at.desc(), Notice.id.desc())
        .limit(NOTICES_SHOWN)
    )
    return [NoticeRow(*row) for row in session.execute(rows)]


def due_actions(session: Session, user_id: uuid.UUID, today: date, limit: int = 20) -> list[ActionRow]:
    """What this user promised for today or earlier, the oldest first."""
    return _actions(session, NextAction.owner_id == user_id, NextAction.due_on <= today, limit=limit)


def list_actions(
    session: Session, *, owner_id: uuid.UUID | None = None, until: date | None = None, limit: int = 200
) -> list[ActionRow]:
    """Open next actions, of one user or of everybody, up to a day or all."""
    wanted: list[ColumnElement[bool]] = [NextAction.owner_id == owner_id] if owner_id else []
    wanted += [NextAction.due_on <= until] if until else []
    return _actions(session, *wanted, limit=limit)


def owner_loads(session: Session, today: date) -> list[OwnerLoad]:
    """Everybody who has promised something, the most overdue first."""
    late, due = NextAction.due_on < today, NextAction.due_on == today
    counts = (func.count().filter(late), func.count().filter(due), func.count().filter(~late & ~due))
    loads = (
        select(User.id, User.name, *counts)
        .join(NextAction, NextAction.owner_id == User.id)
        .join(Account, Account.id == NextAction.account_id)
        .where(NextAction.closed_at.is_(None), Account.archived_at.is_(None))
        .group_by(User.id)
        .order_by(counts[0].desc(), User.name, User.id)
    )
    return [OwnerLoad(*row) for row in session.execute(loads)]


def actions_of_account(session: Session, account_id: uuid.UUID) -> list[ActionRow]:
    """What is planned with an account and its people."""
    return _actions(session, NextAction.account_id == account_id, limit=100)


def actions_of_contact(session: Session, contact_id: uuid.UUID) -> list[ActionRow]:
    """What is planned with one person."""
    return _actions(session, NextAction.contact_id == contact_id, limit=1)


def actions_of_deal(session: Session, deal_id: uuid.UUID) -> list[ActionRow]:
    """What is planned for one deal."""
    return _actions(session, NextAction.deal_id == deal_id, limit=10)


def list_unplanned(
    session: Session, *, owner_id: uuid.UUID | None = None, page: int = 1, length: int = PAGE_LENGTH
) -> Page[Unplanned]:
    """Accounts that somebody looks after and nobody has planned anything with, the longest silent first."""
    planned = exists().where(NextAction.account_id == Account.id, NextAction.closed_at.is_(None))
    mine = Account.owner_id == owner_id if owner_id else Account.owner_id.is_not(None)
    conditions = (Account.archived_at.is_(None), Account.excluded_reason.is_(None), mine, ~planned)
    total = session.scalar(select(func.count()).select_from(Account).where(*conditions)) or 0
    number = page_within(page, total, length)
    rows = (
        select(Account.id, Account.name, Account.stage, User.name, Account.last_contacted_on)
        .outerjoin(User, User.id == Account.owner_id)
        .where(*conditions)
        .order_by(Account.last_contacted_on.asc().nulls_first(), Account.name, Account.id)
        .limit(length)
        .offset((number - 1) * length)
    )
    return Page(tuple(Unplanned(*row) for row in session.execute(rows)), total, number, length)


def owners(session: Session, kept: Sequence[uuid.UUID | None] = ()) -> list[tuple[str, str]]:
    """(id, name) of everybody who can be an owner; `kept` stay in the choice though they can no longer log in."""
    still = or_(User.disabled_at.is_(None), User.id.in_([key for key in kept if key]))
    rows = session.execute(select(User.id, User.name).where(still).order_by(User.name, User.id))
    return [(str(key), name) for key, name in rows]


def people_of_sales(session: Session) -> list[tuple[str, str]]:
    """(id, name) of everybody in sales who can log in: whom a new customer can be given to."""
    selling = select(User.id, User.name).where(User.role == Role.SALES, User.disabled_at.is_(None))
    return [(str(key), name) for key, name in session.execute(selling.order_by(User.name, User.id))]


def _actions(session: Session, *conditions: ColumnElement[bool], limit: int) -> list[ActionRow]:
    rows = _rows().where(NextAction.closed_at.is_(None), Account.archived_at.is_(None), *conditions)
    ordered = rows.order_by(NextAction.due_on, NextAction.id).limit(limit)
    return [ActionRow(*row) for row in session.execute(ordered)]


def _rows() -> Select[*tuple[Any, ...]]:
    owner = aliased(User)
    return (
        select(
            NextAction.id,
            NextAction.due_on,
            NextAction.what,
            NextAction.account_id,
            Account.name,
            NextAction.contact_id,
            Contact.full_name,
            NextAction.owner_id,
            owner.name,
            NextAction.deal_id,
            Deal.name,
        )
        .join(Account, Account.id == NextAction.account_id)
        .join(owner, owner.id == NextAction.owner_id)
        .outerjoin(Contact, Contact.id == NextAction.contact_id)
        .outerjoin(Deal, Deal.id == NextAction.deal_id)
    )
