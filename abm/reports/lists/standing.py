"""How an account stands, as conditions and columns of a statement over accounts."""

from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Date, ScalarSelect, cast, exists, func, or_, select, text
from sqlalchemy.sql.elements import ColumnElement, SQLColumnExpression

from abm.clock import day_start
from abm.conditions.language import Moment
from abm.models import Account, Contract, Deal, Event, NextAction, Ownership, Task
from abm.words import OPEN_DEAL_STAGES, ContractState, TaskKind, TaskState

# Written out, so that the planner sees the index of human events behind it.
IS_HUMAN = text("events.verdict in ('proven', 'likely')")
TAKEN = (TaskState.ACCEPTED, TaskState.WORKING)


def has_open_deal() -> ColumnElement[bool]:
    """Something is being sold to the account."""
    return exists().where(Deal.account_id == Account.id, is_open_deal())


def is_open_deal() -> ColumnElement[bool]:
    """The deal of the row is neither won nor lost."""
    return Deal.stage.in_(OPEN_DEAL_STAGES) & Deal.archived_at.is_(None)


def has_taken_hand_off() -> ColumnElement[bool]:
    """Sales has taken the account on."""
    return exists().where(Task.account_id == Account.id, Task.kind == TaskKind.HAND_OFF, Task.state.in_(TAKEN))


def is_planned() -> ColumnElement[bool]:
    """Somebody has promised what comes next with the account or one of its people or deals."""
    return exists().where(NextAction.account_id == Account.id, NextAction.closed_at.is_(None))


def is_courted() -> ColumnElement[bool]:
    """The account is not one we never hand over."""
    return Account.excluded_reason.is_(None)


def was_approached(moment: Moment, days: int) -> ColumnElement[bool]:
    """Somebody called, visited, met or wrote within so many days."""
    return Account.last_contacted_on >= moment.today - timedelta(days=days)


def is_customer(moment: Moment) -> ColumnElement[bool]:
    """The account owns a product now or a contract with it is running."""
    owned = exists().where(Ownership.account_id == Account.id, owns_now(moment.today))
    running = exists().where(
        Contract.account_id == Account.id, Contract.state == ContractState.RUNNING, Contract.archived_at.is_(None)
    )
    return or_(owned, running)


def owns_now(today: date) -> ColumnElement[bool]:
    """The ownership of the row has not ended."""
    ends = or_(Ownership.until_on.is_(None), Ownership.until_on >= today)
    return ends & Ownership.archived_at.is_(None)


def next_on() -> ScalarSelect[date]:
    """The day of the earliest thing promised."""
    promised = select(func.min(NextAction.due_on)).where(
        NextAction.account_id == Account.id, NextAction.closed_at.is_(None)
    )
    return promised.scalar_subquery()


def last_human_at() -> ScalarSelect[datetime]:
    """When a person of the account last did something we believe a human did."""
    return select(func.max(Event.happened_at)).where(Event.account_id == Account.id, IS_HUMAN).scalar_subquery()


def silent_since(zone: ZoneInfo) -> ColumnElement[date]:
    """The day of the last contact or human act; the day the account was made when there was none."""
    last = func.greatest(Account.last_contacted_on, day_of(last_human_at(), zone))
    return func.coalesce(last, day_of(Account.created_at, zone))


def day_of(moment: SQLColumnExpression[Any], zone: ZoneInfo) -> ColumnElement[date]:
    """The calendar day of a moment in the installation's zone."""
    return cast(func.timezone(zone.key, moment), Date)


def days_ago(moment: Moment, days: int) -> datetime:
    """The first moment of the day so many days before this one."""
    return day_start(moment.today - timedelta(days=days), moment.zone)
