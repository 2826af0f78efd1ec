"""When windows open: business hours, hours of a week and times of a fiscal year, whatever the clocks do."""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from abm.customers.working_hours import LONGEST_CLOSURE, Calendar, Hours, Span
from abm.errors import Invalid
from campaigns.shapes import Opening
from campaigns.windows import Business, Fiscal, Weekly, Window, next_open, read_window

TOKYO = ZoneInfo("Asia/Tokyo")
NEW_YORK = ZoneInfo("America/New_York")
CALENDAR = Calendar(TOKYO)
NIGHT = Weekly(frozenset(range(1, 8)), time(1, 30), time(3, 30))
# With clocks that change at midnight, at one, at two, by half an hour, and twice a year around Ramadan; and without.
ZONES = (
    *("Asia/Tokyo", "America/New_York", "Europe/London", "America/Havana", "Africa/Cairo", "Asia/Beirut"),
    *("Australia/Lord_Howe", "Africa/Casablanca", "America/Santiago", "Asia/Kathmandu", "Pacific/Kiritimati"),
)
MOMENTS = st.integers(0, 8 * 365 * 1440).map(
    lambda minutes: datetime(2024, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
)
TIMES = st.times().map(lambda moment: moment.replace(second=0, microsecond=0))
WEEKS = st.builds(
    lambda days, ends: Weekly(frozenset(days), min(ends), max(ends)),
    st.sets(st.integers(1, 7), min_size=1),
    st.lists(TIMES, min_size=2, max_size=2, unique=True),
)
WINDOWS = st.one_of(WEEKS, st.just(NIGHT), st.just(Business()), st.builds(Fiscal, st.integers(0, 9), st.integers(1, 3)))


def tokyo(year: int, month: int, day: int, hour: int = 0, minute: int = 0) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=TOKYO).astimezone(UTC)


def lies_inside(window: Window, at: datetime, zone: ZoneInfo, closing_month: int) -> bool:
    """What a clock and a calendar on the recipient's wall say."""
    wall = at.astimezone(zone)
    if isinstance(window, Fiscal):
        return window.skipped <= (wall.month - 1 - closing_month) % 12 < window.skipped + window.months
    if isinstance(window, Weekly):
        assert window.closes
        return wall.isoweekday() in window.days and window.opens <= wall.time() < window.closes
    season = (wall.month, wall.day)
    rests = (8, 13) <= season <= (8, 16) or season >= (12, 29) or season <= (1, 3)
    return CALENDAR.works_on(wall.date()) and not rests and time(9) <= wall.time() < time(18)


@given(WINDOWS, MOMENTS, st.timedeltas(timedelta(), timedelta(days=3)), st.sampled_from(ZONES), st.integers(1, 12))
def test_a_window_opens_never_too_early_always_inside_and_later_questions_never_get_earlier_answers(
    window: Window, at: datetime, later: timedelta, zone_name: str, closing_month: int
) -> None:
    zone = ZoneInfo(zone_name)

    opens = next_open(window, at, zone, CALENDAR, closing_month)

    assert opens >= at
    assert lies_inside(window, opens, zone, closing_month)
    assert opens <= next_open(window, at + later, zone, CALENDAR, closing_month)
    assert next_open(window, opens, zone, CALENDAR, closing_month) == opens


@given(WEEKS, MOMENTS, st.floats(0, 1), st.sampled_from(ZONES))
def test_no_moment_inside_a_window_is_passed_over(week: Weekly, at: datetime, part: float, zone_name: str) -> None:
    zone = ZoneInfo(zone_name)
    opens = next_open(week, at, zone, CALENDAR)

    between = at + (opens - at) * part

    assert between >= opens or not lies_inside(week, between, zone, 3)


