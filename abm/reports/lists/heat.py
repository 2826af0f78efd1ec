"""The heat list: which accounts are hot, which have just become so, which are about to cool, with their trend."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Double, case, cast, exists, literal, or_, select, text, type_coerce
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session
from sqlalchemy.sql.elements import ColumnElement

from abm.conditions.language import Moment
from abm.models import Account, AccountHeat, StageChange, Task
from abm.reports.engagement.weeks import week_of
from abm.reports.lists.reading import AccountLine, Query, Wanted, about_accounts
from abm.reports.lists.standing import day_of, is_courted, next_on
from abm.reports.points import account_points
from abm.scoring.live import ensure_model
from abm.scoring.model import Model
from abm.words import OPEN_TASK_STATES, HeatTab, HeatTurn, Stage, TaskKind, Tier

TREND_WEEKS = 12
# "Newly": this week or the one before.
NEW_WEEKS = 2
COOLS_WITHIN_DAYS = 7
BELOW_ENGAGED = (Stage.ALL_OTHERS, Stage.KNOWN, Stage.AWARE, Stage.DORMANT, Stage.LOST)

# The score now and at the same hour of the weeks before, from the ledger.
TREND = """
    (
        select array_agg(points order by at) from (
            select w.at, coalesce(sum(points_left(e.entry, e.happened_at, e.half_life_days, w.at)), 0) as points
            from generate_series(:heat_since, :heat_at, interval '7 days') as w (at)
            left join (
                select e.* from contacts c join score_entries e on e.contact_id = c.id
                where c.account_id = accounts.id and e.entry <> 0
            ) e on e.happened_at <= w.at
            group by w.at
        ) t
    )
"""
# Points of the last seven days, and of the three weeks before them.
MOMENTUM = """
    (
        select array[
            coalesce(sum(e.entry) filter (where e.happened_at > :heat_at - interval '7 days'), 0),
            coalesce(sum(e.entry) filter (where e.happened_at <= :heat_at - interval '7 days'), 0)
        ]
        from contacts c join score_entries e on e.contact_id = c.id
        where c.account_id = accounts.id and e.happened_at > :heat_at - interval '28 days' and e.happened_at <= :heat_at
    )
"""
FIGURES: Any = ARRAY(Double())


@dataclass(frozen=True, kw_only=True)
class HeatLine(AccountLine):
    """An account and how hot it is; `trend` holds the score of the last weeks, now at its end."""

    stage: str
    tier: str
    industry: str | None
    is_mqa: bool
    points: float
    breadth: int
    trend: list[float]
    sums: list[float]
    turn: str | None
    turn_on: date | None
    next_on: date | None
    task_id: Any

    @property
    def turned(self) -> tuple[str, date | None] | tuple[()]:
        """What it became or will cease to be, and when."""
        return (self.turn, self.turn_on) if self.turn else ()

    @property
    def change(self) -> float:
        """What the last seven days brought or took."""
        return self.trend[-1] - self.trend[-2]

    @property
    def momentum(self) -> float | None:
        """The last seven days over the weekly mean of the three weeks before; None when those are empty."""
        this_week, before = self.sums
        if before > 0:
            return this_week / (before / 3)
        return None if this_week > 0 else 0.0


def heat(session: Session, wanted: Wanted, moment: Moment) -> Query:
    """Accounts engaged or MQA, the hottest first; newly so, the newest first; or about to cool, the next first."""
    model = ensure_model(session)
    asked = wanted.choice("tab")
    tab = HeatTab(asked) if asked in set(HeatTab) else HeatTab.HOT
    if tab is HeatTab.COOLING:
        cold_at = AccountHeat.goes_cold_at
        lines = _lines(wanted, moment, literal(HeatTurn.LEAVES_ENGAGED.value), day_of(cold_at, moment.zone))
        soon = cold_at.between(moment.at, moment.at + timedelta(days=COOLS_WITHIN_DAYS))
        return lines.join(AccountHeat, AccountHeat.account_id == Account.id).where(soon).order_by(cold_at, Account.id)
    turn, turned_at = _turn(week_of(moment, NEW_WEEKS - 1).starts_at)
    lines = _lines(wanted, moment, turn, day_of(turned_at, moment.zone)).where(is_hot(model))
    if tab is HeatTab.NEWLY_HOT:
        return lines.where(turn.is_not(None)).order_by(turned_at.desc(), Account.id)
    return lines.order_by(account_points(Account.id, moment.at).desc(), Account.id)


def is_hot(model: Model) -> ColumnElement[bool]:
    """MQA, or with a counted depth from which an account is engaged."""
    return or_(Account.is_mqa, Account.counted_depth >= model.stages.engaged_at * _threshold(model))


def industries(session: Session) -> list[tuple[str, str]]:
    """Every industry an account is in, for a choice."""
    named = select(Account.industry).where(Account.archived_at.is_(None), Account.industry.is_not(None)).distinct()
    return [(one, one) for one in session.scalars(named.order_by(Account.industry)) if one]


def _lines(wanted: Wanted, moment: Moment, turn: ColumnElement[Any], turned_on: ColumnElement[date]) -> Query:
    lines = about_accounts(
        wanted,
        Account.stage,
        Account.tier,
        Account.industry,
        Account.is_mqa,
        account_points(Account.id, moment.at).label("points"),
        Account.breadth,
        _figures(TREND, heat_at=moment.at, heat_since=moment.at - timedelta(weeks=TREND_WEEKS)).label("trend"),
        _figures(MOMENTUM, heat_at=moment.at).label("sums"),
        turn.label("turn"),
        turned_on.label("turn_on"),
        next_on().label("next_on"),
        _open_hand_off().label("task_id"),
    ).where(is_courted())
    if (tier := wanted.choice("tier")) in set(Tier):
        lines = lines.where(Account.tier == tier)
    if industry := wanted.choice("industry"):
        lines = lines.where(Account.industry == industry)
    return lines


def _threshold(model: Model) -> ColumnElement[float]:
    return cast(case(dict(model.mqa.thresholds), value=Account.tier), Double)


def _turn(since: datetime) -> tuple[ColumnElement[Any], ColumnElement[Any]]:
    """What the account became since then, and when: MQA goes before engaged."""
    rose = (
        StageChange.account_id == Account.id,
        StageChange.new == Stage.ENGAGED,
        StageChange.old.in_(BELOW_ENGAGED),
        StageChange.at >= since,
    )
    is_new_mqa = Account.is_mqa & (Account.mqa_since >= since)
    is_newly_engaged = (Account.stage == Stage.ENGAGED) & exists().where(*rose)
    turn = case((is_new_mqa, HeatTurn.BECAME_MQA.value), (is_newly_engaged, HeatTurn.BECAME_ENGAGED.value), else_=None)
    return turn, case((is_new_mqa, Account.mqa_since), (is_newly_engaged, Account.stage_since), else_=None)


def _figures(statement: str, **values: datetime) -> ColumnElement[list[float]]:
    """Numbers about the account of the row around."""
    return type_coerce(text(statement).bindparams(**values), FIGURES)


def _open_hand_off() -> ColumnElement[Any]:
    open_now = (Task.account_id == Account.id, Task.kind == TaskKind.HAND_OFF, Task.state.in_(OPEN_TASK_STATES))
    newest = select(Task.id).where(*open_now).order_by(Task.created_at.desc(), Task.id.desc()).limit(1)
    return newest.scalar_subquery()
