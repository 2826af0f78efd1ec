"""Builders of what lists are about, and a moment to ask them at."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from abm.conditions.language import Moment
from abm.models import (
    Account,
    Contract,
    Deal,
    NextAction,
    Order,
    Ownership,
    Product,
    SurveyAnswer,
    Task,
    Ticket,
    TimelineItem,
    Usage,
    User,
)
from abm.reports.lists.reading import AccountLine, Query, Wanted, read_page
from abm.words import DealStage, ItemKind, TaskKind
from tests.worlds import NOON

TOKYO = ZoneInfo("Asia/Tokyo")
# Friday the 13th of November 2026, noon in Tokyo.
NOW = Moment(NOON, TOKYO)
TODAY = NOW.today
EVERYBODY = Wanted()


def ago(days: int) -> date:
    """The day so many days before today."""
    return TODAY - timedelta(days=days)


def noon_ago(days: int) -> datetime:
    """Noon of the day so many days before today."""
    return NOON - timedelta(days=days)


def names(session: Session, query: Query, kind: type[Any]) -> list[str]:
    """The accounts of a list's first page, in its order."""
    return [line.account for line in lines(session, query, kind)]


def lines(session: Session, query: Query, kind: type[Any]) -> list[Any]:
    """The rows of a list's first page."""
    assert issubclass(kind, AccountLine)
    return list(read_page(session, query, kind, 1).rows)


def make_deal(session: Session, account: Account, stage: DealStage = DealStage.PROPOSAL, **over: Any) -> Deal:
    """A deal of an account."""
    return _add(
        session, Deal(**{"account_id": account.id, "name": "商談", "stage": stage, "stage_since": NOON, **over})
    )


def make_order(session: Session, account: Account, days: int, amount: int | None = None, **over: Any) -> Order:
    """An order so many days ago."""
    return _add(session, Order(**{"account_id": account.id, "ordered_on": ago(days), "amount": amount, **over}))


def make_contract(session: Session, account: Account, **over: Any) -> Contract:
    """A running contract."""
    return _add(session, Contract(**{"account_id": account.id, "name": "保守契約", **over}))


def make_product(session: Session, code: str, topics: tuple[str, ...] = (), **over: Any) -> Product:
    """A product that is sold."""
    return _add(session, Product(**{"code": code, "name": f"製品{code}", "topics": list(topics), **over}))


def make_ownership(session: Session, account: Account, product: Product, **over: Any) -> Ownership:
    """A product that an account owns."""
    return _add(session, Ownership(**{"account_id": account.id, "product_id": product.id, **over}))


def make_usage(session: Session, account: Account, product: Product, month: tuple[int, int], amount: float) -> Usage:
    """How much was used in a month."""
    values = {"account_id": account.id, "product_id": product.id, "month_on": date(*month, 1), "amount": amount}
    return _add(session, Usage(**values))


def make_ticket(session: Session, account: Account, days: int, **over: Any) -> Ticket:
    """A ticket opened so many days ago."""
    values = {"account_id": account.id, "subject": "問い合わせ", "opened_at": noon_ago(days)}
    return _add(session, Ticket(**{**values, **over}))


def make_answer(session: Session, account: Account, kind: str, score: int, days: int, **over: Any) -> SurveyAnswer:
    """What a customer answered so many days ago."""
    values = {"account_id": account.id, "kind": kind, "score": score, "answered_on": ago(days)}
    return _add(session, SurveyAnswer(**{**values, **over}))


def make_action(session: Session, account: Account, owner: User, due_on: date, **over: Any) -> NextAction:
    """Something promised."""
    values = {
        "account_id": account.id,
        "owner_id": owner.id,
        "due_on": due_on,
        "what": "見積の説明",
        "created_at": NOON,
    }
    return _add(session, NextAction(**{**values, **over}))


def make_hand_off(session: Session, account: Account, state: str, **over: Any) -> Task:
    """A hand-off in some state."""
    values = {"kind": TaskKind.HAND_OFF, "state": state, "account_id": account.id, "why": [], "created_at": NOON}
    return _add(session, Task(**{**values, **over}))


def make_call(session: Session, account: Account, days: int) -> TimelineItem:
    """A call so many days ago."""
    values = {"account_id": account.id, "kind": ItemKind.CALL, "happened_at": noon_ago(days)}
    return _add(session, TimelineItem(**values))


def utc(*parts: int) -> datetime:
    """A moment in UTC."""
    return datetime(*parts, tzinfo=UTC)  # type: ignore[misc, arg-type]


def _add(session: Session, row: Any) -> Any:
    session.add(row)
    session.flush()
    return row