@pytest.mark.parametrize(
    ("at", "opens"),
    [
        (tokyo(2026, 11, 20, 17, 59), tokyo(2026, 11, 20, 17, 59)),
        (tokyo(2026, 11, 20, 18), tokyo(2026, 11, 24, 9)),  # a weekend and 勤労感謝の日
        (tokyo(2026, 8, 12, 19), tokyo(2026, 8, 17, 9)),  # お盆
        (tokyo(2026, 12, 28, 18), tokyo(2027, 1, 4, 9)),  # 年末年始
        (tokyo(2027, 4, 28, 20), tokyo(2027, 4, 30, 9)),  # 昭和の日
    ],
)
def test_business_hours_know_weekends_holidays_and_the_seasons(at: datetime, opens: datetime) -> None:
    assert next_open(Business(), at, TOKYO, CALENDAR) == opens


def test_what_the_firm_says_of_a_day_counts_before_season_and_week() -> None:
    works_at_obon = Span(date(2026, 8, 14), date(2026, 8, 14), is_working=True)
    rests = Span(date(2026, 8, 17), date(2026, 8, 18))
    calendar = Calendar(TOKYO, spans=(works_at_obon, rests))

    assert next_open(Business(), tokyo(2026, 8, 12, 19), TOKYO, calendar) == tokyo(2026, 8, 14, 9)
    assert next_open(Business(), tokyo(2026, 8, 14, 19), TOKYO, calendar) == tokyo(2026, 8, 19, 9)


def test_the_recipients_morning_counts_not_the_firms() -> None:
    friday_night_in_tokyo = tokyo(2026, 11, 20, 22)

    assert next_open(Business(), friday_night_in_tokyo, NEW_YORK, CALENDAR) == datetime(2026, 11, 20, 14, tzinfo=UTC)


def test_a_window_in_the_hour_that_is_skipped_opens_when_the_clock_has_jumped() -> None:
    before = datetime(2026, 3, 8, 5, tzinfo=UTC)
    lost = Weekly(frozenset(range(1, 8)), time(2, 15), time(2, 45))

    assert next_open(NIGHT, before, NEW_YORK, CALENDAR) == datetime(2026, 3, 8, 6, 30, tzinfo=UTC)
    assert next_open(lost, before, NEW_YORK, CALENDAR) == datetime(2026, 3, 9, 6, 15, tzinfo=UTC)


def test_a_window_in_the_hour_that_comes_twice_opens_twice() -> None:
    half_past_one = Weekly(frozenset(range(1, 8)), time(1, 30), time(1, 45))
    once, again = (datetime(2026, 11, 1, hour, 30, tzinfo=UTC) for hour in (5, 6))

    assert next_open(half_past_one, once - timedelta(hours=2), NEW_YORK, CALENDAR) == once
    assert next_open(half_past_one, once + timedelta(minutes=20), NEW_YORK, CALENDAR) == again


@pytest.mark.parametrize(
    ("fiscal", "closing_month", "opens"),
    [
        ("budgeting", 3, tokyo(2027, 1, 1)),
        ("budgeting", None, tokyo(2027, 1, 1)),
        ("budgeting", 12, tokyo(2026, 11, 22, 9)),
        ("budgeting", 2, tokyo(2026, 12, 1)),
        ("first_quarter", 3, tokyo(2027, 4, 1)),
        ("closing_month", 11, tokyo(2026, 11, 22, 9)),
        ("closing_month", 9, tokyo(2027, 9, 1)),
        ("month 7", 3, tokyo(2027, 10, 1)),
        ("month 9", 3, tokyo(2026, 12, 1)),
    ],
)
def test_fiscal_windows_follow_the_accounts_closing_month(
    fiscal: str, closing_month: int | None, opens: datetime
) -> None:
    window = read_window({"fiscal": fiscal})

    assert next_open(window, tokyo(2026, 11, 22, 9), TOKYO, CALENDAR, closing_month) == opens


def test_a_calendar_without_a_working_day_is_asked_again_a_year_later() -> None:
    never = Calendar(TOKYO, Hours(), (Span(date(2026, 1, 1), date(2030, 1, 1)),))
    at = tokyo(2026, 11, 20, 9)

    assert next_open(Business(), at, TOKYO, never) == at + timedelta(days=LONGEST_CLOSURE)


