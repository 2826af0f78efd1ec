"""What customers said: what they want, confirmed and dated, and what waits for somebody to confirm it."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Uuid, cast, func, select
from sqlalchemy.orm import Session
from sqlalchemy.sql.elements import ColumnElement

from abm.customers.suggestions import PROMISES, Choice, proposal
from abm.errors import NotFound
from abm.models import Account, Contact, Deal, Department, Need, NextAction, Product, Suggestion, User
from abm.reports.paging import PAGE_LENGTH, Page, page_within
from abm.words import OPEN_DEAL_STAGES, HeardKind, SuggestionState

CARDS_SHOWN = 12
WANTS_SHOWN = 12


@dataclass(frozen=True)
class Card:
    """One suggestion: what was said, and what comes of it when it is confirmed as it is."""

    id: uuid.UUID
    kind: str
    said: str
    account_id: uuid.UUID
    account: str
    contact_id: uuid.UUID | None
    contact: str | None
    product: str | None
    state: str
    # The day of the note, from which its times were counted.
    on: date | None
    # The first and last day that the words mean.
    first: date | None
    last: date | None
    assumes_march: bool
    choice: Choice
    # The next action whose place this one would take.
    replaces: str | None

    @property
    def is_complete(self) -> bool:
        """Whether it can be confirmed without being asked for more."""
        return self.kind not in PROMISES or self.choice.due_on is not None


@dataclass(frozen=True)
class Want:
    """What somebody said they want, when they said it, and when they mean to act."""

    id: uuid.UUID
    kind: str
    topic: str | None
    product: str | None
    said: str
    said_on: date
    horizon_from: date | None
    horizon_until: date | None
    contact_id: uuid.UUID | None
    contact: str | None
    department: str | None
    user: str | None


def open_cards(
    session: Session, account_id: uuid.UUID, contact_id: uuid.UUID | None, *, by: uuid.UUID, today: date
) -> Page[Card]:
    """What waits to be confirmed about an account, or about one of its people, the newest first, a dozen at a time."""
    wanted = [Suggestion.account_id == account_id]
    if contact_id:
        wanted.append(Suggestion.contact_id == contact_id)
    return _cards(session, wanted, 1, CARDS_SHOWN, by, today)


def cards_of_import(
    session: Session, import_id: uuid.UUID, kind: HeardKind | None, page: int, *, by: uuid.UUID, today: date
) -> Page[Card]:
    """What an import's memos propose and nobody has decided about, of one kind or of all."""
    wanted = [Suggestion.import_id == import_id] + ([Suggestion.kind == kind] if kind else [])
    return _cards(session, wanted, page, PAGE_LENGTH, by, today)


def get_card(session: Session, suggestion_id: uuid.UUID, *, by: uuid.UUID, today: date) -> Card:
    """One suggestion, decided or not; NotFound when there is none."""
    found = _read(session, [Suggestion.id == suggestion_id], 1, 0, by, today)
    if not found:
        raise NotFound("no such suggestion")
    return found[0]


def waiting_by_kind(session: Session, import_id: uuid.UUID) -> dict[str, int]:
    """How many suggestions of each kind an import's memos have left open."""
    mine = (Suggestion.import_id == import_id) & (Suggestion.state == SuggestionState.OPEN)
    counted = select(Suggestion.kind, func.count()).where(mine, _lives()).group_by(Suggestion.kind)
    rows = session.execute(counted.join(Account, Account.id == Suggestion.account_id))
    found = {row[0]: row[1] for row in rows}
    return {kind: found[kind] for kind in HeardKind if kind in found}


def wants_of_account(session: Session, account_id: uuid.UUID) -> list[Want]:
    """What the people of an account want, the newest first."""
    return _wants(session, Need.account_id == account_id)


def wants_of_contact(session: Session, contact_id: uuid.UUID) -> list[Want]:
    """What one person wants."""
    return _wants(session, Need.contact_id == contact_id)


def products_to_choose(session: Session) -> list[tuple[str, str]]:
    """(id, name) of what we sell."""
    rows = select(Product.id, Product.name).where(Product.archived_at.is_(None)).order_by(Product.name, Product.id)
    return [(str(key), name) for key, name in session.execute(rows)]


