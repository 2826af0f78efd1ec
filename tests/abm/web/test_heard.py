"""Suggestions on the pages: proposed after a line is logged, decided one by one, worked off by import."""

import uuid
from zoneinfo import ZoneInfo

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from abm.customers.hearing import hear_memos, hear_note
from abm.models import Account, Deal, Import, Need, NextAction, Suggestion, TimelineItem
from abm.words import HeardKind, ItemKind, LostReason, Role, SuggestionState
from abm.work import Installation, unit_of_work
from tests.abm.customers.memos import make_import, make_memo, make_note, make_product
from tests.abm.web.conftest import LogIn
from tests.worlds import make_account, make_contact, make_user

LINE = "製品Yに興味あり。次回は価格説明を希望"
AJAX = {"HX-Request": "true", "HX-Target": "heard"}


@pytest.fixture
def acme(installation: Installation) -> Account:
    """An account without an owner."""
    with unit_of_work() as work:
        return make_account(work.session)  # type: ignore[no-any-return]


@pytest.fixture
def memos(installation: Installation, acme: Account) -> Import:
    """An import whose memo says four things of Acme."""
    with unit_of_work() as work:
        record = make_import(work.session)
        make_memo(work.session, record, acme)
    with unit_of_work() as work:
        hear_memos(work.session, at=work.at, zone=ZoneInfo("Asia/Tokyo"))
    return record


def hear_one(account: Account, body: str) -> uuid.UUID:
    """A note of today with these words, heard; answers the id of its only suggestion."""
    with unit_of_work() as work:
        note = make_note(work.session, account, None, body, work.at)
        hear_note(work.session, note.id, at=work.at, zone=ZoneInfo("Asia/Tokyo"))
        return work.session.scalars(select(Suggestion.id)).one()


def of_kind(kind: HeardKind) -> uuid.UUID:
    with unit_of_work() as work:
        return work.session.scalars(select(Suggestion.id).where(Suggestion.kind == kind)).one()


def log(client: FlaskClient, account: Account, what: str, **over: str) -> object:
    form = {"kind": "call", "what": what, "with": "auto", **over}
    return client.post(f"/accounts/{account.id}/activities", data=form)


def test_a_logged_line_leads_to_what_was_read_from_it(log_in: LogIn, acme: Account) -> None:
    rep = log_in(Role.SALES)

    answer = rep.post(f"/accounts/{acme.id}/activities", data={"kind": "call", "what": LINE, "with": "auto"})

    assert answer.location == f"/accounts/{acme.id}#heard"
    page = rep.get(f"/accounts/{acme.id}").text
    assert "Proposed from the words: 2" in page
    assert "“製品Yに興味あり”" in page
    with unit_of_work() as work:
        assert work.session.scalars(select(Need)).all() == []


def test_the_person_named_in_the_line_is_the_one_it_is_about(log_in: LogIn, acme: Account) -> None:
    with unit_of_work() as work:
        anna = make_contact(work.session, acme, "安奈 花子")
        make_contact(work.session, acme, "別途 次郎", "bert@acme.example")

    log(log_in(Role.SALES), acme, "安奈様、製品Yに興味あり")

    with unit_of_work() as work:
        assert work.session.scalars(select(TimelineItem.contact_id)).one() == anna.id


def test_what_a_line_will_be_taken_for_is_shown_while_it_is_typed_and_not_kept(log_in: LogIn, acme: Account) -> None:
    with unit_of_work() as work:
        make_contact(work.session, acme, "安奈 花子")

    hint = log_in(Role.SALES).post(f"/accounts/{acme.id}/hear", data={"what": "安奈様、" + LINE, "with": "auto"}).text

    assert "For 安奈 花子" in hint
    assert "Interest: 製品Y" in hint
    with unit_of_work() as work:
        assert work.session.scalars(select(Suggestion)).all() == []


def test_confirming_makes_it_known_and_shows_what_is_left(log_in: LogIn, acme: Account) -> None:
    rep, one = log_in(Role.SALES), hear_one(acme, "BCP対策に関心あり")

    page = rep.post(f"/suggestions/{one}/confirm", data={"what": "BCP対策"}, follow_redirects=True).text

    assert "Confirmed." in page
    assert "BCP対策" in page
    assert "Proposed from the words" not in page


def test_with_scripts_the_part_of_the_page_is_answered_with_what_is_planned(log_in: LogIn, acme: Account) -> None:
    rep, one = log_in(Role.SALES), hear_one(acme, "来週火曜に訪問")

    answer = rep.post(f"/suggestions/{one}/confirm", data={"what": "訪問", "due_on": "2030-01-15"}, headers=AJAX)

    assert answer.status_code == 200
    assert answer.text.lstrip().startswith('<section class="card mb-3" id="heard"')
    assert 'id="next-action" hx-swap-oob="true"' in answer.text
    assert "2030/01/15" in answer.text or "2030" in answer.text


