"""Bad files: what is damaged comes back by row with its reason, what is a trap is refused before it is opened."""

import io
import struct
import zipfile
from io import BytesIO

import pytest
from openpyxl import Workbook

from abm.errors import Invalid
from abm.importers.columns import find_columns
from abm.importers.rows import CustomerRow, RowReader
from abm.importers.sheet import Sheet, read_sheet
from abm.importers.texts import ROW_TEXTS

HEADER = "会社名,担当者名,メールアドレス,最終対応日\n"
GOOD = "".join(f"株式会社甲{n},木村 一,k{n}@ko.example,2024/12/10\n" for n in range(30))
BAD = "株式会社髙﨑,林 二,h@ko.example,\n"
WORKBOOK = '<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"/>'


def read(content: bytes, name: str = "a.csv") -> list[CustomerRow]:
    sheet = read_sheet(BytesIO(content), name)
    return rows_of(sheet)


def rows_of(sheet: Sheet) -> list[CustomerRow]:
    reader = RowReader(sheet, find_columns(sheet.header))
    return [reader.read(line) for line in sheet.rows]


def rejected(rows: list[CustomerRow]) -> list[tuple[int, str]]:
    return [(row.line, next(p.code for p in row.problems if p.rejects)) for row in rows if row.is_rejected]


@pytest.mark.parametrize(("main", "other"), [("utf-8", "cp932"), ("cp932", "utf-8"), ("utf-8-sig", "cp932")])
def test_a_line_in_another_encoding_is_read_as_what_it_is(main: str, other: str) -> None:
    rows = read(HEADER.encode(main) + GOOD.encode(main.removesuffix("-sig")) + BAD.encode(other))

    assert (rows[0].company, rows[-1].company) == ("株式会社甲0", "株式会社髙﨑")
    assert rejected(rows) == []


def test_a_line_in_no_encoding_comes_back_and_the_others_stay() -> None:
    rows = read((HEADER + GOOD).encode() + b"\xff\xfe\xfd,x,x@ko.example,\n")

    assert rejected(rows) == [(32, "signs_lost")]


def test_a_row_with_a_nul_sign_comes_back() -> None:
    rows = read((HEADER + GOOD + "株式会社\x00乙,林,h@ko.example,\n").encode())

    assert rejected(rows) == [(32, "signs_lost")]


def test_a_header_in_the_middle_comes_back() -> None:
    assert rejected(read((HEADER + GOOD + HEADER + BAD).encode())) == [(32, "header_again")]


def test_every_reason_is_told_in_both_languages() -> None:
    assert all(all(ROW_TEXTS[code]) for code in ("signs_lost", "header_again"))


def test_a_merged_company_stands_in_its_first_row_and_the_rows_below_come_back() -> None:
    book = Workbook()
    assert book.active is not None
    book.active.append(["会社名", "担当者名"])
    book.active.append(["株式会社甲", "木村 一"])
    book.active.append([None, "林 二"])
    book.active.merge_cells("A2:A3")

    rows = read(saved(book), "a.xlsx")

    assert (rows[0].company, rejected(rows)) == ("株式会社甲", [(3, "no_company")])


def test_formulas_give_what_was_computed_or_come_back() -> None:
    rows = read(
        (HEADER + "=HYPERLINK(A1),木村,a@b.jp,\n株式会社甲,+cmd|x,b@b.jp,\n株式会社乙,林,c@b.jp,45636\n").encode()
    )

    assert rejected(rows) == [(2, "formula"), (3, "formula")]
    assert str(rows[2].last_contacted_on) == "2024-12-10"


def test_an_address_in_full_width_signs_is_read() -> None:
    assert read((HEADER + "株式会社甲,木村,Ｔａｒｏ＠ｋｏ．ｅｘａｍｐｌｅ,\n").encode())[0].email == "taro@ko.example"


def test_a_workbook_that_declares_two_gigabytes_is_refused_unopened() -> None:
    content = bytearray(packed({"xl/workbook.xml": WORKBOOK, "xl/worksheets/sheet1.xml": "<worksheet/>"}))
    # The size of the last part as the central directory tells it.
    struct.pack_into("<I", content, content.rindex(b"PK\x01\x02") + 24, 2**31)

    assert refusal(bytes(content)) == "too_large"


def test_a_workbook_that_tells_less_than_it_holds_is_refused() -> None:
    content = bytearray(packed({"xl/workbook.xml": WORKBOOK, "xl/worksheets/sheet1.xml": " " * 5_000_000}))
    struct.pack_into("<I", content, content.rindex(b"PK\x01\x02") + 24, 100)

    assert refusal(bytes(content)) == "unreadable_workbook"


def test_an_xml_bomb_is_not_expanded() -> None:
    laughs = '<!DOCTYPE x [<!ENTITY a "haha">' + "".join(
        f'<!ENTITY {name} "{f"&{before};" * 10}">' for before, name in zip("abcdefgh", "bcdefghi", strict=True)
    )
    bomb = f"<?xml version='1.0'?>{laughs}]><workbook><sheets>&i;</sheets></workbook>"

    assert refusal(packed({"xl/workbook.xml": bomb, "xl/worksheets/sheet1.xml": "<worksheet/>"})) is not None


def refusal(content: bytes) -> str | None:
    with pytest.raises(Invalid) as raised:
        list(read_sheet(BytesIO(content), "a.xlsx").rows)
    return raised.value.code


def packed(parts: dict[str, str]) -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in parts.items():
            archive.writestr(name, text)
    return written.getvalue()


def saved(book: Workbook) -> bytes:
    written = io.BytesIO()
    book.save(written)
    return written.getvalue()
