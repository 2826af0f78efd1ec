"""Who is approached now, with whom nothing moves, and who has no plan."""

from typing import Any

import pytest
from sqlalchemy.orm import Session

from abm.reports.lists.reading import Wanted, count_lines
from abm.reports.lists.working import ApproachLine, SilentLine, WorkLine, approaching, dormant, unplanned
from abm.words import DealStage, EventKind, ExcludedReason, TaskState, Verdict
from tests.abm.reports.lists.world import (
    EVERYBODY,
    NOW,
    TODAY,
    ago,
    lines,
    make_action,
    make_deal,
    make_hand_off,
    names,
    noon_ago,
)
from tests.worlds import make_account, make_contact, make_event, make_user


def old(session: Session, name: str = "株式会社アクメ", **over: Any) -> Any:
    """An account made long ago, so that its age alone does not count as a sign of life."""
    return make_account(session, name, **{"created_at": noon_ago(900), **over})


def test_a_contact_of_the_last_thirty_days_is_an_approach_and_one_of_the_day_before_is_not(session: Session) -> None:
    old(session, "三十日前", last_contacted_on=ago(30))
    old(session, "三十一日前", last_contacted_on=ago(31))

    assert names(session, approaching(EVERYBODY, NOW), ApproachLine) == ["三十日前"]


@pytest.mark.parametrize(
    ("stage", "counts"), [(DealStage.QUOTE, True), (DealStage.WON, False), (DealStage.LOST, False)]
)
def test_only_an_open_deal_is_an_approach(session: Session, stage: DealStage, counts: bool) -> None:
    make_deal(session, old(session), stage)

    assert bool(names(session, approaching(EVERYBODY, NOW), ApproachLine)) is counts


def test_an_archived_deal_is_no_approach(session: Session) -> None:
    make_deal(session, old(session), archived_at=noon_ago(1))

    assert names(session, approaching(EVERYBODY, NOW), ApproachLine) == []


@pytest.mark.parametrize(
    ("state", "counts"), [(TaskState.ACCEPTED, True), (TaskState.WORKING, True), (TaskState.ASSIGNED, False)]
)
def test_a_hand_off_counts_once_sales_has_taken_it(session: Session, state: TaskState, counts: bool) -> None:
    make_hand_off(session, old(session), state)

    assert bool(names(session, approaching(EVERYBODY, NOW), ApproachLine)) is counts


def test_the_row_says_by_what_one_can_tell(session: Session) -> None:
    acme = old(session, last_contacted_on=ago(3))
    make_deal(session, acme)

    [line] = lines(session, approaching(EVERYBODY, NOW), ApproachLine)

    assert line.signs == ["deal", "contact"]


def test_excluded_and_archived_accounts_stand_on_no_list(session: Session) -> None:
    old(session, "除外", last_contacted_on=ago(3), excluded_reason=ExcludedReason.COMPETITOR)
    old(session, "保管", last_contacted_on=ago(3), archived_at=noon_ago(1))

    assert names(session, approaching(EVERYBODY, NOW), ApproachLine) == []


def test_silence_becomes_dormancy_on_the_hundred_and_eightieth_day(session: Session) -> None:
    old(session, "百七十九日", last_contacted_on=ago(179))
    old(session, "百八十日", last_contacted_on=ago(180))

    assert names(session, dormant(EVERYBODY, NOW), SilentLine) == ["百八十日"]


def test_a_human_act_ends_dormancy_and_a_machine_does_not(session: Session) -> None:
    for name, verdict in (("人", Verdict.LIKELY), ("自動", Verdict.MACHINE)):
        account = old(session, name, last_contacted_on=ago(400))
        person = make_contact(session, account, email=None)
        make_event(session, person, EventKind.CLICK, noon_ago(10), verdict=verdict)

    [line] = lines(session, dormant(EVERYBODY, NOW), SilentLine)

    assert (line.account, line.silent_since) == ("自動", ago(400))


def test_an_account_nobody_ever_heard_of_counts_from_the_day_it_was_made(session: Session) -> None:
    make_account(session, "新しい", created_at=noon_ago(5))
    make_account(session, "古い", created_at=noon_ago(200))

    [line] = lines(session, dormant(EVERYBODY, NOW), SilentLine)

    assert (line.account, line.silent_since) == ("古い", ago(200))


def test_whatever_is_open_or_planned_keeps_an_account_from_being_dormant(session: Session) -> None:
    sato = make_user(session)
    make_deal(session, old(session, "商談"))
    make_hand_off(session, old(session, "引き渡し"), TaskState.ACCEPTED)
    make_action(session, old(session, "予定"), sato, ago(3))
    old(session, "何もない")

    assert names(session, dormant(EVERYBODY, NOW), SilentLine) == ["何もない"]


def test_without_a_plan_are_accounts_that_somebody_looks_after_or_sells_to(session: Session) -> None:
    sato = make_user(session)
    make_action(session, old(session, "予定", owner_id=sato.id), sato, TODAY)
    make_action(session, old(session, "済", owner_id=sato.id), sato, TODAY, closed_at=noon_ago(0), outcome="done")
    old(session, "担当なし")
    make_deal(session, old(session, "担当なしの商談"))

    assert set(names(session, unplanned(EVERYBODY, NOW), WorkLine)) == {"済", "担当なしの商談"}


def test_a_list_shows_one_owners_accounts_or_those_of_nobody(session: Session) -> None:
    sato, kato = make_user(session, name="佐藤"), make_user(session, name="加藤")
    old(session, "佐藤の", owner_id=sato.id)
    old(session, "加藤の", owner_id=kato.id)
    old(session, "誰のでもない")

    assert names(session, dormant(Wanted(owner_id=sato.id), NOW), SilentLine) == ["佐藤の"]
    assert names(session, dormant(Wanted(nobodys=True), NOW), SilentLine) == ["誰のでもない"]
    assert count_lines(session, dormant(EVERYBODY, NOW)) == 3