@pytest.mark.parametrize("headers", [{}, AJAX])
def test_what_is_missing_is_said_at_its_field(log_in: LogIn, acme: Account, headers: dict[str, str]) -> None:
    one = hear_one(acme, "次回は価格説明を希望")

    answer = log_in(Role.SALES).post(f"/suggestions/{one}/confirm", data={"what": "価格説明"}, headers=headers)

    assert answer.status_code == 422
    assert "Please fill this in." in answer.text
    with unit_of_work() as work:
        assert work.session.scalars(select(NextAction)).all() == []


def test_a_day_that_is_none_is_refused(log_in: LogIn, acme: Account) -> None:
    one = hear_one(acme, "来週火曜に訪問")

    answer = log_in(Role.SALES).post(f"/suggestions/{one}/confirm", data={"what": "訪問", "due_on": "soon"})

    assert answer.status_code == 422


def test_dismissing_comes_to_nothing(log_in: LogIn, acme: Account) -> None:
    one = hear_one(acme, "BCP対策に関心あり")

    page = log_in(Role.SALES).post(f"/suggestions/{one}/dismiss", follow_redirects=True).text

    assert "Dismissed." in page
    with unit_of_work() as work:
        assert work.session.scalars(select(Suggestion.state)).one() == SuggestionState.DISMISSED
        assert work.session.scalars(select(Need)).all() == []


@pytest.mark.parametrize("headers", [{}, AJAX])
def test_who_comes_second_is_told(log_in: LogIn, acme: Account, headers: dict[str, str]) -> None:
    rep, one = log_in(Role.SALES), hear_one(acme, "BCP対策に関心あり")
    rep.post(f"/suggestions/{one}/dismiss")

    page = rep.post(f"/suggestions/{one}/confirm", data={"what": "BCP"}, headers=headers, follow_redirects=True).text

    assert "Somebody has decided about this suggestion already." in page


def test_a_viewer_sees_suggestions_and_decides_nothing(log_in: LogIn, acme: Account) -> None:
    viewer, one = log_in(Role.VIEWER), hear_one(acme, "BCP対策に関心あり")

    page = viewer.get(f"/accounts/{acme.id}").text

    assert "“BCP対策に関心あり”" in page
    assert f"/suggestions/{one}/confirm" not in page
    assert viewer.post(f"/suggestions/{one}/confirm", data={"what": "BCP"}).status_code == 403


def test_a_want_can_be_put_away(log_in: LogIn, acme: Account) -> None:
    rep, one = log_in(Role.SALES), hear_one(acme, "BCP対策に関心あり")
    rep.post(f"/suggestions/{one}/confirm", data={"what": "BCP対策"})
    with unit_of_work() as work:
        need = work.session.scalars(select(Need.id)).one()

    page = rep.post(f"/needs/{need}/archive", headers=AJAX).text

    assert "<strong>BCP対策</strong>" not in page


def test_the_result_of_an_import_leads_to_what_its_memos_say(log_in: LogIn, memos: Import) -> None:
    marketer = log_in(Role.MARKETER)

    page = marketer.get(f"/imports/{memos.id}/heard").text

    assert f"/imports/{memos.id}/heard" in marketer.get(f"/imports/{memos.id}").text
    for words in ("製品Xに関心", "来期導入検討中", "価格面で見送り", "来年度再アプローチ予定"):
        assert f"“{words}”" in page
    assert "a fiscal year that closes in March" in page


def test_the_list_returns_to_itself_after_each_decision(log_in: LogIn, memos: Import) -> None:
    lost = of_kind(HeardKind.LOST_REASON)
    form = {"reason": "price", "what": "製品X", "list": str(memos.id), "kind": "lost_reason"}

    answer = log_in(Role.SALES).post(f"/suggestions/{lost}/confirm", data=form)

    assert answer.location == f"/imports/{memos.id}/heard?kind=lost_reason"
    with unit_of_work() as work:
        assert work.session.scalars(select(Deal.lost_reason)).one() == LostReason.PRICE


def test_a_card_of_the_list_can_be_changed_on_its_own_page(log_in: LogIn, memos: Import) -> None:
    with unit_of_work() as work:
        make_product(work.session, "製品X")
    interest = of_kind(HeardKind.INTEREST)

    page = log_in(Role.SALES).get(f"/suggestions/{interest}?list={memos.id}").text

    assert 'name="product_id"' in page
    assert f'name="list" value="{memos.id}"' in page


def test_one_kind_is_confirmed_at_once(log_in: LogIn, memos: Import) -> None:
    marketer = log_in(Role.MARKETER)

    page = marketer.post(f"/imports/{memos.id}/heard/interest", data={"act": "confirm"}, follow_redirects=True).text

    assert "1 suggestions were confirmed." in page
    with unit_of_work() as work:
        assert work.session.scalars(select(Need.topic)).one() == "製品X"


def test_one_kind_is_dismissed_at_once(log_in: LogIn, memos: Import) -> None:
    page = (
        log_in(Role.MARKETER)
        .post(f"/imports/{memos.id}/heard/reminder", data={"act": "dismiss"}, follow_redirects=True)
        .text
    )

    assert "1 suggestions were dismissed." in page
    assert "来年度再アプローチ予定" not in page


