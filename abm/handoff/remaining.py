"""How much working time is left until a deadline, or has passed since: facts in, decision out."""

from datetime import datetime, timedelta

from abm.customers.working_hours import Calendar

# Further away a day is said instead of hours.
LOOKED_AT = timedelta(days=21)


def working_time(start: datetime, end: datetime, calendar: Calendar) -> timedelta:
    """The working time between two moments; negative when the end comes first."""
    if end < start:
        return -working_time(end, start, calendar)
    end = min(end, start + LOOKED_AT)
    day, last = start.astimezone(calendar.zone).date(), end.astimezone(calendar.zone).date()
    total = timedelta()
    while day <= last:
        if calendar.works_on(day):
            opens, closes = calendar.hours_of(day)
            total += max(min(end, closes) - max(start, opens), timedelta())
        day += timedelta(days=1)
    return total
