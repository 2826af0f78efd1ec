"""Where an account stands: its vector, whether it is to be handed over, its stage, and when to ask again."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from abm.clock import FOREVER, days
from abm.scoring.facts import Facts, is_within
from abm.scoring.model import Model
from abm.scoring.mqa import enters, stays
from abm.scoring.score import decay
from abm.scoring.stages import Standing
from abm.words import BuyingRole, MqaCause, Stage, StageReason

# The numbers lists are sorted by are at most this old.
LOOK_AGAIN = timedelta(days=1)
# Below this an account fades unseen and needs no daily look.
FADED = 0.05
# A moment is found this exactly, and asked for a little later, so that it has surely passed.
PRECISION = timedelta(milliseconds=1)

WEEK = 7.0


@dataclass(frozen=True)
class Outcome:
    """What an evaluation found; within LOOK_AGAIN the counted depth falls below each level of `falls_below`."""

    depth: float
    counted_depth: float
    breadth: int
    is_mqa: bool
    cause: MqaCause | None
    stage: Stage
    reason: StageReason
    ask_again_at: datetime | None
    falls_below: tuple[float, ...] = ()


def evaluate(facts: Facts, model: Model, at: datetime) -> Outcome:
    """Everything the policy says about an account at this moment."""
    given = contributions(facts.scores, facts.roles, model)
    counted, people, fits = capped_sum(given, model), breadth(facts.scores, model), model.fits(facts)
    cause = _mqa_cause(facts, counted, people, fits, model, at)
    threshold = model.mqa.thresholds[facts.tier]
    stage, reason = model.stages.find(Standing(facts, counted, threshold, cause, fits, at))
    later = counted_depth(facts.scores_later, model, facts.roles)
    levels = tuple(level for level in _levels(facts, cause, model) if later < level <= counted)
    return Outcome(
        depth=sum(given, 0.0),
        counted_depth=counted,
        breadth=people,
        is_mqa=cause is not None,
        cause=cause,
        stage=stage,
        reason=reason,
        ask_again_at=_ask_again_at(facts, cause, model, at),
        falls_below=levels,
    )


def counted_depth(scores: Sequence[float], model: Model, roles: Sequence[str | None] = ()) -> float:
    """The score with one keen person held down to a multiple of what everybody else gives together."""
    return capped_sum(contributions(scores, roles, model), model)


def capped_sum(points: Sequence[float], model: Model) -> float:
    """What people give together, nobody more than a multiple of all the others."""
    given = [max(score, 0.0) for score in points]
    together = sum(given)
    return sum((min(points, model.mqa.most_of_others * (together - points)) for points in given), 0.0)


def contributions(scores: Sequence[float], roles: Sequence[str | None], model: Model) -> Sequence[float]:
    """What each person adds to the account: their score, or its share by the weight of their role."""
    if not model.weights:
        return scores
    shares = role_shares(roles, model)
    return [score * shares.get(role or "", 0.0) for score, role in zip(scores, roles, strict=True)]


def role_shares(roles: Iterable[str | None], model: Model) -> Mapping[str, float]:
    """Each buying role's weight over the sum of those of the roles present; who plays none of them weighs nothing."""
    present = {role: model.weights[role] for role in dict.fromkeys(roles) if role and role in model.weights}
    together = sum(present.values())
    return {role: weight / together for role, weight in present.items()}


def breadth(scores: Iterable[float], model: Model) -> int:
    """How many people are engaged."""
    return sum(score >= model.mqa.person_points for score in scores)


def coverage(roles_engaged: Iterable[str | None], required: Sequence[BuyingRole]) -> float:
    """The share of required buying roles that somebody engaged plays."""
    return len(set(roles_engaged) & set(required)) / len(required) if required else 1.0


def momentum(entries: Iterable[tuple[datetime, float]], at: datetime) -> float | str:
    """Points of the last seven days over the weekly mean of the three weeks before; "new" when those are empty."""
    aged = [(days(at - happened_at), points) for happened_at, points in entries if happened_at <= at]
    this_week = sum(points for age, points in aged if age < WEEK)
    before = [points for age, points in aged if WEEK <= age < 4 * WEEK]
    mean = sum(before) / 3
    if mean > 0:
        return this_week / mean
    return "new" if this_week > 0 else 0.0


def crosses_at(people: Sequence[Sequence[tuple[float, float]]], level: float, model: Model, at: datetime) -> datetime:
    """When the counted depth falls below a level: what people add as (half-life in days, points), halving the day."""
    early, late = at, at + LOOK_AGAIN
    while late - early > PRECISION:
        middle = early + (late - early) / 2
        age = days(middle - at)
        scores = [sum(points * decay(age, half_life) for half_life, points in person) for person in people]
        early, late = (early, middle) if capped_sum(scores, model) < level else (middle, late)
    return late


def _mqa_cause(facts: Facts, counted: float, people: int, fits: bool, model: Model, at: datetime) -> MqaCause | None:
    if facts.is_excluded or not fits or (facts.blocked_until is not None and facts.blocked_until > at):
        return None
    threshold = model.mqa.thresholds[facts.tier]
    proven = is_within(facts.last_proven_at, model.mqa.proven_within_days, at)
    if enters(counted, people, proven, threshold, model) or stays(facts.is_mqa, counted, threshold, model):
        return MqaCause.ENTERED
    return MqaCause.ACT_NOW if is_within(facts.last_act_now_at, model.mqa.proven_within_days, at) else None


def _levels(facts: Facts, cause: MqaCause | None, model: Model) -> tuple[float, ...]:
    threshold = model.mqa.thresholds[facts.tier]
    levels = tuple(share * threshold for share in model.stages.shares)
    return (*levels, model.mqa.leaves_at * threshold) if cause is MqaCause.ENTERED else levels


def _ask_again_at(facts: Facts, cause: MqaCause | None, model: Model, at: datetime) -> datetime | None:
    """The first moment at which time alone may change the answer; levels crossed by decay come on top."""
    moments = [
        *(_end_of_window(facts.last_human_at, window) for window in model.stages.windows),
        _end_of_window(facts.last_act_now_at, model.mqa.proven_within_days) if cause else None,
        facts.owned_until if facts.owned_until != FOREVER else None,
        facts.blocked_until,
        at + LOOK_AGAIN if any(abs(score) > FADED for score in facts.scores) else None,
    ]
    return min((moment for moment in moments if moment is not None and moment > at), default=None)


def _end_of_window(moment: datetime | None, window_days: float) -> datetime | None:
    return None if moment is None else moment + timedelta(days=window_days)
