"""Suggestions are confirmed, changed or dismissed by a person; only then something comes of them."""

import uuid
from dataclasses import replace
from datetime import date
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from abm.customers.hearing import hear_memos, hear_note
from abm.customers.keep import Writing, add_record
from abm.customers.next_actions import Promise, set_next_action
from abm.customers.sheets import DEAL
from abm.customers.suggestions import Choice, confirm, confirm_all, dismiss, dismiss_all, proposal
from abm.errors import Conflict, Invalid, NotFound
from abm.models import Account, Contact, Deal, Need, NextAction, Suggestion, User
from abm.words import DealStage, HeardKind, LostReason, SuggestionState
from tests.abm.customers.memos import make_import, make_memo, make_note, make_product, suggestions
from tests.worlds import NOON, make_account, make_contact, make_user

TOKYO = ZoneInfo("Asia/Tokyo")
TODAY = date(2026, 11, 13)


def writing(user: User) -> Writing:
    return Writing(user.id, NOON, TODAY)


def hear_one(session: Session, account: Account, body: str, contact: Contact | None = None) -> Suggestion:
    """The only suggestion of a note with these words."""
    hear_note(session, make_note(session, account, contact, body).id, at=NOON, zone=TOKYO)
    (found,) = suggestions(session, account)
    return found


def as_proposed(one: Suggestion, user: User) -> Choice:
    return proposal(one, owner_id=user.id, today=TODAY)


def test_a_confirmed_interest_is_kept_with_its_words_and_its_day(session: Session) -> None:
    account, taro, product = make_account(session), make_user(session), make_product(session)
    anna = make_contact(session, account)
    one = hear_one(session, account, "製品Xに関心", anna)

    confirm(session, one.id, as_proposed(one, taro), writing(taro))

    need = session.scalars(select(Need)).one()
    assert (need.kind, need.product_id, need.topic, need.said) == ("interest", product.id, None, "製品Xに関心")
    assert (need.contact_id, need.said_on, need.by_user_id, need.item_id) == (anna.id, TODAY, taro.id, one.item_id)
    assert (one.state, one.decided_by, one.decided_at) == (SuggestionState.CONFIRMED, taro.id, NOON)


@pytest.mark.parametrize(
    ("body", "kind", "topic"),
    [("紙の図面管理が課題", "problem", "紙の図面管理"), ("クラウド化を希望", "need", "クラウド化")],
)
def test_problems_and_needs_are_kept_as_such(session: Session, body: str, kind: str, topic: str) -> None:
    account, taro = make_account(session), make_user(session)
    one = hear_one(session, account, body)

    confirm(session, one.id, as_proposed(one, taro), writing(taro))

    need = session.scalars(select(Need)).one()
    assert (need.kind, need.topic) == (kind, topic)


@pytest.mark.parametrize("body", ["製品Xに関心。来期導入検討中。", "BCP対策に関心。来期導入検討中。"])
@pytest.mark.parametrize("first", [HeardKind.INTEREST, HeardKind.HORIZON])
def test_a_horizon_belongs_to_the_interest_of_its_note_whichever_comes_first(
    session: Session, body: str, first: HeardKind
) -> None:
    account, taro = make_account(session), make_user(session)
    make_product(session)
    hear_note(session, make_note(session, account, None, body).id, at=NOON, zone=TOKYO)

    for one in sorted(suggestions(session, account), key=lambda one: one.kind != first):
        confirm(session, one.id, as_proposed(one, taro), writing(taro))

    need = session.scalars(select(Need)).one()
    assert (need.horizon_from, need.horizon_until) == (date(2027, 4, 1), date(2028, 3, 31))
    assert need.said == body.partition("。")[0]


def test_a_horizon_alone_is_an_interest_of_that_time(session: Session) -> None:
    account, taro = make_account(session), make_user(session)
    one = hear_one(session, account, "予算取りは9月")

    confirm(session, one.id, as_proposed(one, taro), writing(taro))

    need = session.scalars(select(Need)).one()
    assert (need.kind, need.topic, need.horizon_from) == ("interest", "予算取り", date(2027, 9, 1))