def test_a_rep_decides_one_by_one_only(log_in: LogIn, memos: Import) -> None:
    assert log_in(Role.SALES).post(f"/imports/{memos.id}/heard/interest", data={"act": "confirm"}).status_code == 403


def test_an_unknown_kind_is_not_found(log_in: LogIn, memos: Import) -> None:
    assert log_in(Role.MARKETER).post(f"/imports/{memos.id}/heard/rumour").status_code == 404


def test_a_meeting_is_logged_with_its_minutes(log_in: LogIn, acme: Account) -> None:
    rep = log_in(Role.SALES)

    log(rep, acme, "showed the product", kind=ItemKind.MEETING, minutes="45")

    assert "Meeting (45 min)" in rep.get(f"/accounts/{acme.id}").text


@pytest.mark.parametrize("minutes", ["0", "-5", "9999", "half an hour"])
def test_minutes_that_cannot_be_are_refused(log_in: LogIn, acme: Account, minutes: str) -> None:
    answer = log(log_in(Role.SALES), acme, "showed the product", kind=ItemKind.MEETING, minutes=minutes)

    assert answer.status_code == 422  # type: ignore[attr-defined]
    assert "A meeting takes between a minute and a day." in answer.text  # type: ignore[attr-defined]


def test_a_person_s_page_shows_and_decides_what_that_person_said(log_in: LogIn, acme: Account) -> None:
    rep = log_in(Role.SALES)
    with unit_of_work() as work:
        anna = make_contact(work.session, acme)
    log(rep, acme, "BCP対策に関心あり", **{"with": f"c:{anna.id}"})
    log(rep, acme, "クラウド化を希望", **{"with": ""})

    page = rep.get(f"/contacts/{anna.id}").text
    one = of_kind(HeardKind.INTEREST)
    answer = rep.post(f"/suggestions/{one}/confirm", data={"what": "BCP対策", "back": str(anna.id)})

    assert ("“BCP対策に関心あり”" in page, "“クラウド化を希望”" in page) == (True, False)
    assert answer.location == f"/contacts/{anna.id}#heard"


def test_sales_end_no_deal_of_others_by_what_was_heard(log_in: LogIn, acme: Account, memos: Import) -> None:
    with unit_of_work() as work:
        work.session.get_one(Account, acme.id).owner_id = make_user(work.session, name="加藤").id
    lost = of_kind(HeardKind.LOST_REASON)

    answer = log_in(Role.SALES).post(f"/suggestions/{lost}/confirm", data={"reason": "price", "what": "製品X"})

    assert answer.status_code == 403
    with unit_of_work() as work:
        assert work.session.scalars(select(Deal)).all() == []


def test_sales_put_away_nothing_that_was_said_to_others(log_in: LogIn, acme: Account) -> None:
    rep, wanted = log_in(Role.SALES), hear_one(acme, "BCP対策に関心あり")
    rep.post(f"/suggestions/{wanted}/confirm", data={"what": "BCP対策"})
    with unit_of_work() as work:
        need = work.session.scalars(select(Need.id)).one()
        note = make_note(work.session, acme, None, "クラウド化を希望", work.at)
        hear_note(work.session, note.id, at=work.at, zone=ZoneInfo("Asia/Tokyo"))
        waiting = work.session.scalars(select(Suggestion.id).where(Suggestion.state == SuggestionState.OPEN)).one()
        work.session.get_one(Account, acme.id).owner_id = make_user(work.session, name="加藤").id

    refused = [
        rep.post(address).status_code for address in (f"/suggestions/{waiting}/dismiss", f"/needs/{need}/archive")
    ]
    pages = [rep.get(address).text for address in (f"/accounts/{acme.id}", f"/suggestions/{waiting}")]

    assert refused == [403, 403]
    assert not any(f"/suggestions/{waiting}/dismiss" in page or "/archive" in page for page in pages)
    with unit_of_work() as work:
        assert work.session.get_one(Suggestion, waiting).state == SuggestionState.OPEN
        assert work.session.get_one(Need, need).archived_at is None


def test_a_list_offers_to_dismiss_only_what_is_the_reader_s(log_in: LogIn, acme: Account, memos: Import) -> None:
    rep = log_in(Role.SALES)
    before = rep.get(f"/imports/{memos.id}/heard").text
    with unit_of_work() as work:
        work.session.get_one(Account, acme.id).owner_id = make_user(work.session, name="加藤").id

    after = rep.get(f"/imports/{memos.id}/heard").text

    assert ("/dismiss" in before, "/dismiss" in after) == (True, False)


@pytest.mark.parametrize("address", ["/suggestions/{id}/dismiss", "/needs/{id}/archive"])
def test_what_is_not_there_cannot_be_put_away(log_in: LogIn, address: str) -> None:
    assert log_in(Role.SALES).post(address.format(id=uuid.uuid4())).status_code == 404
