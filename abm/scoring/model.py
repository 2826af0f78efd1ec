"""The scoring model as a frozen value, read from a document and checked place by place."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import isfinite
from typing import Any

from abm.errors import Invalid
from abm.words import BuyingRole, EventKind, Seniority, Tier, Verdict

SECTIONS = ("cap", "verdicts", "seniority", "kinds", "mqa", "stages", "required_roles")


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
    """When an account is handed over, and when it no longer qualifies."""

    thresholds: Mapping[str, float]
    people: int
    person_points: float
    most_of_others: float
    proven_within_days: float
    leaves_at: float
    cool_down_days: float


@dataclass(frozen=True)
class StageRule:
    """The windows and shares behind the stages before MQA."""

    aware_within_days: float
    engaged_at: float


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

    def act_now_kinds(self) -> list[str]:
        """Kinds of which one event is enough to call."""
        return [kind for kind, rule in self.kinds.items() if rule.act_now]


def read_model(document: Any, version: int = 0) -> Model:
    """The model this document describes; raises Invalid naming the first place that is wrong."""
    top = _table(document, "model")
    _only(top, SECTIONS, "model")
    return Model(
        cap=_whole(top, "cap", "model", least=1),
        verdicts=_numbers(top, "verdicts", [v.value for v in Verdict], least=0),
        seniority=_numbers(top, "seniority", [s.value for s in Seniority], least=0),
        kinds=_kinds(_table(top.get("kinds"), "kinds")),
        mqa=_mqa(_table(top.get("mqa"), "mqa")),
        stages=_stages(_table(top.get("stages"), "stages")),
        required_roles=_roles(top.get("required_roles", [])),
        version=version,
    )


def _kinds(table: Mapping[str, Any]) -> Mapping[str, KindRule]:
    names = [kind.value for kind in EventKind]
    _only(table, names, "kinds")
    return {name: _kind(_table(table.get(name), f"kinds.{name}"), f"kinds.{name}") for name in names}


def _kind(table: Mapping[str, Any], place: str) -> KindRule:
    _only(table, ("base", "half_life_days", "minutes_per_point", "most", "act_now"), place)
    act_now = table.get("act_now", False)
    if not isinstance(act_now, bool):
        raise Invalid(f"{place}.act_now must be true or false", f"{place}.act_now")
    half_life = _number(table, "half_life_days", place, above=0)
    if "minutes_per_point" not in table:
        if "most" in table:
            raise Invalid(f"{place}.most needs minutes_per_point beside it", f"{place}.most")
        return KindRule(_number(table, "base", place), half_life, act_now=act_now)
    if "base" in table:
        raise Invalid(f"{place}: give base or minutes_per_point, not both", f"{place}.base")
    per_point = _number(table, "minutes_per_point", place, above=0)
    return KindRule(0.0, half_life, per_point, _number(table, "most", place, above=0), act_now)


def _mqa(table: Mapping[str, Any]) -> MqaRule:
    numbers = ("person_points", "most_of_others", "proven_within_days", "leaves_at", "cool_down_days")
    _only(table, ("thresholds", "people", *numbers), "mqa")
    if (leaves_at := _number(table, "leaves_at", "mqa", above=0)) > 1:
        raise Invalid("mqa.leaves_at is a share of the threshold: give more than 0 and at most 1", "mqa.leaves_at")
    thresholds = _numbers(table, "thresholds", [tier.value for tier in Tier], least=0, place="mqa.thresholds")
    if empty := next((tier for tier, value in thresholds.items() if value <= 0), None):
        raise Invalid(f"mqa.thresholds.{empty} must be more than 0", f"mqa.thresholds.{empty}")
    return MqaRule(
        thresholds=thresholds,
        people=_whole(table, "people", "mqa", least=1),
        person_points=_number(table, "person_points", "mqa", above=0),
        most_of_others=_number(table, "most_of_others", "mqa", above=0),
        proven_within_days=_number(table, "proven_within_days", "mqa", above=0),
        leaves_at=leaves_at,
        cool_down_days=_number(table, "cool_down_days", "mqa", least=0),
    )


def _stages(table: Mapping[str, Any]) -> StageRule:
    _only(table, ("aware_within_days", "engaged_at"), "stages")
    return StageRule(
        _number(table, "aware_within_days", "stages", above=0), _number(table, "engaged_at", "stages", above=0)
    )


def _roles(raw: Any) -> tuple[BuyingRole, ...]:
    if not isinstance(raw, list) or not all(role in set(BuyingRole) for role in raw):
        raise Invalid(f"required_roles must be a list of {', '.join(BuyingRole)}", "required_roles")
    return tuple(BuyingRole(role) for role in dict.fromkeys(raw))


def _numbers(
    top: Mapping[str, Any], name: str, keys: list[str], *, least: float, place: str | None = None
) -> Mapping[str, float]:
    place = place or name
    table = _table(top.get(name), place)
    _only(table, keys, place)
    return {key: _number(table, key, place, least=least) for key in keys}


def _table(raw: Any, place: str) -> Mapping[str, Any]:
    if not isinstance(raw, Mapping):
        raise Invalid(f"{place} must be a table of names and values", place)
    return raw


def _only(table: Mapping[str, Any], known: tuple[str, ...] | list[str], place: str) -> None:
    if unknown := [str(key) for key in table if key not in known]:
        raise Invalid(f"{place} does not know {unknown[0]!r}; known are {', '.join(known)}", f"{place}.{unknown[0]}")


def _whole(table: Mapping[str, Any], name: str, place: str, *, least: int) -> int:
    value = _number(table, name, place, least=least)
    if value != int(value):
        raise Invalid(f"{place}.{name} must be a whole number", f"{place}.{name}")
    return int(value)


def _number(
    table: Mapping[str, Any], name: str, place: str, *, least: float | None = None, above: float | None = None
) -> float:
    where = f"{place}.{name}"
    raw = table.get(name)
    if isinstance(raw, bool) or not isinstance(raw, int | float) or not isfinite(raw):
        raise Invalid(f"{where} must be a number" if name in table else f"{where} is missing", where)
    if least is not None and raw < least:
        raise Invalid(f"{where} must be at least {least:g}", where)
    if above is not None and raw <= above:
        raise Invalid(f"{where} must be more than {above:g}", where)
    return float(raw)
