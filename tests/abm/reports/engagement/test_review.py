"""The weekly review: what happened within the days, and what nobody has taken care of."""

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from abm.models import Account, AccountHeat, MqaChange, StageChange
from abm.reports.engagement.review import Review, weekly_review
from abm.reports.lists.reading import Wanted
from abm.words import AnswerCode, BuyingRole, MqaCause, ReviewPoint, Stage, StageReason, TaskKind, TaskState
from tests.abm.reports.engagement.world import person
from tests.abm.reports.lists.world import EVERYBODY, NOW, TODAY, make_action, make_hand_off, noon_ago
from tests.worlds import make_account, make_user


def review(session: Session, wanted: Wanted = EVERYBODY) -> Review:
    return weekly_review(session, wanted, NOW)


def became_mqa(session: Session, name: str, days: int, **over: Any) -> Account:
    account = make_account(session, name, **{"is_mqa": True, "stage": Stage.MQA, **over})
    session.add(MqaChange(account_id=account.id, cause=MqaCause.ENTERED, at=noon_ago(days)))
    session.flush()
    return account


def move(session: Session, account: Account, old: Stage, new: Stage, at: datetime) -> None:
    session.add(StageChange(account_id=account.id, old=old, new=new, at=at, reason=StageReason.HUMAN_EVENT))
    session.flush()


def points(found: Review) -> list[tuple[ReviewPoint, str]]:
    return [(one.point, one.account) for one in found.decisions]


def test_newly_hot_became_mqa_within_the_week_and_still_is(session: Session) -> None:
    became_mqa(session, "今週", 3)
    became_mqa(session, "先週", 9)
    became_mqa(session, "もう違う", 3, is_mqa=False)

    assert [one.account for one in review(session).newly_hot] == ["今週"]


def test_an_account_moved_from_its_first_to_its_last_stage_of_the_week(session: Session) -> None:
    acme, there_and_back = make_account(session), make_account(session, "往復")
    move(session, acme, Stage.AWARE, Stage.ENGAGED, noon_ago(5))
    move(session, acme, Stage.ENGAGED, Stage.MQA, noon_ago(2))
    move(session, there_and_back, Stage.AWARE, Stage.ENGAGED, noon_ago(5))
    move(session, there_and_back, Stage.ENGAGED, Stage.AWARE, noon_ago(2))

    (moved,) = review(session).moved

    assert (moved.account, moved.old, moved.new, moved.is_up) == (acme.name, Stage.AWARE, Stage.MQA, True)


def test_answers_of_the_week_stand_there_and_taking_a_hand_off_is_one(session: Session) -> None:
    acme = make_account(session)
    make_hand_off(session, acme, TaskState.ACCEPTED, accepted_at=noon_ago(1))
    make_hand_off(
        session, acme, TaskState.REJECTED, closed_at=noon_ago(2), answer=AnswerCode.OTHER, text="重複", accepted_at=None
    )
    make_hand_off(session, acme, TaskState.REJECTED, closed_at=noon_ago(12), answer=AnswerCode.OTHER)

    answered = review(session).answered

    assert [(one.answer, one.text) for one in answered] == [(AnswerCode.ACCEPT, None), (AnswerCode.OTHER, "重複")]


def test_what_nobody_takes_care_of_is_to_be_decided(session: Session) -> None:
    new = became_mqa(session, "持ち主なし", 1, counted_depth=40)
    cool = make_account(session, "冷える")
    session.add(AccountHeat(account_id=cool.id, goes_cold_at=noon_ago(-3)))
    late = make_account(session, "遅れ")
    make_hand_off(session, late, TaskState.ASSIGNED, due_at=noon_ago(1))

    assert points(review(session)) == [
        (ReviewPoint.OVERDUE, late.name),
        (ReviewPoint.NO_OWNER, new.name),
        (ReviewPoint.COOLS_UNPLANNED, cool.name),
        (ReviewPoint.GAP_UNASKED, new.name),
    ]


def test_what_somebody_takes_care_of_is_not(session: Session) -> None:
    kato = make_user(session)
    new = became_mqa(session, "担当あり", 1, owner_id=kato.id, counted_depth=40)
    person(session, new, buying_role=BuyingRole.CHAMPION)
    make_hand_off(session, new, TaskState.OPEN, kind=TaskKind.COVERAGE)
    cool = make_account(session, "冷える")
    session.add(AccountHeat(account_id=cool.id, goes_cold_at=noon_ago(-3)))
    make_action(session, cool, kato, TODAY)

    assert points(review(session)) == []
    assert [one.account for one in review(session).cooling] == ["冷える"]


def test_one_may_look_at_ones_own_only(session: Session) -> None:
    kato = make_user(session)
    became_mqa(session, "自分の", 1, owner_id=kato.id)
    became_mqa(session, "他人の", 1)

    assert [one.account for one in review(session, Wanted(kato.id)).newly_hot] == ["自分の"]
