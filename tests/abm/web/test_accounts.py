"""Accounts: the list and the page of one, for every reader."""

import uuid
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from abm.customers.absences import Leave, enter_absence
from abm.customers.timeline import Item, add_items
from abm.models import Account, Contact, ContactScore, NextAction, ScoreEntry
from abm.words import EventKind, GuardReason, ItemKind, Role, Stage, Verdict
from abm.work import Installation, unit_of_work
from tests.abm.web.conftest import LogIn
from tests.abm.web.counting import counted
from tests.worlds import NOON, make_account, make_contact, make_event, make_user

FRAGMENT = {"HX-Request": "true", "HX-Target": "list"}


@pytest.fixture
def acme(installation: Installation) -> Account:
    """A warm account with two people, one of whom may not be mailed."""
    with unit_of_work() as work:
        account = make_account(work.session, kana="アクメ", stage=Stage.ENGAGED)
        anna = make_contact(work.session, account)
        make_contact(work.session, account, "ベルト 次郎", "bert@acme.example", consent=False)
        score(work, anna, work.at)
    return account


def score(work, contact: Contact, at) -> None:  # type: ignore[no-untyped-def]
    happened = make_event(work.session, contact, EventKind.DOWNLOAD, at, verdict=Verdict.PROVEN)
    shared = {"account_id": contact.account_id, "contact_id": contact.id, "half_life_days": 21}
    weights = {"base": 5, "seniority": 1, "verdict": Verdict.PROVEN, "factor": 1, "entry": 5, "model_version": 1}
    entry = ScoreEntry(event_id=happened.id, kind=happened.kind, happened_at=at, **shared, **weights)
    work.session.add_all([entry, ContactScore(points=5, as_of=at, **shared)])
    work.session.flush()


def test_an_empty_list_tells_a_marketer_to_import_and_a_viewer_who_will(log_in: LogIn) -> None:
    assert "/imports" in log_in(Role.MARKETER).get("/accounts").text
    assert "A marketer imports" in log_in(Role.VIEWER).get("/accounts").text


def test_a_search_without_a_result_offers_the_whole_list(log_in: LogIn, acme: Account) -> None:
    page = log_in(Role.VIEWER).get("/accounts?q=nobody").text

    assert "No account fits" in page
    assert acme.name not in page


def test_the_list_names_the_stage_in_the_reader_s_language(log_in: LogIn, acme: Account) -> None:
    assert "関心あり" in log_in(Role.VIEWER, language="ja").get("/accounts").text
    assert "Engaged" in log_in(Role.SALES, language="en").get("/accounts").text


def test_with_htmx_only_the_list_is_sent(log_in: LogIn, acme: Account) -> None:
    part = log_in(Role.VIEWER).get("/accounts?q=アクメ", headers=FRAGMENT).text

    assert acme.name in part
    assert "<html" not in part


@pytest.mark.parametrize("query", ["stage=king", "sort=luck", "page=x", "page=-3", "page=999999999999", "mqa=2"])
def test_an_address_somebody_changed_by_hand_still_shows_the_list(log_in: LogIn, acme: Account, query: str) -> None:
    page = log_in(Role.VIEWER).get(f"/accounts?{query}")

    assert page.status_code == 200
    assert acme.name in page.text


def test_the_page_says_for_each_person_why_no_mail_goes_now(log_in: LogIn, acme: Account) -> None:
    page = log_in(Role.VIEWER).get(f"/accounts/{acme.id}").text

    assert "May be mailed now: 1 of 2 people" in page
    assert page.count("No consent to mail") == 2
    assert page.count("May be mailed<") == 1
    assert GuardReason.CONSENT_MISSING not in page


def test_one_mail_to_several_people_is_one_line_that_names_them(log_in: LogIn, acme: Account) -> None:
    with unit_of_work() as work:
        for person in work.session.scalars(select(Contact).where(Contact.account_id == acme.id)):
            detail = {"sequence": "first", "step": "guide", "subject": "The guide"}
            mail = Item(ItemKind.MAIL_SENT, acme.id, work.at, None, person.id, detail=detail)
            add_items(work.session, [mail])

    page = log_in(Role.VIEWER).get(f"/accounts/{acme.id}").text

    assert "No sequence is under way" in page
    assert page.count("<summary><span") == 1
    assert "安奈 花子, ベルト 次郎" in page or "ベルト 次郎, 安奈 花子" in page