def test_a_next_action_is_planned_on_its_day(session: Session) -> None:
    account, taro = make_account(session), make_user(session)
    anna = make_contact(session, account)
    one = hear_one(session, account, "来週火曜に訪問", anna)

    confirm(session, one.id, as_proposed(one, taro), writing(taro))

    action = session.scalars(select(NextAction)).one()
    assert (action.due_on, action.what, action.contact_id, action.owner_id) == (
        date(2026, 11, 17),
        "訪問",
        anna.id,
        taro.id,
    )


def test_a_reminder_is_a_next_action_on_the_first_day_of_its_time(session: Session) -> None:
    account, taro = make_account(session), make_user(session)
    one = hear_one(session, account, "来年度再アプローチ予定")

    confirm(session, one.id, as_proposed(one, taro), writing(taro))

    assert session.scalars(select(NextAction.due_on)).one() == date(2027, 4, 1)


def test_what_an_old_memo_put_off_until_now_is_proposed_for_today(session: Session) -> None:
    account, taro = make_account(session), make_user(session)
    note = make_note(session, account, None, "来年度再アプローチ予定", NOON.replace(year=2024))
    hear_note(session, note.id, at=NOON, zone=TOKYO)

    assert as_proposed(suggestions(session, account)[0], taro).due_on == TODAY


def test_a_lost_reason_is_written_down_as_a_lost_deal(session: Session) -> None:
    account, taro, product = make_account(session), make_user(session), make_product(session)
    one = hear_one(session, account, "製品Xは価格面で見送り")

    confirm(session, one.id, as_proposed(one, taro), writing(taro))

    deal = session.scalars(select(Deal)).one()
    assert (deal.stage, deal.lost_reason, deal.closed_on) == (DealStage.LOST, LostReason.PRICE, TODAY)
    assert (deal.name, deal.product_id, deal.owner_id) == ("製品X", product.id, taro.id)


def test_the_chosen_deal_is_the_one_that_was_lost(session: Session) -> None:
    account, taro = make_account(session), make_user(session)
    deal = add_record(session, DEAL, account.id, {"name": "基幹更新"}, writing(taro))
    one = hear_one(session, account, "価格面で見送り")

    confirm(session, one.id, replace(as_proposed(one, taro), deal_id=deal.id), writing(taro))

    lost = session.scalars(select(Deal)).one()
    assert (lost.id, lost.stage, lost.lost_reason) == (deal.id, DealStage.LOST, LostReason.PRICE)


def test_a_deal_of_another_account_cannot_be_lost_here(session: Session) -> None:
    account, taro = make_account(session), make_user(session)
    elsewhere = add_record(session, DEAL, make_account(session, "株式会社ゼータ").id, {"name": "他"}, writing(taro))
    one = hear_one(session, account, "価格面で見送り")

    with pytest.raises(Invalid, match="deal"):
        confirm(session, one.id, replace(as_proposed(one, taro), deal_id=elsewhere.id), writing(taro))


def test_it_can_be_changed_before_it_is_confirmed(session: Session) -> None:
    account, taro = make_account(session), make_user(session)
    anna, product = make_contact(session, account), make_product(session, "製品Z")
    one = hear_one(session, account, "BCP対策に関心あり")

    confirm(session, one.id, Choice(what="防災", product_id=product.id, contact_id=anna.id), writing(taro))

    need = session.scalars(select(Need)).one()
    assert (need.topic, need.product_id, need.contact_id) == ("防災", product.id, anna.id)


