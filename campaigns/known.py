"""What is known of one enrollment when it is decided: gathered for a whole batch, and only where its steps ask."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from abm.customers.working_hours import Calendar
from abm.words import EventKind


@dataclass(frozen=True)
class Done:
    """One thing a human did."""

    kind: EventKind
    at: datetime
    topics: Sequence[str] = ()


@dataclass(frozen=True)
class Person:
    """Somebody a mail can be for."""

    contact_id: UUID
    department_id: UUID | None
    email: str | None
    language: str


@dataclass(frozen=True)
class Whereabouts:
    """By which clock and calendar windows open for somebody."""

    zone: ZoneInfo
    calendar: Calendar
    closing_month: int | None = None
    # At which hour of the day the person usually reads; None: nobody knows.
    usual_hour: int | None = None


@dataclass(frozen=True)
class Known:
    """The facts about one enrollment; by step what is asked by steps."""

    # None: nobody has looked yet.
    deeds: Sequence[Done] | None = None
    # Whether the condition of a step holds.
    answers: Mapping[str, bool] = field(default_factory=dict)
    # The days that the records hold in the field of a step.
    days: Mapping[str, Sequence[date]] = field(default_factory=dict)
    # Whom of the account a mail step addresses.
    people: Mapping[str, Sequence[Person]] = field(default_factory=dict)
    where: Whereabouts | None = None


NOTHING = Known()
