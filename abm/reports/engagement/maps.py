"""Heat maps of human acts: department × week of an account; industry × job function × topic over all of them."""

import uuid
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, cast

from sqlalchemy import func, literal_column, select, text, true
from sqlalchemy.orm import Session
from sqlalchemy.sql.elements import ColumnElement

from abm.models import Account, Contact, Event
from abm.reports.engagement.acts import WITHOUT, About, which_acts, whose
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


def human_map(session: Session, rows: MapAxis, columns: MapAxis, about: About) -> HeatMap:
    """Human acts by two of the three axes; `about` may name a value of the third."""
    acts = _acts_of_people(about, by_topic=MapAxis.TOPIC in (rows, columns))
    row, column = (func.coalesce(func.nullif(_axis(axis, acts), ""), WITHOUT) for axis in (rows, columns))
    # Each person stands here once, or once a topic: counting them needs no sorting.
    statement = select(row, column, func.sum(acts.c.number), func.count()).select_from(acts)
    statement = statement.join(Contact, Contact.id == acts.c.contact_id).join(Account, Account.id == Contact.account_id)
    found = session.execute(statement.where(*whose(about)).group_by(literal_column("1"), literal_column("2")))
    cells = {(one, other): Square(int(number), people) for one, other, number, people in found}
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
    acts = _acts_of_people(whole, by_topic=axis is MapAxis.TOPIC)
    value = _axis(axis, acts)
    statement = select(value).select_from(acts).join(Contact, Contact.id == acts.c.contact_id)
    statement = statement.join(Account, Account.id == Contact.account_id).where(*whose(whole), value != "")
    return list(session.scalars(statement.group_by(value).order_by(func.sum(acts.c.number).desc(), value).limit(100)))


def narrowed(about: About, axis: MapAxis, value: str) -> About:
    """The acts meant, and of this axis this value only."""
    named: dict[str, Any] = {axis.value: value}
    return replace(about, **named)


def _acts_of_people(about: About, *, by_topic: bool) -> Any:
    """How many acts each person did, for each topic where that is asked: an act about two counts for each of them.

    Summed before people and companies are joined: there are many more acts than people.
    """
    topics = func.unnest(Event.topics).table_valued("topic").render_derived(name="t")
    topic: list[Any] = [literal_column("t.topic").label("topic")] if by_topic else []
    acts = select(Event.contact_id, *topic, func.count().label("number")).where(*which_acts(about))
    if by_topic:
        acts = acts.outerjoin(topics, true())
    return acts.group_by(Event.contact_id, *topic).subquery("acts")


def _axis(axis: MapAxis, acts: Any) -> ColumnElement[Any]:
    if axis is MapAxis.TOPIC:
        return cast("ColumnElement[Any]", acts.c.topic)
    column = Account.industry if axis is MapAxis.INDUSTRY else Contact.job_function
    return column.expression


def _fullest(cells: Mapping[tuple[str, str], Square], side: int) -> list[str]:
    sums: dict[str, int] = defaultdict(int)
    for key, cell in cells.items():
        sums[key[side]] += cell.acts
    return sorted(sums, key=lambda key: (key == WITHOUT, -sums[key], key))
