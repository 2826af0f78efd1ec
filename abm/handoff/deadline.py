"""When a task is due: hours of business time, as the company calendar and its owner's hours let them pass."""

from datetime import datetime, timedelta

from abm.customers.working_hours import LONGEST_CLOSURE, Calendar


def due_after(start: datetime, hours: float, calendar: Calendar) -> datetime:
    """The moment at which this many working hours have passed."""
    left = timedelta(hours=hours)
    day = start.astimezone(calendar.zone).date()
    for _ in range(LONGEST_CLOSURE):
        if calendar.works_on(day):
            opens, closes = calendar.hours_of(day)
            begin = max(start, opens)
            if begin + left <= closes:
                return begin + left
            left -= max(closes - begin, timedelta())
        day += timedelta(days=1)
    return start + timedelta(hours=hours)
