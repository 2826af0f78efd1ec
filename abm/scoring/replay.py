"""Replay: recorded acts walked through a model in business time; who would have been handed over when, and why.

All accounts of a batch walk side by side, each from one of its own acts to the next: step k takes the k-th act of
every account that has so many. A step is then a handful of operations on arrays, whatever the number of accounts.
"""

import uuid
from collections import defaultdict, deque
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import numpy as np

from abm.scoring.histories import DAY, MICROSECOND, NOBODY, ROLES, TIERS, Answered, Array, Histories, is_barred, worth
from abm.scoring.model import Model
from abm.scoring.mqa import enters, stays
from abm.scoring.steps import Rows, Steps, half_lives_of, lay_out, rests_until, window_of
from abm.words import MqaCause

LONG_AGO = -(2**62)
# Moments at which nothing but time moves an account are found this exactly.
EXACTLY = timedelta(seconds=1) // MICROSECOND


@dataclass(frozen=True)
class Change:
    """An account became an MQA, asked by one act to be called, or is an MQA no more; `account` is a place in a list."""

    account: int
    at: int
    cause: MqaCause
    # A task would have been opened; without, one was open already and only got more evidence.
    opens: bool = False
    department_id: uuid.UUID = NOBODY


def replay(histories: Histories, model: Model, zone: ZoneInfo, until: int) -> list[Change]:
    """Every change of these accounts before `until`, in order of time."""
    values = worth(histories, model, zone)
    laid = lay_out(histories, values, model, until)
    if laid is None:
        return []
    rows, steps = laid
    changes = _Walk(histories, model, rows, steps, until).go()
    return sorted(changes, key=lambda change: (change.at, change.account, change.cause))


def counted_depths(scores: Array, first: Array, account: Array, model: Model) -> Array:
    """`policy.counted_depth` of many accounts at once: rows of people, each account's first row, each row's account."""
    given = np.maximum(scores, 0.0)
    together = np.add.reduceat(given, first)
    return np.add.reduceat(np.minimum(given, model.mqa.most_of_others * (together[account] - given)), first)


