"""The company calendar as somebody keeps it."""

import uuid
from dataclasses import replace
from datetime import date, time
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from abm.customers.company_calendar import (
    DaysOff,
    add_days,
    list_days,
    read_calendar,
    read_clocks,
    remove_days,
    set_hours,
)
from abm.customers.working_hours import Clocks, Hours
from abm.errors import Invalid, NotFound
from abm.models import AuditEntry, CompanyDay
from abm.words import Clock, Role
from tests.worlds import NOON, make_user

TOKYO = ZoneInfo("Asia/Tokyo")
SUMMER = DaysOff(date(2026, 8, 10), date(2026, 8, 18), "夏季休業")


@pytest.fixture
def admin(session: Session) -> uuid.UUID:
    for day in session.scalars(select(CompanyDay)):
        session.delete(day)
    session.flush()
    return make_user(session, Role.ADMIN).id


def test_until_somebody_sets_them_hours_are_the_usual_ones(session: Session, admin: uuid.UUID) -> None:
    assert read_calendar(session, TOKYO).hours == Hours(time(9), time(18), frozenset((1, 2, 3, 4, 5)))
    assert read_clocks(session) == Clocks()


def test_hours_and_clocks_that_were_set_count(session: Session, admin: uuid.UUID) -> None:
    hours = Hours(time(8), time(16, 30), frozenset((1, 2, 3, 4, 6)))
    clocks = Clocks({Clock.ACT_NOW: 2, Clock.ONE_TO_ONE: 3, Clock.ONE_TO_FEW: 4, Clock.ONE_TO_MANY: 40})
    set_hours(session, Hours(), clocks, by=admin, at=NOON)

    set_hours(session, hours, clocks, by=admin, at=NOON)

    assert (read_calendar(session, TOKYO).hours, read_clocks(session)) == (hours, clocks)
    assert len(session.scalars(select(AuditEntry).where(AuditEntry.act == "calendar.hours_set")).all()) == 2


def test_days_off_stop_the_clock_until_they_are_taken_back(session: Session, admin: uuid.UUID) -> None:
    kept = add_days(session, SUMMER, by=admin, at=NOON)
    closed = read_calendar(session, TOKYO).works_on(date(2026, 8, 10))
    remove_days(session, kept.id, by=admin, at=NOON)

    assert (closed, read_calendar(session, TOKYO).works_on(date(2026, 8, 10))) == (False, True)
    with pytest.raises(NotFound):
        remove_days(session, kept.id, by=admin, at=NOON)


@pytest.mark.parametrize(
    ("over", "field"),
    [
        ({"name": " "}, "name"),
        ({"name": "長" * 101}, "name"),
        ({"until_on": date(2026, 8, 9)}, "until_on"),
        ({"until_on": date(2026, 12, 9)}, "until_on"),
    ],
)
def test_days_that_cannot_be_are_refused(
    session: Session, admin: uuid.UUID, over: dict[str, object], field: str
) -> None:
    with pytest.raises(Invalid) as refused:
        add_days(session, replace(SUMMER, **over), by=admin, at=NOON)

    assert (refused.value.field, list_days(session)) == (field, [])


@pytest.mark.parametrize(
    ("hours", "clocks", "field"),
    [
        (Hours(time(18), time(9)), Clocks(), "closes"),
        (Hours(days=frozenset()), Clocks(), "work_days"),
        (Hours(days=frozenset((8,))), Clocks(), "work_days"),
        (Hours(), Clocks({**Clocks().hours, Clock.ONE_TO_FEW: 0}), "one_to_few_hours"),
        (Hours(), Clocks({**Clocks().hours, Clock.ACT_NOW: 1e9}), "act_now_hours"),
    ],
)
def test_hours_nobody_could_keep_are_refused(
    session: Session, admin: uuid.UUID, hours: Hours, clocks: Clocks, field: str
) -> None:
    with pytest.raises(Invalid) as refused:
        set_hours(session, hours, clocks, by=admin, at=NOON)

    assert refused.value.field == field
