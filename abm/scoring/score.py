"""What events are worth: entries, the daily cap, and their decayed sum at a moment."""

import uuid
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from abm.clock import days, local_day
from abm.scoring.model import Model

# Less is no time at all, and would end in numbers too small to hold.
LEAST_MINUTES = 0.001


@dataclass(frozen=True)
class Act:
    """What a score needs to know of one event; `struck` events are kept and never count."""

    id: uuid.UUID
    contact_id: uuid.UUID
    kind: str
    happened_at: datetime
    verdict: str
    seniority: str
    minutes: float | None = None
    struck: bool = False


@dataclass(frozen=True)
class Entry:
    """One event's points at the moment it happened, and how they came about."""

    act: Act
    base: float
    seniority: float
    factor: float
    half_life_days: float
    capped: bool
    entry: float

    def value(self, at: datetime) -> float:
        """What is left of it; an event still to come counts nothing."""
        age = days(at - self.act.happened_at)
        return 0.0 if age < 0 else self.entry * decay(age, self.half_life_days)


def make_entries(acts: Iterable[Act], model: Model, zone: ZoneInfo) -> dict[uuid.UUID, Entry]:
    """The ledger of these events; the order in which they are given does not matter."""
    shelves: dict[tuple[object, ...], list[Act]] = defaultdict(list)
    for act in acts:
        shelves[(act.contact_id, act.kind, local_day(act.happened_at, zone))].append(act)
    return {
        act.id: _entry(act, model, capped=place >= model.cap)
        for shelf in shelves.values()
        for place, act in enumerate(sorted(shelf, key=lambda act: (act.happened_at, act.id)))
    }


def base_points(kind: str, minutes: float | None, model: Model) -> float:
    """Points of one event before anybody's weight."""
    rule = model.kinds[kind]
    if rule.minutes_per_point is None or rule.most is None:
        return rule.base
    held = minutes if minutes and minutes >= LEAST_MINUTES else 0.0
    return min(held / rule.minutes_per_point, rule.most)


def decay(age_days: float, half_life_days: float) -> float:
    """The share of an entry that is left at this age."""
    return float(2.0 ** (-age_days / half_life_days))


def person_scores(entries: Iterable[Entry], at: datetime) -> Mapping[uuid.UUID, float]:
    """Each person's decayed sum at a moment."""
    sums: dict[uuid.UUID, float] = defaultdict(float)
    for entry in entries:
        sums[entry.act.contact_id] += entry.value(at)
    return sums


def _entry(act: Act, model: Model, *, capped: bool) -> Entry:
    base = base_points(act.kind, act.minutes, model)
    seniority, factor = model.seniority[act.seniority], model.verdicts[act.verdict]
    points = 0.0 if capped or act.struck else base * seniority * factor
    return Entry(act, base, seniority, factor, model.kinds[act.kind].half_life_days, capped, points)
