"""The company calendar as it is kept: hours and clocks of the firm, days that differ, hours of users."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from abm.customers.working_hours import Calendar, Clocks, Hours, Span, are_days
from abm.errors import Invalid, NotFound
from abm.models import AuditEntry, CompanyDay, WorkingHours
from abm.words import Clock

THE_ROW = 1
LONGEST_SPAN = timedelta(days=60)
LONGEST_NAME = 100
LONGEST_CLOCK = 200
COLUMNS: Mapping[Clock, str] = {
    Clock.ACT_NOW: "act_now_hours",
    Clock.ONE_TO_ONE: "one_to_one_hours",
    Clock.ONE_TO_FEW: "one_to_few_hours",
    Clock.ONE_TO_MANY: "one_to_many_hours",
}


@dataclass(frozen=True)
class DaysOff:
    """Days that differ from the usual, as their form holds them."""

    from_on: date
    until_on: date
    name: str
    is_working: bool = False
    every_year: bool = False


def read_calendar(session: Session, zone: ZoneInfo) -> Calendar:
    """The firm's calendar in its own hours; until somebody sets them, Monday to Friday from nine to six."""
    row = session.get(WorkingHours, THE_ROW, populate_existing=True)
    hours = Hours(row.opens, row.closes, frozenset(row.work_days)) if row else Hours()
    spans = [Span(day.from_on, day.until_on, day.is_working, day.every_year) for day in list_days(session)]
    return Calendar(zone, hours, tuple(spans))


def read_clocks(session: Session) -> Clocks:
    """By how many working hours tasks are due."""
    row = session.get(WorkingHours, THE_ROW, populate_existing=True)
    return Clocks({clock: getattr(row, column) for clock, column in COLUMNS.items()}) if row else Clocks()


def list_days(session: Session) -> list[CompanyDay]:
    """Everything that differs from the usual week, in order."""
    return list(session.scalars(select(CompanyDay).order_by(CompanyDay.from_on, CompanyDay.id)))


def set_hours(session: Session, hours: Hours, clocks: Clocks, *, by: uuid.UUID, at: datetime) -> None:
    """The firm's hours and clocks from now on; tasks that run already keep their deadline."""
    check_hours(hours.opens, hours.closes, hours.days)
    for clock, number in clocks.hours.items():
        if not 1 <= number <= LONGEST_CLOCK:
            raise Invalid(f"give hours from 1 to {LONGEST_CLOCK}", COLUMNS[clock], "hours_unreadable")
    values = {
        "opens": hours.opens,
        "closes": hours.closes,
        "work_days": sorted(hours.days),
        **{column: int(clocks.hours[clock]) for clock, column in COLUMNS.items()},
        "changed_at": at,
        "by_user_id": by,
    }
    row = insert(WorkingHours).values(id=THE_ROW, **values)
    session.execute(row.on_conflict_do_update(index_elements=["id"], set_=values))
    told = {clock.value: clocks.hours[clock] for clock in COLUMNS}
    days = {"opens": hours.opens.isoformat(), "closes": hours.closes.isoformat(), "work_days": sorted(hours.days)}
    session.add(AuditEntry(at=at, user_id=by, act="calendar.hours_set", subject="calendar", detail={**days, **told}))


def check_hours(opens: time, closes: time, days: frozenset[int]) -> None:
    """Invalid when nobody could work like that."""
    if closes <= opens:
        raise Invalid("the day ends before it begins", "closes", "before_start")
    if not are_days(days):
        raise Invalid("choose at least one day of the week", "work_days", "required")


def add_days(session: Session, off: DaysOff, *, by: uuid.UUID, at: datetime) -> CompanyDay:
    """Keep that the firm rests or works on these days."""
    name = off.name.replace("\0", "").strip()
    if not name:
        raise Invalid("say what these days are", "name", "required")
    if len(name) > LONGEST_NAME:
        raise Invalid("the name is too long", "name", "too_long")
    if off.until_on < off.from_on:
        raise Invalid("the last day lies before the first", "until_on", "before_start")
    if off.until_on - off.from_on > LONGEST_SPAN:
        raise Invalid(f"give {LONGEST_SPAN.days} days at most", "until_on", "too_long")
    day = CompanyDay(
        from_on=off.from_on,
        until_on=off.until_on,
        name=name,
        is_working=off.is_working,
        every_year=off.every_year,
        created_at=at,
    )
    session.add(day)
    session.flush()
    _note(session, "calendar.days_added", day, by, at)
    return day


def remove_days(session: Session, day_id: uuid.UUID, *, by: uuid.UUID, at: datetime) -> None:
    """These days are like all others again."""
    day = session.get(CompanyDay, day_id, with_for_update=True)
    if day is None:
        raise NotFound("no such days")
    _note(session, "calendar.days_removed", day, by, at)
    session.delete(day)


def _note(session: Session, act: str, day: CompanyDay, by: uuid.UUID, at: datetime) -> None:
    detail = {"from_on": day.from_on.isoformat(), "until_on": day.until_on.isoformat(), "name": day.name}
    session.add(AuditEntry(at=at, user_id=by, act=act, subject="calendar", subject_id=day.id, detail=detail))
