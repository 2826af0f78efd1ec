"""Fit: how well a company suits us by its record alone; below the gate nothing it does makes it a hand-off."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from abm.conditions.holds import Facts, Known, holds
from abm.conditions.language import Check, Condition, Moment, leaves
from abm.conditions.parse import read_condition
from abm.errors import Invalid
from abm.scoring.faults import Reading, join, shown
from abm.words import FaultCode, Field

MOST_RULES = 50
MOST_POINTS = 1_000.0
DEFAULT_PASSES_AT = 0.5
# What a record says by itself; what the score or the stage says would turn in a circle.
FIELDS = (
    Field.ACCOUNT_NAME,
    Field.ACCOUNT_INDUSTRY,
    Field.ACCOUNT_PREFECTURE,
    Field.ACCOUNT_EMPLOYEES,
    Field.ACCOUNT_REVENUE,
    Field.ACCOUNT_CLOSING_MONTH,
    Field.ACCOUNT_TIER,
)
RECORD = tuple(field.removeprefix("account.") for field in FIELDS)
# None of these fields is a day, so the moment of asking does not matter.
ANY_TIME = Moment(datetime(2000, 1, 1, tzinfo=UTC), ZoneInfo("UTC"))


@dataclass(frozen=True)
class FitRule:
    """One thing that speaks for a company, and how much."""

    name: str
    when: Condition
    points: float


@dataclass(frozen=True)
class Fit:
    """The rules, and the share of their points from which a company passes; without rules every one does."""

    passes_at: float = DEFAULT_PASSES_AT
    rules: tuple[FitRule, ...] = ()

    def measure(self, record: Mapping[str, Known]) -> float:
        """The share of points this record earns, from 0 to 1."""
        if not self.rules:
            return 1.0
        facts = Facts(values=record)
        earned = sum(rule.points for rule in self.rules if holds(rule.when, facts, ANY_TIME))
        return earned / sum(rule.points for rule in self.rules)

    def passes(self, record: Mapping[str, Known]) -> bool:
        """Whether the gate lets this company through."""
        return not self.rules or self.measure(record) >= self.passes_at


def record_of(account: Any) -> Mapping[str, Known]:
    """What rules of fit may ask of an account, or of a row with the same names."""
    return {f"account.{name}": getattr(account, name) for name in RECORD}


def read_fit(reading: Reading, raw: Any, place: str = "fit") -> Fit:
    """The fit a document describes; a document without it lets everybody pass."""
    if raw is None:
        return Fit()
    table = reading.table(raw, place, ("passes_at", "rules"))
    passes_at = reading.number(table, "passes_at", place, above=0, most=1, default=DEFAULT_PASSES_AT)
    parts = reading.items(table.get("rules", []), join(place, "rules"), MOST_RULES)
    rules = [_read_rule(reading, one, f"{place}.rules[{number}]") for number, one in enumerate(parts)]
    return Fit(passes_at, tuple(rule for rule in rules if rule is not None))


def _read_rule(reading: Reading, raw: Any, place: str) -> FitRule | None:
    table = reading.table(raw, place, ("name", "when", "points"))
    if not table:
        return None
    name = reading.text(table.get("name"), join(place, "name"))
    points = reading.number(table, "points", place, above=0, most=MOST_POINTS, default=1.0)
    when = _read_condition(reading, table.get("when"), join(place, "when"))
    return None if when is None else FitRule(name, when, points)


def _read_condition(reading: Reading, raw: Any, place: str) -> Condition | None:
    try:
        condition = read_condition(raw, place)
    except Invalid as error:
        problem = str(error).removeprefix(f"{error.field}: ")
        reading.note(error.field or place, FaultCode.CONDITION, problem=problem)
        return None
    for where, leaf in leaves(condition, place):
        field = leaf.field if isinstance(leaf, Check) else "did"
        if field not in FIELDS:
            reading.note(where, FaultCode.FIELD_OUTSIDE, given=shown(field), known=", ".join(FIELDS))
    return condition
