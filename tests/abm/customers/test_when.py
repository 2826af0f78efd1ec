"""Times in words, read from Friday, 13 November 2026."""

from datetime import date

import pytest

from abm.customers.spans import Calendar
from abm.customers.when import read_times

FRIDAY = date(2026, 11, 13)


def days(text: str, closing_month: int | None = None, on: date = FRIDAY) -> list[tuple[str, str]]:
    return [(str(when.first), str(when.last)) for when in read_times(text, Calendar(on, closing_month))]


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("2027年2月10日", "2027-02-10", "2027-02-10"),
        ("2027/2/10", "2027-02-10", "2027-02-10"),
        ("令和9年2月10日", "2027-02-10", "2027-02-10"),
        ("R9.2.10", "2027-02-10", "2027-02-10"),
        ("2027年4月上旬", "2027-04-01", "2027-04-10"),
        ("2028年", "2028-01-01", "2028-12-31"),
        ("12/5", "2026-12-05", "2026-12-05"),
        ("12月5日(土)", "2026-12-05", "2026-12-05"),
        ("2/29", "2028-02-29", "2028-02-29"),
        ("今月20日", "2026-11-20", "2026-11-20"),
        ("来月中旬", "2026-12-11", "2026-12-20"),
        ("来月の下旬", "2026-12-21", "2026-12-31"),
        ("来月頭", "2026-12-01", "2026-12-10"),
        ("再来月5日", "2027-01-05", "2027-01-05"),
        ("3月末", "2027-03-25", "2027-03-31"),
        ("11月", "2026-11-01", "2026-11-30"),
        ("9月", "2027-09-01", "2027-09-30"),
        ("10月〜12月", "2026-10-01", "2026-12-31"),
        ("来年10月", "2027-10-01", "2027-10-31"),
        ("来年春", "2027-03-01", "2027-05-31"),
        ("再来年4月", "2028-04-01", "2028-04-30"),
        ("来週", "2026-11-16", "2026-11-20"),
        ("来週火曜", "2026-11-17", "2026-11-17"),
        ("再来週の月曜日", "2026-11-23", "2026-11-23"),
        ("来週前半", "2026-11-16", "2026-11-18"),
        ("週明け", "2026-11-16", "2026-11-16"),
        ("金曜", "2026-11-20", "2026-11-20"),
        ("明日", "2026-11-14", "2026-11-14"),
        ("10日後", "2026-11-23", "2026-11-23"),
        ("2週間後", "2026-11-27", "2026-11-27"),
        ("3ヶ月後", "2027-02-13", "2027-02-13"),
        ("半年後", "2027-05-13", "2027-05-13"),
        ("1年半後", "2028-05-13", "2028-05-13"),
        ("年内", "2026-11-13", "2026-12-31"),
        ("年明け", "2027-01-01", "2027-01-31"),
        ("月末", "2026-11-24", "2026-11-30"),
        ("上旬", "2026-12-01", "2026-12-10"),
        ("20日に", "2026-11-20", "2026-11-20"),
        ("春頃", "2027-03-01", "2027-05-31"),
        ("来秋", "2027-09-01", "2027-11-30"),
        ("GW明け", "2027-05-07", "2027-05-20"),
    ],
)
def test_japanese_names_of_times_are_read(text: str, first: str, last: str) -> None:
    assert days(text) == [(first, last)]


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("2026-12-05", "2026-12-05", "2026-12-05"),
        ("Dec 5", "2026-12-05", "2026-12-05"),
        ("5th of December 2027", "2027-12-05", "2027-12-05"),
        ("mid-October", "2027-10-11", "2027-10-20"),
        ("end of March", "2027-03-25", "2027-03-31"),
        ("early next month", "2026-12-01", "2026-12-10"),
        ("next week", "2026-11-16", "2026-11-20"),
        ("next Tuesday", "2026-11-17", "2026-11-17"),
        ("tomorrow", "2026-11-14", "2026-11-14"),
        ("in two weeks", "2026-11-27", "2026-11-27"),
        ("in half a year", "2027-05-13", "2027-05-13"),
        ("next year", "2027-01-01", "2027-12-31"),
        ("next fiscal year", "2027-04-01", "2028-03-31"),
        ("second half of next fiscal year", "2027-10-01", "2028-03-31"),
        ("Q2", "2027-07-01", "2027-09-30"),
        ("next quarter", "2027-01-01", "2027-03-31"),
    ],
)
def test_english_names_of_times_are_read(text: str, first: str, last: str) -> None:
    assert days(text) == [(first, last)]


