"""When the firm works, as days, weeks, holidays and its own decisions say."""

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

import pytest

from abm.customers.working_hours import Calendar, Hours, Span, week_start

TOKYO = ZoneInfo("Asia/Tokyo")
NEW_YEAR = Span(date(2026, 12, 29), date(2027, 1, 3), every_year=True)


@pytest.mark.parametrize(
    ("day", "works"),
    [
        (date(2026, 11, 13), True),
        (date(2026, 11, 14), False),
        (date(2026, 11, 23), False),
        (date(2027, 1, 1), False),
    ],
)
def test_weekends_and_public_holidays_are_off(day: date, works: bool) -> None:
    assert Calendar(TOKYO).works_on(day) is works


@pytest.mark.parametrize("year", [2025, 2026, 2030])
def test_days_off_around_the_new_year_come_back_every_year(year: int) -> None:
    calendar = Calendar(TOKYO, Hours(days=frozenset(range(1, 8))), (NEW_YEAR,))

    off = [day for day in (date(year, 12, 28), date(year, 12, 31), date(year + 1, 1, 3)) if not calendar.works_on(day)]

    assert off == [date(year, 12, 31), date(year + 1, 1, 3)]
    assert calendar.works_on(date(year + 1, 1, 4))


def test_a_working_saturday_counts_before_the_week_and_a_working_day_before_a_day_off() -> None:
    saturday = Span(date(2026, 11, 14), date(2026, 11, 14), is_working=True)
    closed = Span(date(2026, 11, 1), date(2026, 11, 30))

    assert Calendar(TOKYO, spans=(saturday,)).works_on(date(2026, 11, 14))
    assert Calendar(TOKYO, spans=(closed, saturday)).works_on(date(2026, 11, 14))
    assert not Calendar(TOKYO, spans=(closed, saturday)).works_on(date(2026, 11, 13))


def test_leap_days_come_back_in_other_years_too() -> None:
    leap = Span(date(2028, 2, 29), date(2028, 3, 1), every_year=True)

    assert leap.holds(date(2027, 2, 28))


def test_the_day_lasts_from_opening_to_closing_in_the_zone_of_the_firm() -> None:
    calendar = Calendar(TOKYO, Hours(time(8, 30), time(17)))

    assert calendar.hours_of(date(2026, 11, 13)) == (
        datetime(2026, 11, 12, 23, 30, tzinfo=UTC),
        datetime(2026, 11, 13, 8, tzinfo=UTC),
    )
    moments = [datetime(2026, 11, 13, *hour, tzinfo=TOKYO) for hour in ((8, 29), (8, 30), (16, 59), (17, 0))]
    assert [calendar.is_open(moment) for moment in moments] == [False, True, True, False]


def test_the_week_begins_on_monday_in_the_zone_of_the_firm() -> None:
    sunday_night_in_london = datetime(2026, 11, 15, 16, tzinfo=UTC)

    assert week_start(sunday_night_in_london, TOKYO) == datetime(2026, 11, 16, tzinfo=TOKYO)
