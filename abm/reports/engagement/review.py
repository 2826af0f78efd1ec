"""The weekly account review: what warmed up, cools, moved and was answered, who is missing, and what to decide."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session, aliased
from sqlalchemy.sql.elements import ColumnElement

from abm.clock import day_start
from abm.conditions.language import Moment
from abm.models import Account, AccountHeat, MqaChange, StageChange, Task, User
from abm.reports.lists.coverage import CoverageLine, coverage
from abm.reports.lists.reading import AccountLine, Wanted, about_accounts, read_page
from abm.reports.lists.standing import is_courted, next_on
from abm.reports.points import account_points
from abm.words import AnswerCode, MqaCause, ReviewPoint, Stage, TaskKind, TaskState

# A meeting does not go through more; the lists have the rest.
SHOWN = 30
COOLS_WITHIN = timedelta(days=7)
BECAME_MQA = (MqaCause.ENTERED, MqaCause.ACT_NOW, MqaCause.WOKEN)


@dataclass(frozen=True, kw_only=True)
class ReviewLine(AccountLine):
    """An account of the review: where it stands, its score now, what is planned, and since or until when."""

    stage: str
    points: float
    next_on: date | None
    at: datetime


@dataclass(frozen=True, kw_only=True)
class MoveLine(AccountLine):
    """From which stage to which an account moved within the time, over everything between."""

    old: str
    new: str
    at: datetime

    @property
    def is_up(self) -> bool:
        """Whether that is nearer to a deal."""
        order = list(Stage)
        return order.index(Stage(self.new)) > order.index(Stage(self.old)) and self.new not in DETOURS


@dataclass(frozen=True, kw_only=True)
class AnswerLine(AccountLine):
    """A hand-off that sales answered."""

    task_id: uuid.UUID
    state: str
    answer: str
    text: str | None
    by: str | None
    at: datetime


@dataclass(frozen=True, kw_only=True)
class OverdueLine(AccountLine):
    """A hand-off whose time is over."""

    task_id: uuid.UUID
    state: str
    due_at: datetime


@dataclass(frozen=True)
class Decision:
    """Something the meeting has to decide about one account."""

    point: ReviewPoint
    account_id: uuid.UUID
    account: str
    owner: str | None
    task_id: uuid.UUID | None = None


@dataclass(frozen=True)
class Review:
    """All of it, for the days from the first to the last."""

    first_on: date
    last_on: date
    newly_hot: tuple[ReviewLine, ...]
    cooling: tuple[ReviewLine, ...]
    moved: tuple[MoveLine, ...]
    answered: tuple[AnswerLine, ...]
    overdue: tuple[OverdueLine, ...]
    gaps: tuple[CoverageLine, ...]

    @property
    def decisions(self) -> list[Decision]:
        """What nobody has taken care of yet, account by account."""
        lines: list[tuple[ReviewPoint, AccountLine, uuid.UUID | None]] = [
            *((ReviewPoint.OVERDUE, one, one.task_id) for one in self.overdue),
            *((ReviewPoint.NO_OWNER, one, None) for one in self.newly_hot if one.owner_id is None),
            *((ReviewPoint.COOLS_UNPLANNED, one, None) for one in self.cooling if one.next_on is None),
            *((ReviewPoint.GAP_UNASKED, one, None) for one in self.gaps if one.task_id is None),
        ]
        return [Decision(point, one.account_id, one.account, one.owner, task) for point, one, task in lines]


DETOURS = (Stage.DORMANT, Stage.LOST, Stage.EXCLUDED)


def weekly_review(session: Session, wanted: Wanted, moment: Moment, length: int = 7) -> Review:
    """The last so many days and today, of one owner's accounts or everybody's; six queries."""
    first_on = moment.today - timedelta(days=length)
    since = day_start(first_on, moment.zone)
    return Review(
        first_on,
        moment.today,
        tuple(_read(session, _newly_hot(wanted, moment, since), ReviewLine)),
        tuple(_read(session, _cooling(wanted, moment), ReviewLine)),
        tuple(_read(session, _moved(wanted, since, moment.at), MoveLine)),
        tuple(_read(session, _answered(wanted, since, moment.at), AnswerLine)),
        tuple(_read(session, _overdue(wanted, moment.at), OverdueLine)),
        read_page(session, coverage(session, wanted, moment), CoverageLine, 1, SHOWN).rows,
    )


def _read(session: Session, query: Any, kind: Any) -> Sequence[Any]:
    return [kind(**row) for row in session.execute(query.limit(SHOWN)).mappings()]


def _newly_hot(wanted: Wanted, moment: Moment, since: datetime) -> Any:
    became = (
        select(MqaChange.account_id, func.max(MqaChange.at).label("at"))
        .where(MqaChange.cause.in_(BECAME_MQA), MqaChange.at >= since, MqaChange.at <= moment.at)
        .group_by(MqaChange.account_id)
        .subquery()
    )
    lines = about_accounts(wanted, *_standing(moment), became.c.at).join(became, became.c.account_id == Account.id)
    return lines.where(Account.is_mqa, is_courted()).order_by(became.c.at.desc(), Account.id)


def _cooling(wanted: Wanted, moment: Moment) -> Any:
    soon = AccountHeat.goes_cold_at.between(moment.at, moment.at + COOLS_WITHIN)
    lines = about_accounts(wanted, *_standing(moment), AccountHeat.goes_cold_at.label("at"))
    lines = lines.join(AccountHeat, AccountHeat.account_id == Account.id).where(soon, is_courted())
    return lines.order_by(AccountHeat.goes_cold_at, Account.id)


def _moved(wanted: Wanted, since: datetime, until: datetime) -> Any:
    within = (StageChange.at >= since, StageChange.at <= until)
    first = func.first_value(StageChange.old).over(**_of_each(StageChange.at.asc(), StageChange.id.asc()))
    place = func.row_number().over(**_of_each(StageChange.at.desc(), StageChange.id.desc()))
    changes = select(
        StageChange.account_id, first.label("old"), StageChange.new, StageChange.at, place.label("place")
    ).where(*within)
    moved = changes.subquery()
    lines = about_accounts(wanted, moved.c.old, moved.c.new, moved.c.at).join(moved, moved.c.account_id == Account.id)
    # Those who are merely known now were imported; that is no move.
    order = case({stage.value: place for place, stage in enumerate(Stage)}, value=moved.c.new)
    return lines.where(
        moved.c.place == 1, moved.c.new != moved.c.old, moved.c.new.not_in((Stage.ALL_OTHERS, Stage.KNOWN))
    ).order_by(order.desc(), moved.c.at.desc(), Account.id)


def _answered(wanted: Wanted, since: datetime, until: datetime) -> Any:
    at = func.coalesce(Task.closed_at, Task.accepted_at)
    answer = func.coalesce(Task.answer, AnswerCode.ACCEPT.value)
    rep = aliased(User)
    who = select(rep.name).where(rep.id == func.coalesce(Task.answered_by, Task.owner_id)).scalar_subquery()
    lines = about_accounts(
        wanted, Task.id.label("task_id"), Task.state, answer.label("answer"), Task.text, who.label("by"), at.label("at")
    ).join(Task, Task.account_id == Account.id)
    return lines.where(Task.kind == TaskKind.HAND_OFF, at >= since, at <= until).order_by(at.desc(), Task.id)


def _overdue(wanted: Wanted, at: datetime) -> Any:
    waiting = Task.state.in_((TaskState.ASSIGNED, TaskState.EXPIRED))
    lines = about_accounts(wanted, Task.id.label("task_id"), Task.state, Task.due_at)
    lines = lines.join(Task, Task.account_id == Account.id)
    return lines.where(Task.kind == TaskKind.HAND_OFF, waiting, Task.due_at < at).order_by(Task.due_at, Task.id)


def _standing(moment: Moment) -> tuple[Any, ...]:
    points = account_points(Account.id, moment.at).label("points")
    return Account.stage, points, next_on().label("next_on")


def _of_each(*order: ColumnElement[Any]) -> dict[str, Any]:
    return {"partition_by": StageChange.account_id, "order_by": order}
