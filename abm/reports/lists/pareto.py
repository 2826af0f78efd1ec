"""Pareto (2:8): who carries revenue, how classes moved, who hears too little from us, who can be raised."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import CTE, ScalarSelect, Select, case, exists, func, or_, select
from sqlalchemy.orm import Session
from sqlalchemy.sql.elements import ColumnElement

from abm.conditions.language import Moment
from abm.customers.fiscal import add_months
from abm.models import Account, Contract, Deal, Order
from abm.reports.lists.limits import CLASS_SHARES, CONTACT_EVERY_DAYS, WARM_DEPTH
from abm.reports.lists.reading import AccountLine, Query, Wanted, about_accounts
from abm.reports.lists.standing import is_open_deal
from abm.words import AbcClass, ClassMove, DealStage, RevenueSource

MONTHS = (12, 6, 24, 36)
YEN = "JPY"
# The curve is drawn through so many points at most, however many accounts there are.
POINTS = 120

Days = tuple[date, date]


@dataclass(frozen=True, kw_only=True)
class ParetoLine(AccountLine):
    """An account's part of revenue, its class now and before, and what follows for the contact with it.

    `revenue` is nothing for an account that bought in the period before only; its class is gone.
    """

    rank: int | None
    revenue: Decimal
    share: float
    cumulated: float
    abc: str | None
    abc_before: str | None
    move: str
    last_contacted_on: date | None
    contact_due_on: date | None
    is_under_contacted: bool
    pipeline: Decimal
    can_rise: bool


@dataclass(frozen=True)
class Period:
    """The days whose revenue is looked at, both ends included, and those before it that it is compared with."""

    source: RevenueSource
    now: Days
    before: Days


@dataclass(frozen=True)
class CurvePoint:
    """After so many accounts, so much of revenue is reached."""

    rank: int
    cumulated: float


@dataclass(frozen=True)
class ClassSum:
    """What one class is made of."""

    abc: AbcClass
    accounts: int
    revenue: Decimal
    least: Decimal


@dataclass(frozen=True)
class Curve:
    """The curve with what its classes add up to."""

    points: tuple[CurvePoint, ...]
    classes: tuple[ClassSum, ...]

    @property
    def accounts(self) -> int:
        """Accounts with revenue in the period."""
        return sum(one.accounts for one in self.classes)

    @property
    def revenue(self) -> Decimal:
        """All of the period's revenue."""
        return sum((one.revenue for one in self.classes), Decimal())


def period_of(session: Session, months: int, moment: Moment) -> Period:
    """The last so many months up to today, the same before them, and the first source that has revenue in either."""
    now = _days(moment.today, months)
    before = _days(now[0] - timedelta(days=1), months)
    for source in RevenueSource:
        revenue = _purchases(source, (before[0], now[1])).subquery()
        if session.scalar(select(exists().select_from(revenue))):
            return Period(source, now, before)
    return Period(RevenueSource.ORDERS, now, before)


def pareto(wanted: Wanted, moment: Moment, period: Period) -> Query:
    """Every account with revenue in the period or the one before, the largest first."""
    now, before = _ranked(period.source, period.now, "now"), _ranked(period.source, period.before, "before")
    both = now.join(before, before.c.account_id == now.c.account_id, full=True)
    moved = select(
        func.coalesce(now.c.account_id, before.c.account_id).label("account_id"),
        now.c.rank,
        func.coalesce(now.c.revenue, 0).label("revenue"),
        func.coalesce(now.c.revenue / now.c.total, 0).label("share"),
        func.coalesce(now.c.running / now.c.total, 1).label("cumulated"),
        now.c.abc,
        before.c.abc.label("abc_before"),
    )
    found = moved.select_from(both).subquery()
    due = Account.last_contacted_on + case(CONTACT_EVERY_DAYS, value=found.c.abc)
    late = found.c.abc.is_not(None) & func.coalesce(due < moment.today, True)
    pipeline = _pipeline()
    rises = _can_rise(found.c.abc, found.c.revenue, pipeline, now)
    move = _move(found.c.abc, found.c.abc_before)
    lines = about_accounts(
        wanted,
        *(found.c[name] for name in ("rank", "revenue", "share", "cumulated", "abc", "abc_before")),
        move.label("move"),
        Account.last_contacted_on,
        due.label("contact_due_on"),
        late.label("is_under_contacted"),
        pipeline.label("pipeline"),
        rises.label("can_rise"),
    ).join(found, found.c.account_id == Account.id)
    if (abc := wanted.choice("class")) in set(AbcClass):
        lines = lines.where(found.c.abc == abc)
    shows: dict[str, ColumnElement[bool]] = {
        "under_contacted": late,
        "can_rise": rises,
        **{one.value: move == one for one in ClassMove},
    }
    if (show := wanted.choice("show")) in shows:
        lines = lines.where(shows[show])
    return lines.order_by(found.c.revenue.desc(), Account.id)


