"""Wants typed by hand: written down, changed, put away, and told."""

import uuid
from typing import Any

import pytest
from sqlalchemy import select

from abm.models import Account, Contact, Need, Product
from abm.words import Role
from abm.work import Installation, unit_of_work
from tests.abm.web.conftest import LogIn
from tests.worlds import make_account, make_contact, make_department, make_user

TYPED = {"kind": "problem", "topic": "配車の遅れ", "said": "毎朝30分かかる", "said_on": "2026-01-15"}


@pytest.fixture
def anna(installation: Installation) -> Contact:
    with unit_of_work() as work:
        account = make_account(work.session)
        return make_contact(work.session, account, department_id=make_department(work.session, account).id)  # type: ignore[no-any-return]


def needs() -> list[Need]:
    with unit_of_work() as work:
        return list(work.session.scalars(select(Need)))


def write(client: Any, anna: Contact, **over: str) -> Any:
    return client.post(f"/accounts/{anna.account_id}/needs/new", data={**TYPED, **over})


def test_a_want_is_dated_signed_and_of_somebody(log_in: LogIn, anna: Contact) -> None:
    with unit_of_work() as work:
        product = Product(name="配車クラウド", code="dispatch", topics=[])
        work.session.add(product)
    rep = log_in(Role.SALES, language="ja", name="佐藤 次郎")

    answer = write(rep, anna, contact_id=str(anna.id), product_id=str(product.id), horizon_from="2027-04-01")

    (need,) = needs()
    assert answer.location == f"/contacts/{anna.id}#heard"
    assert (need.contact_id, need.department_id, need.product_id) == (anna.id, anna.department_id, product.id)
    assert need.horizon_until == need.horizon_from
    page = rep.get(f"/accounts/{anna.account_id}").text
    assert "配車クラウド · 配車の遅れ" in page
    assert "記録 佐藤 次郎" in page
    assert "課題：配車クラウド · 配車の遅れ" in page


def test_it_is_changed_and_put_away(log_in: LogIn, anna: Contact) -> None:
    rep = log_in(Role.SALES)
    write(rep, anna)
    (need,) = needs()
    assert "毎朝30分かかる" in rep.get(f"/needs/{need.id}/edit").text

    rep.post(f"/needs/{need.id}/edit", data={**TYPED, "kind": "need", "topic": "自動配車"})
    rep.post(f"/needs/{need.id}/archive")

    (need,) = needs()
    assert (need.kind, need.topic, need.archived_at is not None) == ("need", "自動配車", True)
    assert rep.get(f"/needs/{need.id}/edit").status_code == 404
    assert rep.post(f"/needs/{need.id}/edit", data=TYPED).status_code == 404


@pytest.mark.parametrize(
    "over",
    [
        {"topic": ""},
        {"kind": "wish"},
        {"said_on": "someday"},
        {"said_on": "2999-01-01"},
        {"horizon_from": "2027-04-01", "horizon_until": "2027-03-01"},
        {"contact_id": str(uuid.UUID(int=1))},
        {"product_id": str(uuid.UUID(int=1))},
        {"department_id": str(uuid.UUID(int=1))},
    ],
)
def test_what_is_wrong_is_said_and_nothing_kept(log_in: LogIn, anna: Contact, over: dict[str, str]) -> None:
    answer = write(log_in(Role.SALES), anna, **over)

    assert (answer.status_code, needs()) == (422, [])


def test_only_who_looks_after_the_account_writes_there(log_in: LogIn, anna: Contact) -> None:
    rep = log_in(Role.SALES)
    with unit_of_work() as work:
        work.session.get_one(Account, anna.account_id).owner_id = make_user(work.session).id

    assert write(rep, anna).status_code == 403
    assert "needs/new" not in rep.get(f"/accounts/{anna.account_id}").text
    assert write(log_in(Role.VIEWER), anna).status_code == 403
    assert needs() == []
