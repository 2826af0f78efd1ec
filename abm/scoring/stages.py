"""The stages of a model: an ordered list of conditions, evaluated from the last upward; the first that holds wins."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from abm.scoring.facts import Facts, is_within
from abm.scoring.faults import Reading, join, shown
from abm.words import FaultCode, GroupKind, MqaCause, Stage, StageReason, StageTest

# A ladder people can read: so many questions in all, with what `meets` brings in.
MOST_ASKS = 60
MOST_LEVELS = 6
LONGEST_DAYS = 3_650.0
MOST_SHARE = 10.0

NUMBERS: Mapping[str, float] = {
    StageTest.HUMAN_EVENT_WITHIN_DAYS: LONGEST_DAYS,
    StageTest.SILENT_FOR_DAYS: LONGEST_DAYS,
    StageTest.SHARE_OF_THRESHOLD: MOST_SHARE,
}
REASONS: Mapping[str, StageReason] = {
    StageTest.ALWAYS: StageReason.NOTHING_KNOWN,
    StageTest.HAS_CONTACT: StageReason.HAS_CONTACT,
    StageTest.HUMAN_EVENT_WITHIN_DAYS: StageReason.HUMAN_EVENT,
    StageTest.SILENT_FOR_DAYS: StageReason.LONG_SILENCE,
    StageTest.HAND_OFF_TAKEN: StageReason.HAND_OFF_TAKEN,
    StageTest.OPEN_DEAL: StageReason.OPEN_DEAL,
    StageTest.PRODUCT_OWNED: StageReason.PRODUCT_OWNED,
    StageTest.CONTRACT_RUNNING: StageReason.CONTRACT_RUNNING,
    StageTest.DEAL_LOST: StageReason.DEAL_LOST,
    StageTest.EXCLUDED: StageReason.EXCLUDED,
}


@dataclass(frozen=True)
class Ask:
    """One question about an account, with the number or the stages it is about."""

    test: StageTest
    number: float = 0.0
    stages: tuple[str, ...] = ()


@dataclass(frozen=True)
class AskGroup:
    """All, any or none of the parts hold."""

    kind: GroupKind
    parts: "tuple[StageCondition, ...]"


StageCondition = Ask | AskGroup


@dataclass(frozen=True)
class StageStep:
    """A stage and what brings an account into it."""

    stage: Stage
    when: StageCondition


@dataclass(frozen=True)
class Standing:
    """What the conditions of stages are asked about: the facts, and what the policy made of them."""

    facts: Facts
    counted: float
    threshold: float
    cause: MqaCause | None
    fits: bool
    at: datetime


Why = Callable[[Standing], StageReason | None]


@dataclass(frozen=True)
class StageRule:
    """The ladder, from the stage of whoever is left to the one asked first."""

    ladder: tuple[StageStep, ...]

    def find(self, on: Standing) -> tuple[Stage, StageReason]:
        """The last stage whose condition holds, and why; the first one takes whoever is left."""
        for stage, why in self.downward:
            if (reason := why(on)) is not None:
                return stage, reason
        return self.ladder[0].stage, StageReason.NOTHING_KNOWN

    @cached_property
    def downward(self) -> tuple[tuple[Stage, Why], ...]:
        """The stages from the last on with what asks their conditions, put together once for all accounts."""
        return tuple((step.stage, _compile(step.when)) for step in reversed(self.ladder))

    @cached_property
    def shares(self) -> tuple[float, ...]:
        """The shares of the threshold at which a stage changes."""
        return tuple(dict.fromkeys(ask.number for ask in self.asks(StageTest.SHARE_OF_THRESHOLD)))

    @cached_property
    def windows(self) -> tuple[float, ...]:
        """The days after the last human event at which a stage may change."""
        asks = self.asks(StageTest.HUMAN_EVENT_WITHIN_DAYS, StageTest.SILENT_FOR_DAYS)
        return tuple(dict.fromkeys(ask.number for ask in asks))

    @cached_property
    def engaged_at(self) -> float:
        """The share of the threshold from which an account is engaged; the lowest one asked for."""
        return min(self.shares, default=1.0)

    @cached_property
    def remembered(self) -> tuple[str, ...]:
        """The stages a condition asks whether an account was in before."""
        return tuple(dict.fromkeys(name for ask in self.asks(StageTest.WAS) for name in ask.stages))

    @cached_property
    def remembered_after_days(self) -> float:
        """What an account was before matters only after so many days of silence; mostly that spares looking."""
        spans = [_silence(step.when) for step in self.ladder if any(_asks(step.when, StageTest.WAS))]
        return min(spans, default=LONGEST_DAYS)

    def asks(self, *tests: StageTest) -> Iterator[Ask]:
        """Every question of these sorts."""
        for step in self.ladder:
            yield from _asks(step.when, *tests)


def read_stages(reading: Reading, raw: Any, place: str = "stages") -> StageRule:
    """The ladder a document describes; models of the first release name two numbers of it only."""
    if isinstance(raw, Mapping):
        raw = _of_first_release(reading, raw, place)
    parts = [
        reading.table(one, f"{place}[{number}]", ("name", "when"))
        for number, one in enumerate(reading.items(raw, place, len(Stage)))
    ]
    before = len(reading.faults)
    names = [
        reading.word(part.get("name"), f"{place}[{number}].name", Stage) if part else None
        for number, part in enumerate(parts)
    ]
    _refuse_doubles(reading, names, place)
    reader = _Conditions(reading, {name: part.get("when") for name, part in zip(names, parts, strict=True) if name})
    steps = [
        StageStep(Stage(name), reader.read(part.get("when"), f"{place}[{number}].when", (name,)))
        for number, (name, part) in enumerate(zip(names, parts, strict=True))
        if name
    ]
    if raw == []:
        reading.note(place, FaultCode.MISSING)
    if len(reading.faults) == before and steps and steps[0].when != Ask(StageTest.ALWAYS):
        reading.note(f"{place}[0].when", FaultCode.FIRST_TAKES_ALL)
    return StageRule(tuple(steps))


def _of_first_release(reading: Reading, raw: Mapping[str, Any], place: str) -> list[Any]:
    reading.table(raw, place, ("aware_within_days", "engaged_at"))
    aware = reading.number(raw, "aware_within_days", place, above=0, most=LONGEST_DAYS)
    engaged = reading.number(raw, "engaged_at", place, above=0, most=MOST_SHARE)
    return ladder_of(aware or 90, engaged or 0.5)


def ladder_of(aware_within_days: float, engaged_at: float) -> list[Any]:
    """The stages the product begins with."""
    return [
        {"name": "all_others", "when": "always"},
        {"name": "known", "when": "has_contact"},
        {"name": "aware", "when": {"human_event_within_days": aware_within_days}},
        {"name": "engaged", "when": {"share_of_threshold": engaged_at}},
        {
            "name": "dormant",
            "when": {"all": [{"silent_for_days": 180}, {"was": ["engaged", "mqa", "in_sales", "opportunity"]}]},
        },
        {"name": "lost", "when": "deal_lost"},
        {"name": "mqa", "when": "mqa"},
        {"name": "in_sales", "when": "hand_off_taken"},
        {"name": "opportunity", "when": "open_deal"},
        {"name": "customer", "when": {"any": ["product_owned", "contract_running"]}},
        {"name": "excluded", "when": "excluded"},
    ]


def _refuse_doubles(reading: Reading, names: Sequence[str | None], place: str) -> None:
    for number, name in enumerate(names):
        if name is not None and name in names[:number]:
            reading.note(f"{place}[{number}].name", FaultCode.TWICE)


class _Conditions:
    """Reads the conditions of stages; `meets` brings in the condition of another stage, unless that leads back."""

    def __init__(self, reading: Reading, raw_by_name: Mapping[str, Any]) -> None:
        self.reading = reading
        self.raw_by_name = raw_by_name
        self.asked = 0

    def read(self, raw: Any, place: str, way: tuple[str, ...], level: int = 1) -> StageCondition:
        """One condition; what is wrong with it is noted, and it then never holds."""
        self.asked += 1
        if self.asked > MOST_ASKS or level > MOST_LEVELS:
            if self.asked <= MOST_ASKS + 1:
                self.reading.note(place, FaultCode.TOO_MANY, most=MOST_ASKS)
            return AskGroup(GroupKind.ANY, ())
        name, value = _named(raw)
        known = (*StageTest, *GroupKind)
        word = self.reading.word(name, place, known)
        if word in set(GroupKind):
            return self._group(GroupKind(word), value, join(place, word), way, level)
        return self._ask(StageTest(word), value, place, way, level) if word else AskGroup(GroupKind.ANY, ())

    def _group(self, kind: GroupKind, raw: Any, place: str, way: tuple[str, ...], level: int) -> AskGroup:
        parts = self.reading.items(raw, place, MOST_ASKS)
        read = [self.read(part, f"{place}[{number}]", way, level + 1) for number, part in enumerate(parts)]
        return AskGroup(kind, tuple(read))

    def _ask(self, test: StageTest, raw: Any, place: str, way: tuple[str, ...], level: int) -> StageCondition:
        if test in NUMBERS:
            return Ask(test, self.reading.number({test: raw}, test, place, above=0, most=NUMBERS[test]))
        if test is StageTest.WAS:
            return Ask(test, stages=self.reading.words(raw, join(place, test), Stage))
        if test is StageTest.MEETS:
            return self._meets(raw, join(place, test), way, level)
        if raw not in (None, True):
            self.reading.note(join(place, test), FaultCode.NO_FLAG, given=shown(raw))
        return Ask(test)

    def _meets(self, raw: Any, place: str, way: tuple[str, ...], level: int) -> StageCondition:
        name = self.reading.word(raw, place, list(self.raw_by_name))
        if name in way:
            self.reading.note(place, FaultCode.CIRCLE, way=" → ".join((*way, name)))
        elif name:
            # Its own faults are told where it stands.
            quiet = _Conditions(Reading(), self.raw_by_name)
            quiet.asked = self.asked
            found = quiet.read(self.raw_by_name[name], place, (*way, name), level)
            self.asked = quiet.asked
            self.reading.faults += [one for one in quiet.reading.faults if one.code in _OF_MEETS]
            return found
        return AskGroup(GroupKind.ANY, ())


_OF_MEETS = (FaultCode.CIRCLE, FaultCode.TOO_MANY)


def _named(raw: Any) -> tuple[Any, Any]:
    """The question and its value: `mqa`, or {share_of_threshold: 0.5}."""
    if isinstance(raw, Mapping) and len(raw) == 1:
        return next(iter(raw.items()))
    return raw, None


def _asks(condition: StageCondition, *tests: StageTest) -> Iterator[Ask]:
    if isinstance(condition, AskGroup):
        for part in condition.parts:
            yield from _asks(part, *tests)
    elif condition.test in tests:
        yield condition


def _silence(condition: StageCondition) -> float:
    """How long an account must have been silent for this to hold; nothing when it need not have been."""
    if isinstance(condition, Ask):
        return condition.number if condition.test is StageTest.SILENT_FOR_DAYS else 0.0
    spans = [_silence(part) for part in condition.parts]
    if condition.kind is GroupKind.ALL:
        return max(spans, default=0.0)
    return min(spans, default=0.0) if condition.kind is GroupKind.ANY else 0.0


def _compile(condition: StageCondition) -> Why:
    """Answers why a condition holds, by the first part that says so; None when it does not."""
    if isinstance(condition, Ask):
        return _compile_ask(condition)
    parts = tuple(map(_compile, condition.parts))
    if condition.kind is GroupKind.ANY:
        return lambda on: next((reason for part in parts if (reason := part(on)) is not None), None)
    if condition.kind is GroupKind.NOT:
        return lambda on: None if any(part(on) for part in parts) else StageReason.RULE_OF_MODEL

    def all_hold(on: Standing) -> StageReason | None:
        first = None
        for part in parts:
            if (reason := part(on)) is None:
                return None
            first = first or reason
        return first

    return all_hold


def _compile_ask(ask: Ask) -> Why:
    check, reason = CHECKS[ask.test], REASONS.get(ask.test, StageReason.RULE_OF_MODEL)
    if ask.test is StageTest.SHARE_OF_THRESHOLD:
        reason = StageReason.HALF_THRESHOLD if ask.number == 0.5 else StageReason.SHARE_OF_THRESHOLD
    if ask.test is StageTest.MQA:
        return _why_mqa
    return lambda on: reason if check(on, ask) else None


def _why_mqa(on: Standing) -> StageReason | None:
    if on.cause is None:
        return None
    return StageReason.ACT_NOW if on.cause is MqaCause.ACT_NOW else StageReason.THRESHOLD_REACHED


def _is_silent(on: Standing, ask: Ask) -> bool:
    last = on.facts.last_human_at
    return last is not None and not is_within(last, ask.number, on.at)


CHECKS: Mapping[StageTest, Callable[[Standing, Ask], bool]] = {
    StageTest.ALWAYS: lambda on, ask: True,
    StageTest.HAS_CONTACT: lambda on, ask: on.facts.has_contact,
    StageTest.HUMAN_EVENT_WITHIN_DAYS: lambda on, ask: is_within(on.facts.last_human_at, ask.number, on.at),
    StageTest.SHARE_OF_THRESHOLD: lambda on, ask: on.counted >= ask.number * on.threshold,
    StageTest.SILENT_FOR_DAYS: _is_silent,
    StageTest.WAS: lambda on, ask: not on.facts.was.isdisjoint(ask.stages),
    StageTest.FITS: lambda on, ask: on.fits,
    StageTest.MQA: lambda on, ask: on.cause is not None,
    StageTest.HAND_OFF_TAKEN: lambda on, ask: on.facts.in_sales,
    StageTest.OPEN_DEAL: lambda on, ask: on.facts.has_open_deal,
    StageTest.PRODUCT_OWNED: lambda on, ask: on.facts.owns_product(on.at),
    StageTest.CONTRACT_RUNNING: lambda on, ask: on.facts.has_contract,
    StageTest.DEAL_LOST: lambda on, ask: on.facts.last_deal_lost,
    StageTest.EXCLUDED: lambda on, ask: on.facts.is_excluded,
}
