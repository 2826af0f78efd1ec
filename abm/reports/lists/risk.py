"""Customers at risk: what speaks for losing them, each reason with its points."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from functools import reduce
from operator import add

from sqlalchemy import ColumnElement, Subquery, case, func, or_, select, type_coerce
from sqlalchemy.dialects.postgresql import ARRAY, TEXT, array, distinct_on

from abm.conditions.language import Moment
from abm.customers.fiscal import add_months
from abm.models import Account, Contract, SurveyAnswer, Ticket, Usage
from abm.reports.lists.limits import (
    CSAT_LOW,
    NPS_LOW,
    RISK_POINTS,
    RISK_RENEWAL_DAYS,
    SATISFACTION_DAYS,
    SILENT_CUSTOMER_DAYS,
    TICKET_DAYS,
    TICKETS_REPEATED,
    USAGE_KEPT,
    USAGE_MONTHS,
)
from abm.reports.lists.reading import AccountLine, Query, Wanted, about_accounts
from abm.reports.lists.standing import days_ago, is_customer, next_on, silent_since
from abm.words import ContractState, RiskReason, SurveyKind, TicketState


@dataclass(frozen=True, kw_only=True)
class RiskLine(AccountLine):
    """A customer, the points, the reasons behind them, and the facts behind the reasons."""

    points: int
    reasons: list[str]
    usage_kept: float | None
    csat: int | None
    nps: int | None
    open_tickets: int
    complaints: int
    recent_tickets: int
    silent_since: date
    renews_on: date | None
    revenue_at_stake: Decimal | None
    next_on: date | None


def at_risk(wanted: Wanted, moment: Moment) -> Query:
    """Customers for whom at least one reason holds, the most points first."""
    usage, said = _usage(moment.today), _satisfaction(moment.today)
    tickets, contracts = _tickets(moment), _contracts()
    since = silent_since(moment.zone)
    near = moment.today + timedelta(days=RISK_RENEWAL_DAYS)
    holds: dict[RiskReason, ColumnElement[bool]] = {
        RiskReason.USAGE_FALLING: usage.c.kept <= USAGE_KEPT,
        RiskReason.LOW_SATISFACTION: or_(said.c.csat <= CSAT_LOW, said.c.nps <= NPS_LOW),
        RiskReason.COMPLAINT: tickets.c.complaints > 0,
        RiskReason.RENEWAL_NEAR: contracts.c.renews_on <= near,
        RiskReason.REPEATED_TICKETS: tickets.c.recent >= TICKETS_REPEATED,
        RiskReason.SILENCE: since <= moment.today - timedelta(days=SILENT_CUSTOMER_DAYS),
        RiskReason.OPEN_TICKET: tickets.c.open > 0,
    }
    points = reduce(add, [case((holds[reason], worth), else_=0) for reason, worth in RISK_POINTS.items()])
    told = func.array_remove(array([case((holds[reason], reason.value)) for reason in RISK_POINTS]), None)
    lines = about_accounts(
        wanted,
        points.label("points"),
        type_coerce(told, ARRAY(TEXT)).label("reasons"),
        usage.c.kept.label("usage_kept"),
        said.c.csat,
        said.c.nps,
        func.coalesce(tickets.c.open, 0).label("open_tickets"),
        func.coalesce(tickets.c.complaints, 0).label("complaints"),
        func.coalesce(tickets.c.recent, 0).label("recent_tickets"),
        since.label("silent_since"),
        contracts.c.renews_on,
        contracts.c.amount.label("revenue_at_stake"),
        next_on().label("next_on"),
    )
    for facts in (usage, said, tickets, contracts):
        lines = lines.outerjoin(facts, facts.c.account_id == Account.id)
    return lines.where(is_customer(moment), or_(*holds.values())).order_by(points.desc(), Account.name, Account.id)


def _usage(today: date) -> Subquery:
    """The part of its usage that the worst product of an account has kept: mean of the recorded months."""
    month = today.replace(day=1)
    turn, begin = add_months(month, -USAGE_MONTHS), add_months(month, -2 * USAGE_MONTHS)
    product = (Usage.account_id, Usage.product_id)
    monthly = (
        select(*product, Usage.month_on, func.sum(Usage.amount).label("amount"))
        .where(Usage.archived_at.is_(None), Usage.month_on >= begin, Usage.month_on < month)
        .group_by(*product, Usage.month_on)
        .subquery()
    )
    lately = func.avg(monthly.c.amount).filter(monthly.c.month_on >= turn)
    before = func.avg(monthly.c.amount).filter(monthly.c.month_on < turn)
    kept = (
        select(monthly.c.account_id, (lately / func.nullif(before, 0)).label("kept"))
        .group_by(monthly.c.account_id, monthly.c.product_id)
        .subquery()
    )
    return select(kept.c.account_id, func.min(kept.c.kept).label("kept")).group_by(kept.c.account_id).subquery()


def _satisfaction(today: date) -> Subquery:
    """The lowest of what each person said last."""
    person = (SurveyAnswer.account_id, SurveyAnswer.contact_id, SurveyAnswer.kind)
    last = (
        select(*person, SurveyAnswer.score)
        .ext(distinct_on(*person))
        .where(
            SurveyAnswer.archived_at.is_(None),
            SurveyAnswer.score.is_not(None),
            SurveyAnswer.answered_on >= today - timedelta(days=SATISFACTION_DAYS),
        )
        .order_by(*person, SurveyAnswer.answered_on.desc(), SurveyAnswer.id.desc())
        .subquery()
    )
    lowest = (
        func.min(last.c.score).filter(last.c.kind == kind).label(kind) for kind in (SurveyKind.CSAT, SurveyKind.NPS)
    )
    return select(last.c.account_id, *lowest).group_by(last.c.account_id).subquery()


def _tickets(moment: Moment) -> Subquery:
    """Tickets still open, complaints open or recent, and how many were opened lately."""
    is_open = Ticket.state != TicketState.CLOSED
    is_recent = Ticket.opened_at >= days_ago(moment, TICKET_DAYS)
    return (
        select(
            Ticket.account_id,
            func.count().filter(is_open).label("open"),
            func.count().filter(Ticket.is_complaint).label("complaints"),
            func.count().filter(is_recent).label("recent"),
        )
        .where(Ticket.archived_at.is_(None), or_(is_open, is_recent))
        .group_by(Ticket.account_id)
        .subquery()
    )


def _contracts() -> Subquery:
    """The earliest renewal of what runs, and what all of it is worth."""
    return (
        select(
            Contract.account_id,
            func.min(func.coalesce(Contract.renews_on, Contract.ends_on)).label("renews_on"),
            func.sum(Contract.amount).label("amount"),
        )
        .where(Contract.state == ContractState.RUNNING, Contract.archived_at.is_(None))
        .group_by(Contract.account_id)
        .subquery()
    )
