"""What a person wants is what was said last, in whatever order it arrives."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from abm.words import Pace
from tests.worlds import NOON
from tracking.wishes import PAUSE, News, Pause, Wanted, Wish, fold, from_detail, read_wish, to_detail

TOPICS = st.lists(st.sampled_from(["在庫管理", "原価", "導入"]), unique=True).map(tuple)
WISHES = st.builds(
    Wish,
    pace=st.none() | st.sampled_from(Pace),
    shown=TOPICS,
    wanted=TOPICS,
    pause=st.none() | st.sampled_from(Pause),
    open_tracking=st.none() | st.booleans(),
    news=st.none() | st.sampled_from(News),
)


def said(*wishes: Wish):
    return [(NOON + timedelta(days=day), f"hit {day}", wish) for day, wish in enumerate(wishes)]


def test_a_form_is_read_with_what_it_shows_and_what_it_does_not():
    wish = read_wish(
        {"pace": ["weekly"], "shown": ["a", "b"], "topic": ["b"], "open_tracking": ["no"], "news": ["none"]}
    )

    assert wish == Wish(Pace.WEEKLY, ("a", "b"), ("b",), None, False, None)


@pytest.mark.parametrize(("showed", "said"), [("no", None), ("yes", False), (None, False)])
def test_a_consent_sent_back_as_it_was_shown_says_nothing(showed: str | None, said: bool | None):
    posted = {"open_tracking": ["no"]} | ({"open_tracking_was": [showed]} if showed else {})

    assert read_wish(posted).open_tracking is said


def test_what_a_form_cannot_hold_says_nothing():
    odd = {"pace": ["hourly", "weekly"], "pause": [""], "open_tracking": ["maybe"], "topic": ["x" * 101, "a\x00b"]}

    assert read_wish(odd) == Wish()


def test_what_is_not_said_stays_as_it_was():
    first, second = Wish(pace=Pace.MONTHLY, shown=("a", "b"), wanted=("b",)), Wish(pause=Pause.THREE_MONTHS)

    assert fold(said(first, second)) == Wanted(Pace.MONTHLY, NOON + timedelta(days=1) + PAUSE, frozenset({"a"}))


def test_a_topic_that_was_not_shown_stays_muted():
    assert fold(said(Wish(shown=("a", "b")), Wish(shown=("b",), wanted=("b",)))).muted == {"a"}


def test_a_pause_can_be_ended():
    assert fold(said(Wish(pause=Pause.THREE_MONTHS), Wish(pause=Pause.END))).paused_until is None


@given(st.lists(WISHES, max_size=6), st.randoms())
def test_the_order_of_arrival_does_not_matter(wishes, random):
    told = said(*wishes)
    shuffled = [*told, *told[:2]]
    random.shuffle(shuffled)

    assert fold({id_: (at, id_, wish) for at, id_, wish in shuffled}.values()) == fold(told)


@given(WISHES)
def test_a_wish_travels_in_its_hit(wish):
    back = from_detail(to_detail(wish))

    assert fold(said(back)) == fold(said(wish))
    assert (back.open_tracking, back.news) == (wish.open_tracking, wish.news)
