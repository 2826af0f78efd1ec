"""What an account buys, owns, uses and says: at a glance, as plain data, and at the same cost however much it is."""

from datetime import date
from typing import Any

import pytest
from sqlalchemy.orm import Session

from abm.models import Account, Contract, Deal, Order, Ownership, Product, SurveyAnswer, Ticket, Usage
from abm.reports.account import account_record
from abm.reports.deals import DealFilter, deal_board
from abm.reports.sold import SHOWN, sold_of
from abm.work import Installation, unit_of_work
from tests.abm.web.counting import counted
from tests.worlds import NOON, make_account


@pytest.fixture
def acme(session: Session) -> Account:
    return make_account(session)


@pytest.fixture
def product(session: Session) -> Product:
    return added(session, Product(name="配車クラウド", code="dispatch"))


def added(session: Session, row: Any) -> Any:
    session.add(row)
    session.flush()
    return row


def fill(session: Session, account: Account, product: Product, times: int) -> None:
    """So many records of everything."""
    here: dict[str, Any] = {"account_id": account.id, "product_id": product.id}
    for month in range(1, times + 1):
        day = date(2020 + month // 12, month % 12 + 1, 1)
        session.add_all(
            (
                Deal(**here, name="配車", stage_since=NOON),
                Contract(**here, name="保守", renews_on=day),
                Order(**here, ordered_on=day, amount=100),
                Ticket(**here, subject="障害", opened_at=NOON),
                SurveyAnswer(**here, kind="csat", score=month % 5 + 1, answered_on=day),
                Usage(**here, month_on=day, amount=month),
                Ownership(**here),
            )
        )
    session.flush()


def test_falling_use_is_seen(session: Session, acme: Account, product: Product) -> None:
    here: dict[str, Any] = {"account_id": acme.id, "product_id": product.id}
    added(session, Ownership(**here))
    for month, amount in ((8, 100), (9, 100), (10, 100), (11, 40)):
        added(session, Usage(**here, month_on=date(2026, month, 1), amount=amount))

    (owned,) = sold_of(session, acme.id).owned

    assert (owned.usage[0].amount, owned.change) == (40, -60)


def test_the_first_month_of_use_is_no_change(session: Session, acme: Account, product: Product) -> None:
    here: dict[str, Any] = {"account_id": acme.id, "product_id": product.id}
    added(session, Ownership(**here))
    added(session, Usage(**here, month_on=date(2026, 11, 1), amount=40))

    assert sold_of(session, acme.id).owned[0].change is None


def test_a_product_shows_the_last_score_it_was_given(session: Session, acme: Account, product: Product) -> None:
    here: dict[str, Any] = {"account_id": acme.id, "product_id": product.id, "kind": "csat"}
    added(session, Ownership(account_id=acme.id, product_id=product.id))
    added(session, SurveyAnswer(**here, score=5, answered_on=date(2026, 1, 1)))
    added(session, SurveyAnswer(**here, score=2, answered_on=date(2026, 11, 1)))

    answer = sold_of(session, acme.id).owned[0].answer

    assert answer is not None
    assert answer.score == 2


def test_running_contracts_and_open_tickets_stand_first(session: Session, acme: Account) -> None:
    added(session, Contract(account_id=acme.id, name="旧契約", state="ended", renews_on=date(2025, 1, 1)))
    added(session, Contract(account_id=acme.id, name="現契約", renews_on=date(2027, 1, 1)))
    added(session, Ticket(account_id=acme.id, subject="解決済み", state="closed", opened_at=NOON))
    added(session, Ticket(account_id=acme.id, subject="対応中", opened_at=NOON.replace(year=2025)))

    sold = sold_of(session, acme.id)

    assert [one.record.name for one in sold.contracts.rows] == ["現契約", "旧契約"]
    assert [one.record.subject for one in sold.tickets.rows] == ["対応中", "解決済み"]


def test_a_glance_shows_a_few_and_says_how_many_there_are(session: Session, acme: Account, product: Product) -> None:
    fill(session, acme, product, 30)

    orders = sold_of(session, acme.id).orders

    assert (len(orders.rows), orders.total, orders.has_more) == (SHOWN, 30, True)


def test_what_was_put_away_counts_no_longer(session: Session, acme: Account) -> None:
    added(session, Deal(account_id=acme.id, name="配車", stage_since=NOON, archived_at=NOON))

    assert sold_of(session, acme.id).deals == ()


def test_the_glance_costs_the_same_however_much_there_is(installation: Installation) -> None:
    with unit_of_work() as work:
        account = make_account(work.session)
        product = added(work.session, Product(name="配車クラウド", code="dispatch"))
        fill(work.session, account, product, 1)
    with unit_of_work() as work, counted(installation.engine) as few:
        sold_of(work.session, account.id)
    with unit_of_work() as work:
        fill(work.session, account, product, 40)

    with unit_of_work() as work, counted(installation.engine) as many:
        sold_of(work.session, account.id)

    assert len(many) == len(few)


def test_plain_data_says_all_of_it(session: Session, acme: Account, product: Product) -> None:
    fill(session, acme, product, 8)

    record = account_record(session, acme.id, NOON)

    counts = {name: len(record[name]) for name in ("deals", "contracts", "orders", "tickets", "surveys", "products")}
    assert counts == dict.fromkeys(counts, 8)
    deal, order = record["deals"][0], record["orders"][0]
    assert (deal["stage"], deal["probability"], deal["product"]) == ("discovery", 10, "配車クラウド")
    assert (order["amount"], order["currency"], order["ordered_on"]) == (100, "JPY", "2020-09-01")


def test_other_currencies_are_not_added_to_yen(session: Session, acme: Account) -> None:
    added(session, Deal(account_id=acme.id, name="国内", stage_since=NOON, amount=1000))
    added(session, Deal(account_id=acme.id, name="海外", stage_since=NOON, amount=1000, currency="USD"))

    total = deal_board(session, DealFilter()).total

    assert (total.count, total.amount, total.expected) == (2, 1000, 100)
