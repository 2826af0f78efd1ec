"""A condition as values: checks of a field, things people did, and groups of them."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from abm.clock import local_day
from abm.conditions.fields import FIELDS, FieldRule
from abm.words import EventKind, Field, GroupKind, Operator

# What a condition may compare with: words and texts, numbers, yes or no, a day, a span of days, several texts, nothing.
Value = str | float | bool | date | timedelta | tuple[str, ...] | None


@dataclass(frozen=True)
class Check:
    """A field of the contact, the department or the account, compared with a value; a custom field brings its rule."""

    field: str
    op: Operator
    value: Value = None
    custom: FieldRule | None = None

    @property
    def rule(self) -> FieldRule:
        """What the field holds."""
        return self.custom or FIELDS[Field(self.field)]


@dataclass(frozen=True)
class Did:
    """The contact did one of these things at least so often; without `within`, ever."""

    kinds: tuple[EventKind, ...]
    at_least: int = 1
    within: timedelta | None = None
    topic: str | None = None


@dataclass(frozen=True)
class Group:
    """All, any or none of the parts hold."""

    kind: GroupKind
    parts: "tuple[Condition, ...]"


Leaf = Check | Did
Condition = Leaf | Group


@dataclass(frozen=True)
class Moment:
    """When a condition is asked, and in whose calendar days are counted."""

    at: datetime
    zone: ZoneInfo

    @property
    def today(self) -> date:
        """The calendar day of this moment."""
        return local_day(self.at, self.zone)


def leaves(condition: Condition, place: str = "") -> Iterator[tuple[str, Leaf]]:
    """Every check and deed of a condition with its place, in the order written."""
    if not isinstance(condition, Group):
        yield place, condition
        return
    inside = f"{place}.{condition.kind}" if place else str(condition.kind)
    for number, part in enumerate(condition.parts):
        yield from leaves(part, f"{inside}[{number}]")
