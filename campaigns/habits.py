"""When somebody usually reads: the hour of the day at which they acted on our mail before. Pure.

The rule is ours: each human act counts for its hour and half for the hours beside it; the fullest hour wins, of several
the earliest. With fewer acts nothing is known, and an act at night says nothing about when to send.
"""

from collections.abc import Iterable
from datetime import timedelta

# Acts older than this tell of another job, or another season.
MEMORY = timedelta(days=180)
LEAST_ACTS = 5
FIRST_HOUR, LAST_HOUR = 7, 21


def usual_hour(hours: Iterable[int]) -> int | None:
    """The hour (0 to 23, on the wall clock of whoever acted) at which somebody usually acts, if enough is known."""
    seen = [hour for hour in hours if FIRST_HOUR <= hour <= LAST_HOUR]
    if len(seen) < LEAST_ACTS:
        return None
    weights = {hour: sum(_weight(hour - one) for one in seen) for hour in range(FIRST_HOUR, LAST_HOUR + 1)}
    return max(weights, key=lambda hour: (weights[hour], -hour))


def _weight(apart: int) -> float:
    return {0: 1.0, 1: 0.5, -1: 0.5}.get(apart, 0.0)
