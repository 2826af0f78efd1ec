"""Forecast: what open deals are likely to bring by month and owner, and what was won this month."""

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Date, case, cast, func, literal, select
from sqlalchemy.orm import Session

from abm.conditions.language import Moment
from abm.customers.sold import PROBABILITY
from abm.models import Account, Deal, User
from abm.reports.lists.deals import deal_owner
from abm.reports.lists.reading import Wanted
from abm.words import OPEN_DEAL_STAGES, DealStage

YEN = "JPY"
HUNDRED = 100


@dataclass(frozen=True)
class ForecastLine:
    """The deals of one owner that are expected to close in one month; no month: nobody said when.

    `amount` is what they add up to, `weighted` the same times each deal's probability; deals without an amount are
    counted and add nothing.
    """

    month_on: date | None
    is_overdue: bool
    owner_id: uuid.UUID | None
    owner: str | None
    deals: int
    unpriced: int
    amount: Decimal
    weighted: Decimal
    won: Decimal


@dataclass(frozen=True)
class ForecastSum:
    """Several lines added up."""

    month_on: date | None
    is_overdue: bool
    owner: str | None
    deals: int
    unpriced: int
    amount: Decimal
    weighted: Decimal
    won: Decimal


def read_forecast(session: Session, wanted: Wanted, moment: Moment) -> list[ForecastLine]:
    """Open deals by the month they should close in – late ones by themselves – and deals won since this month began."""
    this_month = moment.today.replace(day=1)
    is_won = Deal.stage == DealStage.WON
    month = cast(func.date_trunc("month", case((is_won, literal(this_month)), else_=Deal.expected_close_on)), Date)
    is_overdue = func.coalesce(~is_won & (Deal.expected_close_on < moment.today), False)
    priced = func.coalesce(Deal.amount, 0)
    owner = deal_owner()
    lines = (
        select(
            case((~is_overdue, month)).label("month_on"),
            is_overdue.label("is_overdue"),
            owner.label("owner_id"),
            User.name.label("owner"),
            func.count().filter(~is_won).label("deals"),
            func.count().filter(~is_won, Deal.amount.is_(None)).label("unpriced"),
            _sum(priced, ~is_won).label("amount"),
            _sum(priced * _probability() / HUNDRED, ~is_won).label("weighted"),
            _sum(priced, is_won).label("won"),
        )
        .join(Account, Account.id == Deal.account_id)
        .outerjoin(User, User.id == owner)
        .where(Deal.archived_at.is_(None), Account.archived_at.is_(None), Deal.currency == YEN)
        .where(Deal.stage.in_(OPEN_DEAL_STAGES) | (is_won & Deal.closed_on.between(this_month, moment.today)))
        .group_by("month_on", "is_overdue", owner, User.name)
        .order_by(is_overdue.desc(), "month_on", User.name.nulls_last(), owner)
    )
    if wanted.nobodys:
        lines = lines.where(owner.is_(None))
    elif wanted.owner_id:
        lines = lines.where(owner == wanted.owner_id)
    return [ForecastLine(**row) for row in session.execute(lines).mappings()]


def sums_by(
    lines: Sequence[ForecastLine], of: Callable[[ForecastLine], tuple[date | None, bool, str | None]]
) -> list[ForecastSum]:
    """The lines added up by what `of` takes of each, in the order in which they first appear."""
    groups: dict[tuple[date | None, bool, str | None], list[ForecastLine]] = {}
    for line in lines:
        groups.setdefault(of(line), []).append(line)
    return [_add_up(key, group) for key, group in groups.items()]


def by_month(lines: Sequence[ForecastLine]) -> list[ForecastSum]:
    """A row per month, late deals first, those without a day last."""
    return sums_by(lines, lambda line: (line.month_on, line.is_overdue, None))


def by_owner(lines: Sequence[ForecastLine]) -> list[ForecastSum]:
    """A row per owner, whoever is likely to bring most first."""
    rows = sums_by(lines, lambda line: (None, False, line.owner))
    return sorted(rows, key=lambda row: row.weighted + row.won, reverse=True)


def whole(lines: Sequence[ForecastLine]) -> ForecastSum:
    """Everything added up."""
    return _add_up((None, False, None), lines)


def _add_up(key: tuple[date | None, bool, str | None], lines: Sequence[ForecastLine]) -> ForecastSum:
    return ForecastSum(
        *key,
        sum(line.deals for line in lines),
        sum(line.unpriced for line in lines),
        sum((line.amount for line in lines), Decimal()),
        sum((line.weighted for line in lines), Decimal()),
        sum((line.won for line in lines), Decimal()),
    )


def _probability() -> ColumnElement[int]:
    """In percent: what somebody said of the deal, else what its stage says."""
    stages = {stage.value: chance for stage, chance in PROBABILITY.items()}
    return func.coalesce(Deal.probability, case(stages, value=Deal.stage))


def _sum(amount: ColumnElement[Any], condition: ColumnElement[bool]) -> ColumnElement[Decimal]:
    return func.coalesce(func.sum(amount).filter(condition), 0)
