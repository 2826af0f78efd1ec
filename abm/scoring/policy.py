"""Where an account stands: its vector, whether it is to be handed over, its stage, and when to ask again."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from abm.clock import FOREVER, days
from abm.scoring.model import Model
from abm.scoring.score import decay
from abm.words import BuyingRole, MqaCause, Stage, StageReason

# The numbers lists are sorted by are at most this old.
LOOK_AGAIN = timedelta(days=1)
# Below this an account fades unseen and needs no daily look.
FADED = 0.05
# A moment is found this exactly, and asked for a little later, so that it has surely passed.
PRECISION = timedelta(milliseconds=1)

WEEK = 7.0
# Silent for so long, an account that was engaged once is dormant.
DORMANT_AFTER_DAYS = 180


@dataclass(frozen=True)
class Facts:
    """What is known of one account at a moment; `scores` are its people's, now and one LOOK_AGAIN later."""

    tier: str
    scores: Sequence[float] = ()
    scores_later: Sequence[float] = ()
    last_human_at: datetime | None = None
    last_proven_at: datetime | None = None
    last_act_now_at: datetime | None = None
    has_contact: bool = False
    was_engaged: bool = False
    in_sales: bool = False
    has_open_deal: bool = False
    # The newest deal that ended was lost.
    last_deal_lost: bool = False
    has_contract: bool = False
    # The first moment at which no product is owned any more; the end of time for one owned without an end.
    owned_until: datetime | None = None
    is_excluded: bool = False
    is_mqa: bool = False
    blocked_until: datetime | None = None

    def owns_product(self, at: datetime) -> bool:
        """True while a product is owned."""
        return self.owned_until is not None and self.owned_until > at


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
    depth, counted, people = sum(facts.scores, 0.0), counted_depth(facts.scores, model), breadth(facts.scores, model)
    cause = _mqa_cause(facts, counted, people, model, at)
    stage, reason = _stage(facts, counted, cause, model, at)
    later = counted_depth(facts.scores_later, model)
    levels = tuple(level for level in _levels(facts, cause, model) if later < level <= counted)
    return Outcome(
        depth=depth,
        counted_depth=counted,
        breadth=people,
        is_mqa=cause is not None,
        cause=cause,
        stage=stage,
        reason=reason,
        ask_again_at=_ask_again_at(facts, cause, model, at),
        falls_below=levels,
    )


def counted_depth(scores: Sequence[float], model: Model) -> float:
    """The score with one keen person held down to a multiple of what everybody else gives together."""
    given = [max(score, 0.0) for score in scores]
    together = sum(given)
    return sum((min(points, model.mqa.most_of_others * (together - points)) for points in given), 0.0)


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
    """When the counted depth falls below a level: people's (half-life in days, points at `at`), halving the day."""
    early, late = at, at + LOOK_AGAIN
    while late - early > PRECISION:
        middle = early + (late - early) / 2
        age = days(middle - at)
        scores = [sum(points * decay(age, half_life) for half_life, points in person) for person in people]
        early, late = (early, middle) if counted_depth(scores, model) < level else (middle, late)
    return late


def _mqa_cause(facts: Facts, counted: float, people: int, model: Model, at: datetime) -> MqaCause | None:
    if facts.is_excluded or (facts.blocked_until is not None and facts.blocked_until > at):
        return None
    threshold = model.mqa.thresholds[facts.tier]
    proven = _within(facts.last_proven_at, model.mqa.proven_within_days, at)
    if counted >= threshold and people >= model.mqa.people and proven:
        return MqaCause.ENTERED
    if facts.is_mqa and counted >= model.mqa.leaves_at * threshold:
        return MqaCause.ENTERED
    return MqaCause.ACT_NOW if _within(facts.last_act_now_at, model.mqa.proven_within_days, at) else None


def _stage(
    facts: Facts, counted: float, cause: MqaCause | None, model: Model, at: datetime
) -> tuple[Stage, StageReason]:
    """The last stage whose condition holds; the first one takes whoever is left."""
    half = model.stages.engaged_at * model.mqa.thresholds[facts.tier]
    ladder = (
        (facts.is_excluded, Stage.EXCLUDED, StageReason.EXCLUDED),
        (facts.owns_product(at), Stage.CUSTOMER, StageReason.PRODUCT_OWNED),
        (facts.has_contract, Stage.CUSTOMER, StageReason.CONTRACT_RUNNING),
        (facts.has_open_deal, Stage.OPPORTUNITY, StageReason.OPEN_DEAL),
        (facts.in_sales, Stage.IN_SALES, StageReason.HAND_OFF_TAKEN),
        (cause is MqaCause.ENTERED, Stage.MQA, StageReason.THRESHOLD_REACHED),
        (cause is MqaCause.ACT_NOW, Stage.MQA, StageReason.ACT_NOW),
        # The detours end with what stands above: whoever is hot again or in sales' hands is neither lost nor dormant.
        (facts.last_deal_lost, Stage.LOST, StageReason.DEAL_LOST),
        (_is_dormant(facts, at), Stage.DORMANT, StageReason.LONG_SILENCE),
        (counted >= half, Stage.ENGAGED, StageReason.HALF_THRESHOLD),
        (_within(facts.last_human_at, model.stages.aware_within_days, at), Stage.AWARE, StageReason.HUMAN_EVENT),
        (facts.has_contact, Stage.KNOWN, StageReason.HAS_CONTACT),
        (True, Stage.ALL_OTHERS, StageReason.NOTHING_KNOWN),
    )
    return next((stage, reason) for holds, stage, reason in ladder if holds)


def _is_dormant(facts: Facts, at: datetime) -> bool:
    silent = facts.last_human_at is not None and not _within(facts.last_human_at, DORMANT_AFTER_DAYS, at)
    return silent and facts.was_engaged


def _levels(facts: Facts, cause: MqaCause | None, model: Model) -> tuple[float, ...]:
    threshold = model.mqa.thresholds[facts.tier]
    half = model.stages.engaged_at * threshold
    return (half, model.mqa.leaves_at * threshold) if cause is MqaCause.ENTERED else (half,)


def _ask_again_at(facts: Facts, cause: MqaCause | None, model: Model, at: datetime) -> datetime | None:
    """The first moment at which time alone may change the answer; levels crossed by decay come on top."""
    moments = [
        _end_of_window(facts.last_human_at, model.stages.aware_within_days),
        _end_of_window(facts.last_human_at, DORMANT_AFTER_DAYS),
        _end_of_window(facts.last_act_now_at, model.mqa.proven_within_days) if cause else None,
        facts.owned_until if facts.owned_until != FOREVER else None,
        facts.blocked_until,
        at + LOOK_AGAIN if any(abs(score) > FADED for score in facts.scores) else None,
    ]
    return min((moment for moment in moments if moment is not None and moment > at), default=None)


def _within(moment: datetime | None, window_days: float, at: datetime) -> bool:
    return moment is not None and at - moment < timedelta(days=window_days)


def _end_of_window(moment: datetime | None, window_days: float) -> datetime | None:
    return None if moment is None else moment + timedelta(days=window_days)
