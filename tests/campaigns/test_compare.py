"""Shares and differences with their intervals: against published examples, and against what must always hold."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns.compare import LEAST_PEOPLE, Share, best_way, difference

SHARES = st.integers(0, 500).flatmap(lambda of: st.builds(Share, st.integers(0, of), st.just(of)))


@pytest.mark.parametrize(
    ("share", "low", "high"),
    # Newcombe, Statistics in Medicine 17 (1998) 857-872, table I, method 3.
    [
        (Share(81, 263), 0.2553, 0.3662),
        (Share(15, 148), 0.0624, 0.1605),
        (Share(0, 20), 0.0, 0.1611),
        (Share(1, 29), 0.0061, 0.1718),
    ],
)
def test_the_interval_of_a_share_is_wilson_s(share: Share, low: float, high: float) -> None:
    assert share.interval == (pytest.approx(low, abs=5e-5), pytest.approx(high, abs=5e-5))


@pytest.mark.parametrize(
    ("one", "other", "low", "high"),
    # Newcombe, Statistics in Medicine 17 (1998) 873-890, table II, method 10.
    [
        (Share(56, 70), Share(48, 80), 0.0524, 0.3339),
        (Share(9, 10), Share(3, 10), 0.1705, 0.8090),
        (Share(10, 10), Share(0, 10), 0.6075, 1.0),
        (Share(5, 56), Share(0, 29), -0.0381, 0.1926),
    ],
)
def test_the_interval_of_a_difference_is_newcombe_s(one: Share, other: Share, low: float, high: float) -> None:
    found = difference(one, other)

    assert (found.low, found.high) == (pytest.approx(low, abs=5e-5), pytest.approx(high, abs=5e-5))


@given(SHARES, SHARES)
def test_an_interval_holds_its_value_and_turns_with_its_sides(one: Share, other: Share) -> None:
    found, back = difference(one, other), difference(other, one)

    assert -1 <= found.low <= found.value <= found.high <= 1
    assert (back.low, back.high) == (pytest.approx(-found.high), pytest.approx(-found.low))
    assert found.is_sure == (found.low > 0 or found.high < 0)


def test_nobody_wins_before_enough_people_were_asked() -> None:
    few, many = Share(9, LEAST_PEOPLE - 1), Share(1, 100)

    assert best_way({"a": few, "b": many}) is None
    assert best_way({}) is None
    assert best_way({"a": Share(1, 100), "b": Share(2, 100), "c": Share(2, 100)}) == "b"


def test_nobody_wins_where_nobody_acted() -> None:
    assert best_way({"a": Share(0, 100), "b": Share(0, 100)}) is None
