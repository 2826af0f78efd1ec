"""The receipt adds up, whatever the rows are."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from abm.scoring.receipt import shown_rows, shown_total


@pytest.mark.parametrize(
    ("values", "rows", "total"),
    [
        ([], [], 0),
        ([0.04, 0.04, 0.04], [0.1, 0, 0], 0.1),
        ([1.26, 1.26, 1.26], [1.3, 1.3, 1.2], 3.8),
        ([5.0, -1.26], [5.0, -1.3], 3.7),
    ],
)
def test_rows_are_rounded_by_largest_remainder(values: list[float], rows: list[float], total: float) -> None:
    assert (shown_rows(values), shown_total(values)) == (rows, total)


@given(st.lists(st.floats(-500, 500), max_size=40))
def test_rows_always_add_up_to_the_total_and_stay_near_their_values(values: list[float]) -> None:
    rows = shown_rows(values)

    assert round(sum(round(row * 10) for row in rows)) == round(shown_total(values) * 10)
    assert all(abs(row - value) <= 0.1 + 1e-9 for row, value in zip(rows, values, strict=True))
