"""How the hand-offs of two models differ: whom each would have handed over when, and what sales said of those."""

import uuid
from collections import Counter, defaultdict
from collections.abc import Sequence, Set
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from abm.clock import local_day
from abm.errors import Invalid
from abm.scoring.histories import Answered, Histories, as_time, moment
from abm.scoring.replay import Change
from abm.words import MqaCause

MONTHS = timedelta(days=90)
LONGEST = timedelta(days=1100)
# A page takes so many rows of each list; the counts tell of all.
LISTED = 50
# Hand-offs that come within the same hours come at the same time.
SAME = timedelta(hours=12)


@dataclass(frozen=True)
class Span:
    """The stretch of recorded time a replay is about."""

    since: datetime
    until: datetime

    @property
    def weeks(self) -> float:
        """How many weeks it has."""
        return (self.until - self.since) / timedelta(days=7)


@dataclass(frozen=True)
class Opening:
    """A hand-off that a model would have opened."""

    account_id: uuid.UUID
    department_id: uuid.UUID
    at: datetime
    cause: MqaCause


@dataclass(frozen=True)
class Move:
    """An account that only one of two models hands over, or both at different times; None for no hand-off."""

    draft: Opening | None
    live: Opening | None


@dataclass(frozen=True)
class Judged:
    """A recorded hand-off with its answer, and when each model would have made it, if at all."""

    account_id: uuid.UUID
    answered: Answered
    draft: Opening | None
    live: Opening | None


@dataclass
class Listed:
    """Rows of a list: all are counted, the first ones kept."""

    count: int = 0
    rows: list[Move] = field(default_factory=list)

    def add(self, row: Move) -> None:
        """Count it, and keep it while there is room."""
        self.count += 1
        if len(self.rows) < LISTED:
            self.rows.append(row)


@dataclass
class Difference:
    """What the accounts walked so far have come to by a draft and by the live model."""

    accounts: int = 0
    acts: int = 0
    # Of these accounts every hand-off is kept.
    watched: Set[uuid.UUID] = frozenset()
    watched_draft: dict[uuid.UUID, list[Opening]] = field(default_factory=dict)
    watched_live: dict[uuid.UUID, list[Opening]] = field(default_factory=dict)
    draft: Counter[tuple[uuid.UUID, uuid.UUID, date]] = field(default_factory=Counter)
    live: Counter[tuple[uuid.UUID, uuid.UUID, date]] = field(default_factory=Counter)
    gained: Listed = field(default_factory=Listed)
    lost: Listed = field(default_factory=Listed)
    earlier: Listed = field(default_factory=Listed)
    later: Listed = field(default_factory=Listed)
    judged: list[Judged] = field(default_factory=list)

    def add(
        self, histories: Histories, draft: Sequence[Change], live: Sequence[Change], span: Span, zone: ZoneInfo
    ) -> None:
        """Take in some accounts as both models have walked them."""
        self.accounts += len(histories.account_ids)
        self.acts += len(histories.at)
        by_draft, by_live = _openings(histories, draft), _openings(histories, live)
        _count(self.draft, by_draft, span, zone)
        _count(self.live, by_live, span, zone)
        for place in sorted(by_draft.keys() | by_live.keys()):
            self._watch(histories.account_ids[place], by_draft[place], by_live[place])
            self._move(_within(by_draft[place], span), _within(by_live[place], span))
        for place, answers in histories.answers.items():
            self._judge(histories.account_ids[place], answers, by_draft[place], by_live[place], span)

    def _watch(self, account_id: uuid.UUID, draft: list[Opening], live: list[Opening]) -> None:
        if account_id in self.watched:
            self.watched_draft[account_id], self.watched_live[account_id] = draft, live

    def _move(self, draft: Sequence[Opening], live: Sequence[Opening]) -> None:
        ours, theirs = next(iter(draft), None), next(iter(live), None)
        move = Move(ours, theirs)
        if ours and theirs:
            if abs(ours.at - theirs.at) > SAME:
                (self.earlier if ours.at < theirs.at else self.later).add(move)
        elif ours:
            self.gained.add(move)
        elif theirs:
            self.lost.add(move)

    def _judge(
        self,
        account_id: uuid.UUID,
        answers: Sequence[Answered],
        draft: Sequence[Opening],
        live: Sequence[Opening],
        span: Span,
    ) -> None:
        before = 0
        for answered in answers:
            if moment(span.since) <= answered.came_at < moment(span.until):
                found = (_between(openings, before, answered.at) for openings in (draft, live))
                self.judged.append(Judged(account_id, answered, *found))
            before = answered.at


def span_of(since: datetime | None, until: datetime | None, at: datetime) -> Span:
    """The months asked for; three until now unless told otherwise."""
    end = min(until or at, at)
    begin = since or end - MONTHS
    if begin >= end:
        raise Invalid("the beginning must lie before the end and before now", "from", "order")
    if end - begin > LONGEST:
        raise Invalid(f"at most {LONGEST.days} days can be replayed at once", "from", "too_long")
    return Span(begin, end)


def week_of(day: date) -> date:
    """The Monday of a day's week."""
    return day - timedelta(days=day.weekday())


def _openings(histories: Histories, changes: Sequence[Change]) -> dict[int, list[Opening]]:
    found: dict[int, list[Opening]] = defaultdict(list)
    for change in changes:
        if change.opens:
            account_id = histories.account_ids[change.account]
            opening = Opening(account_id, change.department_id, as_time(change.at), change.cause)
            found[change.account].append(opening)
    return found


def _count(
    counted: Counter[tuple[uuid.UUID, uuid.UUID, date]], openings: dict[int, list[Opening]], span: Span, zone: ZoneInfo
) -> None:
    for one in (one for several in openings.values() for one in _within(several, span)):
        counted[one.account_id, one.department_id, week_of(local_day(one.at, zone))] += 1


def _within(openings: Sequence[Opening], span: Span) -> list[Opening]:
    return [one for one in openings if span.since <= one.at < span.until]


def _between(openings: Sequence[Opening], before: int, until: int) -> Opening | None:
    """The hand-off that this answer would have been about: made since the answer before it."""
    return next((one for one in openings if before < moment(one.at) <= until), None)
