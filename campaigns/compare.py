"""Comparing shares: which way of a split did better, and what mail brought against a control group. Pure.

Intervals are those of Wilson (1927) for one share, and of Newcombe (Statistics in Medicine 17, 1998, method 10) for the
difference of two; both at 95 %.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import sqrt

Z = 1.959963984540054
# With fewer people on a way than this, one click more or less would decide.
LEAST_PEOPLE = 10


@dataclass(frozen=True)
class Share:
    """So many of so many."""

    yes: int
    of: int

    @property
    def value(self) -> float:
        """From 0 to 1; of nobody it is 0."""
        return self.yes / self.of if self.of else 0.0

    @property
    def interval(self) -> tuple[float, float]:
        """Where the true share lies, 95 times of 100 (Wilson); of nobody, anywhere."""
        if not self.of:
            return 0.0, 1.0
        square = Z * Z
        middle = (self.yes + square / 2) / (self.of + square)
        reach = Z / (self.of + square) * sqrt(self.yes * (self.of - self.yes) / self.of + square / 4)
        # Rounding must not put the ends beside the share itself.
        return max(0.0, min(middle - reach, self.value)), min(1.0, max(middle + reach, self.value))


@dataclass(frozen=True)
class Difference:
    """How much greater one share is than another, from -1 to 1, with its interval."""

    value: float
    low: float
    high: float

    @property
    def is_sure(self) -> bool:
        """Whether the interval leaves out zero."""
        return self.low > 0 or self.high < 0


def difference(one: Share, other: Share) -> Difference:
    """`one` less `other` (Newcombe)."""
    (one_low, one_high), (other_low, other_high) = one.interval, other.interval
    value = one.value - other.value
    low = value - sqrt((one.value - one_low) ** 2 + (other_high - other.value) ** 2)
    high = value + sqrt((one_high - one.value) ** 2 + (other.value - other_low) ** 2)
    return Difference(value, max(-1.0, low), min(1.0, high))


def best_way(shares: Mapping[str, Share]) -> str | None:
    """The way with the greatest share, of several the first; None while one has too few people, or nobody acted."""
    if any(share.of < LEAST_PEOPLE for share in shares.values()) or not any(share.yes for share in shares.values()):
        return None
    return max(shares, key=lambda key: shares[key].value)
