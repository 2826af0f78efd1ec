"""Calendar weeks of the installation, from Monday, as what is drawn over time is divided into."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from abm.clock import day_start
from abm.conditions.language import Moment


@dataclass(frozen=True)
class Week:
    """A week: its Monday, its first moment, and the first moment behind it."""

    starts_on: date
    starts_at: datetime
    ends_at: datetime

    @property
    def last_on(self) -> date:
        """Its Sunday."""
        return self.starts_on + timedelta(days=6)


def last_weeks(moment: Moment, count: int) -> tuple[Week, ...]:
    """The so many last weeks, the one under way included."""
    return tuple(week_of(moment, back) for back in range(count - 1, -1, -1))


def week_of(moment: Moment, back: int = 0) -> Week:
    """The week under way, or one so many weeks before it."""
    monday = moment.today - timedelta(days=moment.today.weekday(), weeks=back)
    return Week(monday, day_start(monday, moment.zone), day_start(monday + timedelta(days=7), moment.zone))


def starts(weeks: Sequence[Week]) -> list[datetime]:
    """The first moment of each week, as `width_bucket` wants them."""
    return [week.starts_at for week in weeks]
