"""What people are interested in over time: acts a week by topic or product, or the points left of them."""

import uuid
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Any

from sqlalchemy import TextClause, text
from sqlalchemy.orm import Session

from abm.clock import days
from abm.reports.engagement.acts import WITHOUT
from abm.reports.engagement.weeks import Week, starts
from abm.scoring.score import decay
from abm.words import Measure, TopicSort

# More colours nobody tells apart; the rest is drawn together.
SERIES_SHOWN = 7
OTHERS = "others"

SUBJECTS = {
    TopicSort.TOPIC: "unnest(case when e.topics = '{}' then array[null] else e.topics end)",
    TopicSort.PRODUCT: "unnest(array[e.product])",
}
ACTS = """
    select s.subject, width_bucket(e.happened_at, cast(:starts as timestamptz[])) as week, count(*) as number
    from events e cross join lateral (select %s as subject) s
    where e.verdict in ('proven', 'likely') and e.happened_at >= :since and e.happened_at <= :until %s
    group by 1, 2
"""
# What each week's entries are worth at its end; weeks before the first one are its past. One pass over the ledger.
POINTS = """
    select s.subject, g.week, g.half_life_days, sum(points_left(g.entry, g.happened_at, g.half_life_days,
        (cast(:ends as timestamptz[]))[g.week])) as number
    from (
        select l.*, greatest(1, width_bucket(l.happened_at, cast(:starts as timestamptz[]))) as week
        from score_entries l
        where l.entry <> 0 and l.happened_at <= :until
          and l.happened_at + l.half_life_days * interval '20 days' > :since %s
    ) g
    join events e on e.id = g.event_id cross join lateral (select %s as subject) s
    group by 1, 2, 3
"""
OF_ACCOUNT = {
    Measure.ACTS: "and e.account_id = :account",
    Measure.POINTS: "and l.contact_id in (select id from contacts where account_id = :account)",
}


@dataclass(frozen=True)
class Series:
    """One topic or product – WITHOUT and OTHERS are none – with a number for each week."""

    key: str
    numbers: tuple[float, ...]

    @property
    def total(self) -> float:
        """All weeks together."""
        return sum(self.numbers)


@dataclass(frozen=True)
class OverTime:
    """The weeks and what was of interest in them, the most first."""

    weeks: tuple[Week, ...]
    series: tuple[Series, ...]
    measure: Measure


def over_time(
    session: Session,
    weeks: Sequence[Week],
    sort: TopicSort,
    measure: Measure,
    at: datetime,
    account_id: uuid.UUID | None = None,
) -> OverTime:
    """Topics or products of an account, or of everybody, week by week until now; one query."""
    ends = [min(week.ends_at, at) for week in weeks]
    values = {
        "starts": starts(weeks),
        "since": weeks[0].starts_at,
        "until": at,
        **({"ends": ends} if measure is Measure.POINTS else {}),
        **({"account": account_id} if account_id else {}),
    }
    rows = session.execute(_statement(sort, measure, account_id is not None), values).all()
    found = _faded(rows, ends) if measure is Measure.POINTS else _counted(rows, len(weeks))
    series = (Series(key, tuple(numbers)) for key, numbers in found.items())
    return OverTime(tuple(weeks), _fullest(one for one in series if any(one.numbers)), measure)


def _statement(sort: TopicSort, measure: Measure, of_account: bool) -> TextClause:
    only = OF_ACCOUNT[measure] if of_account else ""
    parts = (SUBJECTS[sort], only) if measure is Measure.ACTS else (only, SUBJECTS[sort])
    return text((ACTS if measure is Measure.ACTS else POINTS) % parts)


def _counted(rows: Iterable[Sequence[Any]], length: int) -> Mapping[str, list[float]]:
    found: dict[str, list[float]] = defaultdict(lambda: [0.0] * length)
    for subject, week, number in rows:
        found[subject or WITHOUT][week - 1] = float(number)
    return found


def _faded(rows: Iterable[Sequence[Any]], ends: Sequence[datetime]) -> Mapping[str, list[float]]:
    """The points at each week's end, now at the last one's: what is left of the week before's, and what came in it."""
    gained: dict[tuple[str, float], dict[int, float]] = defaultdict(dict)
    for subject, week, half_life, number in rows:
        gained[subject or WITHOUT, half_life][week - 1] = number
    lengths = [0.0, *(days(end - before) for before, end in pairwise(ends))]
    found: dict[str, list[float]] = defaultdict(lambda: [0.0] * len(ends))
    for (subject, half_life), points in gained.items():
        left = 0.0
        for place, length in enumerate(lengths):
            left = left * decay(length, half_life) + points.get(place, 0.0)
            found[subject][place] += left
    return found


def _fullest(series: Iterable[Series]) -> tuple[Series, ...]:
    """The fullest ones, then all others as one, then what is about nothing."""
    ordered = sorted(series, key=lambda one: (one.key == WITHOUT, -one.total, one.key))
    without = [one for one in ordered if one.key == WITHOUT]
    named = [one for one in ordered if one.key != WITHOUT]
    shown, rest = named[:SERIES_SHOWN], named[SERIES_SHOWN:]
    others = [Series(OTHERS, tuple(map(sum, zip(*(one.numbers for one in rest), strict=True))))] if rest else []
    return (*shown, *others, *without)
