"""When a window opens next: business hours, hours of a week, and times of a fiscal year, in the recipient's zone. Pure.

A window is a set of moments told by the clock on the wall. On the day the clocks change, an hour that is skipped opens
nothing and an hour that comes twice opens twice; `next_open` is always the first moment of the set that is not gone by,
so it is never early and later questions never get an earlier answer.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from abm.clock import day_start
from abm.customers.fiscal import Days, fiscal_year, months_of
from abm.customers.seasons import keep_seasons
from abm.customers.working_hours import LONGEST_CLOSURE, Calendar
from abm.errors import Invalid
from abm.words import FiscalWindow

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
# 24:00: the end of a day is no time of it.
END_OF_DAY = "24:00"
MONTHS = 12
# Where each stretch of a fiscal year begins, in months after its first, and how many it lasts. Budgets are made before
# the year ends and are fresh once it has begun: the rule is ours, and tasks that wake for a budget keep it too.
STRETCHES: Mapping[FiscalWindow, tuple[int, int]] = {
    FiscalWindow.BUDGETING: (9, 3),
    FiscalWindow.FIRST_QUARTER: (0, 3),
    FiscalWindow.CLOSING_MONTH: (11, 1),
}


@dataclass(frozen=True)
class Business:
    """The firm's working days and hours, as the recipient's clock shows them."""


@dataclass(frozen=True)
class Weekly:
    """These days of the week (Monday is 1) between two times; without a closing time until the day is over."""

    days: frozenset[int]
    opens: time = time()
    closes: time | None = None


@dataclass(frozen=True)
class Fiscal:
    """So many whole months of a fiscal year, after some of it are skipped."""

    skipped: int
    months: int


@dataclass(frozen=True)
class Habit:
    """The hour on weekdays at which the recipient usually reads; open at once where nobody knows it."""


Window = Business | Weekly | Fiscal | Habit
WEEKDAYS_ONLY = frozenset(range(1, 6))


def next_open(
    window: Window,
    at: datetime,
    zone: ZoneInfo,
    calendar: Calendar,
    closing_month: int | None = None,
    usual_hour: int | None = None,
) -> datetime:
    """The first moment from `at` on that lies inside the window, in UTC.

    `closing_month` is the one of the recipient's account, `usual_hour` the recipient's own. A calendar without a single
    working day opens never, and nobody may wait for ever: then it is asked again after the longest closure.
    """
    if isinstance(window, Fiscal):
        return _next_stretch(window, at, zone, closing_month)
    if isinstance(window, Habit):
        if usual_hour is None:
            return at
        window = Weekly(WEEKDAYS_ONLY, time(usual_hour), time(usual_hour, 59))
    week = _in_hours(calendar) if isinstance(window, Business) else window
    works = keep_seasons(calendar).works_on if isinstance(window, Business) else None
    first = at.astimezone(zone).date()
    for day in (first + timedelta(days=number) for number in range(LONGEST_CLOSURE)):
        if works(day) if works else day.isoweekday() in week.days:
            for opens, closes in _open_hours(week, day, zone):
                if at < closes:
                    return max(at, opens)
    return at + timedelta(days=LONGEST_CLOSURE)


def read_window(value: Mapping[str, Any]) -> Window:
    """The window a document names; Invalid, with the key, when it names none."""
    if value == {"business": True}:
        return Business()
    if value == {"habit": True}:
        return Habit()
    if set(value) == {"fiscal"}:
        return _read_fiscal(value["fiscal"])
    if value and set(value) <= {"weekdays", "from", "to"}:
        return _read_weekly(value)
    known = "business: true, habit: true, weekdays with from and to, or fiscal"
    raise Invalid(f"a window is {known}", "window", "no_window")


def _in_hours(calendar: Calendar) -> Weekly:
    return Weekly(calendar.hours.days, calendar.hours.opens, calendar.hours.closes)


def _open_hours(week: Weekly, day: date, zone: ZoneInfo) -> Iterator[tuple[datetime, datetime]]:
    """From when until when the window is open on a day: once, or once on either side of a change of the clocks."""
    for begins, ends in _stretches_of_one_clock(day, zone):
        midnight = datetime.combine(day, time(), UTC) - _offset(begins, zone)
        opens = max(begins, midnight + _since_midnight(week.opens))
        closes = min(ends, midnight + _since_midnight(week.closes)) if week.closes else ends
        if opens < closes:
            yield opens, closes


def _since_midnight(moment: time) -> timedelta:
    return timedelta(hours=moment.hour, minutes=moment.minute, seconds=moment.second, microseconds=moment.microsecond)


def _stretches_of_one_clock(day: date, zone: ZoneInfo) -> Iterator[tuple[datetime, datetime]]:
    """The day, cut where the clocks change."""
    begins, ends = day_start(day, zone), day_start(day + timedelta(days=1), zone)
    before = _offset(begins, zone)
    if before == _offset(ends, zone):
        yield begins, ends
        return
    early, late = begins, ends
    while late - early > timedelta(seconds=1):
        middle = (early + (late - early) / 2).replace(microsecond=0)
        early, late = (middle, late) if _offset(middle, zone) == before else (early, middle)
    yield begins, late
    yield late, ends


def _offset(at: datetime, zone: ZoneInfo) -> timedelta:
    return at.astimezone(zone).utcoffset() or timedelta()


def _next_stretch(window: Fiscal, at: datetime, zone: ZoneInfo, closing_month: int | None) -> datetime:
    today = at.astimezone(zone).date()
    years = (fiscal_year(today, closing_month, ahead) for ahead in (0, 1))
    stretches: list[Days] = [months_of(year[0], window.skipped, window.months) for year in years]
    first, _ = next(days for days in stretches if today <= days[1])
    return max(at, day_start(first, zone))


def _read_fiscal(value: Any) -> Fiscal:
    if value in tuple(FiscalWindow):
        return Fiscal(*STRETCHES[FiscalWindow(value)])
    number = str(value).removeprefix("month ").strip()
    if isinstance(value, str) and value.startswith("month ") and number.isdecimal() and 1 <= int(number) <= MONTHS:
        return Fiscal(int(number) - 1, 1)
    known = ", ".join((*FiscalWindow, "month 1 to month 12"))
    raise Invalid(f"fiscal is one of {known}, not {value!r}", "window.fiscal", "no_window")


def _read_weekly(value: Mapping[str, Any]) -> Weekly:
    named = value.get("weekdays", list(WEEKDAYS))
    if not isinstance(named, list) or not named or not all(day in WEEKDAYS for day in named):
        raise Invalid(f"weekdays is a list of {', '.join(WEEKDAYS)}", "window.weekdays", "no_window")
    opens = _read_time(value.get("from", "00:00"), "window.from")
    until = value.get("to", END_OF_DAY)
    closes = None if until == END_OF_DAY else _read_time(until, "window.to")
    if closes is not None and closes <= opens:
        raise Invalid("the window closes before it opens", "window.to", "before_start")
    return Weekly(frozenset(WEEKDAYS.index(day) + 1 for day in named), opens, closes)


def _read_time(value: Any, place: str) -> time:
    try:
        read = time.fromisoformat(value)
    except (TypeError, ValueError):
        read = None
    # The recipient's clock is meant, wherever that hangs.
    if read is None or read.tzinfo:
        raise Invalid(f'give a time such as "09:00", not {value!r}', place, "no_time")
    return read
