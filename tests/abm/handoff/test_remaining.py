"""How much working time is left: nights, weekends, holidays and days off do not count."""

from datetime import date, datetime, timedelta

import pytest

from abm.customers.working_hours import Calendar, Span
from abm.handoff.deadline import due_after
from abm.handoff.remaining import LOOKED_AT, working_time
from tests.abm.scoring.ledgers import TOKYO

CALENDAR = Calendar(TOKYO, spans=(Span(date(2026, 11, 18), date(2026, 11, 18)),))


def at(day: int, hour: int = 9, minute: int = 0) -> datetime:
    """A moment of November 2026 in Tokyo; the 13th is a Friday, the 23rd a holiday, the 18th a day off."""
    return datetime(2026, 11, day, hour, minute, tzinfo=TOKYO)


@pytest.mark.parametrize(
    ("start", "end", "hours"),
    [
        (at(13, 10), at(13, 13), 3),
        (at(13, 17), at(16, 10), 2),
        (at(14), at(15, 20), 0),
        (at(17, 9), at(19, 9), 9),
        (at(20, 9), at(24, 18), 18),
        (at(13, 20), at(16, 9), 0),
        (at(13, 13), at(13, 10), -3),
    ],
)
def test_only_working_hours_count(start: datetime, end: datetime, hours: float) -> None:
    assert working_time(start, end, CALENDAR) == timedelta(hours=hours)


@pytest.mark.parametrize("hours", [1, 4, 8, 16])
def test_what_is_left_is_what_was_given(hours: int) -> None:
    for start in (at(13, 11), at(14, 11), at(17, 17, 30)):
        assert working_time(start, due_after(start, hours, CALENDAR), CALENDAR) == timedelta(hours=hours)


def test_a_far_deadline_is_looked_at_only_so_far() -> None:
    far = working_time(at(2), at(2) + timedelta(days=4000), CALENDAR)

    assert far == working_time(at(2), at(2) + LOOKED_AT, CALENDAR)
