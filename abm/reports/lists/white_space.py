"""White space: accounts that showed interest in a product they do not own, and the matrix of who owns what."""

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import (
    CTE,
    ColumnElement,
    Select,
    Subquery,
    any_,
    case,
    exists,
    func,
    literal,
    or_,
    select,
    true,
    type_coerce,
    union_all,
)
from sqlalchemy.dialects.postgresql import ARRAY, TEXT
from sqlalchemy.orm import Session, aliased

from abm.conditions.language import Moment
from abm.models import Account, Contract, DeclinedProduct, Event, Need, Order, Ownership, Product
from abm.reports.lists.limits import INTEREST_DAYS
from abm.reports.lists.reading import AccountLine, Query, Wanted, about_accounts
from abm.reports.lists.standing import IS_HUMAN, day_of, days_ago, next_on, owns_now
from abm.words import ContractState, EventKind, SellKind

# Acts that say nothing about a product, whatever page they happened on.
NO_INTEREST = (EventKind.UNSUBSCRIBE, EventKind.CAREERS_PAGE)
PRODUCTS_SHOWN = 12


@dataclass(frozen=True, kw_only=True)
class InterestLine(AccountLine):
    """An account, a product it does not own, and how much interest it showed: said, and done by how many people."""

    product_id: uuid.UUID
    product: str
    sell: str
    said: int
    acts: int
    people: int
    last_on: date
    next_on: date | None


@dataclass(frozen=True)
class Matrix:
    """Accounts by products: owned, interested (how many signs), or nothing known."""

    products: tuple[tuple[uuid.UUID, str], ...]
    rows: tuple["MatrixRow", ...]


@dataclass(frozen=True)
class MatrixRow:
    """One account of the matrix; `signs` holds products not owned only."""

    account_id: uuid.UUID
    account: str
    owned: frozenset[uuid.UUID]
    signs: Mapping[uuid.UUID, int]


def white_space(wanted: Wanted, moment: Moment) -> Query:
    """Interest of the last year in products that the account neither owns, has under contract nor ever bought.

    What was said counts before what was clicked, then the number of people, then how lately.
    """
    found, sell = _signs(moment), _sell(moment.today)
    lines = about_accounts(
        wanted,
        Product.id.label("product_id"),
        Product.name.label("product"),
        sell.label("sell"),
        *(found.c[name] for name in ("said", "acts", "people", "last_on")),
        next_on().label("next_on"),
    )
    lines = lines.join(found, found.c.account_id == Account.id).join(Product, Product.id == found.c.product_id)
    lines = lines.where(~is_owned(Account.id, Product.id, moment.today), Account.excluded_reason.is_(None))
    if product := wanted.choice("product"):
        lines = lines.where(Product.code == product)
    if (kind := wanted.choice("sell")) in set(SellKind):
        lines = lines.where(sell == kind)
    ranking = (found.c.said.desc(), found.c.people.desc(), found.c.last_on.desc())
    return lines.order_by(*ranking, Account.id, Product.id)


def _signs(moment: Moment) -> Subquery:
    """How often each account said that it wants a product, or showed it; by how many people, and when last."""
    interest = _interest(moment)
    signs = (
        func.count().filter(interest.c.is_said).label("said"),
        func.count().filter(~interest.c.is_said).label("acts"),
        func.count(interest.c.contact_id.distinct()).label("people"),
        func.max(interest.c.on).label("last_on"),
    )
    pair = (interest.c.account_id, interest.c.product_id)
    return select(*pair, *signs).group_by(*pair).subquery()


def is_owned(account_id: object, product_id: object, today: date) -> ColumnElement[bool]:
    """The account owns the product now, has a contract on it running, or once ordered it: it is not offered again."""
    running = (Contract.state == ContractState.RUNNING, Contract.archived_at.is_(None))
    rows = ((Ownership, (owns_now(today),)), (Contract, running), (Order, (Order.archived_at.is_(None),)))
    return or_(
        *(
            # Asked within another question as well: both names are those of the statement around.
            select(literal(1))
            .where(kind.account_id == account_id, kind.product_id == product_id, *conditions)
            .correlate_except(kind)
            .exists()
            for kind, conditions in rows
        )
    )


