"""When mail may go out, by the recipient's clock."""

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

import pytest

from abm.customers.working_hours import Span
from abm.guard.hours import SendHours
from abm.guard.policy import SendWindow

TOKYO, BERLIN = ZoneInfo("Asia/Tokyo"), ZoneInfo("Europe/Berlin")
HOURS = SendHours(SendWindow())


def tokyo(month: int, day: int, hour: int, minute: int = 0, year: int = 2026) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=TOKYO)


@pytest.mark.parametrize(
    ("at", "opens"),
    [
        (tokyo(11, 13, 12), tokyo(11, 13, 12)),
        (tokyo(11, 13, 7, 59), tokyo(11, 13, 8)),
        (tokyo(11, 12, 19), tokyo(11, 13, 8)),
        # Over a weekend and the day of thanks for labour, a Monday.
        (tokyo(11, 20, 20), tokyo(11, 24, 8)),
        (tokyo(8, 12, 19), tokyo(8, 17, 8)),
        # From December 29 to January 3, and the third is a Sunday.
        (tokyo(12, 28, 19), tokyo(1, 4, 8, year=2027)),
    ],
    ids=["open", "early", "evening", "weekend and holiday", "obon", "new year"],
)
def test_mail_waits_until_the_window_opens(at: datetime, opens: datetime) -> None:
    assert HOURS.opens_at(at, TOKYO) == opens


def test_the_clock_is_the_recipients() -> None:
    morning_in_tokyo = tokyo(11, 13, 10)

    assert HOURS.opens_at(morning_in_tokyo, BERLIN) == datetime(2026, 11, 13, 8, tzinfo=BERLIN)


def test_on_the_day_the_clocks_change_the_window_opens_at_its_hour_on_the_wall() -> None:
    sundays = SendHours(SendWindow(frozenset({7}), holidays=False))
    saturday = datetime(2026, 3, 28, 12, tzinfo=BERLIN)

    assert sundays.opens_at(saturday, BERLIN) == datetime(2026, 3, 29, 6, tzinfo=UTC)


def test_holidays_and_seasons_count_only_where_the_policy_keeps_them() -> None:
    always = SendHours(SendWindow(holidays=False, obon=False, new_year=False))
    thanksgiving, obon = tokyo(11, 23, 12), tokyo(8, 13, 12)

    assert [always.opens_at(at, TOKYO) for at in (thanksgiving, obon)] == [thanksgiving, obon]


def test_days_off_of_the_firm_count_and_working_days_open_a_holiday() -> None:
    off = Span(date(2026, 11, 13), date(2026, 11, 13))
    working = Span(date(2026, 11, 14), date(2026, 11, 14), is_working=True)

    assert SendHours(SendWindow(), (off, working)).opens_at(tokyo(11, 13, 9), TOKYO) == tokyo(11, 14, 8)


def test_a_window_that_never_opens_is_asked_about_again() -> None:
    never = SendHours(SendWindow(frozenset({1}), time(8), time(9)), (Span(date(2026, 1, 1), date(2028, 1, 1)),))

    assert never.opens_at(tokyo(11, 13, 9), TOKYO) > tokyo(11, 1, 9, year=2027)
