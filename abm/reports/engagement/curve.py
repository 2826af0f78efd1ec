"""The score of an account day by day, with what happened on the way: stages, tasks, people who acted first."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from math import fsum

from sqlalchemy import text
from sqlalchemy.orm import Session

from abm.clock import day_end, local_day
from abm.conditions.language import Moment
from abm.models import Account
from abm.reports.engagement.walk import Points, walk
from abm.scoring.model import Model
from abm.scoring.policy import counted_depth
from abm.words import MarkSort, TaskKind

# After twenty half-lives less than a millionth is left: it shows in no curve.
ENTRIES = text(
    """
    select e.contact_id, e.half_life_days, e.happened_at, e.entry, c.buying_role
    from contacts c join score_entries e on e.contact_id = c.id
    where c.account_id = :account and e.entry <> 0 and e.happened_at <= :until
      and e.happened_at + e.half_life_days * interval '20 days' > :since
    """
)
# The first human act of each person, where it lies within the time looked at.
NEWCOMERS = text(
    """
    select c.id, c.full_name as name, c.title, c.buying_role, f.happened_at as at, f.kind as code
    from contacts c
    cross join lateral (
        select happened_at, kind from score_entries
        where contact_id = c.id and verdict in ('proven', 'likely')
        order by happened_at, event_id limit 1
    ) f
    where c.account_id = :account and f.happened_at >= :since and f.happened_at <= :until
    """
)
STAGES = text(
    """
    select old, new, at, reason from stage_changes
    where account_id = :account and at >= :since and at <= :until order by at, id
    """
)
TASKS = text(
    f"""
    select t.id, t.kind, t.state, t.answer, t.created_at as at, u.name from tasks t
    left join users u on u.id = t.owner_id
    where t.account_id = :account and t.kind in ('{TaskKind.HAND_OFF}', '{TaskKind.COVERAGE}', '{TaskKind.RETURNED}')
      and t.created_at >= :since and t.created_at <= :until
    """  # noqa: S608 only our own words are put in
)


@dataclass(frozen=True)
class Day:
    """The points at the end of a day – now, where the day is today – as the receipt of that day says."""

    on: date
    at: datetime
    points: float
    counted: float


@dataclass(frozen=True)
class Mark:
    """Something that happened on the way; `code` is a stage, the kind of a task or of an event."""

    sort: MarkSort
    at: datetime
    on: date
    code: str
    old: str | None = None
    name: str | None = None
    contact_id: uuid.UUID | None = None
    task_id: uuid.UUID | None = None
    state: str | None = None


@dataclass(frozen=True)
class Curve:
    """The days, the marks, and the counted depth from which the account is handed over and below which no more."""

    days: tuple[Day, ...]
    marks: tuple[Mark, ...]
    threshold: float
    leaves_at: float

    @property
    def is_empty(self) -> bool:
        """True while nobody there has done anything."""
        return not self.marks and not any(day.points for day in self.days)


def score_curve(session: Session, account: Account, model: Model, moment: Moment, length: int) -> Curve:
    """The last so many days of an account; four queries, however long its history is."""
    on = [moment.today - timedelta(days=back) for back in range(length - 1, -1, -1)]
    ends = [min(moment.at, day_end(day, moment.zone) - timedelta(seconds=1)) for day in on]
    values = {"account": account.id, "since": day_end(on[0] - timedelta(days=1), moment.zone), "until": moment.at}
    found = session.execute(ENTRIES, values).all()
    roles = {row.contact_id: row.buying_role for row in found}
    entries = [Points(*row[:4]) for row in found]
    threshold = model.mqa.thresholds[account.tier]
    return Curve(
        tuple(
            Day(day, end, fsum(points.values()), _counted(points, roles, model))
            for day, end, points in zip(on, ends, walk(entries, ends), strict=True)
        ),
        tuple(sorted(_marks(session, values, moment), key=lambda mark: mark.at)),
        threshold,
        model.mqa.leaves_at * threshold,
    )


def _counted(points: Mapping[uuid.UUID, float], roles: Mapping[uuid.UUID, str | None], model: Model) -> float:
    return counted_depth(list(points.values()), model, [roles[contact_id] for contact_id in points])


def _marks(session: Session, values: dict[str, object], moment: Moment) -> Sequence[Mark]:
    def day(at: datetime) -> date:
        return local_day(at, moment.zone)

    people = (
        Mark(MarkSort.PERSON, row.at, day(row.at), row.code, name=row.name, contact_id=row.id)
        for row in session.execute(NEWCOMERS, values)
    )
    stages = (
        Mark(MarkSort.STAGE, row.at, day(row.at), row.new, old=row.old) for row in session.execute(STAGES, values)
    )
    tasks = (
        Mark(MarkSort.TASK, row.at, day(row.at), row.kind, name=row.name, task_id=row.id, state=row.state)
        for row in session.execute(TASKS, values)
    )
    return [*people, *stages, *tasks]
