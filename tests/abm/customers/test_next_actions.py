"""Next actions: one at a time, each kept."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from abm.customers.contacts import archive_contact
from abm.customers.next_actions import Promise, close_next_action, open_next_actions, set_next_action
from abm.errors import Conflict, Invalid
from abm.models import NextAction
from abm.words import ActionOutcome
from tests.worlds import NOON, make_account, make_contact, make_user

LATER = NOON + timedelta(hours=1)
DAY = date(2026, 11, 20)


def test_another_next_action_replaces_the_one_before(session: Session) -> None:
    taro, account = make_user(session), make_account(session)
    promise = Promise(account.id, DAY, taro.id, "send the quote")
    first = set_next_action(session, promise, by=taro.id, at=NOON)

    second = set_next_action(session, replace(promise, what="call back"), by=taro.id, at=LATER)

    assert (first.closed_at, first.outcome) == (LATER, ActionOutcome.REPLACED)
    assert open_next_actions(session, account.id) == [second]


def test_account_and_person_each_have_their_own(session: Session) -> None:
    taro, account = make_user(session), make_account(session)
    anna = make_contact(session, account)
    promise = Promise(account.id, DAY, taro.id, "send the quote")

    set_next_action(session, promise, by=taro.id, at=NOON)
    set_next_action(session, replace(promise, contact_id=anna.id), by=taro.id, at=NOON)

    assert len(session.scalars(select(NextAction).where(NextAction.closed_at.is_(None))).all()) == 2


def test_what_is_done_cannot_be_done_again(session: Session) -> None:
    taro, account = make_user(session), make_account(session)
    action = set_next_action(session, Promise(account.id, DAY, taro.id, "call"), by=taro.id, at=NOON)

    close_next_action(session, action.id, ActionOutcome.DONE, by=taro.id, at=LATER)

    assert (action.closed_by, action.outcome) == (taro.id, ActionOutcome.DONE)
    with pytest.raises(Conflict):
        close_next_action(session, action.id, ActionOutcome.DONE, by=taro.id, at=LATER)


def test_the_next_action_of_somebody_put_away_is_dropped(session: Session) -> None:
    taro, account = make_user(session), make_account(session)
    anna = make_contact(session, account)
    action = set_next_action(session, Promise(account.id, DAY, taro.id, "call", anna.id), by=taro.id, at=NOON)

    archive_contact(session, anna.id, by=taro.id, at=LATER)
    session.refresh(action)

    assert action.outcome == ActionOutcome.DROPPED


def test_a_promise_needs_words_and_somebody_of_ours_and_of_theirs(session: Session) -> None:
    taro, gone, account = make_user(session), make_user(session, disabled_at=NOON), make_account(session)
    stranger = make_contact(session, make_account(session, "別会社"))
    promise = Promise(account.id, DAY, taro.id, "call")
    wrong = {
        "what": replace(promise, what=""),
        "owner_id": replace(promise, owner_id=gone.id),
        "contact_id": replace(promise, contact_id=stranger.id),
    }

    for field, one in wrong.items():
        with pytest.raises(Invalid) as error:
            set_next_action(session, one, by=taro.id, at=NOON)
        assert error.value.field == field


def test_what_a_merge_left_open_twice_is_replaced_together(session: Session) -> None:
    taro, account = make_user(session), make_account(session)
    shared = {"account_id": account.id, "due_on": DAY, "owner_id": taro.id, "created_at": NOON}
    session.add_all([NextAction(what="send the quote", **shared), NextAction(what="call", **shared)])
    session.flush()

    last = set_next_action(session, Promise(account.id, DAY, taro.id, "visit"), by=taro.id, at=LATER)

    assert open_next_actions(session, account.id) == [last]
