"""Deals by page: the board, the way through the stages, the customer's decision, what a won one leaves, files."""

import io
from datetime import date
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from abm.customers.deals import open_deal
from abm.customers.files import LARGEST
from abm.models import (
    Account,
    CustomField,
    Deal,
    DealFile,
    DecisionStep,
    NextAction,
    Offer,
    Order,
    Ownership,
    Product,
    TimelineItem,
)
from abm.words import Role
from abm.work import Installation, unit_of_work
from tests.abm.web.conftest import LogIn
from tests.abm.web.counting import counted
from tests.worlds import make_account, make_contact, make_user


@pytest.fixture
def acme(installation: Installation) -> Account:
    with unit_of_work() as work:
        account = make_account(work.session)
        make_contact(work.session, account)
    return account


@pytest.fixture
def deal(acme: Account) -> Deal:
    return opened(acme, "配車システムの更新")


def opened(account: Account, name: str, **over: Any) -> Deal:
    with unit_of_work() as work:
        made = open_deal(work.session, account.id, name, by=None, at=work.at)
        for field, value in over.items():
            setattr(made, field, value)
    return made


def all_of(model: type[Any]) -> list[Any]:
    with unit_of_work() as work:
        return list(work.session.scalars(select(model)))


def only(model: type[Any]) -> Any:
    return all_of(model)[0]


def version_of(client: FlaskClient, deal: Deal) -> str:
    return client.get(f"/deals/{deal.id}").text.split('name="version" value="')[1].split('"')[0]


def move(client: FlaskClient, deal: Deal, stage: str, **form: str) -> Any:
    return client.post(f"/deals/{deal.id}/stage", data={"stage": stage, **form})


def test_the_board_says_what_is_open_and_what_is_to_be_expected(log_in: LogIn, acme: Account) -> None:
    opened(acme, "配車", amount=10_000_000, stage="proposal")
    opened(acme, "在庫", amount=5_000_000, stage="proposal", probability=20)
    opened(acme, "終わった商談", amount=9_000_000, stage="won")

    page = log_in(Role.MARKETER).get("/deals").text

    assert "¥15,000,000" in page
    assert "¥6,000,000" in page
    assert "終わった商談" not in page
    assert page.count("No next action") == 2


def test_the_board_is_narrowed_by_owner_and_month(log_in: LogIn, acme: Account) -> None:
    with unit_of_work() as work:
        rep = make_user(work.session, name="佐藤 次郎")
    opened(acme, "十二月の商談", owner_id=rep.id, expected_close_on=date(2026, 12, 10))
    opened(acme, "一月の商談", owner_id=rep.id, expected_close_on=date(2027, 1, 10))
    opened(acme, "誰かの商談", expected_close_on=date(2026, 12, 20))

    page = log_in(Role.MARKETER).get(f"/deals?owner={rep.id}&month=2026-12").text

    assert "十二月の商談" in page
    assert "一月の商談" not in page
    assert "誰かの商談" not in page


def test_sales_see_their_own_deals_first(log_in: LogIn, acme: Account, deal: Deal) -> None:
    rep = log_in(Role.SALES)

    assert deal.name not in rep.get("/deals").text
    assert deal.name in rep.get("/deals?owner=all").text


def test_lost_deals_stand_with_their_reasons(log_in: LogIn, acme: Account) -> None:
    opened(acme, "見送り", stage="lost", lost_reason="price", closed_on=date(2026, 11, 1))

    page = log_in(Role.VIEWER).get("/deals?stage=lost").text

    assert "見送り" in page
    assert ">Price</td>" in page


def test_a_board_without_deals_says_where_they_begin(log_in: LogIn, installation: Installation) -> None:
    assert "A deal begins at a customer" in log_in(Role.MARKETER).get("/deals").text


def test_one_click_moves_a_deal(log_in: LogIn, deal: Deal) -> None:
    marketer = log_in(Role.MARKETER)

    assert move(marketer, deal, "needs", version=version_of(marketer, deal)).status_code == 303

    assert only(Deal).stage == "needs"
    assert "Deal 配車システムの更新: Discovery → Needs found" in marketer.get(f"/deals/{deal.id}").text


def test_two_people_moving_one_deal_do_not_overrule_each_other(log_in: LogIn, deal: Deal) -> None:
    marketer = log_in(Role.MARKETER)
    seen = version_of(marketer, deal)
    move(marketer, deal, "quote", version=seen)

    late = move(marketer, deal, "needs", version=seen)

    assert late.status_code == 409
    assert "Somebody changed this record meanwhile." in late.text
    assert only(Deal).stage == "quote"


