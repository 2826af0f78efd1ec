"""The clock of a task runs in business hours."""

from datetime import date, datetime, time
from zoneinfo import ZoneInfo

import pytest

from abm.customers.working_hours import Calendar, Clocks, Hours, Span
from abm.handoff.deadline import due_after
from abm.words import Tier

TOKYO = ZoneInfo("Asia/Tokyo")


def tokyo(day: int, hour: int, minute: int = 0, *, month: int = 11) -> datetime:
    """A moment of 2026 in Tokyo; 13 November is a Friday, 23 November a holiday (Monday)."""
    return datetime(2026, month, day, hour, minute, tzinfo=TOKYO)


@pytest.mark.parametrize(
    ("start", "hours", "due"),
    [
        (tokyo(12, 10), 1, tokyo(12, 11)),
        (tokyo(12, 14), 4, tokyo(12, 18)),
        (tokyo(12, 14, 30), 4, tokyo(13, 9, 30)),
        (tokyo(13, 17, 30), 1, tokyo(16, 9, 30)),
        (tokyo(14, 12), 1, tokyo(16, 10)),
        (tokyo(12, 3), 1, tokyo(12, 10)),
        (tokyo(12, 22), 1, tokyo(13, 10)),
        (tokyo(12, 10), 16, tokyo(13, 17)),
        (tokyo(20, 17), 8, tokyo(24, 16)),
    ],
)
def test_nights_weekends_and_holidays_do_not_count(start: datetime, hours: float, due: datetime) -> None:
    assert due_after(start, hours, Calendar(TOKYO)) == due


def test_the_tier_sets_the_hours_and_a_request_has_one() -> None:
    assert [Clocks().allowed(tier, act_now=False) for tier in Tier] == [4, 8, 16]
    assert Clocks().allowed(Tier.ONE_TO_MANY, act_now=True) == 1


def test_days_the_firm_is_closed_do_not_count_and_working_saturdays_do() -> None:
    closed = Span(date(2026, 11, 16), date(2026, 11, 17))
    saturday = Span(date(2026, 11, 14), date(2026, 11, 14), is_working=True)

    assert due_after(tokyo(13, 17), 2, Calendar(TOKYO, spans=(closed,))) == tokyo(18, 10)
    assert due_after(tokyo(13, 17), 2, Calendar(TOKYO, spans=(saturday,))) == tokyo(14, 10)


def test_the_hours_of_the_owner_count() -> None:
    late_riser = Calendar(TOKYO).kept_by(Hours(time(11), time(15), frozenset((1, 5))))

    assert due_after(tokyo(13, 9), 5, late_riser) == tokyo(16, 12)


def test_a_calendar_without_any_working_day_does_not_stop_the_clock_for_ever() -> None:
    never = Span(date(2026, 1, 1), date(2026, 12, 31), every_year=True)

    assert due_after(tokyo(13, 9), 4, Calendar(TOKYO, spans=(never,))) == tokyo(13, 13)
