"""Lists about customers who may come back: those who decided against us, and those seen again after a year."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import CTE, Subquery, func, literal, null, select, union_all
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.sql.elements import ColumnElement

from abm.conditions.language import Moment
from abm.models import Account, Deal, Event, Need, Task, TimelineItem
from abm.reports.lists.limits import AWAY_DAYS, PASSED_DAYS, RETURNED_DAYS
from abm.reports.lists.reading import Query, Wanted, about_accounts
from abm.reports.lists.standing import (
    IS_HUMAN,
    day_of,
    days_ago,
    has_open_deal,
    has_taken_hand_off,
    is_courted,
    last_human_at,
    next_on,
)
from abm.reports.lists.working import WorkLine
from abm.words import SALES_CONTACTS, AnswerCode, DealStage, TaskKind, TaskState

# Answers with which a customer declines for now.
DECLINED = (AnswerCode.NOT_NOW, AnswerCode.NO_BUDGET, AnswerCode.NO_NEED)


@dataclass(frozen=True, kw_only=True)
class PassedLine(WorkLine):
    """An account that decided against us: when, over what and why, and when it wants to be asked again.

    `lost_reason` is set where a deal was lost, `answer` where a hand-off ended so.
    """

    passed_on: date
    deal: str | None
    lost_reason: str | None
    answer: str | None
    again_on: date | None
    looks_again: bool


@dataclass(frozen=True, kw_only=True)
class ReturnedLine(WorkLine):
    """An account heard of again: since when, and the day before that on which anything happened."""

    back_at: datetime
    silent_since: date


def passed(wanted: Wanted, moment: Moment) -> Query:
    """見送り: the last word was no – a lost deal or a hand-off put off – and nothing is open; whom to ask again first.

    A deal won after the refusal takes the account off, and so does time.
    """
    no = _refusals(moment)
    horizon = select(func.max(Need.horizon_from)).where(Need.account_id == Account.id, Need.archived_at.is_(None))
    again_on = func.coalesce(no.c.wake_on, horizon.scalar_subquery())
    looked = day_of(last_human_at(), moment.zone) > no.c.passed_on
    lines = about_accounts(
        wanted,
        Account.stage,
        Account.last_contacted_on,
        last_human_at().label("last_human_at"),
        next_on().label("next_on"),
        no.c.passed_on,
        no.c.deal,
        no.c.lost_reason,
        no.c.answer,
        again_on.label("again_on"),
        func.coalesce(looked, False).label("looks_again"),
    ).join(no, no.c.account_id == Account.id)
    recent = no.c.passed_on >= moment.today - timedelta(days=PASSED_DAYS)
    lines = lines.where(is_courted(), recent, ~has_open_deal(), ~has_taken_hand_off(), ~_won_since(no))
    return lines.order_by(again_on.asc().nulls_last(), no.c.passed_on.desc(), Account.id)


def returned(wanted: Wanted, moment: Moment) -> Query:
    """A human act lately, and before it for a year nothing: neither an act of theirs nor a contact of ours."""
    back = (
        select(Event.account_id, func.min(Event.happened_at).label("back_at"))
        .where(IS_HUMAN, Event.happened_at >= days_ago(moment, RETURNED_DAYS))
        .group_by(Event.account_id)
        .subquery()
    )
    before = _seen_before(back, moment)
    lines = about_accounts(
        wanted,
        Account.stage,
        Account.last_contacted_on,
        last_human_at().label("last_human_at"),
        next_on().label("next_on"),
        back.c.back_at,
        before.label("silent_since"),
    ).join(back, back.c.account_id == Account.id)
    away = before <= day_of(back.c.back_at, moment.zone) - AWAY_DAYS
    return lines.where(is_courted(), away).order_by(back.c.back_at.desc(), Account.id)


def _refusals(moment: Moment) -> CTE:
    """The latest no of every account."""
    deals = select(
        Deal.account_id,
        func.coalesce(Deal.closed_on, day_of(Deal.stage_since, moment.zone)).label("passed_on"),
        Deal.name.label("deal"),
        Deal.lost_reason.label("lost_reason"),
        null().label("answer"),
        null().label("wake_on"),
    ).where(Deal.stage == DealStage.LOST, Deal.archived_at.is_(None))
    tasks = select(
        Task.account_id, day_of(Task.closed_at, moment.zone), null(), null(), Task.answer, Task.wake_on
    ).where(Task.kind == TaskKind.HAND_OFF, Task.state == TaskState.RECYCLED, Task.answer.in_(DECLINED))
    every = union_all(deals, tasks).subquery()
    latest = select(every).ext(distinct_on(every.c.account_id))
    # Of one day a deal tells more than the answer to a task.
    said = (every.c.deal.asc().nulls_last(), every.c.answer)
    return latest.order_by(every.c.account_id, every.c.passed_on.desc().nulls_last(), *said).cte("refusals")


def _won_since(no: CTE) -> ColumnElement[bool]:
    won = select(literal(1)).where(
        Deal.account_id == Account.id,
        Deal.stage == DealStage.WON,
        Deal.archived_at.is_(None),
        Deal.closed_on >= no.c.passed_on,
    )
    return won.exists()


def _seen_before(back: Subquery, moment: Moment) -> ColumnElement[date | None]:
    """The last day before they came back on which anybody did anything."""
    acts = select(func.max(Event.happened_at)).where(
        Event.account_id == Account.id, IS_HUMAN, Event.happened_at < back.c.back_at
    )
    calls = select(func.max(TimelineItem.happened_at)).where(
        TimelineItem.account_id == Account.id,
        TimelineItem.kind.in_(SALES_CONTACTS),
        TimelineItem.happened_at < back.c.back_at,
    )
    told = select(Account.last_contacted_on).where(Account.last_contacted_on < day_of(back.c.back_at, moment.zone))
    seen = (day_of(one.scalar_subquery(), moment.zone) for one in (acts, calls))
    return func.greatest(*seen, told.correlate(Account, back).scalar_subquery())
