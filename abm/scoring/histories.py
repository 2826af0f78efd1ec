"""Recorded acts of some accounts as arrays, and what each act is worth by a model."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from abm.clock import day_start, local_day
from abm.conditions.holds import Known
from abm.scoring.model import Model
from abm.scoring.score import base_points
from abm.words import AnswerCode, BuyingRole, EventKind, Seniority, Tier, Verdict

Array = NDArray[Any]

KINDS, ROLES, SENIORITIES, TIERS, VERDICTS = (
    [word.value for word in words] for words in (EventKind, BuyingRole, Seniority, Tier, Verdict)
)
NO_ROLE = -1
NOBODY = uuid.UUID(int=0)
PROVEN = VERDICTS.index(Verdict.PROVEN)
NEVER = 2**62
EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
DAY = timedelta(days=1) // MICROSECOND


class Ids:
    """Ids as the server wrote them, one behind the other: millions are read, and a few are ever asked for."""

    def __init__(self, written: Array) -> None:
        self._written = written

    def __len__(self) -> int:
        return len(self._written)

    def numbers(self) -> Array:
        """A number for each, the same for the same id: the half of it that is drawn at random."""
        return np.frombuffer(self._written.tobytes(), dtype=np.int64)[1::2]

    def __getitem__(self, place: int) -> uuid.UUID:
        return uuid.UUID(bytes=self._written[place].tobytes())


@dataclass(frozen=True)
class Answered:
    """How sales answered a recorded hand-off: it is over, and for some answers the account rests or is excluded."""

    at: int
    code: str
    department_id: uuid.UUID = NOBODY
    rests: bool = False
    excludes: bool = False
    task_id: uuid.UUID = NOBODY
    # When the hand-off had come.
    came_at: int = 0


@dataclass(frozen=True)
class Histories:
    """Accounts with their people and what those did; moments are whole microseconds since EPOCH.

    `account` and `person` of an act are places in the lists; acts stand account by account, in order of time and id.
    """

    account_ids: Sequence[uuid.UUID]
    tier: Array
    excluded: Array
    person_ids: Ids
    seniority: Array
    role: Array
    # NOBODY for whoever belongs to none.
    departments: Ids
    account: Array
    person: Array
    kind: Array
    verdict: Array
    at: Array
    minutes: Array
    struck: Array
    # Called no signal by sales: what its verdict says until that answer, and nothing from then on.
    is_false: Array
    # By account: what rules of fit may ask for, answers of sales in order of time, hand-offs nobody has answered yet.
    records: Sequence[Mapping[str, Known]] = ()
    answers: Mapping[int, Sequence[Answered]] = field(default_factory=dict)
    unanswered: Mapping[int, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Worth:
    """What each act is worth when it happens, and whether it shows that a person was there."""

    points: Array
    is_proof: Array
    acts_now: Array
    # When an act was called no signal; NEVER for all others.
    until: Array


def moment(at: datetime) -> int:
    """A time as whole microseconds."""
    return (at - EPOCH) // MICROSECOND


def as_time(at: int) -> datetime:
    """Whole microseconds as a time."""
    return EPOCH + timedelta(microseconds=at)


def is_barred(histories: Histories, model: Model) -> Array:
    """Which accounts are never handed over, whatever happens there: excluded, or kept out by their record."""
    if not model.fit.rules:
        return histories.excluded.copy()
    passes: Array = np.array([model.fit.passes(record) for record in histories.records], dtype=bool)
    return np.logical_or(histories.excluded, ~passes)


def worth(histories: Histories, model: Model, zone: ZoneInfo) -> Worth:
    """What every act is worth by this model: base × seniority × verdict, nothing beyond the daily cap."""
    base = _bases(histories, model)
    seniority = np.array([model.seniority[name] for name in SENIORITIES])[histories.seniority[histories.person]]
    until = _known_until(histories)
    factor = np.array([model.verdicts[name] for name in VERDICTS])[histories.verdict]
    struck = histories.struck | (histories.is_false & (until == NEVER))
    nothing = struck | _is_capped(histories, base != 0, model.cap, zone)
    points = np.where(nothing, 0.0, base * seniority * factor)
    act_now = np.array([model.kinds[name].act_now for name in KINDS])[histories.kind]
    return Worth(
        points=points,
        is_proof=(histories.verdict == PROVEN) & (base > 0) & ~struck,
        acts_now=act_now & (points > 0),
        until=until,
    )


def _known_until(histories: Histories) -> Array:
    """When sales called acts of these accounts no signal, which until then counted as judged."""
    until = np.full(len(histories.at), NEVER)
    for place in np.flatnonzero(histories.is_false).tolist():
        answers = histories.answers.get(int(histories.account[place]), ())
        told = (one.at for one in answers if one.code == AnswerCode.FALSE_SIGNAL and one.at > histories.at[place])
        until[place] = next(told, NEVER)
    return until


def _bases(histories: Histories, model: Model) -> Array:
    base = np.array([base_points(name, None, model) for name in KINDS])[histories.kind]
    by_minutes = np.array([model.kinds[name].minutes_per_point is not None for name in KINDS])[histories.kind]
    counted = np.flatnonzero(by_minutes & ~np.isnan(histories.minutes))
    pairs = np.stack([histories.kind[counted].astype(np.float64), histories.minutes[counted]])
    distinct, which = np.unique(pairs, axis=1, return_inverse=True)
    points = [base_points(KINDS[int(kind)], float(minutes), model) for kind, minutes in distinct.T]
    if points:
        base[counted] = np.array(points)[which.reshape(-1)]
    return base


def _is_capped(histories: Histories, matters: Array, cap: int, zone: ZoneInfo) -> Array:
    """True from the so-manieth act on of a person, kind and day; acts that are worth nothing anyway are not counted."""
    capped = np.zeros(len(histories.at), dtype=bool)
    places = np.flatnonzero(matters)
    if not len(places):
        return capped
    at = histories.at[places]
    starts = _day_starts(int(at.min()), int(at.max()), zone)
    day = np.searchsorted(starts, at, side="right")
    shelf = (histories.person[places].astype(np.int64) * len(KINDS) + histories.kind[places]) * (len(starts) + 1) + day
    order = np.argsort(shelf, kind="stable")
    sorted_shelf = shelf[order]
    first = np.flatnonzero(np.r_[True, sorted_shelf[1:] != sorted_shelf[:-1]])
    place = np.arange(len(order)) - np.repeat(first, np.diff(np.r_[first, len(order)]))
    capped[places[order]] = place >= cap
    return capped


def _day_starts(first: int, last: int, zone: ZoneInfo) -> Array:
    return _starts_of(local_day(as_time(first), zone).toordinal(), local_day(as_time(last), zone).toordinal(), zone)


@lru_cache(maxsize=8)
def _starts_of(first: int, last: int, zone: ZoneInfo) -> Array:
    return np.array([moment(day_start(date.fromordinal(day), zone)) for day in range(first, last + 1)], dtype=np.int64)
