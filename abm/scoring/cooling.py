"""When an account goes cold: its counted depth falls below what makes it engaged, if nothing more happens."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from abm.clock import days
from abm.scoring.model import Model
from abm.scoring.policy import capped_sum
from abm.scoring.score import decay

# A week is asked for; the moments kept are up to a day old, and a worker may be late.
LOOK_AHEAD = timedelta(days=9)
EXACTLY = timedelta(minutes=1)

# One person's points now, by half-life in days.
Person = Sequence[tuple[float, float]]


def cold_level(tier: str, model: Model) -> float:
    """The counted depth below which an account is no longer engaged."""
    return model.stages.engaged_at * model.mqa.thresholds[tier]


def goes_cold_at(people: Sequence[Person], level: float, model: Model, at: datetime) -> datetime | None:
    """When the counted depth falls below the level; None when it is below already, or stays above for days."""
    if _depth_after(people, 0, model) < level or _depth_after(people, days(LOOK_AHEAD), model) >= level:
        return None
    early, late = at, at + LOOK_AHEAD
    while late - early > EXACTLY:
        middle = early + (late - early) / 2
        early, late = (early, middle) if _depth_after(people, days(middle - at), model) < level else (middle, late)
    return late


def _depth_after(people: Sequence[Person], age_days: float, model: Model) -> float:
    left = {half_life: decay(age_days, half_life) for person in people for half_life, _ in person}
    return capped_sum([sum(points * left[half_life] for half_life, points in person) for person in people], model)
