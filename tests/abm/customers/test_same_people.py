"""Who may be one person: proposed within an account, decided once, asked again after a merge of accounts."""

from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from abm.customers.merges import merge_accounts
from abm.customers.people_searches import ask_people_search
from abm.customers.same_people import (
    MOST_PAIRS,
    ask_about_people_again,
    find_next_same_people,
    has_people_to_compare,
    merge_same_person,
    part_people,
)
from abm.errors import Conflict, Invalid
from abm.models import Account, Contact, ContactPair
from abm.words import PairState, PersonRule
from tests.worlds import NOON, make_account, make_contact


@pytest.fixture
def acme(session: Session) -> Account:
    return make_account(session)


def person(session: Session, account: Account, name: str, **over: Any) -> Contact:
    number = len(session.scalars(select(Contact.id)).all())
    return make_contact(session, account, name, f"p{number}@acme.example", **over)


def proposed(session: Session, account: Account) -> list[ContactPair]:
    ask_people_search(session, [account.id])
    while find_next_same_people(session, NOON):
        pass
    return list(session.scalars(select(ContactPair).order_by(ContactPair.id)))


@pytest.mark.parametrize(
    ("one", "other"),
    [("高橋 亮", "髙橋　亮"), ("Anna Miller", "ANNA MILLER"), ("ｱﾝﾅ 花子", "アンナ花子")],
)
def test_one_name_in_two_spellings_is_asked_about_once(session: Session, acme: Account, one: str, other: str) -> None:
    first, second = person(session, acme, one), person(session, acme, other)

    found = proposed(session, acme)
    again = proposed(session, acme)

    assert [(pair.contact_id, pair.other_contact_id, pair.rule) for pair in found] == [
        (second.id, first.id, PersonRule.SAME_NAME)
    ]
    assert again == found


def test_a_mobile_is_one_persons_and_a_desk_phone_is_not(session: Session, acme: Account) -> None:
    for name, phone in (("甲 一", "090-1111-1111"), ("乙 二", "090-1111-1111"), ("丙 三", "03-1"), ("丁 四", "03-1")):
        person(session, acme, name, phone=phone)

    assert [pair.rule for pair in proposed(session, acme)] == [PersonRule.SAME_MOBILE]


@pytest.mark.parametrize("name", ["ご担当者様", "総務部 各位", "x@acme.example", "A"])
def test_a_box_that_several_people_answer_is_nobodys_name(session: Session, acme: Account, name: str) -> None:
    person(session, acme, name), person(session, acme, name)

    assert proposed(session, acme) == []


def test_people_of_two_firms_are_two_until_the_firms_are_one(session: Session, acme: Account) -> None:
    other = make_account(session, "ゼータ株式会社")
    person(session, acme, "安奈 花子"), person(session, other, "安奈 花子")
    before = proposed(session, acme)

    merge_accounts(session, other.id, acme.id, by=None, at=NOON)
    waiting = has_people_to_compare(session)
    find_next_same_people(session, NOON)

    assert (before, waiting) == ([], True)
    assert len(session.scalars(select(ContactPair)).all()) == 1


def test_a_name_that_many_bear_asks_a_few_questions(session: Session, acme: Account) -> None:
    for _ in range(8):
        person(session, acme, "田中 一郎")

    assert len(proposed(session, acme)) == MOST_PAIRS


def test_two_people_are_not_asked_about_again(session: Session, acme: Account) -> None:
    person(session, acme, "安奈 花子"), person(session, acme, "安奈 花子")
    pair = proposed(session, acme)[0]

    part_people(session, pair.id, by=None, at=NOON)

    assert [one.state for one in proposed(session, acme)] == [PairState.DIFFERENT]
    with pytest.raises(Conflict):
        part_people(session, pair.id, by=None, at=NOON)
    assert ask_about_people_again(session, pair.id, by=None, at=NOON).state == PairState.OPEN


def test_the_main_record_stays(session: Session, acme: Account) -> None:
    first, second = person(session, acme, "安奈 花子"), person(session, acme, "安奈 花子")
    pair = proposed(session, acme)[0]

    with pytest.raises(Invalid):
        merge_same_person(session, pair.id, None, by=None, at=NOON)
    merge_same_person(session, pair.id, first.id, by=None, at=NOON)
    session.expire_all()

    assert (second.merged_into_id, first.archived_at, pair.state) == (first.id, None, PairState.MERGED)
    assert proposed(session, acme) == [pair]
