"""What a model can never bring about: thresholds no buying group reaches, stages no account gets into."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice, product
from typing import Any

from abm.clock import FOREVER
from abm.scoring.facts import Facts
from abm.scoring.faults import Fault, plain
from abm.scoring.model import Model
from abm.scoring.policy import capped_sum
from abm.scoring.stages import StageRule, Standing
from abm.words import FaultCode, MqaCause, StageTest, Verdict

# As many take part in a large purchase; all of them at the top, doing on one day all that the cap lets count.
GROUP = 10
# Situations tried before a stage is given the benefit of the doubt.
MOST_TRIED = 50_000
ANY_TIME = datetime(2000, 1, 1, tzinfo=UTC)
MOMENT = timedelta(minutes=1)

FLAGS = {
    StageTest.EXCLUDED: "is_excluded",
    StageTest.PRODUCT_OWNED: "owned_until",
    StageTest.CONTRACT_RUNNING: "has_contract",
    StageTest.OPEN_DEAL: "has_open_deal",
    StageTest.HAND_OFF_TAKEN: "in_sales",
    StageTest.DEAL_LOST: "last_deal_lost",
    StageTest.HAS_CONTACT: "has_contact",
}


def check_reach(model: Model) -> list[Fault]:
    """Everything in a sound model that nothing could ever reach."""
    return [*_thresholds(model), *_stages(model.stages)]


def most_points(model: Model) -> float:
    """What one person at the top earns on a day on which the cap cuts off every kind."""
    bases = (rule.base if rule.most is None else rule.most for rule in model.kinds.values())
    earned = sum(max(base, 0.0) for base in bases) * model.cap
    return earned * max(model.seniority.values()) * model.verdicts[Verdict.PROVEN]


def _thresholds(model: Model) -> Iterator[Fault]:
    person = most_points(model)
    group = capped_sum([person] * GROUP, model)
    for tier, threshold in model.mqa.thresholds.items():
        if threshold > group:
            yield _out_of_reach(f"mqa.thresholds.{tier}", GROUP, group)
    if model.mqa.person_points > person:
        yield _out_of_reach("mqa.person_points", 1, person)
    if model.mqa.people > GROUP:
        yield _out_of_reach("mqa.people", GROUP, GROUP)
    lowest = min(model.mqa.thresholds.values())
    for number, step in enumerate(model.stages.ladder):
        shares = [ask.number for ask in StageRule((step,)).asks(StageTest.SHARE_OF_THRESHOLD)]
        if shares and min(shares) * lowest > group:
            yield _out_of_reach(f"stages[{number}].when", GROUP, group)


def _out_of_reach(place: str, people: int, most: float) -> Fault:
    return Fault(place, FaultCode.OUT_OF_REACH, {"people": people, "most": plain(most)})


def _stages(rule: StageRule) -> Iterator[Fault]:
    """Stages into which no situation the ladder can tell apart leads."""
    reached = set()
    tried = 0
    for on in islice(_situations(rule), MOST_TRIED):
        tried += 1
        reached.add(rule.find(on)[0])
        if len(reached) == len(rule.ladder):
            return
    if tried < MOST_TRIED:
        for number, step in enumerate(rule.ladder):
            if step.stage not in reached:
                yield Fault(f"stages[{number}].when", FaultCode.UNREACHABLE)


def _situations(rule: StageRule) -> Iterator[Standing]:
    """Every combination of answers to the questions of a ladder."""
    asked = {ask.test for ask in rule.asks(*StageTest)}
    flags = [name for test, name in FLAGS.items() if test in asked]
    was = [frozenset[str](), *(frozenset({name}) for name in rule.remembered), frozenset(rule.remembered)]
    # Few things true at once lead into most stages.
    held = sorted(product([False, True], repeat=len(flags)), key=sum)
    answers: Iterator[tuple[Any, ...]] = product(
        held,
        [True, False] if StageTest.FITS in asked else [True],
        [None, MqaCause.ENTERED, MqaCause.ACT_NOW] if StageTest.MQA in asked else [None],
        dict.fromkeys(was),
        [0.0, *rule.shares],
        _ages(rule),
    )
    for holds, fits, cause, before, share, last_human_at in answers:
        true: dict[str, Any] = {name: True for name, is_held in zip(flags, holds, strict=True) if is_held}
        if "owned_until" in true:
            true["owned_until"] = FOREVER
        facts = Facts("", last_human_at=last_human_at, was=before, **true)
        yield Standing(facts, counted=share, threshold=1.0, cause=cause, fits=fits, at=ANY_TIME)


def _ages(rule: StageRule) -> list[datetime | None]:
    edges = [ANY_TIME - timedelta(days=window) for window in rule.windows]
    return [None, *(edge + side for edge in edges for side in (MOMENT, -MOMENT))]
