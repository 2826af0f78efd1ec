"""What a hand-off carries for the talk, beside why now and the receipt."""

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy.orm import Session

from abm.handoff.wording import say_do_not_say
from abm.models import Account, Deal, Ticket
from abm.words import BuyingRole, DealStage, EventKind, Language, TicketState, Verdict
from tests.abm.handoff.hot import hand_over, heat, people, the_task
from tests.worlds import NOON, make_event, make_user


@pytest.fixture
def account(session: Session) -> Account:
    """About to be handed over to the only rep."""
    make_user(session)
    return heat(session)


def brief(session: Session) -> dict[str, Any]:
    hand_over(session)
    return the_task(session).brief


def test_the_last_inquiry_says_who_asked_for_what_and_when(session: Session, account: Account) -> None:
    asker, day = people(session, account)[1], NOON - timedelta(days=1)
    asked = make_event(session, asker, EventKind.INQUIRY, day, verdict=Verdict.PROVEN, detail={"title": "見積"})

    last = brief(session)["last_inquiry"]

    assert (last["event"], last["act"], last["about"]) == (str(asked.id), "inquiry", "見積")
    assert (last["person"]["name"], last["at"]) == (asker.full_name, "2026-11-12T03:00:00Z")


def test_interests_are_dated_by_their_newest_use(session: Session, account: Account) -> None:
    who = people(session, account)[0]
    make_event(session, who, EventKind.CLICK, NOON - timedelta(days=3), topics=["原価管理", "品質管理"])

    found = {one["topic"]: one["at"] for one in brief(session)["interests"]}

    assert found == {"品質管理": "2026-11-13T03:00:00Z", "原価管理": "2026-11-10T03:00:00Z"}


def test_rivals_are_those_of_any_deal_we_know_of(session: Session, account: Account) -> None:
    lost = {"stage": DealStage.LOST, "stage_since": NOON, "closed_on": date(2026, 3, 31)}
    session.add(Deal(account_id=account.id, name="製品X", competitors="Y社、Z社", **lost))
    session.add(Deal(account_id=account.id, name="比較なし", **lost))
    session.flush()

    assert brief(session)["rivals"] == [{"name": "Y社、Z社", "deal": "製品X", "stage": "lost", "on": "2026-03-31"}]


def test_the_timing_follows_the_fiscal_year_of_the_account(session: Session, account: Account) -> None:
    account.closing_month = 9
    session.flush()

    told = brief(session)

    assert (told["closing_month"], told["budgeting_on"]) == (9, "2027-07-01")


def test_the_next_best_person_is_who_plays_a_role_that_a_purchase_needs(session: Session, account: Account) -> None:
    _first, _second, third = people(session, account)
    third.buying_role = BuyingRole.DECISION_MAKER
    session.flush()

    assert brief(session)["next_best"]["id"] == str(third.id)


def test_without_roles_the_next_best_person_is_the_most_engaged_besides(session: Session, account: Account) -> None:
    _first, second, _third = people(session, account)

    assert brief(session)["next_best"]["id"] == str(second.id)


def test_whoever_asked_to_be_left_alone_is_neither_called_nor_proposed(session: Session, account: Account) -> None:
    first, second, third = people(session, account)
    first.refused_at = NOON
    session.flush()

    told = brief(session)

    assert the_task(session).contact_id == second.id
    assert told["next_best"]["id"] == str(third.id)
    assert [person["name"] for person in told["refused"]] == [first.full_name]
    assert "連絡を希望していない担当者には、電話を含め連絡しない" in say_do_not_say(told, Language.JAPANESE)


def test_a_complaint_that_opens_later_is_no_reason_to_sell(session: Session, account: Account) -> None:
    opened = {"opened_at": NOON - timedelta(days=1), "is_complaint": True}
    complaint = Ticket(account_id=account.id, subject="納期遅れ", **opened)
    session.add(complaint)
    session.flush()

    told = brief(session)

    assert told["do_not_say"] == ["opens", "complaint"]
    assert "A complaint is open: do not try to sell now" in say_do_not_say(told, Language.ENGLISH)


def test_a_complaint_that_was_settled_is_not_mentioned(session: Session, account: Account) -> None:
    closed = {"opened_at": NOON - timedelta(days=9), "closed_at": NOON, "state": TicketState.CLOSED}
    session.add(Ticket(account_id=account.id, subject="納期遅れ", is_complaint=True, **closed))
    session.flush()

    assert brief(session)["do_not_say"] == ["opens"]


def test_whoever_asked_not_to_be_phoned_is_named_among_what_not_to_do(session: Session, account: Account) -> None:
    first, _second, _third = people(session, account)
    first.no_phone_at = NOON
    session.flush()

    told = brief(session)

    # They may still be written to.
    assert the_task(session).contact_id == first.id
    assert told["do_not_say"] == ["opens", "no_phone"]
    assert say_do_not_say(told, Language.ENGLISH)[-1].startswith("Do not phone who asked not to be phoned: 役員")
