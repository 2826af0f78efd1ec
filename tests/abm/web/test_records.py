"""The pages of what is sold: made, seen, changed, put away and brought back, by whom they may."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from abm.customers.sheets import SHEETS, Sheet
from abm.models import (
    Account,
    AuditEntry,
    Contract,
    Deal,
    DecisionStep,
    Order,
    Ownership,
    Product,
    SurveyAnswer,
    Ticket,
    TimelineItem,
    Usage,
)
from abm.words import Role
from abm.work import Installation, unit_of_work
from tests.abm.web.conftest import LogIn
from tests.worlds import make_account, make_contact, make_user

# The least that makes a record of each noun.
LEAST: dict[str, dict[str, str]] = {
    "product": {"name": "配車クラウド"},
    "deal": {"name": "配車システムの更新", "stage": "discovery"},
    "offer": {"kind": "quote", "name": "初期導入の見積", "state": "draft"},
    "order": {"ordered_on": "2026-11-01"},
    "contract": {"name": "保守契約", "state": "running"},
    "ownership": {},
    "usage": {"month_on": "2026-11", "amount": "1,200"},
    "ticket": {"subject": "ログインできない", "severity": "high", "state": "open"},
    "survey_answer": {"kind": "csat", "score": "4", "answered_on": "2026-11-01"},
}
WRITTEN = [sheet for sheet in SHEETS if sheet.noun in LEAST]


@pytest.fixture
def acme(installation: Installation) -> Account:
    with unit_of_work() as work:
        account = make_account(work.session)
        make_contact(work.session, account)
    return account


@pytest.fixture
def product(installation: Installation) -> Product:
    with unit_of_work() as work:
        made = Product(name="在庫クラウド", code="stock", topics=["在庫"])
        work.session.add(made)
    return made


def only(model: type[Any]) -> Any:
    with unit_of_work() as work:
        return work.session.scalars(select(model)).one()


def folder(sheet: Sheet, account: Account) -> str:
    return f"/accounts/{account.id}/{sheet.plural}" if sheet.of_account else f"/{sheet.plural}"


def least(sheet: Sheet, product: Product) -> dict[str, str]:
    needs_product = any(field.name == "product_id" and field.is_required for field in sheet.fields)
    return {**LEAST[sheet.noun], **({"product_id": str(product.id)} if needs_product else {})}


def add(client: FlaskClient, noun: str, account: Account, **form: str) -> Any:
    sheet = next(one for one in SHEETS if one.noun == noun)
    return client.post(f"{folder(sheet, account)}/new", data={**LEAST[noun], **form})


@pytest.mark.parametrize("sheet", [one for one in WRITTEN if one.noun != "product"], ids=lambda one: one.noun)
def test_every_record_is_made_seen_changed_put_away_and_brought_back(
    log_in: LogIn, acme: Account, product: Product, sheet: Sheet
) -> None:
    marketer = log_in(Role.MARKETER)
    assert marketer.get(f"{folder(sheet, acme)}/new").status_code == 200
    assert marketer.post(f"{folder(sheet, acme)}/new", data=least(sheet, product)).status_code == 303
    record = only(sheet.model)
    page = f"/{sheet.plural}/{record.id}"
    version = marketer.get(f"{page}/edit").text.split('name="version" value="')[1].split('"')[0]
    assert marketer.get(page).status_code == 200
    assert marketer.get(folder(sheet, acme)).status_code == 200 or sheet.noun == "deal"
    changed = marketer.post(f"{page}/edit", data={**least(sheet, product), "version": version})
    assert changed.status_code == 303
    assert marketer.post(f"{page}/archive").location == f"{page}/changes"
    assert marketer.get(page).status_code == 404
    assert "was archived on" in marketer.get(f"{page}/changes").text
    assert marketer.post(f"{page}/restore").status_code == 303
    assert only(sheet.model).archived_at is None


def test_every_act_leaves_an_audit_row_and_the_account_tells_them(log_in: LogIn, acme: Account) -> None:
    marketer = log_in(Role.MARKETER)
    add(marketer, "contract", acme, amount="1,200万円", ends_on="2027-03-31")
    contract = only(Contract)
    marketer.post(f"/contracts/{contract.id}/edit", data={"amount": "1,300万円"})

    history = marketer.get(f"/accounts/{acme.id}/changes").text

    assert "Contract created" in history
    assert "¥12,000,000 → ¥13,000,000" in history


def test_amounts_and_days_are_read_as_they_are_typed(log_in: LogIn, acme: Account) -> None:
    typed = {"amount": "１，２００万円", "expected_close_on": "令和8年12月10日", "probability": "65 %"}

    add(log_in(Role.MARKETER), "deal", acme, **typed)

    deal = only(Deal)
    assert (deal.amount, deal.expected_close_on, deal.probability) == (Decimal(12_000_000), date(2026, 12, 10), 65)


@pytest.mark.parametrize(
    ("noun", "over", "told"),
    [
        ("deal", {"name": ""}, "Please fill this in."),
        ("deal", {"name": "=1+1"}, "A name is not a formula"),
        ("deal", {"name": "x" * 300}, "This is too long."),
        ("deal", {"amount": "about ten"}, "This is no amount."),
        ("deal", {"amount": "-5"}, "An amount is not below zero."),
        ("deal", {"probability": "120"}, "between 0 and 100 percent"),
        ("deal", {"expected_close_on": "some day"}, "This day cannot be read."),
        ("deal", {"stage": "dreaming"}, "Please choose one of the list."),
        ("deal", {"stage": "lost"}, "A lost deal needs the reason"),
        ("deal", {"contact_id": "nobody"}, "This person is not at the account."),
        ("contract", {"starts_on": "2027-01-01", "ends_on": "2026-01-01"}, "before the beginning"),
        ("offer", {"issued_on": "2027-01-01", "valid_until": "2026-01-01"}, "before the beginning"),
        ("order", {"ordered_on": ""}, "Please fill this in."),
        ("order", {"quantity": "a few"}, "Please type a number"),
        ("survey_answer", {"score": "6"}, "a scale from 1 to 5"),
        ("survey_answer", {"kind": "nps", "score": "11"}, "a scale from 0 to 10"),
        ("survey_answer", {"score": ""}, "Please fill this in."),
        ("survey_answer", {"kind": "words", "words": ""}, "Please fill this in."),
        ("usage", {"product_id": ""}, "Please fill this in."),
    ],
)
def test_what_is_wrong_stands_by_its_field(
    log_in: LogIn, acme: Account, noun: str, over: dict[str, str], told: str
) -> None:
    answer = add(log_in(Role.MARKETER), noun, acme, **over)

    assert answer.status_code == 422
    assert told in answer.text
    with unit_of_work() as work:
        assert work.session.scalars(select(AuditEntry).where(AuditEntry.subject == noun)).all() == []


def test_what_belongs_to_another_account_is_refused(log_in: LogIn, acme: Account) -> None:
    with unit_of_work() as work:
        zeta = make_account(work.session, "株式会社ゼータ")
        stranger = make_contact(work.session, zeta, email="z@zeta.example")

    answer = add(log_in(Role.MARKETER), "deal", acme, contact_id=str(stranger.id))

    assert answer.status_code == 422
    assert "This person is not at the account." in answer.text


def test_an_archived_product_is_no_longer_sold(log_in: LogIn, acme: Account, product: Product) -> None:
    marketer = log_in(Role.MARKETER)
    marketer.post(f"/products/{product.id}/archive")

    answer = add(marketer, "order", acme, product_id=str(product.id))

    assert "Please choose one of your products." in answer.text


def test_a_second_person_s_change_is_not_lost(log_in: LogIn, acme: Account) -> None:
    marketer = log_in(Role.MARKETER)
    add(marketer, "deal", acme)
    page = f"/deals/{only(Deal).id}/edit"
    version = marketer.get(page).text.split('name="version" value="')[1].split('"')[0]
    marketer.post(page, data={**LEAST["deal"], "amount": "100", "version": version})

    late = marketer.post(page, data={**LEAST["deal"], "amount": "200", "version": version})

    assert late.status_code == 409
    assert "Somebody changed this record meanwhile." in late.text
    assert only(Deal).amount == 100


@pytest.mark.parametrize(
    ("role", "owner", "status"),
    [
        (Role.ADMIN, "another", 303),
        (Role.SALES, "another", 403),
        (Role.SALES, "nobody", 303),
        (Role.VIEWER, "nobody", 403),
    ],
)
def test_sales_write_where_they_look_after_the_account(
    log_in: LogIn, acme: Account, role: Role, owner: str, status: int
) -> None:
    with unit_of_work() as work:
        account = work.session.get_one(Account, acme.id)
        account.owner_id = make_user(work.session, name="佐藤 次郎").id if owner == "another" else None

    assert add(log_in(role), "ticket", acme).status_code == status


def test_products_are_the_marketers(log_in: LogIn, acme: Account) -> None:
    assert log_in(Role.SALES).post("/products/new", data={"name": "配車"}).status_code == 403
    assert log_in(Role.MARKETER).post("/products/new", data={"name": "配車", "topics": "配車、運行"}).status_code == 303
    made = only(Product)
    assert (made.code, made.topics) == ("配車", ["配車", "運行"])
    assert "配車" in log_in(Role.VIEWER).get("/products").text


def test_two_products_have_two_codes(log_in: LogIn, product: Product) -> None:
    answer = log_in(Role.MARKETER).post("/products/new", data={"name": "在庫", "code": "stock"})

    assert "Another product has this code already." in answer.text


def test_a_contract_s_renewal_follows_its_end(log_in: LogIn, acme: Account) -> None:
    marketer = log_in(Role.MARKETER)
    add(marketer, "contract", acme, ends_on="2027-03-31", renews_on="")
    contract = only(Contract)
    assert contract.renews_on == date(2027, 3, 31)

    marketer.post(f"/contracts/{contract.id}/edit", data={"ends_on": "2028-03-31", "renews_on": "2027-03-31"})

    assert only(Contract).renews_on == date(2028, 3, 31)


def test_a_closed_ticket_knows_since_when(log_in: LogIn, acme: Account) -> None:
    marketer = log_in(Role.MARKETER)
    add(marketer, "ticket", acme, is_complaint="1")
    ticket = only(Ticket)
    marketer.post(f"/tickets/{ticket.id}/edit", data={"state": "closed"})
    closed = only(Ticket)

    marketer.post(f"/tickets/{ticket.id}/edit", data={"state": "open"})

    assert ticket.is_complaint
    assert closed.closed_at >= closed.opened_at
    assert only(Ticket).closed_at is None


def test_use_counts_by_month(log_in: LogIn, acme: Account, product: Product) -> None:
    add(log_in(Role.MARKETER), "usage", acme, product_id=str(product.id), month_on="2026/11/20")

    usage = only(Usage)
    assert (usage.month_on, usage.amount) == (date(2026, 11, 1), 1200.0)


def test_an_unchecked_box_is_a_no(log_in: LogIn, acme: Account) -> None:
    marketer = log_in(Role.MARKETER)
    add(marketer, "contract", acme, renews_itself="1")
    contract = only(Contract)

    marketer.post(f"/contracts/{contract.id}/edit", data={"renews_itself": ""})

    assert (contract.renews_itself, only(Contract).renews_itself) == (True, False)


def test_the_account_shows_what_it_buys_owns_and_says(log_in: LogIn, acme: Account, product: Product) -> None:
    marketer = log_in(Role.MARKETER)
    for sheet in WRITTEN[1:]:
        marketer.post(f"{folder(sheet, acme)}/new", data=least(sheet, product))

    page = marketer.get(f"/accounts/{acme.id}").text

    for told in ("配車システムの更新", "保守契約", "ログインできない", "在庫クラウド", "used in November 2026: 1,200"):
        assert told in page


def test_the_timeline_tells_what_happened_in_both_languages(log_in: LogIn, acme: Account, product: Product) -> None:
    marketer = log_in(Role.MARKETER)
    for sheet in WRITTEN[1:]:
        marketer.post(f"{folder(sheet, acme)}/new", data=least(sheet, product))

    english = marketer.get(f"/accounts/{acme.id}?channel=deals").text
    japanese = log_in(Role.VIEWER, language="ja").get(f"/accounts/{acme.id}").text

    assert "Deal opened: 配車システムの更新" in english
    assert "Support ticket: ログインできない" not in english.split('id="timeline"')[1]
    for told in ("商談の開始: 配車システムの更新", "在庫クラウドの導入", "満足度（CSAT）: 4"):
        assert told in japanese.split('id="timeline"')[1]


def test_a_quiet_change_leaves_no_line(log_in: LogIn, acme: Account) -> None:
    marketer = log_in(Role.MARKETER)
    add(marketer, "order", acme)

    marketer.post(f"/orders/{only(Order).id}/edit", data={"note": "値引きなし"})

    with unit_of_work() as work:
        assert len(work.session.scalars(select(TimelineItem)).all()) == 1


def test_every_noun_has_its_words() -> None:
    assert {sheet.noun for sheet in SHEETS} >= set(LEAST)
    assert {Ownership, SurveyAnswer, DecisionStep} <= {sheet.model for sheet in SHEETS}


def test_a_deal_is_offered_to_whoever_looks_after_the_account(log_in: LogIn, acme: Account) -> None:
    marketer = log_in(Role.MARKETER)
    with unit_of_work() as work:
        owner = make_user(work.session, name="佐藤 次郎")
        work.session.get_one(Account, acme.id).owner_id = owner.id

    form = marketer.get(f"/accounts/{acme.id}/deals/new").text

    assert f'<option value="{owner.id}" selected>佐藤 次郎' in form
