"""The Pareto curve and the trend of a row as shapes: numbers only, so that a page needs neither scripts nor styles."""

from collections.abc import Sequence
from dataclasses import dataclass

from abm.reports.lists.pareto import Curve

WIDTH, HEIGHT = 640, 300
LEFT, RIGHT, TOP, BOTTOM = 48, 12, 12, 36
# Each share is written at the axis.
GRID = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)
TREND_WIDTH, TREND_HEIGHT, TREND_EDGE = 120, 28, 3


@dataclass(frozen=True)
class Band:
    """The part of the accounts that is one class, along the lower edge."""

    abc: str
    x: float
    width: float
    accounts: int


@dataclass(frozen=True)
class Drawing:
    """What the template draws."""

    width: int
    height: int
    left: int
    right: float
    bottom: float
    line: str
    area: str
    grid: tuple[tuple[float, str], ...]
    bands: tuple[Band, ...]


def draw_curve(curve: Curve) -> Drawing | None:
    """The curve in a frame of its own size; None where there is nothing to draw."""
    if not curve.points:
        return None
    points = [(0, 0.0), *((point.rank, point.cumulated) for point in curve.points)]
    placed = [f"{_x(rank, curve.accounts):.1f},{_y(share):.1f}" for rank, share in points]
    base = f"{_y(0.0):.1f}"
    area = " ".join([*placed, f"{_x(curve.accounts, curve.accounts):.1f},{base}", f"{LEFT},{base}"])
    grid = tuple((_y(share), f"{share:.0%}") for share in GRID)
    return Drawing(WIDTH, HEIGHT, LEFT, WIDTH - RIGHT, _y(0.0), " ".join(placed), area, grid, tuple(_bands(curve)))


def draw_trend(values: Sequence[float]) -> list[tuple[float, float]]:
    """A row's numbers as the points of a line from left to right; zero, or what is below it, lies at the bottom."""
    low, high = min(0.0, *values), max(values)
    span = high - low or 1.0
    step = (TREND_WIDTH - 2 * TREND_EDGE) / max(1, len(values) - 1)
    return [
        (
            round(TREND_EDGE + place * step, 1),
            round(TREND_HEIGHT - TREND_EDGE - (value - low) / span * (TREND_HEIGHT - 2 * TREND_EDGE), 1),
        )
        for place, value in enumerate(values)
    ]


def _bands(curve: Curve) -> list[Band]:
    bands, passed = [], 0
    for one in curve.classes:
        start = _x(passed, curve.accounts)
        passed += one.accounts
        bands.append(Band(one.abc.value, start, _x(passed, curve.accounts) - start, one.accounts))
    return bands


def _x(rank: int, accounts: int) -> float:
    return LEFT + (WIDTH - LEFT - RIGHT) * rank / accounts


def _y(share: float) -> float:
    return TOP + (HEIGHT - TOP - BOTTOM) * (1 - share)
