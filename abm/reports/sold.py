"""What an account buys, owns, uses and says of it: a constant number of statements, however much there is."""

import uuid
from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from typing import Any, Generic, TypeVar

from sqlalchemy import Text, cast, func, null, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session

from abm.clock import rfc3339
from abm.models import Contract, DealFile, Order, Ownership, Product, SurveyAnswer, Ticket, Usage
from abm.reports.deals import DealRow, deals_of_account
from abm.words import ContractState, TicketState

Record = TypeVar("Record", Contract, Order, Ticket, SurveyAnswer, DealFile)
# An account's page shows the newest; the list of all is a click away.
SHOWN = 6
MONTHS_SHOWN = 6


@dataclass(frozen=True)
class Named(Generic[Record]):
    """A record and the product it is about."""

    record: Record
    product: str | None


@dataclass(frozen=True)
class Few(Generic[Record]):
    """The first records of a kind, and how many there are."""

    rows: tuple[Named[Record], ...]
    total: int

    @property
    def has_more(self) -> bool:
        """Whether not all are here."""
        return self.total > len(self.rows)


@dataclass(frozen=True)
class MonthOfUse:
    """How much was used in a month."""

    month_on: date
    amount: float
    unit: str | None


@dataclass(frozen=True)
class Owned:
    """A product the account owns, how it is used, and what was last said of it."""

    id: uuid.UUID
    product_id: uuid.UUID
    product: str
    since_on: date | None
    until_on: date | None
    quantity: int | None
    # The newest month first.
    usage: tuple[MonthOfUse, ...]
    answer: SurveyAnswer | None

    @property
    def change(self) -> int | None:
        """The last month against the mean of those before, in percent; None without a month before."""
        before = [month.amount for month in self.usage[1:]]
        mean = sum(before) / len(before) if before else 0
        return round(100 * (self.usage[0].amount / mean - 1)) if mean else None


@dataclass(frozen=True)
class Sold:
    """Everything of it for an account's page."""

    deals: tuple[DealRow, ...]
    owned: tuple[Owned, ...]
    contracts: Few[Contract]
    orders: Few[Order]
    tickets: Few[Ticket]
    answers: Few[SurveyAnswer]
    files: Few[DealFile]


def sold_of(session: Session, account_id: uuid.UUID, shown: int = SHOWN) -> Sold:
    """What an account buys, owns and says, the newest first; open tickets and running contracts before all others."""
    return Sold(
        tuple(deals_of_account(session, account_id)),
        tuple(_owned(session, account_id)),
        _few(session, Contract, account_id, shown, Contract.state != ContractState.RUNNING, Contract.renews_on),
        _few(session, Order, account_id, shown, Order.ordered_on.desc()),
        _few(session, Ticket, account_id, shown, Ticket.state == TicketState.CLOSED, Ticket.opened_at.desc()),
        _few(session, SurveyAnswer, account_id, shown, SurveyAnswer.answered_on.desc()),
        _few(session, DealFile, account_id, shown, DealFile.created_at.desc()),
    )


def sold_record(session: Session, account_id: uuid.UUID) -> dict[str, Any]:
    """The same as plain data for `abm account --json`, all of it."""
    sold = sold_of(session, account_id, shown=10_000)
    return {
        "deals": [_deal(deal) for deal in sold.deals],
        "contracts": [_contract(one) for one in sold.contracts.rows],
        "products": [_product(owned) for owned in sold.owned],
        "orders": [_order(one) for one in sold.orders.rows],
        "tickets": [_ticket(one) for one in sold.tickets.rows],
        "surveys": [_answer(one) for one in sold.answers.rows],
    }


def _few(session: Session, model: type[Record], account_id: uuid.UUID, limit: int, *order: Any) -> Few[Record]:
    product_id = getattr(model, "product_id", None)
    name = Product.name if product_id is not None else cast(null(), Text)
    rows = select(model, name, func.count().over())
    if product_id is not None:
        rows = rows.outerjoin(Product, Product.id == product_id)
    living = rows.where(model.account_id == account_id, model.archived_at.is_(None))
    found = session.execute(living.order_by(*order, model.id.desc()).limit(limit)).all()
    return Few(tuple(Named(row[0], row[1]) for row in found), found[0][2] if found else 0)


def _owned(session: Session, account_id: uuid.UUID) -> list[Owned]:
    usage, said = _usage(session, account_id), _last_scores(session, account_id)
    rows = (
        select(Ownership, Product.name)
        .join(Product, Product.id == Ownership.product_id)
        .where(Ownership.account_id == account_id, Ownership.archived_at.is_(None))
        .order_by(Ownership.until_on.desc().nulls_first(), Product.name, Ownership.id)
    )
    return [
        Owned(
            one.id,
            one.product_id,
            name,
            one.since_on,
            one.until_on,
            one.quantity,
            tuple(usage.get(one.product_id, ())),
            said.get(one.product_id),
        )
        for one, name in session.execute(rows)
    ]


