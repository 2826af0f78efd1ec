"""The moments at which recorded acts, answers or time alone may move accounts, laid out for walking side by side."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

import numpy as np

from abm.scoring.histories import DAY, KINDS, MICROSECOND, VERDICTS, Answered, Array, Histories, Worth
from abm.scoring.model import Model
from abm.words import HUMAN

BY_PEOPLE = [VERDICTS.index(verdict) for verdict in HUMAN]
# Whoever gains by the decay of points taken off is looked at again this often, as evaluations do.
LOOK_AGAIN = DAY


@dataclass(frozen=True)
class Steps:
    """Moments of accounts in the order in which they are walked; those with most moments come first in each step."""

    # Where each step begins, and its end behind the last one.
    bounds: Array
    at: Array
    # The row of people's points that an act adds to, the column of its half-life, and its points.
    row: Array
    column: Array
    points: Array
    is_proof: Array
    # True for the last moment of several that are the same.
    settles: Array
    asking: Sequence[int]
    answers: Sequence[tuple[int, Answered]]


@dataclass(frozen=True)
class Rows:
    """The accounts that can move at all, and their people, in the order of a step."""

    accounts: Array
    people: Array
    # The first row of each account with the end behind the last, and the account of each row.
    first: Array
    account: Array

    def part(self, places: Array) -> tuple[Array, Array, Array]:
        """The rows of some accounts, where each begins among these, and which of the accounts each belongs to."""
        widths = self.first[places + 1] - self.first[places]
        begins = np.cumsum(widths) - widths
        account = np.repeat(np.arange(len(places)), widths)
        return np.arange(len(account)) + (self.first[places] - begins)[account], begins, account


def lay_out(histories: Histories, values: Worth, model: Model, until: int) -> tuple[Rows, Steps] | None:
    """Put the moments that matter into steps; None when none does."""
    matters = (values.points != 0) | values.is_proof
    # Where people weigh by their role, everybody who has done anything is present.
    matters |= bool(model.weights) & np.isin(histories.verdict, BY_PEOPLE)
    kept = np.flatnonzero(matters & (histories.at < until))
    if not len(kept):
        return None
    moments = _Moments(histories, values, kept, model, until)
    order = np.lexsort((moments.at, moments.account))
    account, at = moments.account[order], moments.at[order]
    counts = np.bincount(account, minlength=len(histories.account_ids))
    # Those with most moments first: whoever has a k-th moment then stands before whoever has none.
    accounts = np.argsort(-counts, kind="stable")[: np.count_nonzero(counts)]
    rank = _places_in(accounts, len(counts))
    bounds = np.r_[0, np.cumsum(np.searchsorted(-counts[accounts], -np.arange(counts.max()), side="left"))]
    number = np.arange(len(order)) - np.repeat(np.cumsum(counts) - counts, counts)
    inverse = _places_in(bounds[number] + rank[account], len(order))
    is_last = np.r_[(account[1:] != account[:-1]) | (at[1:] != at[:-1]), True]
    rows, row_of = _rows(histories, kept, accounts, rank)
    return rows, moments.steps(order[inverse], bounds, is_last[inverse], rows, row_of, rank)


def _places_in(listed: Array, length: int) -> Array:
    """Where each number up to this length stands in a list of such numbers."""
    places = np.zeros(length, dtype=np.int64)
    places[listed] = np.arange(len(listed))
    return places


def _rows(histories: Histories, kept: Array, accounts: Array, rank: Array) -> tuple[Rows, Array]:
    """The people who did something that matters, account by account; answers the row of each person, too."""
    people, firsts = np.unique(histories.person[kept], return_index=True)
    account = rank[histories.account[kept][firsts]]
    order = np.argsort(account, kind="stable")
    row_of = _places_in(people[order], len(histories.person_ids))
    first = np.r_[np.searchsorted(account[order], np.arange(len(accounts))), len(people)]
    return Rows(accounts, people[order], first, account[order]), row_of


class _Moments:
    """The acts that matter, and the moments between them at which time alone or an answer moves an account."""

    def __init__(self, histories: Histories, values: Worth, kept: Array, model: Model, until: int) -> None:
        self._histories = histories
        self._columns, half_lives = _half_lives_by_kind(model)
        self.asking = np.flatnonzero(values.acts_now[kept])
        self.answers = _answers_before(histories, kept, until)
        # What was called no signal is taken back then: as much of it as is left.
        false = kept[(values.until[kept] < until) & (values.points[kept] != 0)]
        ages = (values.until[false] - histories.at[false]) / DAY
        left = values.points[false] * np.exp2(-ages / half_lives[histories.kind[false]])
        self._sources = np.concatenate([kept, false])
        self._points = np.concatenate([values.points[kept], -left])
        self._is_proof = np.concatenate([values.is_proof[kept], np.zeros(len(false), dtype=bool)])
        account, at, window = histories.account[kept], histories.at[kept], window_of(model)
        before = [
            (account, at),
            (histories.account[false], values.until[false]),
            (account[self.asking], at[self.asking] + window),
            _looks(histories, values, kept, window),
        ]
        self.first_answer = sum(len(accounts) for accounts, _ in before)
        told = _columns_of([(place, answer.at) for place, answer in self.answers])
        rested = _columns_of([(place, rests_until(answer, model)) for place, answer in self.answers if answer.rests])
        self.account, moments = (np.concatenate(parts) for parts in zip(*before, told, rested, strict=True))
        self.at = np.minimum(moments, until)

    def steps(self, walked: Array, bounds: Array, settles: Array, rows: Rows, row_of: Array, rank: Array) -> Steps:
        """The moments in the order in which they are walked."""
        acts = walked < len(self._sources)
        sources = self._sources[walked[acts]]
        row = rows.first[rank[self.account[walked]]]
        row[acts] = row_of[self._histories.person[sources]]
        column = np.zeros(len(walked), dtype=np.int64)
        column[acts] = self._columns[self._histories.kind[sources]]
        points, is_proof = np.zeros(len(walked)), np.zeros(len(walked), dtype=bool)
        points[acts], is_proof[acts] = self._points[walked[acts]], self._is_proof[walked[acts]]
        place = _places_in(walked, len(walked))
        behind = range(self.first_answer, self.first_answer + len(self.answers))
        answers = sorted(
            ((int(place[n]), answer) for n, (_, answer) in zip(behind, self.answers, strict=True)),
            key=lambda pair: pair[0],
        )
        asking = sorted(place[self.asking].tolist())
        return Steps(bounds, self.at[walked], row, column, points, is_proof, settles, asking, answers)


def _half_lives_by_kind(model: Model) -> tuple[Array, Array]:
    """For each kind the column of its half-life, and the half-life itself."""
    half_lives = half_lives_of(model)
    days = [model.kinds[kind].half_life_days for kind in KINDS]
    return np.array([half_lives.index(one) for one in days]), np.array(days)


def _answers_before(histories: Histories, kept: Array, until: int) -> list[tuple[int, Answered]]:
    """The answers about accounts that move at all: only those can have been handed over."""
    moving = set(np.unique(histories.account[kept]).tolist())
    return [
        (place, answer)
        for place, answers in histories.answers.items()
        if place in moving
        for answer in answers
        if answer.at < until
    ]


def _looks(histories: Histories, values: Worth, kept: Array, window: int) -> tuple[Array, Array]:
    """Points that were taken off come back by decay: as long as that may count, such accounts are looked at daily."""
    losing = np.zeros(len(histories.account_ids), dtype=bool)
    losing[histories.account[kept[values.points[kept] < 0]]] = True
    proofs = kept[values.is_proof[kept] & losing[histories.account[kept]]]
    each = np.arange(LOOK_AGAIN, window, LOOK_AGAIN)
    account = np.repeat(histories.account[proofs], len(each))
    return account, (histories.at[proofs][:, None] + each).reshape(-1)


def _columns_of(pairs: Sequence[tuple[int, int]]) -> tuple[Array, Array]:
    table = np.array(pairs, dtype=np.int64).reshape(-1, 2)
    return table[:, 0], table[:, 1]


def window_of(model: Model) -> int:
    """For so long a proven act, or one that asks to be called, counts as recent."""
    return timedelta(days=model.mqa.proven_within_days) // MICROSECOND


def rests_until(answer: Answered, model: Model) -> int:
    """When an account may be handed over again after this answer."""
    return answer.at + timedelta(days=model.mqa.cool_down_for(answer.code)) // MICROSECOND


def half_lives_of(model: Model) -> list[float]:
    """The half-lives of a model, the shortest first."""
    return sorted({rule.half_life_days for rule in model.kinds.values()})