def test_the_receipt_of_an_earlier_day_lacks_what_happened_later(log_in: LogIn, acme: Account) -> None:
    browser = log_in(Role.VIEWER)

    today = browser.get(f"/accounts/{acme.id}").text
    before = browser.get(f"/accounts/{acme.id}?as_of=2020-01-01").text

    assert ">5.0<" in today
    assert "Nothing counted yet" in before


@pytest.mark.parametrize("query", ["as_of=tomorrow", "as_of=9999-12-31", "before=x", "channel=air", "contact=1"])
def test_a_page_with_a_broken_filter_is_still_a_page(log_in: LogIn, acme: Account, query: str) -> None:
    assert log_in(Role.VIEWER).get(f"/accounts/{acme.id}?{query}").status_code == 200


def test_a_memo_is_shown_as_text(log_in: LogIn, acme: Account) -> None:
    with unit_of_work() as work:
        add_items(work.session, [Item(ItemKind.NOTE, acme.id, NOON, body="<script>alert(1)</script>")])

    page = log_in(Role.VIEWER).get(f"/accounts/{acme.id}").text

    assert "&lt;script&gt;alert(1)" in page


def test_long_histories_are_read_page_by_page(log_in: LogIn, acme: Account) -> None:
    notes = [Item(ItemKind.NOTE, acme.id, NOON + timedelta(hours=n), body=f"note {n:03}") for n in range(60)]
    with unit_of_work() as work:
        add_items(work.session, notes)
    browser = log_in(Role.VIEWER)

    first = browser.get(f"/accounts/{acme.id}").text
    older = first.partition('hx-get="')[2]
    link = next(part for part in first.split('"') if "before=" in part).replace("&amp;", "&")
    second = browser.get(link.partition("#")[0]).text

    assert older
    assert "note 059" in first
    assert "note 000" not in first
    assert "note 000" in second


def test_an_unknown_account_is_not_found(log_in: LogIn) -> None:
    assert log_in(Role.VIEWER).get(f"/accounts/{uuid.uuid4()}").status_code == 404


def test_a_stranger_is_sent_to_the_log_in(stranger: FlaskClient, acme: Account) -> None:
    assert "/login" in stranger.get(f"/accounts/{acme.id}").location


@pytest.mark.parametrize("path", ["/accounts", "/accounts/{id}", "/contacts", "/"])
def test_a_page_costs_the_same_number_of_queries_whatever_stands_on_it(
    log_in: LogIn, installation: Installation, acme: Account, path: str
) -> None:
    browser, address = log_in(Role.ADMIN), path.format(id=acme.id)
    browser.get(address)
    with counted(installation.engine) as few:
        browser.get(address)
    with unit_of_work() as work:
        for number in range(12):
            another = make_account(work.session, f"会社{number}")
            for account in (acme, another):
                mail = f"p{number}@{account.id}.example"
                contact = make_contact(work.session, account, f"名前 {number}", mail)
                score(work, contact, work.at)
                add_items(work.session, [Item(ItemKind.NOTE, account.id, work.at, contact_id=contact.id, body="x")])

    with counted(installation.engine) as many:
        page = browser.get(address).text

    assert "11" in page
    assert len(many) == len(few)


def test_the_page_says_who_is_missing_known_away_and_related(log_in: LogIn, installation: Installation) -> None:
    rep = log_in(Role.ADMIN)
    with unit_of_work() as work:
        session, today = work.session, work.at.date()
        owner = make_user(session, name="佐藤 健一")
        top = make_account(session, "みなとホールディングス")
        account = make_account(session, "みなと物流", owner_id=owner.id, parent_id=top.id)
        boss = make_contact(session, account, "山本 太郎", buying_role="decision_maker")
        leave = Leave(owner.id, today - timedelta(days=1), today + timedelta(days=1))
        enter_absence(session, leave, by=owner.id, at=work.at, today=today)
        add_items(session, [Item(ItemKind.CALL, account.id, work.at, contact_id=boss.id, by_user_id=owner.id)])
        late = {"due_on": today - timedelta(days=3), "owner_id": owner.id, "what": "見積を送る", "created_at": work.at}
        session.add(NextAction(account_id=account.id, **late))

    page = rep.get(f"/accounts/{account.id}").text

    assert f"/accounts/{account.id}/people/new?buying_role=champion" in page
    assert "known by 佐藤 健一" in page
    assert "away until" in page
    assert "みなとホールディングス" in page
    assert page.count("Overdue") >= 2