def deals_to_lose(session: Session, account_id: uuid.UUID) -> list[tuple[str, str]]:
    """(id, name) of the account's deals that are not decided."""
    rows = select(Deal.id, Deal.name).where(
        Deal.account_id == account_id, Deal.stage.in_(OPEN_DEAL_STAGES), Deal.archived_at.is_(None)
    )
    return [(str(key), name) for key, name in session.execute(rows.order_by(Deal.name, Deal.id))]


def _cards(
    session: Session, wanted: Sequence[ColumnElement[bool]], page: int, length: int, by: uuid.UUID, today: date
) -> Page[Card]:
    conditions = [*wanted, Suggestion.state == SuggestionState.OPEN, _lives()]
    counted = select(func.count()).select_from(Suggestion).join(Account, Account.id == Suggestion.account_id)
    total = session.scalar(counted.where(*conditions)) or 0
    number = page_within(page, total, length)
    found = _read(session, conditions, length, (number - 1) * length, by, today) if total else []
    return Page(tuple(found), total, number, length)


def _lives() -> ColumnElement[bool]:
    return Account.archived_at.is_(None)


def _read(
    session: Session, conditions: Sequence[ColumnElement[bool]], limit: int, offset: int, by: uuid.UUID, today: date
) -> list[Card]:
    # The id of a product stands in the value as text.
    product_id = Suggestion.value["product_id"].astext
    rows = (
        select(Suggestion, Account.name, Account.owner_id, Contact.full_name, Product.name, _replaced())
        .join(Account, Account.id == Suggestion.account_id)
        .outerjoin(Contact, Contact.id == Suggestion.contact_id)
        .outerjoin(Product, Product.id == cast(product_id, Uuid))
        .where(*conditions)
        .order_by(Suggestion.created_at.desc(), Suggestion.id)
        .limit(limit)
        .offset(offset)
    )
    return [_card(*row, by=by, today=today) for row in session.execute(rows)]


def _replaced() -> Any:
    """What is planned with the same account and person."""
    same = (
        NextAction.account_id == Suggestion.account_id,
        NextAction.contact_id.is_not_distinct_from(Suggestion.contact_id),
        NextAction.deal_id.is_(None),
        NextAction.closed_at.is_(None),
    )
    planned = select(NextAction.what).where(*same).order_by(NextAction.due_on, NextAction.id).limit(1)
    return planned.correlate(Suggestion).scalar_subquery()


def _card(
    suggestion: Suggestion,
    account: str,
    owner_id: uuid.UUID | None,
    contact: str | None,
    product: str | None,
    planned: str | None,
    *,
    by: uuid.UUID,
    today: date,
) -> Card:
    value = suggestion.value
    return Card(
        suggestion.id,
        suggestion.kind,
        suggestion.said,
        suggestion.account_id,
        account,
        suggestion.contact_id,
        contact,
        product,
        suggestion.state,
        _day(value.get("on")),
        _day(value.get("first")),
        _day(value.get("last")),
        bool(value.get("assumes_march")),
        # Who works off a list of others' memos plans for the account's owner; a rep's own note for the rep.
        proposal(suggestion, owner_id=(owner_id if suggestion.import_id else None) or by, today=today),
        planned if suggestion.kind in PROMISES else None,
    )


def _wants(session: Session, condition: ColumnElement[bool]) -> list[Want]:
    rows = (
        select(
            Need.id,
            Need.kind,
            Need.topic,
            Product.name.label("product"),
            Need.said,
            Need.said_on,
            Need.horizon_from,
            Need.horizon_until,
            Need.contact_id,
            Contact.full_name.label("contact"),
            Department.name.label("department"),
            User.name.label("user"),
        )
        .outerjoin(Product, Product.id == Need.product_id)
        .outerjoin(Contact, Contact.id == Need.contact_id)
        .outerjoin(Department, Department.id == Need.department_id)
        .outerjoin(User, User.id == Need.by_user_id)
        .where(condition, Need.archived_at.is_(None))
        .order_by(Need.said_on.desc(), Need.id.desc())
        .limit(WANTS_SHOWN)
    )
    return [Want(**row) for row in session.execute(rows).mappings()]


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