def test_windows_are_read_as_documents_name_them() -> None:
    weekly = {"weekdays": ["mon", "thu"], "from": "09:30", "to": "17:00"}

    assert read_window({"business": True}) == Business()
    assert read_window(weekly) == Weekly(frozenset({1, 4}), time(9, 30), time(17))
    assert read_window({"from": "20:00", "to": "24:00"}) == Weekly(frozenset(range(1, 8)), time(20))


@pytest.mark.parametrize(
    ("value", "place"),
    [
        ({}, "window"),
        ({"business": False}, "window"),
        ({"weekdays": ["monday"]}, "window.weekdays"),
        ({"from": "9 o'clock"}, "window.from"),
        ({"from": "09:00+05:00", "to": "17:00"}, "window.from"),
        ({"from": "17:00", "to": "09:00"}, "window.to"),
        ({"fiscal": "month 13"}, "window.fiscal"),
        ({"fiscal": "soon"}, "window.fiscal"),
    ],
)
def test_what_is_no_window_is_refused_with_its_place(value: dict[str, Any], place: str) -> None:
    with pytest.raises(Invalid) as refused:
        read_window(value)

    assert refused.value.field == place


SOUND = [
    {"business": True},
    {"habit": True},
    {"weekdays": ["mon", "fri"]},
    {"from": "09:00"},
    {"to": "24:00"},
    {"weekdays": ["sun"], "from": "09:00", "to": "17:30:15"},
    {"fiscal": "budgeting"},
    {"fiscal": "month 12"},
]
UNSOUND: list[Any] = [
    {},
    [],
    {"business": False},
    {"business": True, "from": "09:00"},
    {"business": True, "habit": True},
    {"habit": True, "weekdays": ["mon"]},
    {"fiscal": "closing_month", "to": "17:00"},
    {"fiscal": "month 13"},
    {"weekdays": []},
    {"weekdays": ["someday"]},
    {"weekdays": ["mon"], "until": "17:00"},
    {"from": "24:00"},
    {"from": "09:61"},
    {"to": "99:00"},
    {"to": None},
]


@pytest.mark.parametrize(("value", "is_sound"), [*((one, True) for one in SOUND), *((one, False) for one in UNSOUND)])
def test_an_editor_with_the_schema_and_the_check_agree_on_what_a_window_is(value: Any, is_sound: bool) -> None:
    told = list(Opening().flaws(value, "window"))

    assert (not told, fits(value, Opening().schema())) == (is_sound, is_sound)


def fits(value: Any, schema: dict[str, Any]) -> bool:
    """What JSON Schema says of a value; of its keywords those that windows use, any other is an error here."""
    return all(KEYWORDS[word](value, said, schema) for word, said in schema.items())


Keyword = Callable[[Any, Any, dict[str, Any]], bool]
TYPES = {"object": dict, "array": list, "string": str}
KEYWORDS: dict[str, Keyword] = {
    "type": lambda value, said, _: isinstance(value, TYPES[said]),
    "const": lambda value, said, _: value == said,
    "enum": lambda value, said, _: value in said,
    "pattern": lambda value, said, _: not isinstance(value, str) or re.search(said, value) is not None,
    "items": lambda value, said, _: not isinstance(value, list) or all(fits(one, said) for one in value),
    "minItems": lambda value, said, _: not isinstance(value, list) or len(value) >= said,
    "minProperties": lambda value, said, _: not isinstance(value, dict) or len(value) >= said,
    "properties": lambda value, said, _: (
        not isinstance(value, dict) or all(fits(value[name], said[name]) for name in said if name in value)
    ),
    "additionalProperties": lambda value, said, schema: (
        said or not isinstance(value, dict) or set(value) <= set(schema["properties"])
    ),
    "oneOf": lambda value, said, _: sum(fits(value, one) for one in said) == 1,
    "anyOf": lambda value, said, _: any(fits(value, one) for one in said),
}
