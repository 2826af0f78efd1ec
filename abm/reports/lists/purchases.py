"""Expected purchase: the rhythm of an account's orders says when the next is due."""

import uuid
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from sqlalchemy import Integer, Subquery, cast, func, null, select

from abm.conditions.language import Moment
from abm.models import Account, Order, Product
from abm.reports.lists.limits import ORDERS_NEEDED, SOON_DAYS
from abm.reports.lists.reading import AccountLine, Query, Wanted, about_accounts
from abm.reports.lists.standing import next_on


@dataclass(frozen=True, kw_only=True)
class PurchaseLine(AccountLine):
    """An account, or one of its products: how often it was bought, every how many days, and when it should be again."""

    product_id: uuid.UUID | None
    product: str | None
    orders: int
    last_on: date
    interval_days: int
    expected_on: date
    days_late: int
    usual_amount: Decimal | None
    next_on: date | None


def purchase_due(wanted: Wanted, moment: Moment) -> Query:
    """Whose next purchase is overdue – or, as chosen, due soon or at any time –, the longest overdue first."""
    rhythm = _rhythm(by_product=wanted.choice("by") == "product")
    expected_on = rhythm.c.last_on + rhythm.c.interval_days
    product = Product.name if wanted.choice("by") == "product" else null()
    lines = about_accounts(
        wanted,
        rhythm.c.product_id,
        product.label("product"),
        *(rhythm.c[name] for name in ("orders", "last_on", "interval_days")),
        expected_on.label("expected_on"),
        (moment.today - expected_on).label("days_late"),
        rhythm.c.usual_amount,
        next_on().label("next_on"),
    ).join(rhythm, rhythm.c.account_id == Account.id)
    if wanted.choice("by") == "product":
        lines = lines.outerjoin(Product, Product.id == rhythm.c.product_id)
    if wanted.choice("when") == "soon":
        soon = moment.today + timedelta(days=SOON_DAYS)
        lines = lines.where(expected_on.between(moment.today, soon))
    elif wanted.choice("when") != "all":
        lines = lines.where(expected_on < moment.today)
    return lines.order_by(expected_on, Account.name, Account.id, rhythm.c.product_id)


def _rhythm(*, by_product: bool) -> Subquery:
    """The median of the days between orders; several orders of one day are one."""
    product = Order.product_id if by_product else null()
    days = (
        select(
            Order.account_id,
            product.label("product_id"),
            Order.ordered_on,
            func.sum(Order.amount).label("amount"),
        )
        .where(Order.archived_at.is_(None))
        .group_by(Order.account_id, *([Order.product_id] if by_product else []), Order.ordered_on)
    )
    if by_product:
        days = days.where(Order.product_id.is_not(None))
    day = days.subquery()
    one = (day.c.account_id, day.c.product_id)
    before = func.lag(day.c.ordered_on).over(partition_by=one, order_by=day.c.ordered_on)
    gap = select(*day.c, (day.c.ordered_on - before).label("gap")).subquery()
    middle = func.percentile_cont(0.5).within_group
    rhythm = select(
        gap.c.account_id,
        gap.c.product_id,
        func.count().label("orders"),
        func.max(gap.c.ordered_on).label("last_on"),
        cast(func.ceil(middle(gap.c.gap)), Integer).label("interval_days"),
        middle(gap.c.amount).label("usual_amount"),
    )
    return rhythm.group_by(gap.c.account_id, gap.c.product_id).having(func.count() >= ORDERS_NEEDED).subquery()
