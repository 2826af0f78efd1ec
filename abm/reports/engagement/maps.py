"""Heat maps of human acts: department × week of an account; industry × job function × topic over all of them."""

import uuid
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Select, func, literal_column, select, text, true
from sqlalchemy.orm import Session
from sqlalchemy.sql.elements import ColumnElement

from abm.models import Account, Contact, Event
from abm.reports.engagement.acts import WITHOUT, About, of_people, which
from abm.reports.engagement.weeks import Week, starts
from abm.words import MapAxis

# What does not fit on a page is not drawn; the map says how many there are.
ROWS_SHOWN, COLUMNS_SHOWN = 20, 15


@dataclass(frozen=True)
class Square:
    """One cell: how many acts of how many people."""

    acts: int
    people: int


@dataclass(frozen=True)
class HeatMap:
    """Rows and columns as (key, name) – a name is nothing where the key is a word or WITHOUT –, and the cells filled.

    `rows_left_out` and `columns_left_out` say how many there are beside those shown.
    """

    rows: tuple[tuple[str, str | None], ...]
    columns: tuple[tuple[str, str | None], ...]
    cells: Mapping[tuple[str, str], Square]
    rows_left_out: int = 0
    columns_left_out: int = 0

    @property
    def most(self) -> int:
        """The acts of the fullest cell."""
        return max((cell.acts for cell in self.cells.values()), default=0)


DEPARTMENTS = text(
    """
    select d.id, d.name from departments d
    where d.account_id = :account and d.archived_at is null order by d.name, d.id
    """
)
BY_WEEK = text(
    """
    select c.department_id, width_bucket(e.happened_at, cast(:starts as timestamptz[])) as week,
        count(*) as acts, count(distinct e.contact_id) as people
    from events e join contacts c on c.id = e.contact_id
    where e.account_id = :account and e.verdict in ('proven', 'likely')
      and e.happened_at >= :since and e.happened_at < :until
    group by 1, 2
    """
)


def departments_by_week(session: Session, account_id: uuid.UUID, weeks: Sequence[Week]) -> HeatMap:
    """Which departments of an account did how much in which week; those that did nothing stand there as well."""
    values = {
        "account": account_id,
        "starts": starts(weeks),
        "since": weeks[0].starts_at,
        "until": weeks[-1].ends_at,
    }
    named = {str(key): name for key, name in session.execute(DEPARTMENTS, {"account": account_id})}
    cells = {
        (str(row.department_id or WITHOUT), weeks[row.week - 1].starts_on.isoformat()): Square(row.acts, row.people)
        for row in session.execute(BY_WEEK, values)
    }
    # People may still stand in a department that was put away.
    others = {key for key, _week in cells if key not in named}
    rows = [*named.items(), *((key, None) for key in sorted(others))]
    columns = tuple((week.starts_on.isoformat(), None) for week in weeks)
    return HeatMap(tuple(rows[:ROWS_SHOWN]), columns, cells, max(0, len(rows) - ROWS_SHOWN))


AXES: Mapping[MapAxis, Any] = {
    MapAxis.INDUSTRY: Account.industry,
    MapAxis.JOB_FUNCTION: Contact.job_function,
    MapAxis.TOPIC: literal_column("t.topic"),
}


def human_map(session: Session, rows: MapAxis, columns: MapAxis, about: About) -> HeatMap:
    """Human acts by two of the three axes; `about` may name a value of the third."""
    row, column = (func.coalesce(func.nullif(AXES[axis], ""), WITHOUT) for axis in (rows, columns))
    statement = of_people(
        row.label("row"), column.label("column"), func.count(), func.count(Event.contact_id.distinct())
    )
    if MapAxis.TOPIC in (rows, columns):
        statement = _with_topics(statement)
    found = session.execute(statement.where(*which(about)).group_by(literal_column("1"), literal_column("2")))
    cells = {(one, other): Square(acts, people) for one, other, acts, people in found}
    left, top = _fullest(cells, 0), _fullest(cells, 1)
    shown_left, shown_top = left[:ROWS_SHOWN], top[:COLUMNS_SHOWN]
    return HeatMap(
        tuple((key, None) for key in shown_left),
        tuple((key, None) for key in shown_top),
        {key: cell for key, cell in cells.items() if key[0] in shown_left and key[1] in shown_top},
        len(left) - len(shown_left),
        len(top) - len(shown_top),
    )


def values_of(session: Session, axis: MapAxis, about: About) -> list[str]:
    """Every value of an axis that acts of this time have, the most frequent first."""
    whole = About(about.since, about.until)
    statement = of_people(AXES[axis].label("value"))
    if axis is MapAxis.TOPIC:
        statement = _with_topics(statement)
    found: ColumnElement[Any] = literal_column("value")
    inner = statement.where(*which(whole)).subquery()
    named = select(inner.c.value).where(inner.c.value.is_not(None), inner.c.value != "").group_by(inner.c.value)
    return list(session.scalars(named.order_by(func.count().desc(), found).limit(100)))


def narrowed(about: About, axis: MapAxis, value: str) -> About:
    """The acts meant, and of this axis this value only."""
    named: dict[str, Any] = {axis.value: value}
    return replace(about, **named)


def _with_topics(statement: Select[Any]) -> Select[Any]:
    """An act about two topics counts for each of them."""
    topics = func.unnest(Event.topics).table_valued("topic").render_derived(name="t")
    return statement.outerjoin(topics, true())


def _fullest(cells: Mapping[tuple[str, str], Square], side: int) -> list[str]:
    sums: dict[str, int] = defaultdict(int)
    for key, cell in cells.items():
        sums[key[side]] += cell.acts
    return sorted(sums, key=lambda key: (key == WITHOUT, -sums[key], key))
