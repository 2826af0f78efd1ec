"""Phrases that mean the same, written as tables that people can read and mend."""

from typing import NamedTuple

from abm.words import BounceReason, BounceStrength

GAP = "…"
# What stands between the phrases of the tables.
BETWEEN = " / "

HARD, SOFT = BounceStrength.HARD, BounceStrength.SOFT


class Group(NamedTuple):
    """Phrases that mean the same."""

    reason: BounceReason
    strength: BounceStrength
    phrases: tuple[tuple[str, ...], ...]


def group_of(reason: BounceReason, strength: BounceStrength, text: str) -> Group:
    """The phrases of a table with what they mean."""
    return Group(reason, strength, tuple(tuple(phrase.split(GAP)) for phrase in phrases_of(text)))


def phrases_of(text: str) -> tuple[str, ...]:
    """The phrases of a table."""
    return tuple(phrase.strip() for line in text.strip().splitlines() for phrase in line.split(BETWEEN))
