"""The clock of a task runs in business hours."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from abm.handoff.deadline import due_after, hours_allowed
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
    assert due_after(start, hours, TOKYO) == due


def test_the_tier_sets_the_hours_and_a_request_has_one() -> None:
    assert [hours_allowed(tier, act_now=False) for tier in Tier] == [4, 8, 16]
    assert hours_allowed(Tier.ONE_TO_MANY, act_now=True) == 1
