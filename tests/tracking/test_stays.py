"""Minutes somebody was there, whatever the order in which they are told."""

from datetime import timedelta
from itertools import permutations

from tests.worlds import NOON
from tracking.stays import Passage, minutes_there


def came(seat: str, minute: float) -> Passage:
    return Passage(seat, NOON + timedelta(minutes=minute), came=True)


def went(seat: str, minute: float) -> Passage:
    return Passage(seat, NOON + timedelta(minutes=minute), came=False)


def test_who_came_and_went_was_there_for_the_time_between() -> None:
    assert minutes_there([came("a", 5), went("a", 45)]) == 40


def test_who_came_back_was_there_twice() -> None:
    assert minutes_there([came("a", 0), went("a", 10), came("b", 20), went("b", 25)]) == 15


def test_two_screens_at_once_count_once_in_any_order() -> None:
    passages = [came("a", 0), came("b", 5), went("a", 30), went("b", 45)]

    assert {minutes_there(order) for order in permutations(passages)} == {45}


def test_a_coming_without_a_going_tells_of_no_time() -> None:
    assert minutes_there([came("a", 0)]) is None
    assert minutes_there([went("a", 0)]) is None
    assert minutes_there([came("a", 0), came("b", 10), went("b", 20)]) == 10
    assert minutes_there([]) is None
