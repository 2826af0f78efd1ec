"""What open deals are likely to bring, by month and owner."""

from datetime import date
from decimal import Decimal

from sqlalchemy.orm import Session

from abm.reports.lists.forecast import by_month, by_owner, read_forecast, whole
from abm.reports.lists.reading import Wanted
from abm.words import DealStage
from tests.abm.reports.lists.world import EVERYBODY, NOW, ago, make_deal, noon_ago
from tests.worlds import make_account, make_user

DECEMBER, NOVEMBER = date(2026, 12, 1), date(2026, 11, 1)


def test_a_month_is_worth_the_amounts_times_their_probabilities(session: Session) -> None:
    acme = make_account(session)
    make_deal(session, acme, amount=1000, probability=30, expected_close_on=date(2026, 12, 10))
    make_deal(session, acme, amount=500, probability=50, expected_close_on=date(2026, 12, 31))

    [line] = read_forecast(session, EVERYBODY, NOW)

    assert (line.month_on, line.deals, line.amount, line.weighted) == (DECEMBER, 2, 1500, 550)


def test_where_nobody_said_how_likely_the_stage_says(session: Session) -> None:
    make_deal(session, make_account(session), DealStage.PROPOSAL, amount=1000, expected_close_on=date(2026, 12, 10))

    [line] = read_forecast(session, EVERYBODY, NOW)

    # A proposal is won every second time.
    assert line.weighted == 500


def test_late_deals_stand_by_themselves_and_today_is_not_late(session: Session) -> None:
    acme = make_account(session)
    make_deal(session, acme, amount=100, probability=100, expected_close_on=ago(1))
    make_deal(session, acme, amount=200, probability=100, expected_close_on=ago(0))
    make_deal(session, acme, amount=400, probability=100)

    months = [(row.month_on, row.is_overdue, row.weighted) for row in by_month(read_forecast(session, EVERYBODY, NOW))]

    assert months == [(None, True, 100), (NOVEMBER, False, 200), (None, False, 400)]


def test_what_was_won_since_the_month_began_stands_beside_it(session: Session) -> None:
    acme = make_account(session)
    make_deal(session, acme, DealStage.WON, amount=100, closed_on=NOVEMBER)
    make_deal(session, acme, DealStage.WON, amount=900, closed_on=date(2026, 10, 31))
    make_deal(session, acme, DealStage.LOST, amount=900, closed_on=ago(1))

    [line] = read_forecast(session, EVERYBODY, NOW)

    assert (line.month_on, line.deals, line.won, line.weighted) == (NOVEMBER, 0, 100, 0)


def test_a_deal_without_an_amount_is_counted_and_adds_nothing(session: Session) -> None:
    make_deal(session, make_account(session), expected_close_on=date(2026, 12, 10))

    [line] = read_forecast(session, EVERYBODY, NOW)

    assert (line.deals, line.unpriced, line.amount, line.weighted) == (1, 1, 0, 0)


def test_archived_deals_and_other_money_do_not_count(session: Session) -> None:
    acme = make_account(session)
    make_deal(session, acme, amount=100, expected_close_on=date(2026, 12, 10), archived_at=noon_ago(1))
    make_deal(session, acme, amount=100, expected_close_on=date(2026, 12, 10), currency="USD")

    assert read_forecast(session, EVERYBODY, NOW) == []


def test_each_owner_has_a_sum_and_all_of_them_make_the_whole(session: Session) -> None:
    sato, kato = make_user(session, name="佐藤"), make_user(session, name="加藤")
    acme = make_account(session, owner_id=sato.id)
    make_deal(session, acme, amount=100, probability=50, expected_close_on=date(2026, 12, 10))
    make_deal(session, acme, amount=300, probability=50, expected_close_on=date(2027, 1, 10), owner_id=kato.id)

    lines = read_forecast(session, EVERYBODY, NOW)

    assert [(row.owner, row.weighted) for row in by_owner(lines)] == [("加藤", 150), ("佐藤", 50)]
    assert whole(lines).weighted == Decimal(200)
    assert [line.owner for line in read_forecast(session, Wanted(owner_id=sato.id), NOW)] == ["佐藤"]
