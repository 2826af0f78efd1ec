"""Who carries revenue, how classes move, who hears too little, who can be raised."""

from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy.orm import Session

from abm.models import Account
from abm.reports.lists.pareto import ParetoLine, Period, pareto, period_of, read_curve
from abm.reports.lists.reading import Wanted
from abm.words import AbcClass, DealStage, RevenueSource
from tests.abm.reports.lists.world import (
    EVERYBODY,
    NOW,
    ago,
    lines,
    make_contract,
    make_deal,
    make_order,
    names,
    noon_ago,
)
from tests.worlds import make_account

LAST_YEAR = 400


def period(session: Session) -> Period:
    return period_of(session, 12, NOW)


def found(session: Session, **choices: str) -> dict[str, Any]:
    query = pareto(Wanted(choices=choices), NOW, period(session))
    return {line.account: line for line in lines(session, query, ParetoLine)}


def buyer(session: Session, name: str, now: int, before: int = 0, **over: Any) -> Account:
    account = make_account(session, name, **over)
    for days, amount in ((10, now), (LAST_YEAR, before)):
        if amount:
            make_order(session, account, days, amount)
    return account


def test_whoever_crosses_eighty_percent_is_still_a_and_ninety_five_b(session: Session) -> None:
    # Of 100: 60, then 80, then 94, then 97, then all.
    for name, amount in (("一", 60), ("二", 20), ("三", 14), ("四", 3), ("五", 3)):
        buyer(session, name, amount)

    classes = {name: (line.rank, line.abc, round(line.cumulated, 2)) for name, line in found(session).items()}

    assert classes == {
        "一": (1, "A", Decimal("0.60")),
        "二": (2, "A", Decimal("0.80")),
        "三": (3, "B", Decimal("0.94")),
        "四": (4, "B", Decimal("0.97")),
        "五": (5, "C", Decimal("1.00")),
    }


def test_one_customer_alone_is_a(session: Session) -> None:
    buyer(session, "唯一", 5)

    assert found(session)["唯一"].abc == "A"


def test_movement_is_told_against_the_period_before(session: Session) -> None:
    # Now 80, 19, 1; before 1, 19, 80 – and one each who came and who went.
    for name, now, before in (("上", 80, 1), ("同", 19, 19), ("下", 1, 80)):
        buyer(session, name, now, before)
    buyer(session, "新", 1, 0)
    buyer(session, "去", 0, 1)

    moves = {name: line.move for name, line in found(session).items()}

    assert moves == {"上": "rose", "同": "same", "下": "fell", "新": "new", "去": "gone"}


def test_who_went_has_no_class_and_no_revenue(session: Session) -> None:
    buyer(session, "去", 0, 50)
    buyer(session, "居", 50)

    line = found(session)["去"]

    assert (line.rank, line.abc, line.abc_before, line.revenue) == (None, None, "A", 0)


def test_the_period_is_the_last_twelve_months_and_the_twelve_before(session: Session) -> None:
    now = period(session)

    assert [day.isoformat() for day in (*now.now, *now.before)] == [
        "2025-11-14",
        "2026-11-13",
        "2024-11-14",
        "2025-11-13",
    ]


def test_revenue_comes_from_orders_else_won_deals_else_contracts(session: Session) -> None:
    acme = make_account(session)

    make_contract(session, acme, starts_on=ago(10), amount=1)
    assert period(session).source is RevenueSource.CONTRACTS
    make_deal(session, acme, DealStage.QUOTE, closed_on=None, amount=1)
    assert period(session).source is RevenueSource.CONTRACTS
    make_deal(session, acme, DealStage.WON, closed_on=ago(10), amount=1)
    assert period(session).source is RevenueSource.DEALS
    make_order(session, acme, 10, 1)
    assert period(session).source is RevenueSource.ORDERS


def test_other_money_and_what_is_archived_does_not_count(session: Session) -> None:
    acme = make_account(session)
    make_order(session, acme, 10, 100)
    make_order(session, acme, 10, 999, currency="USD")
    make_order(session, acme, 10, 999, archived_at=noon_ago(1))
    buyer(session, "保管", 500, archived_at=noon_ago(1))

    assert {name: line.revenue for name, line in found(session).items()} == {"株式会社アクメ": 100}


@pytest.mark.parametrize(("days", "late"), [(30, False), (31, True), (None, True)])
def test_an_a_account_should_hear_from_us_every_thirty_days(session: Session, days: int | None, late: bool) -> None:
    buyer(session, "一", 100, last_contacted_on=ago(days) if days is not None else None)

    assert found(session)["一"].is_under_contacted is late
    assert bool(found(session, show="under_contacted")) is late


@pytest.mark.parametrize(("days", "late"), [(180, False), (181, True)])
def test_a_c_account_may_wait_half_a_year(session: Session, days: int, late: bool) -> None:
    buyer(session, "一", 99, last_contacted_on=ago(0))
    buyer(session, "二", 1, last_contacted_on=ago(days))

    assert found(session)["二"].abc == "C"
    assert found(session)["二"].is_under_contacted is late


@pytest.mark.parametrize(("pipeline", "rises"), [(9, False), (10, True)])
def test_an_open_deal_that_reaches_the_class_above_raises(session: Session, pipeline: int, rises: bool) -> None:
    # 80 is A, 15 is B, 5 is C: ten more make it 15.
    buyer(session, "一", 80)
    buyer(session, "二", 15)
    small = buyer(session, "三", 5)
    make_deal(session, small, amount=pipeline)

    assert (found(session)["三"].abc, found(session)["三"].can_rise) == ("C", rises)


def test_a_warm_account_below_a_can_be_raised_and_an_a_account_cannot(session: Session) -> None:
    buyer(session, "一", 99, counted_depth=50)
    buyer(session, "二", 1, counted_depth=15)
    buyer(session, "三", 1, counted_depth=14.9)

    assert list(found(session, show="can_rise")) == ["二"]


def test_a_class_can_be_chosen(session: Session) -> None:
    buyer(session, "一", 99)
    buyer(session, "二", 1)

    assert list(found(session, **{"class": "C"})) == ["二"]


def test_the_curve_ends_at_everything_and_its_classes_add_up(session: Session) -> None:
    for name, amount in (("一", 80), ("二", 15), ("三", 4), ("四", 1)):
        buyer(session, name, amount)

    curve = read_curve(session, period(session))

    assert [(point.rank, point.cumulated) for point in curve.points] == [(1, 0.8), (2, 0.95), (3, 0.99), (4, 1.0)]
    assert [(one.abc, one.accounts, one.revenue) for one in curve.classes] == [
        (AbcClass.A, 1, 80),
        (AbcClass.B, 1, 15),
        (AbcClass.C, 2, 5),
    ]
    assert (curve.accounts, curve.revenue) == (4, 100)


def test_the_curve_has_few_points_however_many_accounts_there_are(session: Session) -> None:
    for number in range(500):
        buyer(session, f"{number:03}", 1)

    points = read_curve(session, period(session)).points

    assert len(points) <= 121
    assert (points[0].rank, points[-1].rank, points[-1].cumulated) == (1, 500, 1.0)


def test_without_revenue_there_is_nothing_to_show(session: Session) -> None:
    make_account(session)

    assert names(session, pareto(EVERYBODY, NOW, period(session)), ParetoLine) == []
    assert read_curve(session, period(session)).points == ()
