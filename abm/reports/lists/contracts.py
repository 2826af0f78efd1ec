"""Contracts whose renewal is near or already past."""

import uuid
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from sqlalchemy import func
from sqlalchemy.orm import join

from abm.conditions.language import Moment
from abm.models import Account, Contract, Product
from abm.reports.lists.limits import RENEWAL_DAYS
from abm.reports.lists.reading import AccountLine, Query, Wanted, about_accounts
from abm.reports.lists.standing import next_on
from abm.words import ContractState


@dataclass(frozen=True, kw_only=True)
class RenewalLine(AccountLine):
    """A running contract and the day on which its renewal must be decided."""

    contract_id: uuid.UUID
    contract: str
    product: str | None
    amount: Decimal | None
    renews_on: date
    days_left: int
    renews_itself: bool
    next_on: date | None


def renewal_soon(wanted: Wanted, moment: Moment) -> Query:
    """Running contracts whose day of renewal, or end where none is kept, lies within the limit; the earliest first."""
    renews_on = func.coalesce(Contract.renews_on, Contract.ends_on)
    lines = about_accounts(
        wanted,
        Contract.id.label("contract_id"),
        Contract.name.label("contract"),
        Product.name.label("product"),
        Contract.amount,
        renews_on.label("renews_on"),
        (renews_on - moment.today).label("days_left"),
        Contract.renews_itself,
        next_on().label("next_on"),
        owner=func.coalesce(Contract.owner_id, Account.owner_id),
        among=join(Account, Contract, Contract.account_id == Account.id),
    )
    near = renews_on <= moment.today + timedelta(days=RENEWAL_DAYS)
    running = (Contract.state == ContractState.RUNNING, Contract.archived_at.is_(None))
    lines = lines.outerjoin(Product, Product.id == Contract.product_id)
    return lines.where(*running, near).order_by(renews_on, Account.name, Contract.id)