def test_losing_a_deal_asks_why(log_in: LogIn, deal: Deal) -> None:
    marketer = log_in(Role.MARKETER)

    refused = move(marketer, deal, "lost", lost_reason="")

    assert refused.status_code == 422
    assert "A lost deal needs the reason" in refused.text
    assert move(marketer, deal, "lost", lost_reason="competitor").status_code == 303
    assert only(Deal).lost_reason == "competitor"


def test_a_won_deal_asks_what_the_customer_got(log_in: LogIn, acme: Account, deal: Deal) -> None:
    with unit_of_work() as work:
        product = Product(name="配車クラウド", code="dispatch")
        work.session.add(product)
        work.session.flush()
        kept = work.session.get_one(Deal, deal.id)
        kept.product_id, kept.amount = product.id, 12_000_000
    marketer = log_in(Role.MARKETER)
    move(marketer, deal, "won")
    assert "Won! What did the customer get?" in marketer.get(f"/deals/{deal.id}").text

    marketer.post(f"/deals/{deal.id}/won/product")
    marketer.post(f"/deals/{deal.id}/won/order")

    order, owned, closed_on = only(Order), only(Ownership), only(Deal).closed_on
    assert (order.amount, order.ordered_on, order.deal_id) == (12_000_000, closed_on, deal.id)
    assert (owned.product_id, owned.since_on) == (product.id, closed_on)
    page = marketer.get(f"/deals/{deal.id}").text
    assert "Record the purchase" not in page
    assert "Record the contract" in page


def test_an_open_deal_leaves_nothing_at_the_customer(log_in: LogIn, deal: Deal) -> None:
    log_in(Role.MARKETER).post(f"/deals/{deal.id}/won/order")

    assert all_of(Order) == []


def test_steps_are_added_decided_and_moved(log_in: LogIn, deal: Deal) -> None:
    marketer = log_in(Role.MARKETER)
    for what in ("起案", "部長承認", "役員会"):
        marketer.post(f"/deals/{deal.id}/steps", data={"what": what, "buying_role": "approver"})
    first, _second, third = sorted(all_of(DecisionStep), key=lambda step: step.position)

    marketer.post(f"/decision-steps/{first.id}/state", data={"state": "approved"})
    marketer.post(f"/decision-steps/{third.id}/place", data={"to": "earlier"})

    steps = sorted(all_of(DecisionStep), key=lambda step: step.position)
    assert [step.what for step in steps] == ["起案", "役員会", "部長承認"]
    assert (steps[0].state, steps[0].decided_on is not None) == ("approved", True)


def test_a_step_without_a_name_is_refused_by_its_field(log_in: LogIn, deal: Deal) -> None:
    answer = log_in(Role.MARKETER).post(f"/deals/{deal.id}/steps", data={"what": ""})

    assert answer.status_code == 422
    assert "Please fill this in." in answer.text


def test_a_deal_has_one_next_action_beside_that_of_its_account(log_in: LogIn, deal: Deal) -> None:
    marketer = log_in(Role.MARKETER)
    with unit_of_work() as work:
        me = make_user(work.session, Role.MARKETER)
    planned = {"due_on": "2026-12-01", "owner_id": str(me.id), "what": "見積を送る"}
    marketer.post(f"/accounts/{deal.account_id}/next-action", data={**planned, "what": "年始の挨拶"})
    marketer.post(f"/deals/{deal.id}/next-action", data=planned)

    marketer.post(f"/deals/{deal.id}/next-action", data={**planned, "what": "訪問する"})

    open_ones = {action.what: action.deal_id for action in all_of(NextAction) if action.closed_at is None}
    assert open_ones == {"年始の挨拶": None, "訪問する": deal.id}


def test_a_next_action_without_a_day_is_refused_by_its_field(log_in: LogIn, deal: Deal) -> None:
    answer = log_in(Role.MARKETER).post(f"/deals/{deal.id}/next-action", data={"due_on": "", "what": "x"})

    assert answer.status_code == 422
    assert "Please fill this in." in answer.text


@pytest.mark.parametrize("address", ["stage", "steps", "next-action", "won/order"])
def test_sales_of_others_change_nothing(log_in: LogIn, acme: Account, deal: Deal, address: str) -> None:
    with unit_of_work() as work:
        work.session.get_one(Account, acme.id).owner_id = make_user(work.session).id
    form = {"stage": "won", "what": "x", "due_on": "2026-12-01", "owner_id": str(deal.id)}

    assert log_in(Role.SALES).post(f"/deals/{deal.id}/{address}", data=form).status_code == 403


