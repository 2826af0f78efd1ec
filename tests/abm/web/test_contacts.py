"""Contacts: the list, and one person."""

import pytest

from abm.customers.timeline import Item, add_items
from abm.models import Consent, Contact, Suppression
from abm.words import ConsentPurpose, ItemKind, Role, SuppressionReason
from abm.work import Installation, unit_of_work
from tests.abm.web.conftest import LogIn
from tests.worlds import NOON, make_account, make_contact


@pytest.fixture
def anna(installation: Installation) -> Contact:
    """Somebody with consent."""
    with unit_of_work() as work:
        return make_contact(work.session, make_account(work.session), kana="アンナ ハナコ", title="課長")  # type: ignore[no-any-return]


@pytest.mark.parametrize("typed", ["安奈", "安奈　花子", "あんな", "anna@acme", "アクメ"])
def test_a_person_is_found_by_name_kana_address_and_company(log_in: LogIn, anna: Contact, typed: str) -> None:
    assert "安奈 花子" in log_in(Role.VIEWER).get("/contacts", query_string={"q": typed}).text


def test_nobody_is_found_by_what_nobody_has(log_in: LogIn, anna: Contact) -> None:
    page = log_in(Role.VIEWER).get("/contacts?q=zzz").text

    assert "安奈" not in page
    assert "Nobody fits" in page


def test_an_empty_list_says_what_to_do_next(log_in: LogIn) -> None:
    assert "Import a list" in log_in(Role.MARKETER).get("/contacts").text


def test_a_suppressed_person_shows_why(log_in: LogIn, anna: Contact) -> None:
    with unit_of_work() as work:
        reason = SuppressionReason.UNSUBSCRIBED
        work.session.add(Suppression(email=anna.email or "", reason=reason, at=NOON, evidence="stop page"))

    page = log_in(Role.VIEWER).get(f"/contacts/{anna.id}").text

    assert "On the suppression list" in page
    assert "Unsubscribed" in page


def test_a_refusal_is_told_as_one(log_in: LogIn, anna: Contact) -> None:
    with unit_of_work() as work:
        refusal = {"purpose": ConsentPurpose.MAIL, "granted": False, "evidence": "told us on the phone"}
        work.session.add(Consent(contact_id=anna.id, at=NOON, **refusal))

    assert "Refused" in log_in(Role.VIEWER).get(f"/contacts/{anna.id}").text


def test_the_page_holds_this_person_s_history_only(log_in: LogIn, anna: Contact) -> None:
    with unit_of_work() as work:
        mine = Item(ItemKind.NOTE, anna.account_id, NOON, contact_id=anna.id, body="about Anna")
        other = Item(ItemKind.NOTE, anna.account_id, NOON, body="about the firm")
        add_items(work.session, [mine, other])

    page = log_in(Role.VIEWER).get(f"/contacts/{anna.id}").text

    assert "about Anna" in page
    assert "about the firm" not in page


def test_a_japanese_heading_is_respectful(log_in: LogIn, anna: Contact) -> None:
    assert "安奈 花子 様" in log_in(Role.VIEWER, language="ja").get(f"/contacts/{anna.id}").text