def read_curve(session: Session, period: Period) -> Curve:
    """The curve and the sums of its classes."""
    now = _ranked(period.source, period.now, "now")
    every = (now.c.accounts + POINTS - 1) // POINTS
    shown = or_(now.c.rank % every == 0, now.c.rank == 1, now.c.rank == now.c.accounts)
    points = select(now.c.rank, now.c.running / now.c.total).where(shown).order_by(now.c.rank)
    sums = (
        select(now.c.abc, func.count(), func.sum(now.c.revenue), func.min(now.c.revenue))
        .group_by(now.c.abc)
        .order_by(now.c.abc)
    )
    return Curve(
        tuple(CurvePoint(rank, float(cumulated)) for rank, cumulated in session.execute(points)),
        tuple(ClassSum(AbcClass(abc), *values) for abc, *values in session.execute(sums)),
    )


def _days(last: date, months: int) -> Days:
    return add_months(last, -months) + timedelta(days=1), last


def _ranked(source: RevenueSource, days: Days, name: str) -> CTE:
    """Accounts by revenue with the running sum and their class: whoever crosses a share still belongs to it."""
    bought = _purchases(source, days).subquery()
    revenue = func.sum(bought.c.amount)
    summed = (
        select(bought.c.account_id, revenue.label("revenue"))
        .join(Account, Account.id == bought.c.account_id)
        .where(Account.archived_at.is_(None))
        .group_by(bought.c.account_id)
        .having(revenue > 0)
        .subquery()
    )
    largest_first = (summed.c.revenue.desc(), summed.c.account_id)
    ordered = select(
        summed.c.account_id,
        summed.c.revenue,
        func.row_number().over(order_by=largest_first).label("rank"),
        func.sum(summed.c.revenue).over(order_by=largest_first, rows=(None, 0)).label("running"),
        func.sum(summed.c.revenue).over().label("total"),
        func.count().over().label("accounts"),
    ).subquery()
    before = ordered.c.running - ordered.c.revenue
    shares = [(before < share * ordered.c.total, abc.value) for abc, share in CLASS_SHARES.items()]
    return select(ordered, case(*shares, else_=AbcClass.C.value).label("abc")).cte(f"ranked_{name}")


def _purchases(source: RevenueSource, days: Days) -> Select[Any, Any, Any]:
    """Every amount of one source in yen with its account; a contract counts on the day it starts."""
    if source is RevenueSource.ORDERS:
        kept = (Order.archived_at.is_(None), Order.currency == YEN, Order.amount > 0)
        return select(Order.account_id, Order.ordered_on, Order.amount).where(Order.ordered_on.between(*days), *kept)
    if source is RevenueSource.DEALS:
        won = (Deal.stage == DealStage.WON, Deal.archived_at.is_(None), Deal.currency == YEN, Deal.amount > 0)
        return select(Deal.account_id, Deal.closed_on, Deal.amount).where(Deal.closed_on.between(*days), *won)
    kept = (Contract.archived_at.is_(None), Contract.currency == YEN, Contract.amount > 0)
    started = Contract.starts_on.between(*days)
    return select(Contract.account_id, Contract.starts_on, Contract.amount).where(started, *kept)


def _pipeline() -> ScalarSelect[Decimal | None]:
    """What the account may still buy: the amounts of its open deals."""
    amounts = select(func.coalesce(func.sum(Deal.amount), 0)).where(
        Deal.account_id == Account.id, is_open_deal(), Deal.currency == YEN
    )
    return amounts.scalar_subquery()


def _can_rise(
    abc: ColumnElement[Any], revenue: ColumnElement[Any], pipeline: ColumnElement[Any], now: CTE
) -> ColumnElement[bool]:
    """Below A, and either warm or with open deals that would lift it to the least revenue of the class above."""
    least = {
        one: select(func.min(now.c.revenue)).where(now.c.abc == one.value).scalar_subquery()
        for one in (AbcClass.A, AbcClass.B)
    }
    above = case((abc == AbcClass.B, least[AbcClass.A]), else_=least[AbcClass.B])
    lifted = (pipeline > 0) & func.coalesce(revenue + pipeline >= above, False)
    warm = or_(Account.is_mqa, Account.counted_depth >= WARM_DEPTH)
    return func.coalesce(abc != AbcClass.A, True) & or_(lifted, warm)


def _move(abc: ColumnElement[Any], before: ColumnElement[Any]) -> ColumnElement[str]:
    """A sorts before B before C."""
    return case(
        (before.is_(None), ClassMove.NEW.value),
        (abc.is_(None), ClassMove.GONE.value),
        (abc < before, ClassMove.ROSE.value),
        (abc > before, ClassMove.FELL.value),
        else_=ClassMove.SAME.value,
    )