@pytest.mark.parametrize(
    ("body", "choice", "field"),
    [
        ("BCP対策に関心あり", Choice(), "what"),
        ("予算取りは9月", Choice(what="予算"), "first"),
        ("予算取りは9月", Choice(first=date(2027, 9, 1), last=date(2027, 8, 1)), "last"),
        ("価格面で見送り", Choice(), "reason"),
        ("次回は価格説明を希望", Choice(what="価格説明"), "due_on"),
        ("BCP対策に関心あり", Choice(what="BCP", contact_id=uuid.uuid4()), "contact_id"),
        ("BCP対策に関心あり", Choice(what="BCP", product_id=uuid.uuid4()), "product_id"),
    ],
)
def test_what_is_missing_is_named_and_nothing_is_half_done(
    session: Session, body: str, choice: Choice, field: str
) -> None:
    account, taro = make_account(session), make_user(session)
    one = hear_one(session, account, body)

    with pytest.raises(Invalid) as refused:
        confirm(session, one.id, choice, writing(taro))

    assert (refused.value.field, one.state) == (field, SuggestionState.OPEN)


def test_a_dismissed_one_comes_to_nothing(session: Session) -> None:
    account, taro = make_account(session), make_user(session)
    one = hear_one(session, account, "BCP対策に関心あり")

    dismiss(session, one.id, writing(taro))

    assert session.scalars(select(Need)).all() == []
    assert (one.state, one.decided_by) == (SuggestionState.DISMISSED, taro.id)


def test_only_the_first_of_two_decides(session: Session) -> None:
    account, taro = make_account(session), make_user(session)
    one = hear_one(session, account, "BCP対策に関心あり")
    dismiss(session, one.id, writing(taro))

    with pytest.raises(Conflict, match="already"):
        confirm(session, one.id, as_proposed(one, taro), writing(taro))


def test_what_is_not_there_cannot_be_decided(session: Session) -> None:
    with pytest.raises(NotFound):
        dismiss(session, uuid.uuid4(), writing(make_user(session)))


def test_a_whole_kind_of_an_import_is_confirmed_at_once(session: Session) -> None:
    taro, record = make_user(session), make_import(session)
    make_product(session)
    accounts = [make_account(session, f"株式会社{number}") for number in range(3)]
    for account in accounts:
        make_memo(session, record, account)
    hear_memos(session, at=NOON, zone=TOKYO)

    done = confirm_all(session, record.id, HeardKind.INTEREST, writing(taro))

    assert done == 3
    assert set(session.scalars(select(Need.account_id))) == {account.id for account in accounts}
    left = session.scalars(select(Suggestion.kind).where(Suggestion.state == SuggestionState.OPEN))
    assert set(left) == {HeardKind.HORIZON, HeardKind.LOST_REASON, HeardKind.REMINDER}


def test_confirming_all_reminders_takes_the_accounts_owner_and_leaves_what_is_planned(session: Session) -> None:
    taro, hanako, record = make_user(session), make_user(session, name="営業 花子"), make_import(session)
    free = make_account(session, owner_id=hanako.id)
    planned = make_account(session, "株式会社ゼータ")
    set_next_action(session, Promise(planned.id, TODAY, taro.id, "訪問"), by=taro.id, at=NOON)
    for account in (free, planned):
        make_memo(session, record, account)
    hear_memos(session, at=NOON, zone=TOKYO)

    done = confirm_all(session, record.id, HeardKind.REMINDER, writing(taro))

    assert done == 1
    actions = session.execute(select(NextAction.account_id, NextAction.owner_id, NextAction.what))
    assert set(actions) == {(free.id, hanako.id, "再アプローチ"), (planned.id, taro.id, "訪問")}


def test_a_whole_kind_of_an_import_is_dismissed_at_once(session: Session) -> None:
    taro, record, account = make_user(session), make_import(session), make_account(session)
    make_memo(session, record, account)
    hear_memos(session, at=NOON, zone=TOKYO)

    done = dismiss_all(session, record.id, HeardKind.LOST_REASON, writing(taro))

    assert done == 1
    decided = [one.kind for one in suggestions(session, account) if one.state == SuggestionState.DISMISSED]
    assert decided == [HeardKind.LOST_REASON]