@pytest.mark.parametrize(
    ("closing_month", "text", "first", "last"),
    [
        (None, "今期", "2026-04-01", "2027-03-31"),
        (None, "来期", "2027-04-01", "2028-03-31"),
        (3, "来年度", "2027-04-01", "2028-03-31"),
        (12, "来期", "2027-01-01", "2027-12-31"),
        (9, "来期", "2027-10-01", "2028-09-30"),
        (11, "今期", "2025-12-01", "2026-11-30"),
        (3, "上期", "2027-04-01", "2027-09-30"),
        (3, "下期", "2026-10-01", "2027-03-31"),
        (12, "上期", "2027-01-01", "2027-06-30"),
        (12, "下期", "2026-07-01", "2026-12-31"),
        (3, "来期下期", "2027-10-01", "2028-03-31"),
        (6, "第2四半期", "2026-10-01", "2026-12-31"),
        (3, "来期第1四半期", "2027-04-01", "2027-06-30"),
        (3, "期末", "2027-03-01", "2027-03-31"),
        (3, "期初", "2027-04-01", "2027-04-30"),
        (3, "2027年度", "2027-04-01", "2028-03-31"),
        (12, "2027年度", "2027-01-01", "2027-12-31"),
        (9, "next fiscal year", "2027-10-01", "2028-09-30"),
    ],
)
def test_fiscal_times_follow_the_closing_month(closing_month: int | None, text: str, first: str, last: str) -> None:
    assert days(text, closing_month) == [(first, last)]


def test_a_fiscal_year_that_closes_today_is_still_the_current_one() -> None:
    assert days("今期", 3, date(2027, 3, 31)) == [("2026-04-01", "2027-03-31")]
    assert days("今期", 3, date(2027, 4, 1)) == [("2027-04-01", "2028-03-31")]


def test_a_day_just_gone_by_is_not_next_years() -> None:
    assert days("10/5") == [("2026-10-05", "2026-10-05")]
    assert days("5/10") == [("2027-05-10", "2027-05-10")]


@pytest.mark.parametrize("text", ["3月末までに", "2週間以内に", "来週中に", "by the end of March", "within two weeks"])
def test_a_time_limit_is_known_as_one(text: str) -> None:
    assert [when.until for when in read_times(text, Calendar(FRIDAY))] == [True]


@pytest.mark.parametrize("text", ["来月中旬に", "3月に", "来週火曜", "in March"])
def test_a_time_that_limits_nothing_is_not_a_limit(text: str) -> None:
    assert [when.until for when in read_times(text, Calendar(FRIDAY))] == [False]


@pytest.mark.parametrize(
    "text",
    [
        "昨年10月に導入",
        "先月20日",
        "先週火曜に訪問",
        "前期は好調",
        "去年の上期",
        "last October",
        "秋田支店",
        "春日部工場",
        "火力発電",
        "木材",
        "日本語版",
        "次期システム",
        "3日間の研修",
        "13月40日",
        "2026年2月30日",
        "5/13/2",
        "may come",
    ],
)
def test_what_is_over_or_no_time_at_all_is_not_read(text: str) -> None:
    found = [one for one in days(text) if one[0] > str(FRIDAY)]

    assert found == []


def test_each_time_keeps_its_place() -> None:
    text = "予算取りは9月、導入は来年4月"

    assert [text[when.start : when.end] for when in read_times(text, Calendar(FRIDAY))] == ["9月", "来年4月"]
