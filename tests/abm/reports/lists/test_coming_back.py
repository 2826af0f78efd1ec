"""Customers who decided against us, and those seen again after a year."""

from datetime import date

import pytest
from sqlalchemy.orm import Session

from abm.models import Account, Need
from abm.reports.lists.coming_back import PassedLine, ReturnedLine, passed, returned
from abm.words import AnswerCode, DealStage, EventKind, LostReason, NeedKind, TaskState, Verdict
from tests.abm.reports.lists.world import (
    EVERYBODY,
    NOW,
    ago,
    lines,
    make_call,
    make_deal,
    make_hand_off,
    names,
    noon_ago,
)
from tests.worlds import make_account, make_contact, make_event


def seen(session: Session, account: Account, *days: int, verdict: Verdict = Verdict.LIKELY) -> None:
    """A person of the account clicked so many days ago."""
    person = make_contact(session, account, email=None)
    for one in days:
        make_event(session, person, EventKind.CLICK, noon_ago(one), verdict=verdict)


def test_a_lost_deal_says_when_over_what_and_why(session: Session) -> None:
    acme = make_account(session)
    make_deal(session, acme, DealStage.LOST, name="基幹刷新", closed_on=ago(40), lost_reason=LostReason.PRICE)

    [line] = lines(session, passed(EVERYBODY, NOW), PassedLine)

    assert (line.passed_on, line.deal, line.lost_reason, line.answer) == (ago(40), "基幹刷新", "price", None)
    assert line.again_on is None


def test_a_hand_off_put_off_says_when_to_ask_again(session: Session) -> None:
    acme, wake = make_account(session), date(2027, 4, 1)
    values = {"answer": AnswerCode.NO_BUDGET, "closed_at": noon_ago(20), "wake_on": wake}
    make_hand_off(session, acme, TaskState.RECYCLED, **values)

    [line] = lines(session, passed(EVERYBODY, NOW), PassedLine)

    assert (line.passed_on, line.deal, line.answer, line.again_on) == (ago(20), None, "no_budget", wake)


def test_a_horizon_the_customer_named_says_when_to_ask_again(session: Session) -> None:
    acme, spring = make_account(session), date(2027, 4, 1)
    make_deal(session, acme, DealStage.LOST, closed_on=ago(40))
    values = {"kind": NeedKind.INTEREST, "said": "来期に検討", "said_on": ago(40), "horizon_from": spring}
    session.add(Need(account_id=acme.id, **values))
    session.flush()

    [line] = lines(session, passed(EVERYBODY, NOW), PassedLine)

    assert line.again_on == spring


def test_the_latest_no_counts(session: Session) -> None:
    acme = make_account(session)
    make_deal(session, acme, DealStage.LOST, closed_on=ago(300), lost_reason=LostReason.PRICE)
    make_deal(session, acme, DealStage.LOST, closed_on=ago(10), lost_reason=LostReason.TIMING)

    [line] = lines(session, passed(EVERYBODY, NOW), PassedLine)

    assert (line.passed_on, line.lost_reason) == (ago(10), "timing")


def test_two_years_after_the_no_the_account_leaves_the_list(session: Session) -> None:
    for days in (730, 731):
        make_deal(session, make_account(session, f"{days}日"), DealStage.LOST, closed_on=ago(days))

    assert names(session, passed(EVERYBODY, NOW), PassedLine) == ["730日"]


@pytest.mark.parametrize("stage", [DealStage.WON, DealStage.DISCOVERY])
def test_what_was_won_or_opened_since_takes_an_account_off(session: Session, stage: DealStage) -> None:
    acme = make_account(session)
    make_deal(session, acme, DealStage.LOST, closed_on=ago(40))
    make_deal(session, acme, stage, closed_on=ago(5) if stage is DealStage.WON else None)

    assert names(session, passed(EVERYBODY, NOW), PassedLine) == []


def test_whoever_looks_again_after_the_no_is_marked(session: Session) -> None:
    for name, days in (("また見た", 5), ("前に見た", 60)):
        account = make_account(session, name)
        make_deal(session, account, DealStage.LOST, closed_on=ago(40))
        seen(session, account, days)

    found = {line.account: line.looks_again for line in lines(session, passed(EVERYBODY, NOW), PassedLine)}

    assert found == {"また見た": True, "前に見た": False}


def test_an_act_after_three_hundred_and_sixty_five_silent_days_is_a_return(session: Session) -> None:
    for name, before in (("一年", 3 + 365), ("一日足りない", 3 + 364)):
        seen(session, make_account(session, name), 3, before)

    [line] = lines(session, returned(EVERYBODY, NOW), ReturnedLine)

    assert (line.account, line.silent_since, line.back_at) == ("一年", ago(368), noon_ago(3))


def test_a_return_stays_on_the_list_for_thirty_days(session: Session) -> None:
    for days in (30, 31):
        seen(session, make_account(session, f"{days}日前"), days, 800)

    assert names(session, returned(EVERYBODY, NOW), ReturnedLine) == ["30日前"]


def test_our_own_calls_break_the_silence_as_well(session: Session) -> None:
    called, remembered = make_account(session, "電話した"), make_account(session, "記録あり", last_contacted_on=ago(90))
    for account in (called, remembered):
        seen(session, account, 3, 800)
    make_call(session, called, 100)

    assert names(session, returned(EVERYBODY, NOW), ReturnedLine) == []


def test_a_call_after_the_return_does_not_hide_it(session: Session) -> None:
    acme = make_account(session, last_contacted_on=ago(1))
    seen(session, acme, 3, 800)
    make_call(session, acme, 1)

    assert names(session, returned(EVERYBODY, NOW), ReturnedLine) == ["株式会社アクメ"]


def test_a_newcomer_did_not_return_and_neither_did_a_machine(session: Session) -> None:
    seen(session, make_account(session, "初めて"), 3)
    machine = make_account(session, "自動")
    seen(session, machine, 800)
    seen(session, machine, 3, verdict=Verdict.MACHINE)

    assert names(session, returned(EVERYBODY, NOW), ReturnedLine) == []
