"""Scores at many moments from one pass over the ledger; each equals the receipt of that moment."""

import uuid
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from abm.clock import days
from abm.scoring.score import decay


@dataclass(frozen=True)
class Points:
    """An entry of the ledger, as far as a curve needs it."""

    contact_id: uuid.UUID
    half_life_days: float
    happened_at: datetime
    entry: float


def walk(entries: Sequence[Points], moments: Sequence[datetime]) -> Iterator[Mapping[uuid.UUID, float]]:
    """What each person's points are at each of these moments, the earliest first."""
    waiting = sorted(entries, key=lambda one: one.happened_at, reverse=True)
    left: dict[tuple[uuid.UUID, float], float] = defaultdict(float)
    before: datetime | None = None
    for moment in moments:
        _fade(left, days(moment - before) if before else 0.0)
        while waiting and waiting[-1].happened_at <= moment:
            one = waiting.pop()
            age = days(moment - one.happened_at)
            left[one.contact_id, one.half_life_days] += one.entry * decay(age, one.half_life_days)
        before = moment
        yield _by_person(left)


def _fade(left: dict[tuple[uuid.UUID, float], float], age: float) -> None:
    factors = {half_life: decay(age, half_life) for half_life in {key[1] for key in left}}
    for key in left:
        left[key] *= factors[key[1]]


def _by_person(left: Mapping[tuple[uuid.UUID, float], float]) -> dict[uuid.UUID, float]:
    people: dict[uuid.UUID, float] = defaultdict(float)
    for (contact_id, _half_life), points in left.items():
        people[contact_id] += points
    return people
