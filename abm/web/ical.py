"""Days as a calendar file that Outlook, Google and Apple read (RFC 5545)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from icalendar import Calendar, Event

# How often a calendar that is subscribed to should be fetched again, where its reader asks.
FETCH_EVERY = timedelta(hours=4)
CALENDAR_TYPE = "text/calendar; charset=utf-8"


@dataclass(frozen=True)
class Day:
    """One whole day in a calendar; the same `key` is the same entry, also when it moves to another day."""

    key: str
    on: date
    summary: str
    link: str
    description: str = ""


@dataclass(frozen=True)
class Moment:
    """A time of day in a calendar; the same `key` is the same entry, also when it moves."""

    key: str
    begins: datetime
    ends: datetime
    summary: str
    link: str
    description: str = ""


def calendar_file(name: str, days: Iterable[Day | Moment], at: datetime) -> bytes:
    """The calendar as a file; it blocks nobody's time."""
    calendar = Calendar()
    calendar.add("prodid", "-//abm//calendar//")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", name)
    calendar.add("refresh-interval", FETCH_EVERY, parameters={"value": "DURATION"})
    for one in days:
        calendar.add_component(_event(one, at))
    content: bytes = calendar.to_ical()
    return content


def _event(one: Day | Moment, at: datetime) -> Event:
    event = Event()
    event.add("uid", one.key)
    event.add("dtstamp", at)
    if isinstance(one, Moment):
        # In UTC: every calendar shows it in its reader's own zone.
        event.add("dtstart", one.begins.astimezone(UTC))
        event.add("dtend", one.ends.astimezone(UTC))
    else:
        event.add("dtstart", one.on)
        # The first day that is no longer meant.
        event.add("dtend", one.on + timedelta(days=1))
    event.add("summary", one.summary)
    event.add("url", one.link)
    event.add("transp", "TRANSPARENT")
    if one.description:
        event.add("description", one.description)
    return event