class _Walk:
    """Accounts side by side, each at the last of its moments so far."""

    def __init__(self, histories: Histories, model: Model, rows: Rows, steps: Steps, until: int) -> None:
        number, half_lives = len(rows.accounts), half_lives_of(model)
        self._model, self._rows, self._steps, self._until = model, rows, steps, until
        self._window = window_of(model)
        self._rates = -1.0 / (np.array(half_lives)[:, None] * DAY)
        self._points = np.zeros((len(half_lives), len(rows.people)))
        self._threshold = np.array([model.mqa.thresholds[tier] for tier in TIERS])[histories.tier[rows.accounts]]
        self._now = steps.at[:number].copy()
        self._is_mqa = np.zeros(number, dtype=bool)
        self._counted = np.zeros(number)
        self._loses = np.zeros(number, dtype=bool)
        self._proven_at, self._asked_at, self._blocked_until = (np.full(number, LONG_AGO) for _ in range(3))
        self._barred = is_barred(histories, model)[rows.accounts]
        self._roles = _Roles(histories, model, rows) if model.weights else None
        self._desk = _Desk(histories, rows)
        self._asking, self._answers = deque(steps.asking), deque(steps.answers)
        self._changes: list[Change] = []
        self._left: list[_Left] = []

    def go(self) -> list[Change]:
        """Walk to the end."""
        bounds, first = self._steps.bounds.tolist(), self._rows.first
        for begin, end in pairwise(bounds):
            shares = self._pass_time(self._steps.at[begin:end])
            rows = first[end - begin]
            self._points[:, :rows] *= shares[:, self._rows.account[:rows]]
            self._take_acts(begin, end)
            self._evaluate(begin, end)
        self._pass_time(np.full(len(self._now), self._until))
        return self._changes + _leave_at(self._left, self._rows, self._rates, self._model)

    def _pass_time(self, at: Array) -> Array:
        """Let the first accounts come to these moments; who was an MQA may be none any more. Answers what is left."""
        number = len(at)
        ages = (at - self._now[:number]).astype(np.float64)
        shares: Array = np.exp2(ages * self._rates)
        # Nothing fades faster than by the shortest half-life, unless points were taken off.
        least = self._counted[:number] * shares[0]
        level = self._model.mqa.leaves_at * self._threshold[:number]
        doubtful = np.flatnonzero(self._is_mqa[:number] & ((least < level) | self._loses[:number]))
        if len(doubtful):
            self._leave(doubtful, ages, shares)
        self._now[:number] = at
        return shares

    def _leave(self, places: Array, ages: Array, shares: Array) -> None:
        part, first, account = self._rows.part(places)
        points = self._points[:, part]
        counted = self._count((points * shares[:, places[account]]).sum(0), part, first, account)
        is_asked = self._now[places] - self._asked_at[places] < self._window
        gone = ~stays(True, counted, self._threshold[places], self._model) & ~is_asked
        ends = np.r_[first[1:], len(part)]
        for number in np.flatnonzero(gone).tolist():
            place = int(places[number])
            level = self._model.mqa.leaves_at * float(self._threshold[place])
            mine = points[:, first[number] : ends[number]]
            if self._roles:
                mine = mine * self._roles.shares(part[first[number] : ends[number]])
            self._left.append(_Left(place, int(self._now[place]), float(ages[place]), mine, level))
            self._forget(place)

    def _forget(self, place: int) -> None:
        self._is_mqa[place] = False
        self._desk.clear(place)

    def _take_acts(self, begin: int, end: int) -> None:
        """What happens in this step: points, proofs, requests and answers."""
        steps, number = self._steps, end - begin
        points, at = steps.points[begin:end], steps.at[begin:end]
        self._points[steps.column[begin:end], steps.row[begin:end]] += points
        self._loses[:number] |= points < 0
        if self._roles:
            self._roles.see(steps.row[begin:end])
        proven = np.flatnonzero(steps.is_proof[begin:end])
        self._proven_at[proven] = at[proven]
        while self._asking and self._asking[0] < end:
            self._ask(self._asking.popleft(), begin)
        while self._answers and self._answers[0][0] < end:
            step, answer = self._answers.popleft()
            self._take_answer(step - begin, answer)

    def _ask(self, step: int, begin: int) -> None:
        place, row = step - begin, int(self._steps.row[step])
        self._asked_at[place] = at = self._steps.at[step]
        if not self._barred[place]:
            self._change(place, int(at), MqaCause.ACT_NOW, self._desk.department_of(row))

    def _take_answer(self, place: int, answer: Answered) -> None:
        """What sales said holds only where there was something to answer."""
        if not self._desk.close(place, answer.department_id):
            return
        if answer.rests:
            self._blocked_until[place] = rests_until(answer, self._model)
        self._barred[place] |= answer.excludes

    def _evaluate(self, begin: int, end: int) -> None:
        """Ask the policy about every account that may have become an MQA or ceased to be one."""
        number, at = end - begin, self._steps.at[begin:end]
        rows, was = self._rows.first[number], self._is_mqa[:number]
        scores = self._points[:, :rows].sum(0)
        together = np.add.reduceat(np.maximum(scores, 0.0), self._rows.first[:number])
        is_proven = at - self._proven_at[:number] < self._window
        is_asked = at - self._asked_at[:number] < self._window
        # Nobody counts for more than was given.
        may = was | is_asked | (is_proven & (together >= self._threshold[:number]))
        places = np.flatnonzero(may & self._steps.settles[begin:end])
        if len(places):
            self._decide(places, scores, at[places], is_proven[places], is_asked[places])

    def _decide(self, places: Array, scores: Array, at: Array, is_proven: Array, is_asked: Array) -> None:
        part, first, account = self._rows.part(places)
        mine, was = scores[part], self._is_mqa[places]
        counted = self._count(mine, part, first, account)
        breadth = np.add.reduceat((mine >= self._model.mqa.person_points).astype(np.int64), first)
        threshold = self._threshold[places]
        is_free = (self._blocked_until[places] <= at) & ~self._barred[places]
        is_hot = enters(counted, breadth, is_proven, threshold, self._model) | stays(
            was, counted, threshold, self._model
        )
        entered = is_free & is_hot
        is_mqa = entered | (is_free & is_asked)
        self._counted[places], self._is_mqa[places] = counted, is_mqa
        for number in np.flatnonzero(entered & ~was).tolist():
            place = int(places[number])
            self._change(place, int(at[number]), MqaCause.ENTERED, self._desk.department(place, scores))
        for number in np.flatnonzero(was & ~is_mqa).tolist():
            place = int(places[number])
            self._changes.append(Change(int(self._rows.accounts[place]), int(at[number]), MqaCause.LEFT))
            self._forget(place)

    def _count(self, scores: Array, rows: Array, first: Array, account: Array) -> Array:
        """The counted depths of accounts whose people these rows are."""
        given = scores * self._roles.shares(rows) if self._roles else scores
        return counted_depths(given, first, account, self._model)

    def _change(self, place: int, at: int, cause: MqaCause, department_id: uuid.UUID) -> None:
        """Ask for a hand-off, as the live model would."""
        opens = self._desk.open(place, department_id)
        self._changes.append(Change(int(self._rows.accounts[place]), at, cause, opens, department_id))


