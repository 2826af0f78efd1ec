"""What notes and imported memos propose, kept for a person to confirm."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from abm.customers import hearing
from abm.customers.actors import hear_imported_memos
from abm.customers.hearing import has_unheard, hear_memos, hear_note
from abm.customers.keep import Writing
from abm.customers.merges import merge_accounts, undo_merge
from abm.customers.suggestions import dismiss
from abm.models import Need, NextAction, Suggestion
from abm.words import HeardKind, ImportKind, ImportState, SuggestionState
from abm.work import Installation, unit_of_work
from tests.abm.customers.memos import make_import, make_memo, make_note, make_product, suggestions
from tests.worlds import NOON, make_account, make_contact, make_user

TOKYO = ZoneInfo("Asia/Tokyo")


def hear_all(session: Session) -> None:
    while hear_memos(session, at=NOON, zone=TOKYO):
        pass


def test_a_memo_proposes_what_it_says_and_does_nothing_by_itself(session: Session) -> None:
    account, product = make_account(session), make_product(session)
    anna = make_contact(session, account)
    make_memo(session, make_import(session), account, anna)

    hear_all(session)

    found = {one.kind: one for one in suggestions(session, account)}
    assert set(found) == {HeardKind.INTEREST, HeardKind.HORIZON, HeardKind.LOST_REASON, HeardKind.REMINDER}
    assert {one.contact_id for one in found.values()} == {anna.id}
    assert found[HeardKind.INTEREST].value["product_id"] == str(product.id)
    assert found[HeardKind.LOST_REASON].value["reason"] == "price"
    assert found[HeardKind.REMINDER].value["due_on"] == "2027-04-01"
    assert session.scalars(select(Need)).all() == []
    assert session.scalars(select(NextAction)).all() == []


def test_suggestions_stand_in_the_order_of_the_words(session: Session) -> None:
    account = make_account(session)

    hear_note(session, make_note(session, account).id, at=NOON, zone=TOKYO)

    assert [one.kind for one in suggestions(session, account)] == ["interest", "horizon", "lost_reason", "reminder"]


def test_times_count_from_the_day_of_the_memo_in_our_zone(session: Session) -> None:
    account = make_account(session)
    # Still 31 March in London, but 1 April in Tokyo: another fiscal year.
    make_memo(session, make_import(session), account, None, "来期導入検討中", datetime(2025, 3, 31, 16, tzinfo=UTC))

    hear_all(session)

    assert suggestions(session, account)[0].value["first"] == "2026-04-01"


def test_fiscal_times_follow_the_closing_month_and_say_when_it_is_assumed(session: Session) -> None:
    december, unknown = make_account(session, closing_month=12), make_account(session, "株式会社ゼータ")
    record = make_import(session)
    make_memo(session, record, december, None, "来期導入検討中")
    make_memo(session, record, unknown, None, "来期導入検討中")

    hear_all(session)

    told, assumed = suggestions(session, december)[0].value, suggestions(session, unknown)[0].value
    assert (told["first"], told.get("assumes_march")) == ("2027-01-01", None)
    assert (assumed["first"], assumed.get("assumes_march")) == ("2027-04-01", True)


def test_the_same_memo_of_another_list_proposes_nothing_anew(session: Session) -> None:
    account = make_account(session)
    anna = make_contact(session, account)
    make_memo(session, make_import(session), account, anna)
    hear_all(session)
    taro = make_user(session)
    for one in suggestions(session, account)[:2]:
        dismiss(session, one.id, Writing(taro.id, NOON, NOON.date()))

    make_memo(session, make_import(session), account, anna)
    hear_all(session)

    assert len(suggestions(session, account)) == 4


def test_the_same_words_of_another_person_are_heard(session: Session) -> None:
    account = make_account(session)
    anna, bert = make_contact(session, account), make_contact(session, account, "別途 次郎", "bert@acme.example")
    record = make_import(session)
    make_memo(session, record, account, anna, "BCP対策に関心あり")
    make_memo(session, record, account, bert, "BCP対策に関心あり")

    hear_all(session)

    assert {one.contact_id for one in suggestions(session, account)} == {anna.id, bert.id}


def test_many_memos_are_heard_in_several_acts_each_once(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hearing, "BATCH", 2)
    account, record = make_account(session), make_import(session)
    for number in range(5):
        make_memo(session, record, account, None, f"製品{number}に関心あり")

    acts = 0
    while hear_memos(session, at=NOON, zone=TOKYO):
        acts += 1

    assert (acts, len(suggestions(session, account))) == (3, 5)


@pytest.mark.parametrize("over", [{"state": ImportState.PLANNED}, {"kind": ImportKind.WEBINAR}])
def test_only_memos_of_applied_lists_are_waited_for(session: Session, over: dict[str, str]) -> None:
    make_import(session, **over)

    assert not has_unheard(session)


def test_an_applied_list_waits_until_it_is_heard(session: Session) -> None:
    make_import(session)
    waited = has_unheard(session)

    hear_all(session)

    assert (waited, has_unheard(session)) == (True, False)


def test_the_worker_hears_twice_over_what_it_hears_once(installation: Installation) -> None:
    with unit_of_work() as work:
        account = make_account(work.session)
        make_memo(work.session, make_import(work.session), account)

    hear_imported_memos()
    hear_imported_memos()

    with unit_of_work() as work:
        assert len(suggestions(work.session, account)) == 4


def test_a_note_names_its_person_by_family_name_and_title(session: Session) -> None:
    account = make_account(session)
    anna = make_contact(session, account, "安奈 花子")
    make_contact(session, account, "別途 次郎", "bert@acme.example")
    note = make_note(session, account, None, "安奈様、BCP対策に関心あり")

    hear_note(session, note.id, at=NOON, zone=TOKYO)

    assert [one.contact_id for one in suggestions(session, account)] == [anna.id]


def test_what_waits_already_is_not_proposed_again_but_what_was_decided_is(session: Session) -> None:
    account, taro = make_account(session), make_user(session)
    first, second = (make_note(session, account, None, "来週火曜に訪問") for _ in range(2))
    hear_note(session, first.id, at=NOON, zone=TOKYO)

    repeated = hear_note(session, second.id, at=NOON, zone=TOKYO)
    dismiss(session, suggestions(session, account)[0].id, Writing(taro.id, NOON, NOON.date()))
    later = make_note(session, account, None, "来週火曜に訪問", NOON + timedelta(days=365))
    anew = hear_note(session, later.id, at=NOON + timedelta(days=365), zone=TOKYO)

    assert (repeated, anew) == (0, 1)
    states = sorted(one.state for one in suggestions(session, account))
    assert states == [SuggestionState.DISMISSED, SuggestionState.OPEN]


def test_long_words_are_kept_shortened(session: Session) -> None:
    account = make_account(session)
    note = make_note(session, account, None, "と" * 2_000 + "BCP対策に関心あり")

    hear_note(session, note.id, at=NOON, zone=TOKYO)

    assert [len(one.said) for one in suggestions(session, account)] == [300]


def test_accounts_with_the_same_suggestion_can_be_merged_and_parted(session: Session) -> None:
    account, other, taro = make_account(session), make_account(session, "株式会社ゼータ"), make_user(session)
    for one in (account, other):
        hear_note(session, make_note(session, one, None, "BCP対策に関心あり").id, at=NOON, zone=TOKYO)

    merge = merge_accounts(session, other.id, account.id, by=taro.id, at=NOON)
    together = len(suggestions(session, account))
    undo_merge(session, merge.id, by=taro.id, at=NOON)
    session.expire_all()

    assert (together, len(suggestions(session, account)), len(suggestions(session, other))) == (2, 1, 1)
    assert session.scalars(select(Suggestion.state)).all() == ["open", "open"]
