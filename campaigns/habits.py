"""When somebody usually reads: the hour of the day at which they acted on our mail before. Pure.

The rule is ours: a sitting, whatever somebody did within one hour of one day, counts for its hour and half for the
hours beside it; the fullest hour wins, of several the earliest. With fewer sittings nothing is known, and one at night
says nothing about when to send. Acts are not counted, for one click is an open and often a download as well.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

# Acts older than this tell of another job, or another season.
MEMORY = timedelta(days=180)
LEAST_SITTINGS = 5
FIRST_HOUR, LAST_HOUR = 7, 21


def usual_hour(acts: Iterable[datetime]) -> int | None:
    """The hour at which somebody usually acts, if enough is known; `acts` are on the wall clock of whoever acted."""
    sittings = {(act.date(), act.hour) for act in acts}
    seen = [hour for _, hour in sittings if FIRST_HOUR <= hour <= LAST_HOUR]
    if len(seen) < LEAST_SITTINGS:
        return None
    weights = {hour: sum(_weight(hour - one) for one in seen) for hour in range(FIRST_HOUR, LAST_HOUR + 1)}
    return max(weights, key=lambda hour: (weights[hour], -hour))


def _weight(apart: int) -> float:
    return {0: 1.0, 1: 0.5, -1: 0.5}.get(apart, 0.0)
