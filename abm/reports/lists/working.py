"""Lists about work under way: who is approached now, with whom nothing moves, who has no plan."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import case, func, or_, type_coerce
from sqlalchemy.dialects.postgresql import ARRAY, TEXT, array

from abm.conditions.language import Moment
from abm.models import Account
from abm.reports.lists.limits import APPROACHED_DAYS, DORMANT_DAYS
from abm.reports.lists.reading import AccountLine, Query, Wanted, about_accounts
from abm.reports.lists.standing import (
    has_open_deal,
    has_taken_hand_off,
    is_courted,
    is_planned,
    last_human_at,
    next_on,
    silent_since,
    was_approached,
)
from abm.words import ApproachSign


@dataclass(frozen=True, kw_only=True)
class WorkLine(AccountLine):
    """An account, where it stands, when we and they last did something, and what comes next."""

    stage: str
    last_contacted_on: date | None
    last_human_at: datetime | None
    next_on: date | None


@dataclass(frozen=True, kw_only=True)
class ApproachLine(WorkLine):
    """An account being approached and by what one can tell: an open deal, a hand-off, a contact."""

    signs: list[str]


@dataclass(frozen=True, kw_only=True)
class SilentLine(WorkLine):
    """An account with which nothing moves since a day."""

    silent_since: date


def approaching(wanted: Wanted, moment: Moment) -> Query:
    """現在アプローチ中: an open deal, a hand-off taken on, or a contact of ours lately; the longest silent first."""
    contacted = was_approached(moment, APPROACHED_DAYS)
    signs = {
        ApproachSign.DEAL: has_open_deal(),
        ApproachSign.HAND_OFF: has_taken_hand_off(),
        ApproachSign.CONTACT: contacted,
    }
    told = func.array_remove(array([case((holds, code.value), else_=None) for code, holds in signs.items()]), None)
    lines = about_accounts(wanted, *_columns(), type_coerce(told, ARRAY(TEXT)).label("signs"))
    oldest_first = (Account.last_contacted_on.asc().nulls_first(), Account.name, Account.id)
    return lines.where(is_courted(), or_(*signs.values())).order_by(*oldest_first)


def dormant(wanted: Wanted, moment: Moment) -> Query:
    """動きがない: for long neither a contact nor a human act, nothing open and nothing planned; the longest first."""
    since = silent_since(moment.zone)
    idle = (~has_open_deal(), ~has_taken_hand_off(), ~is_planned(), is_courted())
    silent = since <= moment.today - timedelta(days=DORMANT_DAYS)
    lines = about_accounts(wanted, *_columns(), since.label("silent_since")).where(*idle, silent)
    return lines.order_by(since, Account.name, Account.id)


def unplanned(wanted: Wanted, moment: Moment) -> Query:
    """Somebody looks after the account or sells to it, and nothing is planned; the longest not contacted first."""
    in_hands = or_(Account.owner_id.is_not(None), has_open_deal(), has_taken_hand_off())
    lines = about_accounts(wanted, *_columns()).where(in_hands, is_courted(), ~is_planned())
    return lines.order_by(Account.last_contacted_on.asc().nulls_first(), Account.name, Account.id)


def _columns() -> tuple[object, ...]:
    return (
        Account.stage,
        Account.last_contacted_on,
        last_human_at().label("last_human_at"),
        next_on().label("next_on"),
    )
