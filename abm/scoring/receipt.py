"""The score receipt: rows with one decimal that add up to the number shown."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from math import floor, fsum


def shown_total(values: Sequence[float]) -> float:
    """The total as people see it, with one decimal, halves up."""
    return _tenths(values) / 10


def shown_rows(values: Sequence[float]) -> list[float]:
    """Each row as people see it: rounded by largest remainder, so that the rows add up to the total shown."""
    down = [floor(value * 10) for value in values]
    missing = _tenths(values) - sum(down)
    by_remainder = sorted(range(len(values)), key=lambda row: (down[row] - values[row] * 10, row))
    raised = set(by_remainder[:missing])
    return [(tenths + (row in raised)) / 10 for row, tenths in enumerate(down)]


def interests(rows: Iterable[tuple[Sequence[str], float]]) -> dict[str, float]:
    """The score of each topic, highest first: what is about two topics counts whole for both."""
    values: dict[str, list[float]] = defaultdict(list)
    for topics, value in rows:
        for topic in set(topics):
            values[topic].append(value)
    sums = {topic: fsum(parts) for topic, parts in values.items()}
    return dict(
        sorted(((topic, points) for topic, points in sums.items() if points), key=lambda one: (-one[1], one[0]))
    )


def _tenths(values: Sequence[float]) -> int:
    return floor(fsum(values) * 10 + 0.5)