def _usage(session: Session, account_id: uuid.UUID) -> dict[uuid.UUID, list[MonthOfUse]]:
    """The last months of each product; several lines of a month, by department say, are one."""
    months = (
        select(Usage.product_id, Usage.month_on, func.sum(Usage.amount), func.max(Usage.unit))
        .where(Usage.account_id == account_id, Usage.archived_at.is_(None))
        .group_by(Usage.product_id, Usage.month_on)
        .order_by(Usage.product_id, Usage.month_on.desc())
    )
    found: dict[uuid.UUID, list[MonthOfUse]] = defaultdict(list)
    for product_id, month_on, amount, unit in session.execute(months):
        if len(found[product_id]) < MONTHS_SHOWN:
            found[product_id].append(MonthOfUse(month_on, amount, unit))
    return found


def _last_scores(session: Session, account_id: uuid.UUID) -> dict[uuid.UUID | None, SurveyAnswer]:
    """The newest score that somebody there gave each product."""
    scores = (
        select(SurveyAnswer)
        .ext(distinct_on(SurveyAnswer.product_id))
        .where(
            SurveyAnswer.account_id == account_id,
            SurveyAnswer.archived_at.is_(None),
            SurveyAnswer.product_id.is_not(None),
            SurveyAnswer.score.is_not(None),
        )
        .order_by(SurveyAnswer.product_id, SurveyAnswer.answered_on.desc(), SurveyAnswer.id.desc())
    )
    return {answer.product_id: answer for answer in session.scalars(scores)}


def _deal(deal: DealRow) -> dict[str, Any]:
    return {
        "id": str(deal.id),
        "name": deal.name,
        "stage": deal.stage,
        "stage_since": rfc3339(deal.stage_since),
        "amount": _number(deal.amount),
        "currency": deal.currency,
        "probability": deal.probability,
        "expected_close_on": _day(deal.expected_close_on),
        "closed_on": _day(deal.closed_on),
        "lost_reason": deal.lost_reason,
        "product": deal.product,
        "owner": deal.owner,
        "contact": str(deal.contact_id) if deal.contact_id else None,
        "next_action": {"on": _day(deal.next_on), "what": deal.next_what} if deal.next_on else None,
    }


def _contract(one: Named[Contract]) -> dict[str, Any]:
    contract = one.record
    return {
        "id": str(contract.id),
        "number": contract.number,
        "name": contract.name,
        "product": one.product,
        "amount": _number(contract.amount),
        "currency": contract.currency,
        "starts_on": _day(contract.starts_on),
        "ends_on": _day(contract.ends_on),
        "renews_on": _day(contract.renews_on),
        "renews_itself": contract.renews_itself,
        "state": contract.state,
    }


def _product(owned: Owned) -> dict[str, Any]:
    return {
        "id": str(owned.id),
        "name": owned.product,
        "since_on": _day(owned.since_on),
        "until_on": _day(owned.until_on),
        "quantity": owned.quantity,
        "usage": [{"month": f"{one.month_on:%Y-%m}", "amount": one.amount, "unit": one.unit} for one in owned.usage],
    }


def _order(one: Named[Order]) -> dict[str, Any]:
    order = one.record
    return {
        "id": str(order.id),
        "number": order.number,
        "ordered_on": _day(order.ordered_on),
        "what": order.what,
        "product": one.product,
        "amount": _number(order.amount),
        "currency": order.currency,
        "quantity": order.quantity,
    }


def _ticket(one: Named[Ticket]) -> dict[str, Any]:
    ticket = one.record
    return {
        "id": str(ticket.id),
        "number": ticket.number,
        "subject": ticket.subject,
        "state": ticket.state,
        "severity": ticket.severity,
        "complaint": ticket.is_complaint,
        "product": one.product,
        "contact": str(ticket.contact_id) if ticket.contact_id else None,
        "opened_at": rfc3339(ticket.opened_at),
        "closed_at": rfc3339(ticket.closed_at) if ticket.closed_at else None,
    }


def _answer(one: Named[SurveyAnswer]) -> dict[str, Any]:
    answer = one.record
    return {
        "id": str(answer.id),
        "kind": answer.kind,
        "survey": answer.survey,
        "score": answer.score,
        "words": answer.words,
        "answered_on": _day(answer.answered_on),
        "product": one.product,
        "contact": str(answer.contact_id) if answer.contact_id else None,
    }


def _number(amount: Any) -> float | int | None:
    """Whole yen as a whole number."""
    if amount is None:
        return None
    return int(amount) if amount == int(amount) else float(amount)


def _day(day: date | None) -> str | None:
    return day.isoformat() if day else None
