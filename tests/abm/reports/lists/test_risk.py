"""Customers at risk: each reason, its boundary and its points."""

from typing import Any

import pytest
from sqlalchemy.orm import Session

from abm.models import Account
from abm.reports.lists.risk import RiskLine, at_risk
from abm.words import ContractState, TicketState
from tests.abm.reports.lists.world import (
    EVERYBODY,
    NOW,
    TODAY,
    ago,
    lines,
    make_answer,
    make_contract,
    make_ownership,
    make_product,
    make_ticket,
    make_usage,
    noon_ago,
)
from tests.worlds import make_account, make_contact


@pytest.fixture
def customer(session: Session) -> Account:
    """Owns a product and was called today: nothing speaks against them."""
    account = make_account(session, last_contacted_on=TODAY, created_at=noon_ago(900))
    make_ownership(session, account, make_product(session, "x"))
    return account


def reasons(session: Session) -> list[str]:
    found = lines(session, at_risk(EVERYBODY, NOW), RiskLine)
    return found[0].reasons if found else []


def test_a_customer_of_whom_nothing_bad_is_known_is_not_at_risk(session: Session, customer: Account) -> None:
    assert reasons(session) == []


@pytest.mark.parametrize(
    ("lately", "falling"), [((80, 80, 80), True), ((81, 81, 81), False), ((0, 0, 0), True), ((), False)]
)
def test_usage_falls_at_four_fifths_of_the_three_months_before(
    session: Session, customer: Account, lately: tuple[int, ...], falling: bool
) -> None:
    product = make_product(session, "y")
    # Today is in November: August to October against May to July; this month is not over and does not count.
    for month in (5, 6, 7):
        make_usage(session, customer, product, (2026, month), 100)
    for month, amount in zip((8, 9, 10), lately, strict=False):
        make_usage(session, customer, product, (2026, month), amount)
    make_usage(session, customer, product, (2026, 11), 0)

    assert ("usage_falling" in reasons(session)) is falling


def test_one_product_given_up_is_not_hidden_by_another(session: Session, customer: Account) -> None:
    for code, before, lately in (("up", 100, 900), ("down", 100, 10)):
        product = make_product(session, code)
        make_usage(session, customer, product, (2026, 6), before)
        make_usage(session, customer, product, (2026, 9), lately)

    assert reasons(session) == ["usage_falling"]


@pytest.mark.parametrize(("kind", "score", "low"), [("csat", 2, True), ("csat", 3, False), ("nps", 6, True)])
def test_low_satisfaction_is_two_of_five_or_six_of_ten(
    session: Session, customer: Account, kind: str, score: int, low: bool
) -> None:
    make_answer(session, customer, kind, score, days=10)

    assert ("low_satisfaction" in reasons(session)) is low


def test_the_last_thing_each_person_said_counts(session: Session, customer: Account) -> None:
    anna, bert = (make_contact(session, customer, name, None) for name in ("安奈", "蛯名"))
    make_answer(session, customer, "csat", 1, 60, contact_id=anna.id)
    make_answer(session, customer, "csat", 5, 10, contact_id=anna.id)
    assert reasons(session) == []

    make_answer(session, customer, "csat", 2, 60, contact_id=bert.id)
    assert reasons(session) == ["low_satisfaction"]


@pytest.mark.parametrize(("days", "counts"), [(180, True), (181, False)])
def test_what_was_said_long_ago_is_forgotten(session: Session, customer: Account, days: int, counts: bool) -> None:
    make_answer(session, customer, "csat", 1, days)

    assert bool(reasons(session)) is counts


def test_an_open_ticket_counts_however_old_and_a_closed_one_does_not(session: Session, customer: Account) -> None:
    make_ticket(session, customer, 5, state=TicketState.CLOSED)
    assert reasons(session) == []

    make_ticket(session, customer, 400)
    assert reasons(session) == ["open_ticket"]


@pytest.mark.parametrize(("days", "repeated"), [(90, True), (91, False)])
def test_three_tickets_in_ninety_days_are_repeated(
    session: Session, customer: Account, days: int, repeated: bool
) -> None:
    for one in (1, 2, days):
        make_ticket(session, customer, one, state=TicketState.CLOSED)

    assert reasons(session) == (["repeated_tickets"] if repeated else [])


@pytest.mark.parametrize(("over", "counts"), [({}, True), ({"state": "closed"}, True)])
def test_a_recent_complaint_counts_also_when_it_is_settled(
    session: Session, customer: Account, over: dict[str, Any], counts: bool
) -> None:
    make_ticket(session, customer, 90, is_complaint=True, **over)

    assert ("complaint" in reasons(session)) is counts


@pytest.mark.parametrize(("days", "silent"), [(89, False), (90, True)])
def test_ninety_days_without_a_word_are_silence(session: Session, customer: Account, days: int, silent: bool) -> None:
    customer.last_contacted_on = ago(days)
    session.flush()

    assert reasons(session) == (["silence"] if silent else [])


@pytest.mark.parametrize(("days", "near"), [(90, True), (91, False)])
def test_a_renewal_within_ninety_days_is_near(session: Session, customer: Account, days: int, near: bool) -> None:
    make_contract(session, customer, renews_on=ago(-days))

    assert reasons(session) == (["renewal_near"] if near else [])


def test_the_points_of_all_reasons_add_up(session: Session, customer: Account) -> None:
    make_contract(session, customer, renews_on=ago(-10), amount=100)
    make_ticket(session, customer, 10, is_complaint=True)

    [line] = lines(session, at_risk(EVERYBODY, NOW), RiskLine)

    # Complaint 25, renewal 20, open ticket 10.
    assert (line.points, line.reasons) == (55, ["complaint", "renewal_near", "open_ticket"])
    assert (line.open_tickets, line.complaints, line.revenue_at_stake) == (1, 1, 100)


def test_who_owns_nothing_and_has_no_contract_is_no_customer(session: Session) -> None:
    former = make_account(session, created_at=noon_ago(900))
    make_ownership(session, former, make_product(session, "x"), until_on=ago(1))
    make_contract(session, former, renews_on=ago(-10), state=ContractState.ENDED)
    make_ticket(session, former, 5)

    assert reasons(session) == []
