"""Deals in which nothing moves, deals that should be closed, and renewals that are near."""

import uuid

import pytest
from sqlalchemy.orm import Session

from abm.reports.lists.contracts import RenewalLine, renewal_soon
from abm.reports.lists.deals import DealLine, overdue_close, stalled_deals
from abm.reports.lists.reading import Wanted
from abm.words import ContractState, DealStage
from tests.abm.reports.lists.world import (
    EVERYBODY,
    NOW,
    ago,
    lines,
    make_action,
    make_call,
    make_contract,
    make_deal,
    make_product,
    noon_ago,
)
from tests.worlds import make_account, make_user


@pytest.mark.parametrize(
    ("in_stage", "called", "stalled"), [(31, None, True), (30, None, False), (31, 31, True), (31, 30, False)]
)
def test_a_deal_stalls_after_thirty_days_without_a_stage_or_a_call(
    session: Session, in_stage: int, called: int | None, stalled: bool
) -> None:
    acme = make_account(session)
    make_deal(session, acme, stage_since=noon_ago(in_stage))
    if called is not None:
        make_call(session, acme, called)

    assert bool(lines(session, stalled_deals(EVERYBODY, NOW), DealLine)) is stalled


def test_a_memo_that_came_with_a_list_is_no_work(session: Session) -> None:
    acme = make_account(session)
    make_deal(session, acme, stage_since=noon_ago(40))
    make_call(session, acme, 5).import_id = uuid.uuid4()
    session.flush()

    assert len(lines(session, stalled_deals(EVERYBODY, NOW), DealLine)) == 1


def test_a_closed_deal_never_stalls(session: Session) -> None:
    make_deal(session, make_account(session), DealStage.WON, stage_since=noon_ago(400))

    assert lines(session, stalled_deals(EVERYBODY, NOW), DealLine) == []


@pytest.mark.parametrize(("close", "late"), [(1, True), (0, False), (-1, False)])
def test_a_deal_is_late_from_the_day_after_its_expected_close(session: Session, close: int, late: bool) -> None:
    make_deal(session, make_account(session), expected_close_on=ago(close))

    assert bool(lines(session, overdue_close(EVERYBODY, NOW), DealLine)) is late


def test_a_deal_belongs_to_its_own_owner_before_the_accounts(session: Session) -> None:
    sato, kato = make_user(session, name="佐藤"), make_user(session, name="加藤")
    acme = make_account(session, owner_id=sato.id)
    make_deal(session, acme, name="佐藤の", expected_close_on=ago(5))
    make_deal(session, acme, name="加藤の", expected_close_on=ago(5), owner_id=kato.id)

    mine = lines(session, overdue_close(Wanted(owner_id=sato.id), NOW), DealLine)

    assert [(line.deal, line.owner) for line in mine] == [("佐藤の", "佐藤")]


def test_what_is_planned_is_that_of_the_deal_or_of_the_whole_account(session: Session) -> None:
    sato, acme = make_user(session), make_account(session)
    one, _other = (make_deal(session, acme, name=name, expected_close_on=ago(5)) for name in ("一", "二"))
    make_action(session, acme, sato, ago(-3), deal_id=one.id)

    found = {line.deal: line.next_on for line in lines(session, overdue_close(EVERYBODY, NOW), DealLine)}

    assert found == {"一": ago(-3), "二": None}


@pytest.mark.parametrize(("days", "near"), [(180, True), (181, False), (-5, True)])
def test_a_renewal_is_near_for_half_a_year_before_and_stays_when_it_passed(
    session: Session, days: int, near: bool
) -> None:
    make_contract(session, make_account(session), renews_on=ago(-days))

    found = lines(session, renewal_soon(EVERYBODY, NOW), RenewalLine)

    assert [line.days_left for line in found] == ([days] if near else [])


def test_a_contract_without_a_day_of_renewal_goes_by_its_end(session: Session) -> None:
    product = make_product(session, "x")
    make_contract(session, make_account(session), ends_on=ago(-10), product_id=product.id, amount=120)

    [line] = lines(session, renewal_soon(EVERYBODY, NOW), RenewalLine)

    assert (line.renews_on, line.product, line.amount) == (ago(-10), "製品x", 120)


def test_ended_contracts_are_not_renewed(session: Session) -> None:
    make_contract(session, make_account(session), renews_on=ago(-10), state=ContractState.ENDED)

    assert lines(session, renewal_soon(EVERYBODY, NOW), RenewalLine) == []
