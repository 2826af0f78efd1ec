"""The scoring model as a frozen value, read from a document and checked place by place."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from abm.scoring.facts import Facts
from abm.scoring.faults import NOTHING, Fault, Reading, join, refuse
from abm.scoring.fit import Fit, read_fit
from abm.scoring.stages import StageRule, read_stages
from abm.words import (
    NEVER_SCORED,
    AnswerCode,
    BuyingRole,
    EventKind,
    ExcludedReason,
    FaultCode,
    Seniority,
    StageTest,
    Tier,
    Verdict,
)

# In the order in which a document is written.
SECTIONS = (
    "cap",
    "verdicts",
    "seniority",
    "kinds",
    "weights",
    "never_scored",
    "mqa",
    "fit",
    "stages",
    "required_roles",
    "golden",
)

# Beyond these a number is a slip of the keyboard, and sums of it would drown everything else.
MOST_POINTS = 1_000.0
MOST_THRESHOLD = 100_000.0
MOST_FACTOR = 100.0
MOST_DAYS = 3_650.0
LEAST_HALF_LIFE = 0.01
MOST_CAP = 1_000
MOST_PEOPLE = 1_000
MOST_MINUTES = 1_440.0
NO_FIT = Fit()
# What nobody is known to have done earns nothing.
NO_PERSON = (Verdict.UNKNOWN, Verdict.MACHINE)
ROLES_PRESENT = "roles_present"


@dataclass(frozen=True)
class KindRule:
    """What one event of a kind is worth and how fast that fades; with `minutes_per_point` the base follows minutes."""

    base: float
    half_life_days: float
    minutes_per_point: float | None = None
    most: float | None = None
    act_now: bool = False


@dataclass(frozen=True)
class MqaRule:
    """When an account is handed over, when it no longer qualifies, and how long it rests after a reject."""

    thresholds: Mapping[str, float]
    people: int
    person_points: float
    most_of_others: float
    proven_within_days: float
    leaves_at: float
    cool_down_days: float
    cool_down_by_reason: Mapping[str, float] = field(default_factory=dict)

    def cool_down_for(self, reason: str) -> float:
        """The days without a return after this answer of sales."""
        return self.cool_down_by_reason.get(reason, self.cool_down_days)


@dataclass(frozen=True)
class Model:
    """One version of the rules; everything a score depends on besides the events and the people."""

    cap: int
    verdicts: Mapping[str, float]
    seniority: Mapping[str, float]
    kinds: Mapping[str, KindRule]
    mqa: MqaRule
    stages: StageRule
    required_roles: tuple[BuyingRole, ...]
    version: int = 0
    # Accounts excluded for one of these reasons score nothing.
    never_scored: tuple[ExcludedReason, ...] = NEVER_SCORED
    fit: Fit = NO_FIT
    # What people's points weigh by buying role, normalised over the roles present; empty: as they are.
    weights: Mapping[str, float] = field(default_factory=dict)

    def act_now_kinds(self) -> list[str]:
        """Kinds of which one event is enough to call."""
        return [kind for kind, rule in self.kinds.items() if rule.act_now]

    def fits(self, facts: Facts) -> bool:
        """Whether the gate of the record lets an account through."""
        return self.fit.passes(facts.record)


def read_model(document: Any, version: int = 0) -> Model:
    """The model this document describes; raises Invalid naming the first place that is wrong."""
    model, faults = check_model(document, version)
    if model is None:
        raise refuse(faults)
    return model


def check_model(document: Any, version: int = 0) -> tuple[Model | None, list[Fault]]:
    """The model, unless something is wrong with the document; then all that is."""
    reading = Reading()
    top = reading.table(document, "", SECTIONS)
    if top is NOTHING:
        return None, reading.faults
    model = Model(
        cap=reading.whole(top, "cap", "", least=1, most=MOST_CAP),
        verdicts=_verdicts(reading, top),
        seniority=_numbers(reading, top, "seniority", Seniority, least=0, most=MOST_FACTOR),
        kinds=_kinds(reading, top),
        mqa=_mqa(reading, top),
        stages=read_stages(reading, top.get("stages")),
        required_roles=tuple(
            map(BuyingRole, reading.words(top.get("required_roles", []), "required_roles", BuyingRole))
        ),
        version=version,
        never_scored=_never_scored(reading, top),
        fit=read_fit(reading, top.get("fit")),
        weights=_weights(reading, top),
    )
    return None if reading.faults else model, reading.faults


def in_order(document: Mapping[str, Any]) -> dict[str, Any]:
    """The document as people write it: a database keeps no order of names."""
    return {name: _in_order(value) for name, value in sorted(document.items(), key=_rank)}


def _in_order(value: Any) -> Any:
    if isinstance(value, Mapping):
        return in_order(value)
    return [_in_order(part) for part in value] if isinstance(value, list) else value


def _rank(item: tuple[str, Any]) -> tuple[int, str]:
    return RANKS.get(item[0], len(RANKS)), item[0]


NAMES = (
    *SECTIONS,
    *Verdict,
    *Seniority,
    *("name", "who", "account", "people", "kind", "days_ago", "minutes", "times", "verdict", "role"),
    *EventKind,
    *("base", "minutes_per_point", "most", "half_life_days", "act_now"),
    *("normalised_over", "roles", *BuyingRole),
    *("thresholds", *Tier, "person_points", "most_of_others", "proven_within_days"),
    *("leaves_at", "cool_down_days", "cool_down_by_reason", *AnswerCode),
    *("passes_at", "rules", "field", "op", "value", "points", "when", *StageTest),
)
RANKS: Mapping[str, int] = {name: rank for rank, name in reversed(list(enumerate(map(str, NAMES))))}


def _verdicts(reading: Reading, top: Mapping[str, Any]) -> Mapping[str, float]:
    factors = _numbers(reading, top, "verdicts", Verdict, least=0, most=MOST_FACTOR)
    for verdict in NO_PERSON:
        if factors[verdict] > 0:
            reading.note(join("verdicts", verdict), FaultCode.MUST_BE_NOTHING)
    return factors


def _kinds(reading: Reading, top: Mapping[str, Any]) -> Mapping[str, KindRule]:
    table = reading.table(top.get("kinds"), "kinds", EventKind)
    if not table:
        return {}
    return {kind.value: _kind(reading, table.get(kind), join("kinds", kind)) for kind in EventKind}


def _kind(reading: Reading, raw: Any, place: str) -> KindRule:
    table = reading.table(raw, place, ("base", "half_life_days", "minutes_per_point", "most", "act_now"))
    act_now = reading.flag(table, "act_now", place)
    half_life = reading.number(table, "half_life_days", place, least=LEAST_HALF_LIFE, most=MOST_DAYS)
    if "minutes_per_point" not in table:
        if "most" in table:
            reading.note(join(place, "most"), FaultCode.MOST_ALONE)
        base = reading.number(table, "base", place, least=-MOST_POINTS, most=MOST_POINTS)
        return KindRule(base, half_life, act_now=act_now)
    if "base" in table:
        reading.note(join(place, "base"), FaultCode.BASE_AND_MINUTES)
    per_point = reading.number(table, "minutes_per_point", place, above=0, most=MOST_MINUTES)
    return KindRule(0.0, half_life, per_point, reading.number(table, "most", place, above=0, most=MOST_POINTS), act_now)


def _weights(reading: Reading, top: Mapping[str, Any]) -> Mapping[str, float]:
    if "weights" not in top:
        return {}
    table = reading.table(top["weights"], "weights", ("normalised_over", "roles"))
    if table:
        reading.word(table.get("normalised_over"), "weights.normalised_over", (ROLES_PRESENT,))
    roles = reading.table(table.get("roles"), "weights.roles", BuyingRole) if table else {}
    return {role: reading.number(roles, role, "weights.roles", above=0, most=MOST_POINTS) for role in roles}


def _never_scored(reading: Reading, top: Mapping[str, Any]) -> tuple[ExcludedReason, ...]:
    if "never_scored" not in top:
        return NEVER_SCORED
    words = reading.words(top["never_scored"], "never_scored", ExcludedReason)
    return tuple(map(ExcludedReason, words))


def _roles(reading: Reading, top: Mapping[str, Any]) -> tuple[BuyingRole, ...]:
    words = reading.words(top.get("required_roles", []), "required_roles", BuyingRole)
    return tuple(map(BuyingRole, words))


MQA = (
    "thresholds",
    "people",
    "person_points",
    "most_of_others",
    "proven_within_days",
    "leaves_at",
    "cool_down_days",
    "cool_down_by_reason",
)


def _mqa(reading: Reading, top: Mapping[str, Any]) -> MqaRule:
    table = reading.table(top.get("mqa"), "mqa", MQA)
    by_reason = reading.table(table.get("cool_down_by_reason", {}), "mqa.cool_down_by_reason", AnswerCode)
    return MqaRule(
        thresholds=_numbers(reading, table, "thresholds", Tier, above=0, most=MOST_THRESHOLD, place="mqa"),
        people=reading.whole(table, "people", "mqa", least=1, most=MOST_PEOPLE),
        person_points=reading.number(table, "person_points", "mqa", above=0, most=MOST_THRESHOLD),
        most_of_others=reading.number(table, "most_of_others", "mqa", above=0, most=MOST_FACTOR),
        proven_within_days=reading.number(table, "proven_within_days", "mqa", above=0, most=MOST_DAYS),
        leaves_at=reading.number(table, "leaves_at", "mqa", above=0, most=1),
        cool_down_days=reading.number(table, "cool_down_days", "mqa", least=0, most=MOST_DAYS),
        cool_down_by_reason={
            reason: reading.number(by_reason, reason, "mqa.cool_down_by_reason", least=0, most=MOST_DAYS)
            for reason in by_reason
        },
    )


def _numbers(
    reading: Reading,
    top: Mapping[str, Any],
    name: str,
    keys: Iterable[str],
    *,
    most: float,
    least: float | None = None,
    above: float | None = None,
    place: str = "",
) -> Mapping[str, float]:
    where, names = join(place, name), [str(key) for key in keys]
    if top is NOTHING:
        return dict.fromkeys(names, 0.0)
    table = reading.table(top.get(name), where, names)
    return {key: reading.number(table, key, where, least=least, above=above, most=most) for key in names}
