"""When a task is due: hours of business time, Monday to Friday from nine to six, without holidays."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import jpholiday

from abm.words import Tier

OPENS = time(9)
CLOSES = time(18)
SATURDAY = 5

ACT_NOW_HOURS = 1
HOURS = {Tier.ONE_TO_ONE: 4, Tier.ONE_TO_FEW: 8, Tier.ONE_TO_MANY: 16}


def hours_allowed(tier: str, *, act_now: bool) -> int:
    """How many business hours sales has for an answer."""
    return ACT_NOW_HOURS if act_now else HOURS[Tier(tier)]


def due_after(start: datetime, hours: float, zone: ZoneInfo) -> datetime:
    """The moment at which this many business hours have passed."""
    left = timedelta(hours=hours)
    day = start.astimezone(zone).date()
    while True:
        opens, closes = _hours_of(day, zone)
        begin = max(start, opens)
        if is_business_day(day) and begin + left <= closes:
            return begin + left
        if is_business_day(day):
            left -= max(closes - begin, timedelta())
        day += timedelta(days=1)


def is_business_day(day: date) -> bool:
    """True from Monday to Friday, but for public holidays."""
    return day.weekday() < SATURDAY and not jpholiday.is_holiday(day)


def next_business_day(day: date) -> date:
    """The first business day after this one."""
    day += timedelta(days=1)
    while not is_business_day(day):
        day += timedelta(days=1)
    return day


def _hours_of(day: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
    return tuple(datetime.combine(day, hour, zone).astimezone(UTC) for hour in (OPENS, CLOSES))  # type: ignore[return-value]
