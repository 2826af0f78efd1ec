"""The curve of a score: by hand, equal to the receipt, with what happened on the way."""

import pytest
from sqlalchemy.orm import Session

from abm.models import Account, StageChange
from abm.reports.engagement.curve import Curve, score_curve
from abm.scoring.live import ensure_model
from abm.scoring.report import score_report
from abm.words import MarkSort, Stage, StageReason, TaskKind, TaskState, Tier, Verdict
from tests.abm.reports.engagement.world import downloaded, fold, person, replied
from tests.abm.reports.lists.world import NOW, ago, make_hand_off, noon_ago
from tests.worlds import make_account


def curve_of(session: Session, account: Account, length: int = 84) -> Curve:
    return score_curve(session, account, ensure_model(session), NOW, length)


@pytest.fixture
def acme(session: Session) -> Account:
    """Anna replied 45 days ago and downloaded 21 days ago; Bo replied 45 days ago; all of it has halved since."""
    acme = make_account(session, tier=Tier.ONE_TO_FEW)
    anna, bo = person(session, acme), person(session, acme, "坊 太郎")
    replied(session, anna, 45)
    downloaded(session, anna, 21)
    replied(session, bo, 45)
    fold(session)
    return acme


def test_the_last_day_is_now_and_nothing_stood_before_the_first_act(session: Session, acme: Account) -> None:
    days = {day.on: day for day in curve_of(session, acme).days}

    # Anna 20/2 + 5/2, Bo 20/2; of Anna's 12.5 no more count than 1.5 times Bo's 10.
    assert days[ago(0)].points == pytest.approx(22.5)
    assert days[ago(0)].counted == pytest.approx(22.5)
    assert days[ago(46)].points == 0


def test_one_person_alone_counts_for_nothing_however_high_the_score(session: Session) -> None:
    solo = make_account(session)
    replied(session, person(session, solo))
    fold(session)

    last = curve_of(session, solo).days[-1]

    assert (last.points, last.counted) == (pytest.approx(20), 0)


def test_every_day_says_what_the_receipt_of_that_day_says(session: Session, acme: Account) -> None:
    for day in curve_of(session, acme, 60).days[::7]:
        assert day.points == pytest.approx(score_report(session, acme.id, at=day.at)["points"], abs=1e-9)


def test_the_levels_are_those_of_the_tier(session: Session, acme: Account) -> None:
    curve = curve_of(session, acme)

    assert (curve.threshold, curve.leaves_at) == (30, pytest.approx(21))


def test_the_first_act_of_each_person_is_marked_and_no_machine(session: Session) -> None:
    acme = make_account(session)
    anna = person(session, acme)
    downloaded(session, anna, 30, verdict=Verdict.MACHINE)
    replied(session, anna, 20)
    downloaded(session, anna, 10)
    fold(session)

    marks = curve_of(session, acme).marks

    assert [(mark.sort, mark.on, mark.name, mark.code) for mark in marks if mark.sort is MarkSort.PERSON] == [
        (MarkSort.PERSON, ago(20), "安奈 花子", "reply")
    ]


def test_who_acted_first_before_the_time_looked_at_is_no_newcomer(session: Session, acme: Account) -> None:
    assert not [mark for mark in curve_of(session, acme, 40).marks if mark.sort is MarkSort.PERSON]


def test_stages_and_tasks_are_marked_in_order(session: Session) -> None:
    acme = make_account(session)
    task = make_hand_off(session, acme, TaskState.ASSIGNED, created_at=noon_ago(3))
    moved = StageChange(account_id=acme.id, old=Stage.AWARE, new=Stage.MQA, at=noon_ago(4), reason=StageReason.ACT_NOW)
    session.add(moved)
    session.flush()

    marks = curve_of(session, acme).marks

    assert [(mark.sort, mark.old, mark.code, mark.task_id) for mark in marks] == [
        (MarkSort.STAGE, Stage.AWARE, Stage.MQA, None),
        (MarkSort.TASK, None, TaskKind.HAND_OFF, task.id),
    ]


def test_a_company_that_did_nothing_has_an_empty_curve(session: Session) -> None:
    assert curve_of(session, make_account(session)).is_empty