class _Roles:
    """What each person's points weigh by buying role, among the roles of those who have done something so far."""

    def __init__(self, histories: Histories, model: Model, rows: Rows) -> None:
        # Whoever plays no role stands last.
        weights = np.array([*(model.weights.get(role, 0.0) for role in ROLES), 0.0])
        self._role, self._account = histories.role[rows.people], rows.account
        self._weight = weights[self._role]
        self._weights = weights
        self._present = np.zeros((len(rows.accounts), len(weights)), dtype=bool)

    def see(self, rows: Array) -> None:
        """These people have done something."""
        self._present[self._account[rows], self._role[rows]] = True

    def shares(self, rows: Array) -> Array:
        """The share of each of these people's points that counts."""
        together = (self._present[self._account[rows]] * self._weights).sum(1)
        shares: Array = np.divide(self._weight[rows], together, out=np.zeros(len(rows)), where=together > 0)
        return shares


class _Desk:
    """The hand-offs that would lie with sales: one of each account and department at a time."""

    def __init__(self, histories: Histories, rows: Rows) -> None:
        self._first = rows.first
        self._people, self._departments = rows.people, histories.departments
        self._numbers = histories.departments.numbers()[rows.people]
        self._open: dict[int, set[uuid.UUID]] = defaultdict(set)
        self._ahead: dict[int, int] = defaultdict(int)
        for place, account in enumerate(rows.accounts.tolist()):
            if known := len(histories.answers.get(account, ())) + histories.unanswered.get(account, 0):
                self._ahead[place] = known

    def open(self, place: int, department_id: uuid.UUID) -> bool:
        """Put a task there; False when one lies there and only gets more evidence."""
        if department_id in self._open[place]:
            return False
        self._open[place].add(department_id)
        return True

    def close(self, place: int, department_id: uuid.UUID) -> bool:
        """Take the answered task away; False when there is none to be answered."""
        self._ahead[place] -= 1
        there = self._open[place]
        if not there:
            return False
        there.remove(department_id if department_id in there else next(iter(there)))
        return True

    def clear(self, place: int) -> None:
        """The account is no MQA any more: what nobody is known to have answered counts as done."""
        if self._ahead.get(place, 0) <= 0:
            self._open.pop(place, None)

    def department(self, place: int, scores: Array) -> uuid.UUID:
        """The department with most depth, of these scores of everybody."""
        begin, end = int(self._first[place]), int(self._first[place + 1])
        numbers = self._numbers[begin:end].tolist()
        depths = dict.fromkeys(numbers, 0.0)
        for number, score in zip(numbers, scores[begin:end].tolist(), strict=True):
            depths[number] += score
        return self.department_of(begin + numbers.index(max(depths, key=lambda number: depths[number])))

    def department_of(self, row: int) -> uuid.UUID:
        """The department of one person."""
        return self._departments[int(self._people[row])]


@dataclass(frozen=True)
class _Left:
    """An account that ceased to be an MQA some time within a stretch; `points` are its people's at the beginning."""

    place: int
    at: int
    length: float
    points: Array
    level: float


def _leave_at(left: Sequence[_Left], rows: Rows, rates: Array, model: Model) -> list[Change]:
    """When each of them fell below its level, found by halving all stretches at once."""
    if not left:
        return []
    widths = np.array([one.points.shape[1] for one in left])
    first, account = np.cumsum(widths) - widths, np.repeat(np.arange(len(left)), widths)
    points, level = np.concatenate([one.points for one in left], axis=1), np.array([one.level for one in left])
    early, late = np.zeros(len(left)), np.array([one.length for one in left])
    while (late - early).max() > EXACTLY:
        middle = (early + late) / 2
        scores = (points * np.exp2(middle * rates)[:, account]).sum(0)
        is_below = counted_depths(scores, first, account, model) < level
        early, late = np.where(is_below, early, middle), np.where(is_below, middle, late)
    found = (np.array([one.at for one in left]) + late.astype(np.int64)).tolist()
    return [Change(int(rows.accounts[one.place]), at, MqaCause.LEFT) for one, at in zip(left, found, strict=True)]
