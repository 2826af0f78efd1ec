"""The Pareto curve as numbers of a drawing."""

from decimal import Decimal

from abm.reports.lists.pareto import ClassSum, Curve, CurvePoint
from abm.web.drawing import draw_curve
from abm.words import AbcClass


def test_the_curve_starts_at_nothing_and_ends_at_everything() -> None:
    classes = (
        ClassSum(AbcClass.A, 1, Decimal(80), Decimal(80)),
        ClassSum(AbcClass.B, 3, Decimal(20), Decimal(5)),
    )

    drawn = draw_curve(Curve((CurvePoint(1, 0.8), CurvePoint(4, 1.0)), classes))

    assert drawn is not None
    # 640 by 300 with margins: 580 to the right, 252 up.
    assert drawn.line == "48.0,264.0 193.0,62.4 628.0,12.0"
    assert [(band.abc, band.x, band.width) for band in drawn.bands] == [("A", 48.0, 145.0), ("B", 193.0, 435.0)]
    assert drawn.grid[-1] == (12.0, "100%")


def test_nothing_is_drawn_of_nothing() -> None:
    assert draw_curve(Curve((), ())) is None
