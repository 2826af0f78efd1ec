"""The heat list: who is hot, who has just become so, who is about to cool."""

from typing import Any

import pytest
from sqlalchemy.orm import Session

from abm.models import Account, AccountHeat, StageChange
from abm.reports.lists.heat import TREND_WEEKS, HeatLine, heat
from abm.reports.lists.reading import Wanted, count_lines
from abm.words import ExcludedReason, HeatTurn, Stage, StageReason, TaskState, Tier
from tests.abm.reports.engagement.world import downloaded, fold, person, replied
from tests.abm.reports.lists.world import NOW, ago, lines, make_hand_off, names, noon_ago
from tests.worlds import make_account, make_user

# Monday of last week is the 2nd: eleven days ago.
LAST_WEEK = 11


def found(session: Session, **choices: str) -> list[HeatLine]:
    return lines(session, heat(session, Wanted(choices=choices), NOW), HeatLine)


def listed(session: Session, **choices: str) -> list[str]:
    return names(session, heat(session, Wanted(choices=choices), NOW), HeatLine)


def mqa(session: Session, name: str, days: int, **over: Any) -> Account:
    return make_account(session, name, is_mqa=True, stage=Stage.MQA, mqa_since=noon_ago(days), **over)


def test_hot_is_who_is_mqa_or_has_half_of_the_threshold_of_its_tier(session: Session) -> None:
    make_account(session, "半分", tier=Tier.ONE_TO_MANY, counted_depth=20)
    make_account(session, "半分未満", tier=Tier.ONE_TO_MANY, counted_depth=19.9)
    make_account(session, "重点", tier=Tier.ONE_TO_ONE, counted_depth=10)
    mqa(session, "MQA", 90, counted_depth=0)

    assert sorted(listed(session)) == sorted(["半分", "重点", "MQA"])


def test_the_hottest_comes_first_by_the_score_of_this_moment(session: Session) -> None:
    for name, days in (("昔", 45), ("今", 0), ("先日", 20)):
        replied(session, person(session, mqa(session, name, 90)), days)
    fold(session)
    # The evaluation took the flag away from each: one person is not enough.
    for account in session.query(Account):
        account.is_mqa = True
    session.flush()

    assert [(line.account, round(line.points, 1)) for line in found(session)] == [
        ("今", 20.0),
        ("先日", pytest.approx(14.7)),
        ("昔", 10.0),
    ]


@pytest.fixture
def warm(session: Session) -> Account:
    """Anna and Bo replied 45 days ago; a week ago Bo fetched a file, and today Anna another."""
    acme = make_account(session, tier=Tier.ONE_TO_ONE)
    anna, bo = person(session, acme), person(session, acme, "坊 太郎")
    replied(session, anna, 45)
    replied(session, bo, 45)
    downloaded(session, bo, 7.5)
    downloaded(session, anna)
    fold(session)
    return acme


def test_the_trend_ends_with_the_score_of_now_and_begins_before_the_first_act(session: Session, warm: Account) -> None:
    (line,) = found(session)

    assert len(line.trend) == TREND_WEEKS + 1
    assert line.trend[0] == 0
    assert line.trend[-1] == pytest.approx(line.points) == pytest.approx(20 + 5 * 2 ** (-7.5 / 21) + 5)


def test_the_change_is_that_of_seven_days(session: Session, warm: Account) -> None:
    (line,) = found(session)

    week_ago = 40 * 2 ** (-38 / 45) + 5 * 2 ** (-0.5 / 21)
    assert line.change == pytest.approx(line.points - week_ago)


def test_momentum_is_this_week_over_the_weekly_mean_of_three(session: Session, warm: Account) -> None:
    (line,) = found(session)

    # Five points today, five in the three weeks before: three times as much as in the mean week.
    assert line.momentum == pytest.approx(3)
    assert line.breadth == 2


def test_momentum_is_new_where_the_weeks_before_were_empty(session: Session) -> None:
    acme = make_account(session, tier=Tier.ONE_TO_ONE)
    for name in ("安奈 花子", "坊 太郎"):
        replied(session, person(session, acme, name))
    fold(session)

    assert [line.momentum for line in found(session)] == [None]


@pytest.mark.parametrize(("days", "is_new"), [(0, True), (LAST_WEEK, True), (LAST_WEEK + 1, False)])
def test_newly_hot_became_mqa_this_week_or_last_week(session: Session, days: int, is_new: bool) -> None:
    mqa(session, "新MQA", days)

    (line,) = found(session)

    assert (line.turn, line.turn_on) == ((HeatTurn.BECAME_MQA, ago(days)) if is_new else (None, None))
    assert listed(session, tab="newly_hot") == (["新MQA"] if is_new else [])


@pytest.mark.parametrize(("old", "is_new"), [(Stage.AWARE, True), (Stage.MQA, False)])
def test_newly_engaged_came_from_below(session: Session, old: Stage, is_new: bool) -> None:
    acme = make_account(session, stage=Stage.ENGAGED, stage_since=noon_ago(2), counted_depth=25)
    moved = {"old": old, "new": Stage.ENGAGED, "at": noon_ago(2), "reason": StageReason.HALF_THRESHOLD}
    session.add(StageChange(account_id=acme.id, **moved))
    session.flush()

    assert [line.turn for line in found(session, tab="newly_hot")] == ([HeatTurn.BECAME_ENGAGED] if is_new else [])


def test_cooling_comes_by_when_it_falls_below_within_a_week(session: Session) -> None:
    for name, days in (("来週", 8), ("五日後", 5), ("明日", 1)):
        account = make_account(session, name, counted_depth=21)
        session.add(AccountHeat(account_id=account.id, goes_cold_at=noon_ago(-days)))
    session.flush()

    cooling = found(session, tab="cooling")

    assert [(line.account, line.turn_on) for line in cooling] == [("明日", ago(-1)), ("五日後", ago(-5))]


def test_scores_themselves_say_who_cools(session: Session) -> None:
    # 20.2 now, half of the threshold is 20: with a half-life of 45 days it is passed within the week.
    acme = make_account(session)
    for name in ("安奈 花子", "坊 太郎"):
        replied(session, person(session, acme, name), 44.35)
    fold(session)

    assert listed(session, tab="cooling") == [acme.name]


def test_the_list_can_be_narrowed_and_leaves_out_excluded_accounts(session: Session) -> None:
    kato = make_user(session)
    mqa(session, "製造重点", 1, tier=Tier.ONE_TO_ONE, industry="製造", owner_id=kato.id)
    mqa(session, "小売", 1, industry="小売")
    mqa(session, "競合", 1, excluded_reason=ExcludedReason.COMPETITOR)

    assert sorted(listed(session)) == ["小売", "製造重点"]
    assert listed(session, tier="1:1") == listed(session, industry="製造") == ["製造重点"]
    assert names(session, heat(session, Wanted(kato.id), NOW), HeatLine) == ["製造重点"]
    assert count_lines(session, heat(session, Wanted(choices={"tab": "newly_hot"}), NOW)) == 2


def test_a_row_ends_in_its_open_hand_off(session: Session) -> None:
    acme = mqa(session, "アクメ", 1)
    make_hand_off(session, acme, TaskState.RECYCLED, created_at=noon_ago(1))
    task = make_hand_off(session, acme, TaskState.ASSIGNED)

    assert [line.task_id for line in found(session)] == [task.id]
