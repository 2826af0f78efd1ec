"""Scores at many moments from one pass."""

import uuid
from datetime import timedelta

import pytest

from abm.reports.engagement.walk import Points, walk
from tests.worlds import NOON

ANNA, BO = uuid.UUID(int=1), uuid.UUID(int=2)


def test_points_halve_between_moments_and_later_ones_join() -> None:
    entries = [Points(ANNA, 7, NOON, 8), Points(ANNA, 14, NOON + timedelta(days=14), 6), Points(BO, 7, NOON, 4)]
    moments = [NOON + timedelta(days=days) for days in (0, 7, 14, 28)]

    sums = [dict(people) for people in walk(entries, moments)]

    assert sums == [{ANNA: 8, BO: 4}, {ANNA: 4, BO: 2}, {ANNA: 2 + 6, BO: 1}, {ANNA: 0.5 + 3, BO: 0.25}]


def test_what_comes_between_two_moments_has_faded_at_the_second() -> None:
    (_before, after) = walk([Points(ANNA, 7, NOON + timedelta(days=7), 8)], [NOON, NOON + timedelta(days=14)])

    assert after == {ANNA: pytest.approx(4)}


def test_nobody_has_points_before_anything_happened() -> None:
    assert list(walk([Points(ANNA, 7, NOON, 8)], [NOON - timedelta(seconds=1)])) == [{}]