def test_a_file_is_kept_in_the_phase_of_its_deal_and_handed_out_to_be_saved(log_in: LogIn, deal: Deal) -> None:
    marketer = log_in(Role.MARKETER)
    upload = (io.BytesIO(b"%PDF-1.7 minutes"), "..\\打合せ 議事録.pdf")

    made = marketer.post(f"/accounts/{deal.account_id}/files/new", data={"file": upload, "deal_id": str(deal.id)})

    file = only(DealFile)
    answer = marketer.get(f"/files/{file.id}/content")
    assert made.location == f"/deals/{deal.id}"
    assert (file.name, file.phase, file.size) == ("打合せ 議事録.pdf", "discovery", 16)
    assert answer.data == b"%PDF-1.7 minutes"
    assert answer.headers["Content-Disposition"].startswith("attachment;")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "File added: 打合せ 議事録.pdf" in marketer.get(f"/deals/{deal.id}").text


def test_a_page_in_disguise_is_handed_out_as_bytes(log_in: LogIn, acme: Account) -> None:
    marketer = log_in(Role.MARKETER)
    page = (io.BytesIO(b"<script>alert(1)</script>"), "page.html", "text/html")

    marketer.post(f"/accounts/{acme.id}/files/new", data={"file": page})

    assert marketer.get(f"/files/{only(DealFile).id}/content").content_type == "application/octet-stream"


def test_a_file_put_away_is_handed_out_no_longer(log_in: LogIn, acme: Account) -> None:
    marketer = log_in(Role.MARKETER)
    marketer.post(f"/accounts/{acme.id}/files/new", data={"file": (io.BytesIO(b"x"), "x.txt")})
    file = only(DealFile)

    marketer.post(f"/files/{file.id}/archive")

    assert marketer.get(f"/files/{file.id}/content").status_code == 404


@pytest.mark.parametrize(
    ("content", "told"), [(b"", "not empty"), (b"x" * (LARGEST + 1), "20 MB at most")], ids=["empty", "large"]
)
def test_a_file_is_bounded(log_in: LogIn, acme: Account, content: bytes, told: str) -> None:
    upload = (io.BytesIO(content), "large.bin")

    answer = log_in(Role.MARKETER).post(f"/accounts/{acme.id}/files/new", data={"file": upload})

    assert answer.status_code == 422
    assert told in answer.text
    assert all_of(DealFile) == []


def test_an_offer_is_told_with_its_deal(log_in: LogIn, deal: Deal) -> None:
    marketer = log_in(Role.MARKETER)
    form = {"kind": "quote", "name": "初期費用", "state": "sent", "amount": "300万円", "deal_id": str(deal.id)}

    made = marketer.post(f"/accounts/{deal.account_id}/offers/new", data=form)

    assert made.location == f"/deals/{deal.id}"
    assert only(Offer).amount == 3_000_000
    assert "Quote: 初期費用 – Handed in (¥3,000,000)" in marketer.get(f"/deals/{deal.id}").text


def test_a_deal_s_page_costs_the_same_whatever_stands_on_it(
    installation: Installation, log_in: LogIn, deal: Deal
) -> None:
    viewer = log_in(Role.VIEWER)
    viewer.get(f"/deals/{deal.id}")
    with counted(installation.engine) as few:
        viewer.get(f"/deals/{deal.id}")
    with unit_of_work() as work:
        for number in range(20):
            work.session.add(DecisionStep(account_id=deal.account_id, deal_id=deal.id, position=number, what="承認"))
            work.session.add(Offer(account_id=deal.account_id, deal_id=deal.id, kind="quote", name="見積"))
            work.session.add(
                TimelineItem(
                    account_id=deal.account_id,
                    kind="deal_changed",
                    happened_at=work.at,
                    subject_id=deal.id,
                    detail={"new": "won", "old": "quote", "title": "配車"},
                )
            )

    with counted(installation.engine) as many:
        viewer.get(f"/deals/{deal.id}")

    assert len(many) == len(few)


def test_a_deal_has_the_fields_a_company_adds(log_in: LogIn, acme: Account) -> None:
    with unit_of_work() as work:
        work.session.add(CustomField(subject="deal", code="seats", title="Seats", kind="number", is_required=True))
    marketer = log_in(Role.MARKETER)
    folder = f"/accounts/{acme.id}/deals/new"
    assert marketer.post(folder, data={"name": "配車", "stage": "discovery"}).status_code == 422

    made = marketer.post(folder, data={"name": "配車", "stage": "discovery", "custom_seats": "1,200"})
    move(marketer, only(Deal), "needs")

    assert only(Deal).custom == {"seats": 1200}
    assert "1,200" in marketer.get(made.location).text
    assert "1200" in marketer.get(f"{made.location}/edit").text
