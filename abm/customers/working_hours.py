"""When the firm works: its hours, its week, holidays and the days it decides about itself. Days in, moments out."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import jpholiday

from abm.customers.fiscal import add_months
from abm.words import Clock, Tier

# Nobody closes for longer; days off that leave no working day must not stop the clock for ever.
LONGEST_CLOSURE = 366


@dataclass(frozen=True)
class Hours:
    """From when until when somebody works, and on which days of the week; Monday is 1."""

    opens: time = time(9)
    closes: time = time(18)
    days: frozenset[int] = frozenset(range(1, 6))


@dataclass(frozen=True)
class Span:
    """Days on which the firm rests, or works, whatever week and holidays say; both ends are included."""

    first: date
    last: date
    is_working: bool = False
    every_year: bool = False

    def holds(self, day: date) -> bool:
        """True when it speaks of this day."""
        if not self.every_year:
            return self.first <= day <= self.last
        # Days around the new year begin in the year before.
        begins = (add_months(self.first, 12 * (year - self.first.year)) for year in (day.year - 1, day.year))
        return any(first <= day <= first + (self.last - self.first) for first in begins)


@dataclass(frozen=True)
class Calendar:
    """The company calendar, in the hours of the firm or of one user."""

    zone: ZoneInfo
    hours: Hours = Hours()
    spans: Sequence[Span] = ()

    def kept_by(self, hours: Hours | None) -> "Calendar":
        """The same days in somebody's own hours."""
        return replace(self, hours=hours) if hours else self

    def works_on(self, day: date) -> bool:
        """What the firm decided about a day counts before its week and the public holidays."""
        decided = [span.is_working for span in self.spans if span.holds(day)]
        if decided:
            return any(decided)
        return day.isoweekday() in self.hours.days and not jpholiday.is_holiday(day)

    def hours_of(self, day: date) -> tuple[datetime, datetime]:
        """From when until when a working day lasts."""
        opens, closes = (datetime.combine(day, hour, self.zone) for hour in (self.hours.opens, self.hours.closes))
        return opens.astimezone(UTC), closes.astimezone(UTC)

    def is_open(self, at: datetime) -> bool:
        """True in working hours."""
        day = at.astimezone(self.zone).date()
        opens, closes = self.hours_of(day)
        return self.works_on(day) and opens <= at < closes

    def next_working_day(self, day: date) -> date:
        """The first working day after this one."""
        later = (day + timedelta(days=number) for number in range(1, LONGEST_CLOSURE))
        return next((one for one in later if self.works_on(one)), day + timedelta(days=1))


@dataclass(frozen=True)
class Clocks:
    """How many working hours sales has for an answer."""

    hours: Mapping[Clock, float] = field(
        default_factory=lambda: {
            Clock.ACT_NOW: 1,
            Clock.ONE_TO_ONE: 4,
            Clock.ONE_TO_FEW: 8,
            Clock.ONE_TO_MANY: 16,
        }
    )

    def allowed(self, tier: str, *, act_now: bool) -> float:
        """The hours for an account of this tier, or for a request that asks for a call at once."""
        return self.hours[Clock.ACT_NOW if act_now else Clock(Tier(tier).value)]


def week_start(at: datetime, zone: ZoneInfo) -> datetime:
    """The first moment of the week, a Monday."""
    day = at.astimezone(zone).date()
    monday = day - timedelta(days=day.weekday())
    return datetime.combine(monday, time(), zone).astimezone(UTC)


def are_days(days: Collection[int]) -> bool:
    """True for days of a week, of which there is at least one."""
    return bool(days) and set(days) <= set(range(1, 8))
