"""Rows: what sends one back, and what is only flagged."""

from io import BytesIO

import pytest

from abm.importers.columns import find_columns
from abm.importers.rows import CustomerRow, RowReader
from abm.importers.sheet import Choices, read_sheet
from abm.importers.texts import ROW_TEXTS
from abm.words import Seniority

HEADER = "会社名,姓,名,メールアドレス,部署,役職,TEL,法人番号,郵便番号,住所,決算月\n"


def read(row: str, header: str = HEADER) -> CustomerRow:
    sheet = read_sheet(BytesIO((header + row + "\n").encode()), "a.csv", Choices(delimiter=","))
    return RowReader(sheet, find_columns(sheet.header)).read(next(iter(sheet.rows)))


def test_a_full_row_is_read() -> None:
    row = read("株式会社甲,田中,太郎,T@KO.jp,代表取締役,,03-1111-2222,5835678256246,〒980-0811,宮城県仙台市,3月")

    assert (row.person, row.family_name, row.given_name, row.email) == ("田中 太郎", "田中", "太郎", "t@ko.jp")
    assert (row.department, row.title, row.seniority) == ("", "代表取締役", Seniority.EXECUTIVE)
    assert (row.phone, row.corporate_number, row.postcode) == ("0311112222", "5835678256246", "980-0811")
    assert (row.prefecture, row.closing_month, row.problems) == ("宮城県", 3, ())


@pytest.mark.parametrize(
    ("row", "code", "column"),
    [
        (",田中,太郎,t@ko.jp", "no_company", "会社名"),
        ("甲,田中,太郎,not an address", "address_unusable", "メールアドレス"),
        ("=1+1,田中,太郎,t@ko.jp", "formula", "会社名"),
        ("甲,+cmd,太郎,t@ko.jp", "formula", "姓"),
        ("甲" + "," * 9_998 + "x", "too_many_columns", "#12"),
    ],
)
def test_a_row_is_sent_back_with_place_and_reason(row: str, code: str, column: str) -> None:
    read_row = read(row)

    assert read_row.is_rejected
    assert [(p.code, p.column) for p in read_row.problems if p.rejects] == [(code, column)]
    assert code in ROW_TEXTS


@pytest.mark.parametrize(
    ("row", "code"),
    [
        ("甲,田中,,t@ko.jp,,,06-6xxx", "phone_unreadable"),
        ("甲,田中,,t@ko.jp,,,9009401273", "phone_zero_restored"),
        ("甲,田中,,t@ko.jp,,,,7.12E+12", "corporate_number_unreadable"),
        ("甲,田中,,t@ko.jp,,,,,600001", "postcode_zero_restored"),
        ("甲,田中,,t@ko.jp,,,,,,,第4四半期", "month_unreadable"),
        ("甲,田中,,t@ko.jp,,,,,,,3月,はみ出し", "extra_cells"),
    ],
)
def test_a_cell_that_cannot_be_read_keeps_its_row(row: str, code: str) -> None:
    read_row = read(row)

    assert not read_row.is_rejected
    assert [p.code for p in read_row.problems] == [code]
    assert code in ROW_TEXTS


def test_a_contact_without_address_is_fine() -> None:
    assert not read("甲,田中,太郎,").is_rejected


def test_the_digest_of_a_row_does_not_depend_on_columns_that_are_not_read() -> None:
    plain, numbered = "会社名,メールアドレス\n", "No.,会社名,メールアドレス\n"

    assert read("甲,t@ko.jp", plain).fingerprint == read("7,甲,t@ko.jp", numbered).fingerprint
    assert read("甲,t@ko.jp", plain).fingerprint != read("乙,t@ko.jp", plain).fingerprint