def read_matrix(session: Session, lines: Sequence[InterestLine], moment: Moment) -> Matrix:
    """What the accounts of these lines own and want, over the products concerned."""
    accounts = {line.account_id: line.account for line in lines}
    owned = _owned(session, accounts, moment.today)
    concerned = {line.product_id for line in lines}.union(*owned.values())
    named = select(Product.id, Product.name).where(Product.id.in_(concerned)).order_by(Product.name, Product.id)
    signs: dict[uuid.UUID, dict[uuid.UUID, int]] = {account: {} for account in accounts}
    for line in lines:
        signs[line.account_id][line.product_id] = line.said + line.acts
    rows = (MatrixRow(key, name, frozenset(owned[key]), signs[key]) for key, name in accounts.items())
    return Matrix(tuple((key, name) for key, name in session.execute(named.limit(PRODUCTS_SHOWN))), tuple(rows))


def _owned(session: Session, accounts: Iterable[uuid.UUID], today: date) -> dict[uuid.UUID, set[uuid.UUID]]:
    """The products that each of these accounts owns."""
    owned: dict[uuid.UUID, set[uuid.UUID]] = {account: set() for account in accounts}
    having = select(Account.id, Product.id).join(Product, true())
    theirs = (Account.id.in_(owned), Product.archived_at.is_(None), is_owned(Account.id, Product.id, today))
    for account_id, product_id in session.execute(having.where(*theirs)):
        owned[account_id].add(product_id)
    return owned


def products_offered(session: Session) -> list[tuple[str, str]]:
    """(code, name) of every product still sold."""
    rows = select(Product.code, Product.name).where(Product.archived_at.is_(None)).order_by(Product.name, Product.code)
    return [(code, name) for code, name in session.execute(rows)]


def _interest(moment: Moment) -> CTE:
    """Each sign once per product: needs by product or topic, human acts by product or topic."""
    sold = Product.archived_at.is_(None)
    return union_all(_needs(moment).where(sold), _acts(moment).where(sold)).cte("interest")


def _needs(moment: Moment) -> Select[*tuple[Any, ...]]:
    """What was said."""
    topics = type_coerce(Product.topics, ARRAY(TEXT))
    about = or_(Need.product_id == Product.id, Need.product_id.is_(None) & (Need.topic == any_(topics)))
    said = (Need.contact_id, Need.said_on.label("on"), literal(True).label("is_said"))
    needs = select(Need.account_id, Product.id.label("product_id"), *said).join(Product, about)
    return needs.where(
        Need.archived_at.is_(None),
        Need.said_on >= moment.today - timedelta(days=INTEREST_DAYS),
        ~_declined_since(Need.account_id, Need.said_on, day_of(DeclinedProduct.at, moment.zone)),
    )


def _acts(moment: Moment) -> Select[*tuple[Any, ...]]:
    """What was done, in the same columns."""
    topics = type_coerce(Product.topics, ARRAY(TEXT))
    by_topic = Event.product.is_(None) & type_coerce(Event.topics, ARRAY(TEXT)).overlap(topics)
    on = day_of(Event.happened_at, moment.zone)
    acts = select(Event.account_id, Product.id, Event.contact_id, on, literal(False))
    return acts.join(Product, or_(Event.product == Product.code, by_topic)).where(
        IS_HUMAN,
        Event.happened_at >= days_ago(moment, INTEREST_DAYS),
        Event.kind.not_in(NO_INTEREST),
        ~_declined_since(Event.account_id, Event.happened_at, DeclinedProduct.at),
    )


def _declined_since(account_id: Any, shown: Any, declined: Any) -> ColumnElement[bool]:
    """They have said since then that they do not need the product."""
    return exists().where(
        DeclinedProduct.account_id == account_id, DeclinedProduct.product_id == Product.id, declined >= shown
    )


def _sell(today: date) -> ColumnElement[str]:
    """More of a topic they own, something else than they own, or their first product."""
    other = aliased(Product)
    owned = select(literal(1)).select_from(other).where(is_owned(Account.id, other.id, today))
    related = type_coerce(other.topics, ARRAY(TEXT)).overlap(type_coerce(Product.topics, ARRAY(TEXT)))
    return case(
        (_any(owned.where(related)), SellKind.UP_SELL.value),
        (_any(owned), SellKind.CROSS_SELL.value),
        else_=SellKind.FIRST.value,
    )


def _any(rows: Select[int]) -> ColumnElement[bool]:
    return rows.correlate(Account, Product).exists()
