"""Interest in products that an account does not own."""

from typing import Any

import pytest
from sqlalchemy.orm import Session

from abm.models import Account, DeclinedProduct, Need, Task
from abm.reports.lists.reading import Wanted
from abm.reports.lists.white_space import InterestLine, read_matrix, white_space
from abm.words import EventKind, NeedKind, TaskKind, TaskState, Verdict
from tests.abm.reports.lists.world import (
    EVERYBODY,
    NOW,
    ago,
    lines,
    make_contract,
    make_order,
    make_ownership,
    make_product,
    noon_ago,
)
from tests.worlds import make_account, make_contact, make_event


@pytest.fixture
def acme(session: Session) -> Account:
    return make_account(session)


def want(session: Session, account: Account, days: int = 5, **over: Any) -> None:
    """The account said so many days ago that it wants something."""
    values = {"kind": NeedKind.INTEREST, "said": "興味あり", "said_on": ago(days), **over}
    session.add(Need(account_id=account.id, **values))
    session.flush()


def offers(session: Session, wanted: Wanted = EVERYBODY) -> list[tuple[str, str]]:
    return [(line.product, line.sell) for line in lines(session, white_space(wanted, NOW), InterestLine)]


def test_interest_is_what_was_said_and_what_people_did(session: Session, acme: Account) -> None:
    product = make_product(session, "x", ("eco",))
    anna, bert = (make_contact(session, acme, name, None) for name in ("安奈", "蛯名"))
    want(session, acme, 40, product_id=product.id, contact_id=anna.id)
    make_event(session, anna, EventKind.CLICK, noon_ago(9), product="x")
    make_event(session, bert, EventKind.DOWNLOAD, noon_ago(8), topics=["eco", "other"])

    [line] = lines(session, white_space(EVERYBODY, NOW), InterestLine)

    assert (line.product, line.said, line.acts, line.people, line.last_on) == ("製品x", 1, 2, 2, ago(8))


def test_a_need_for_a_topic_is_one_for_its_products(session: Session, acme: Account) -> None:
    make_product(session, "x", ("eco",))
    make_product(session, "y", ("other",))
    want(session, acme, topic="eco")

    assert offers(session) == [("製品x", "first")]


@pytest.mark.parametrize(
    "over", [{"verdict": Verdict.MACHINE}, {"kind": EventKind.UNSUBSCRIBE}, {"happened_at": noon_ago(366)}]
)
def test_machines_farewells_and_old_acts_are_no_interest(session: Session, acme: Account, over: dict[str, Any]) -> None:
    make_product(session, "x")
    values = {"kind": EventKind.CLICK, "happened_at": noon_ago(365), "product": "x", **over}
    make_event(session, make_contact(session, acme, email=None), **values)

    assert offers(session) == []


def test_interest_of_a_year_ago_still_counts(session: Session, acme: Account) -> None:
    product = make_product(session, "x")
    want(session, acme, 365, product_id=product.id)

    assert offers(session) == [("製品x", "first")]


@pytest.mark.parametrize("how", ["owned", "contract", "ordered"])
def test_what_an_account_has_is_never_offered(session: Session, acme: Account, how: str) -> None:
    product = make_product(session, "x")
    want(session, acme, product_id=product.id)
    if how == "owned":
        make_ownership(session, acme, product, until_on=ago(0))
    elif how == "contract":
        make_contract(session, acme, product_id=product.id)
    else:
        make_order(session, acme, 900, product_id=product.id)

    assert offers(session) == []


def test_what_was_given_up_may_be_offered_again(session: Session, acme: Account) -> None:
    product = make_product(session, "x")
    make_ownership(session, acme, product, until_on=ago(1))
    want(session, acme, product_id=product.id)

    assert offers(session) == [("製品x", "first")]


def test_more_of_an_owned_topic_is_an_up_sell_and_something_else_a_cross_sell(session: Session, acme: Account) -> None:
    make_ownership(session, acme, make_product(session, "basic", ("eco",)))
    want(session, acme, product_id=make_product(session, "pro", ("eco",)).id)
    want(session, acme, product_id=make_product(session, "other", ("safety",)).id)

    assert set(offers(session)) == {("製品pro", "up_sell"), ("製品other", "cross_sell")}
    assert offers(session, Wanted(choices={"sell": "up_sell"})) == [("製品pro", "up_sell")]


def test_what_was_declined_is_offered_again_only_after_new_interest(session: Session, acme: Account) -> None:
    product = make_product(session, "x", ("eco",))
    anna = make_contact(session, acme, "安奈", None)
    want(session, acme, 40, product_id=product.id)
    make_event(session, anna, EventKind.CLICK, noon_ago(20), product="x")
    task = Task(kind=TaskKind.HAND_OFF, state=TaskState.RECYCLED, account_id=acme.id, why=[], created_at=noon_ago(11))
    session.add(task)
    session.flush()
    session.add(DeclinedProduct(account_id=acme.id, product_id=product.id, task_id=task.id, at=noon_ago(10)))
    session.flush()

    before = offers(session)
    make_event(session, anna, EventKind.DOWNLOAD, noon_ago(3), product="x")

    assert (before, offers(session)) == ([], [("製品x", "first")])


def test_a_product_no_longer_sold_is_not_offered(session: Session, acme: Account) -> None:
    product = make_product(session, "x", archived_at=noon_ago(1))
    want(session, acme, product_id=product.id)

    assert offers(session) == []


def test_the_matrix_shows_what_is_owned_and_what_is_wanted(session: Session, acme: Account) -> None:
    owned, wanted = make_product(session, "a"), make_product(session, "b")
    make_ownership(session, acme, owned)
    want(session, acme, product_id=wanted.id)
    want(session, acme, product_id=wanted.id)
    shown = lines(session, white_space(EVERYBODY, NOW), InterestLine)

    matrix = read_matrix(session, shown, NOW)

    assert [name for _key, name in matrix.products] == ["製品a", "製品b"]
    [row] = matrix.rows
    assert (row.account, row.owned, row.signs) == (acme.name, {owned.id}, {wanted.id: 2})


def test_what_others_own_does_not_make_an_offer_an_up_sell(session: Session, acme: Account) -> None:
    other = make_account(session, "ゼータ")
    make_ownership(session, other, make_product(session, "basic", ("eco",)))
    want(session, acme, product_id=make_product(session, "pro", ("eco",)).id)

    assert offers(session) == [("製品pro", "first")]
