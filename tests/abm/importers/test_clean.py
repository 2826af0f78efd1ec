"""Cells: what is read out of what people type, and that nothing typed can stop an import."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from abm.importers import clean

TYPED = st.one_of(st.text(max_size=40), st.text("0123456789+-()./ 年月日令和平成元〒@.０１９ー－　", max_size=25))


@pytest.mark.parametrize(
    ("typed", "digits", "problem"),
    [
        ("03-0004 - 2960", "0300042960", None),
        ("０３－５174－2690", "0351742690", None),
        ("045(352)9863", "0453529863", None),
        ("+81 3 5152 1506", "0351521506", None),
        ("+81-(0)90-1234-5678", "09012345678", None),
        ("06-0002-5755 (代)", "0600025755", None),
        ("03-1234-5678 内線 123", "0312345678", None),
        ("9009401273", "09009401273", "phone_zero_restored"),
        ("312345678", "0312345678", "phone_zero_restored"),
        ("03-1111-2222 / 090-1111-2222", "0311112222", "phone_first_of_several"),
        ("+49 30 901820", "+4930901820", None),
        ("06-6xxx - xxxx", None, "phone_unreadable"),
        ("123", None, "phone_unreadable"),
        ("7.12E+12", None, "phone_unreadable"),
        ("", None, None),
        ("なし", None, None),
    ],
)
def test_a_phone_is_read_or_flagged(typed: str, digits: str | None, problem: str | None) -> None:
    assert clean.read_phone(typed) == clean.Read(digits, problem)


@pytest.mark.parametrize(
    ("typed", "day"),
    [
        ("2024/12/10", date(2024, 12, 10)),
        ("2024年12月10日", date(2024, 12, 10)),
        ("２０２４年１２月１０日", date(2024, 12, 10)),
        ("令和6年12月10日", date(2024, 12, 10)),
        ("令和元年5月1日", date(2019, 5, 1)),
        ("平成31年4月30日", date(2019, 4, 30)),
        ("R6.12.10", date(2024, 12, 10)),
        ("2023-11-23", date(2023, 11, 23)),
        ("2023-11-23 10:15:00", date(2023, 11, 23)),
        ("2024/12/10（火）", date(2024, 12, 10)),
        ("20241210", date(2024, 12, 10)),
        ("45636", date(2024, 12, 10)),
        ("12/15/2026", date(2026, 12, 15)),
        ("15.12.2026", date(2026, 12, 15)),
        ("12/12/2026 9:30", date(2026, 12, 12)),
    ],
)
def test_a_date_is_read_in_every_usual_form(typed: str, day: date) -> None:
    assert clean.read_date(typed) == clean.Read(day)


@pytest.mark.parametrize(
    "typed", ["2024/02/30", "12/10/2024", "来週", "2024年12月", "99999", "令和99年1月1日", "13/13/2026"]
)
def test_a_date_that_is_none_is_flagged(typed: str) -> None:
    assert clean.read_date(typed) == clean.Read(None, "date_unreadable")


@pytest.mark.parametrize(
    ("typed", "address"),
    [
        (" KIMURA.0@AOBA-SEIKI.EXAMPLE ", "kimura.0@aoba-seiki.example"),
        ("ｋｉｍｕｒａ＠ａｏｂａ．ｊｐ", "kimura@aoba.jp"),
        ("木村 恵子 <kimura@aoba.jp>", "kimura@aoba.jp"),
        ("mailto:kimura@aoba.jp", "kimura@aoba.jp"),
        ("a..b.@docomo.ne.jp", "a..b.@docomo.ne.jp"),
        ("info@日本語.jp", "info@日本語.jp"),
    ],
)
def test_an_address_is_read(typed: str, address: str) -> None:
    assert clean.read_address(typed) == clean.Read(address)


@pytest.mark.parametrize(
    "typed", ["not an address", "a@b", "a@@b.jp", "@b.jp", "a@b..jp", "a@-b.jp", "a@x.jp;b@x.jp", "a b@x.jp"]
)
def test_an_address_that_is_none_is_unusable(typed: str) -> None:
    assert clean.read_address(typed) == clean.Read(None, "address_unusable")


@pytest.mark.parametrize("typed", ['=HYPERLINK("x")', "+cmd", "-1+2", "＝1+1", "@SUM(1)", "  =1"])
def test_a_formula_is_seen(typed: str) -> None:
    assert clean.is_formula(typed)


@pytest.mark.parametrize("typed", ["株式会社A", "-", "ー", "@cosme", "A=B商事", ""])
def test_a_name_is_no_formula(typed: str) -> None:
    assert not clean.is_formula(typed)


@pytest.mark.parametrize(
    ("typed", "number", "problem"),
    [
        ("5835678256246", "5835678256246", None),
        ("5-8356-7825-6246", "5835678256246", None),
        ("T5835678256246", "5835678256246", None),
        ("７１２", None, "corporate_number_unreadable"),
        ("7.12E+12", None, "corporate_number_unreadable"),
        ("5.835678256246E+12", "5835678256246", None),
        ("5835678256246.0", "5835678256246", None),
        ("2835678256246", None, "corporate_number_unreadable"),
    ],
)
def test_a_corporate_number_needs_its_check_digit(typed: str, number: str | None, problem: str | None) -> None:
    assert clean.read_corporate_number(typed) == clean.Read(number, problem)


def test_a_postcode_gets_its_lost_zero_back() -> None:
    assert clean.read_postcode("600001") == clean.Read("060-0001", "postcode_zero_restored")
    assert clean.read_postcode("〒100ー0001") == clean.Read("100-0001")


def test_a_prefecture_is_read_from_the_address() -> None:
    assert clean.read_prefecture("", "〒980-0811 宮城県仙台市") == "宮城県"
    assert clean.read_prefecture("東京", "") == "東京都"


@pytest.mark.parametrize(
    ("typed", "month"), [("3月", 3), ("３月期", 3), ("12", 12), ("March", 3), ("Dec.", 12), ("3/31", 3)]
)
def test_a_closing_month_is_read(typed: str, month: int) -> None:
    assert clean.read_month(typed).value == month


@pytest.mark.parametrize(
    ("typed", "family", "given"),
    [
        ("木村 恵子", "木村", "恵子"),
        ("吉田　健一", "吉田", "健一"),
        ("山田真理", "山田真理", None),
        ("John Q. Smith", "Smith", "John Q."),
        ("Smith, John", "Smith", "John"),
    ],
)
def test_a_name_is_split_at_its_space(typed: str, family: str, given: str | None) -> None:
    assert clean.split_name(typed) == (family, given)


@pytest.mark.parametrize(
    "read",
    [
        clean.read_phone,
        clean.read_date,
        clean.read_address,
        clean.read_corporate_number,
        clean.read_postcode,
        clean.read_prefecture,
        clean.read_month,
        clean.read_kana,
        clean.split_name,
        clean.is_formula,
        clean.plain,
        clean.typed_text,
    ],
)
@given(typed=TYPED)
def test_nothing_typed_can_raise(read: Callable[[str], Any], typed: str) -> None:
    read(typed)


@pytest.mark.parametrize(
    "read", [clean.read_phone, clean.read_address, clean.read_corporate_number, clean.read_postcode]
)
@given(typed=TYPED)
def test_what_was_read_reads_as_itself(read: Callable[[str], clean.Read[str]], typed: str) -> None:
    value = read(typed).value
    if value is not None:
        assert read(value).value == value


@given(day=st.dates(date(1950, 1, 1), date(2100, 12, 31)))
def test_a_date_reads_back_from_its_iso_form(day: date) -> None:
    assert clean.read_date(day.isoformat()).value == day


@given(typed=TYPED)
def test_plain_is_stable(typed: str) -> None:
    assert clean.plain(clean.plain(typed)) == clean.plain(typed)
