"""Lists of open deals: those in which nothing moves, and those whose day of closing has passed."""

import uuid
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from sqlalchemy import ScalarSelect, func, select
from sqlalchemy.orm import join
from sqlalchemy.sql.elements import ColumnElement

from abm.conditions.language import Moment
from abm.models import Account, Contact, Deal, NextAction, TimelineItem
from abm.reports.lists.limits import STALLED_DAYS
from abm.reports.lists.reading import AccountLine, Query, Wanted, about_accounts
from abm.reports.lists.standing import days_ago, is_open_deal
from abm.words import SALES_CONTACTS, ItemKind

WORK = (*SALES_CONTACTS, ItemKind.NOTE)


@dataclass(frozen=True, kw_only=True)
class DealLine(AccountLine):
    """An open deal, since when it stands in its stage, and when somebody last worked on its account."""

    deal_id: uuid.UUID
    deal: str
    contact_id: uuid.UUID | None
    contact: str | None
    stage: str
    stage_since: datetime
    amount: Decimal | None
    expected_close_on: date | None
    last_worked_at: datetime | None
    next_on: date | None


def stalled_deals(wanted: Wanted, moment: Moment) -> Query:
    """Open deals without a new stage and without logged work on the account for so long; the longest first."""
    limit = days_ago(moment, STALLED_DAYS)
    quiet = func.coalesce(_last_worked_at() < limit, True)
    lines = _deals(wanted).where(Deal.stage_since < limit, quiet)
    return lines.order_by(Deal.stage_since, Deal.id)


def overdue_close(wanted: Wanted, moment: Moment) -> Query:
    """Open deals that should have been won or lost before today; the longest overdue first."""
    lines = _deals(wanted).where(Deal.expected_close_on <= moment.today - timedelta(days=1))
    return lines.order_by(Deal.expected_close_on, Deal.id)


def _deals(wanted: Wanted) -> Query:
    lines = about_accounts(
        wanted,
        Deal.id.label("deal_id"),
        Deal.name.label("deal"),
        Deal.contact_id,
        Contact.full_name.label("contact"),
        Deal.stage,
        Deal.stage_since,
        Deal.amount,
        Deal.expected_close_on,
        _last_worked_at().label("last_worked_at"),
        _next_on().label("next_on"),
        owner=deal_owner(),
        among=join(Account, Deal, Deal.account_id == Account.id),
    )
    return lines.outerjoin(Contact, Contact.id == Deal.contact_id).where(is_open_deal())


def deal_owner() -> ColumnElement[uuid.UUID | None]:
    """Who answers for a deal: its own owner, else the account's."""
    return func.coalesce(Deal.owner_id, Account.owner_id)


def _last_worked_at() -> ScalarSelect[datetime]:
    work = select(func.max(TimelineItem.happened_at)).where(
        # A memo that came with a list is not work.
        TimelineItem.account_id == Account.id,
        TimelineItem.kind.in_(WORK),
        TimelineItem.import_id.is_(None),
    )
    return work.scalar_subquery()


def _next_on() -> ScalarSelect[date]:
    promised = select(func.min(NextAction.due_on)).where(
        NextAction.account_id == Account.id,
        NextAction.closed_at.is_(None),
        func.coalesce(NextAction.deal_id, Deal.id) == Deal.id,
    )
    return promised.correlate(Account, Deal).scalar_subquery()
