"""Money, counts and months as people write them."""

from datetime import date
from decimal import Decimal

import pytest

from abm.importers.amounts import read_amount, read_count, read_money, read_month_on


@pytest.mark.parametrize(
    ("typed", "yen"),
    [
        ("1,200万円", 12_000_000),
        ("１２００", 1200),
        ("¥1,200", 1200),
        ("￥1,200,000-", 1_200_000),
        ("￥1,200,000", 1_200_000),
        ("1億2,000万円", 120_000_000),
        ("1.5億", 150_000_000),
        ("3百万円", 3_000_000),
        ("250千円", 250_000),
        ("約１，２００万円（税別）", 12_000_000),
        ("JPY 980", 980),
        ("0", 0),
        ("1200.50", Decimal("1200.5")),
    ],
)
def test_yen_are_read_as_they_are_written(typed: str, yen: Decimal | int) -> None:
    assert read_money(typed).value == yen


@pytest.mark.parametrize(
    ("typed", "problem"),
    [
        ("-500", "amount_negative"),
        ("△500", "amount_negative"),
        ("about 5", "amount_unreadable"),
        ("1,2", "amount_unreadable"),
        ("万円", "amount_unreadable"),
        ("100万2億", "amount_unreadable"),
        ("0.001", "amount_unreadable"),
        ("9" * 15, "amount_unreadable"),
    ],
)
def test_what_is_no_amount_says_so(typed: str, problem: str) -> None:
    assert (read_money(typed).value, read_money(typed).problem) == (None, problem)


@pytest.mark.parametrize(("typed", "count"), [("65 %", 65), ("１０台", 10), ("1,000", 1000), ("", None), ("-", None)])
def test_counts_are_whole_numbers(typed: str, count: int | None) -> None:
    assert (read_count(typed).value, read_count(typed).problem) == (count, None)


@pytest.mark.parametrize("typed", ["1.5", "-1", "many"])
def test_what_is_no_count_says_so(typed: str) -> None:
    assert read_count(typed).problem == "count_unreadable"


def test_an_amount_may_have_decimals() -> None:
    assert read_amount("1,234.5").value == 1234.5


@pytest.mark.parametrize("typed", ["2026-11", "2026年11月", "2026/11", "2026/11/13", "令和8年11月13日"])
def test_a_month_is_its_first_day(typed: str) -> None:
    assert read_month_on(typed).value == date(2026, 11, 1)


def test_a_thirteenth_month_is_none() -> None:
    assert read_month_on("2026-13").problem == "month_unreadable"
