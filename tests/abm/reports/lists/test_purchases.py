"""The rhythm of orders says when the next is due."""

from typing import Any

import pytest
from sqlalchemy.orm import Session

from abm.reports.lists.purchases import PurchaseLine, purchase_due
from abm.reports.lists.reading import Wanted
from tests.abm.reports.lists.world import EVERYBODY, NOW, ago, lines, make_order, make_product, names, noon_ago
from tests.worlds import make_account


def due(**choices: str) -> Any:
    return purchase_due(Wanted(choices=choices), NOW)


def test_the_median_of_the_gaps_says_when_the_next_order_is_due(session: Session) -> None:
    acme = make_account(session)
    # Gaps of 30, 100 and 40 days: the middle one is 40.
    for days, amount in ((220, 10), (190, 40), (90, 20), (50, 30)):
        make_order(session, acme, days, amount)

    [line] = lines(session, purchase_due(EVERYBODY, NOW), PurchaseLine)

    assert (line.orders, line.interval_days, line.last_on) == (4, 40, ago(50))
    assert (line.expected_on, line.days_late) == (ago(10), 10)
    assert line.usual_amount == 25


def test_two_orders_tell_no_rhythm(session: Session) -> None:
    acme = make_account(session)
    for days in (200, 100):
        make_order(session, acme, days)

    assert lines(session, due(when="all"), PurchaseLine) == []


def test_orders_of_one_day_are_one(session: Session) -> None:
    acme = make_account(session)
    for days in (200, 100, 100, 100):
        make_order(session, acme, days)

    assert lines(session, due(when="all"), PurchaseLine) == []


def test_archived_orders_do_not_count(session: Session) -> None:
    acme = make_account(session)
    for days, away in ((300, None), (200, None), (100, noon_ago(1))):
        make_order(session, acme, days, archived_at=away)

    assert lines(session, due(when="all"), PurchaseLine) == []


@pytest.mark.parametrize(
    ("last", "when", "shown"),
    [(31, "", True), (30, "", False), (30, "soon", True), (0, "soon", True), (31, "soon", False), (0, "", False)],
)
def test_overdue_begins_the_day_after_the_expected_one(session: Session, last: int, when: str, shown: bool) -> None:
    acme = make_account(session)
    for days in (last + 60, last + 30, last):
        make_order(session, acme, days)

    assert bool(lines(session, due(when=when), PurchaseLine)) is shown


def test_the_longest_overdue_stands_first(session: Session) -> None:
    for name, last in (("少し", 40), ("ずっと", 90)):
        account = make_account(session, name)
        for days in (last + 60, last + 30, last):
            make_order(session, account, days)

    assert names(session, due(), PurchaseLine) == ["ずっと", "少し"]


def test_products_have_rhythms_of_their_own(session: Session) -> None:
    acme, ink, paper = make_account(session), make_product(session, "ink"), make_product(session, "paper")
    for days in (150, 100, 50):
        make_order(session, acme, days, product_id=ink.id)
    for days in (51, 49):
        make_order(session, acme, days, product_id=paper.id)

    [line] = lines(session, due(by="product", when="all"), PurchaseLine)

    assert (line.product, line.interval_days) == ("製品ink", 50)
