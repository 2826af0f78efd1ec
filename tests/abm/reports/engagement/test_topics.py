"""Interests over time: acts of each week, or points left at its end."""

import pytest
from sqlalchemy.orm import Session

from abm.models import Account
from abm.reports.engagement.acts import WITHOUT
from abm.reports.engagement.topics import OTHERS, SERIES_SHOWN, OverTime, over_time
from abm.reports.engagement.weeks import last_weeks
from abm.scoring.report import score_report
from abm.words import Measure, TopicSort
from tests.abm.reports.engagement.world import downloaded, fold, person, replied
from tests.abm.reports.lists.world import NOW
from tests.worlds import NOON, make_account


def read(session: Session, measure: Measure, account: Account | None = None, **over: object) -> OverTime:
    sort = TopicSort(over.get("sort", TopicSort.TOPIC))
    return over_time(session, last_weeks(NOW, 4), sort, measure, NOON, account.id if account else None)


def numbers(found: OverTime) -> dict[str, tuple[float, ...]]:
    return {one.key: one.numbers for one in found.series}


@pytest.fixture
def acme(session: Session) -> Account:
    """A reply about cost 45 days ago; a download about security of product X 21 days ago; one about nothing today."""
    acme = make_account(session)
    anna = person(session, acme)
    replied(session, anna, 45, topics=["cost"])
    downloaded(session, anna, 21, topics=["security"], product="x")
    downloaded(session, anna)
    fold(session)
    return acme


def test_acts_are_counted_in_their_week(session: Session, acme: Account) -> None:
    assert numbers(read(session, Measure.ACTS)) == {"security": (1, 0, 0, 0), WITHOUT: (0, 0, 0, 1)}


def test_points_of_long_ago_are_still_there_in_part(session: Session, acme: Account) -> None:
    found = numbers(read(session, Measure.POINTS))

    assert found["cost"][-1] == pytest.approx(20 / 2)
    assert found["security"][-1] == pytest.approx(5 / 2)
    assert found[WITHOUT][-1] == pytest.approx(5)


def test_a_week_later_a_week_more_has_faded(session: Session, acme: Account) -> None:
    cost = numbers(read(session, Measure.POINTS))["cost"]

    assert cost[1] == pytest.approx(cost[0] * 2 ** (-7 / 45))


def test_all_topics_together_are_the_score(session: Session, acme: Account) -> None:
    together = sum(one.numbers[-1] for one in read(session, Measure.POINTS, acme).series)

    assert together == pytest.approx(score_report(session, acme.id, at=NOON)["points"], abs=1e-9)


def test_an_account_shows_its_own_only(session: Session, acme: Account) -> None:
    other = make_account(session, "他社")

    assert read(session, Measure.ACTS, other).series == ()
    assert read(session, Measure.POINTS, other).series == ()


def test_products_are_told_apart_like_topics(session: Session, acme: Account) -> None:
    found = numbers(read(session, Measure.ACTS, acme, sort=TopicSort.PRODUCT))

    assert found == {"x": (1, 0, 0, 0), WITHOUT: (0, 0, 0, 1)}


def test_more_topics_than_colours_are_drawn_as_others(session: Session) -> None:
    anna = person(session, make_account(session))
    for number in range(SERIES_SHOWN + 3):
        downloaded(session, anna, topics=[f"topic-{number}"])

    found = numbers(read(session, Measure.ACTS))

    assert len(found) == SERIES_SHOWN + 1
    assert found[OTHERS][-1] == 3
