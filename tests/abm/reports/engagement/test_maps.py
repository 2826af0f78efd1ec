"""Heat maps count human acts, where they belong."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy.orm import Session

from abm.clock import day_start
from abm.models import Account
from abm.reports.engagement.acts import WITHOUT, About, list_acts
from abm.reports.engagement.maps import HeatMap, Square, departments_by_week, human_map, narrowed, values_of
from abm.reports.engagement.weeks import last_weeks
from abm.words import EventKind, JobFunction, MapAxis, Verdict
from tests.abm.reports.engagement.world import downloaded, person, replied
from tests.abm.reports.lists.world import NOW, TOKYO, ago
from tests.worlds import make_account, make_department, make_event

WEEKS = last_weeks(NOW, 4)
ALL = About(WEEKS[0].starts_at, WEEKS[-1].ends_at)
INDUSTRY, FUNCTION, TOPIC = MapAxis.INDUSTRY, MapAxis.JOB_FUNCTION, MapAxis.TOPIC


def filled(found: HeatMap) -> dict[tuple[str, str], int]:
    return {key: cell.acts for key, cell in found.cells.items()}


@pytest.fixture
def makers(session: Session) -> Account:
    """A maker: an engineer read twice about security, once about cost as well; a buyer fetched a file about nothing."""
    makers = make_account(session, industry="製造")
    engineer = person(session, makers, job_function=JobFunction.ENGINEERING)
    buyer = person(session, makers, "坊 太郎", job_function=JobFunction.PURCHASING)
    downloaded(session, engineer, 1, topics=["security"])
    downloaded(session, engineer, 2, topics=["security", "cost"])
    downloaded(session, buyer, 3)
    return makers


def test_weeks_begin_on_monday_where_the_installation_is(session: Session) -> None:
    acme = make_account(session)
    buying = make_department(session, acme)
    anna = person(session, acme, department_id=buying.id)
    monday = day_start(ago(4), TOKYO)
    make_event(session, anna, EventKind.CLICK, monday)
    make_event(session, anna, EventKind.CLICK, monday - timedelta(seconds=1))

    found = departments_by_week(session, acme.id, WEEKS)

    assert filled(found) == {(str(buying.id), "2026-11-09"): 1, (str(buying.id), "2026-11-02"): 1}


def test_a_department_that_did_nothing_stands_there_and_machines_do_not_count(session: Session) -> None:
    acme = make_account(session)
    buying, making = make_department(session, acme), make_department(session, acme, "製造部")
    anna = person(session, acme, department_id=buying.id)
    for verdict in Verdict:
        make_event(session, anna, EventKind.CLICK, verdict=verdict)
    replied(session, person(session, acme, "坊 太郎"))

    found = departments_by_week(session, acme.id, WEEKS)

    assert dict(found.rows) == {str(making.id): "製造部", str(buying.id): "購買部", WITHOUT: None}
    assert found.cells[str(buying.id), "2026-11-09"] == Square(acts=2, people=1)
    assert found.most == 2


def test_an_act_about_two_topics_counts_for_both_and_one_about_none_is_said_to_be(
    session: Session, makers: Account
) -> None:
    found = human_map(session, INDUSTRY, TOPIC, ALL)

    assert filled(found) == {("製造", "security"): 2, ("製造", "cost"): 1, ("製造", WITHOUT): 1}
    assert [key for key, _name in found.columns] == ["security", "cost", WITHOUT]


def test_an_act_counts_once_where_topics_are_no_axis(session: Session, makers: Account) -> None:
    found = human_map(session, INDUSTRY, FUNCTION, ALL)

    assert filled(found) == {("製造", "engineering"): 2, ("製造", "purchasing"): 1}


@pytest.mark.parametrize(
    ("topic", "engineers", "buyers"), [("security", 2, None), ("cost", 1, None), (WITHOUT, None, 1)]
)
def test_the_third_axis_narrows_the_map(
    session: Session, makers: Account, topic: str, engineers: int | None, buyers: int | None
) -> None:
    found = filled(human_map(session, INDUSTRY, FUNCTION, narrowed(ALL, TOPIC, topic)))

    assert (found.get(("製造", "engineering")), found.get(("製造", "purchasing"))) == (engineers, buyers)


def test_what_nobody_knows_is_a_row_of_its_own_and_comes_last(session: Session, makers: Account) -> None:
    for number in range(5):
        replied(session, person(session, make_account(session, f"不明{number}")), topics=["security"])

    found = human_map(session, INDUSTRY, TOPIC, ALL)

    assert [key for key, _name in found.rows] == ["製造", WITHOUT]
    assert found.cells[WITHOUT, "security"] == Square(acts=5, people=5)


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({"industry": "製造", "topic": "security"}, 2),
        ({"industry": "製造", "job_function": "purchasing"}, 1),
        ({"industry": WITHOUT}, 0),
        ({"topic": WITHOUT}, 1),
        ({"department": WITHOUT}, 3),
    ],
)
def test_behind_a_cell_lie_as_many_acts_as_it_says(
    session: Session, makers: Account, asked: dict[str, Any], expected: int
) -> None:
    about = About(ALL.since, ALL.until, makers.id, **asked)

    found = list_acts(session, about, 1)

    assert (found.total, len(found.rows)) == (expected, expected)


def test_values_of_an_axis_come_by_how_often_they_are_met(session: Session, makers: Account) -> None:
    assert values_of(session, TOPIC, ALL) == ["security", "cost"]
    assert values_of(session, FUNCTION, ALL) == ["engineering", "purchasing"]
