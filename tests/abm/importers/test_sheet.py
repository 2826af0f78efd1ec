"""Sheets: header and rows are found in every sample, and what cannot be read is refused with place and remedy."""

import io
import zipfile
from io import BytesIO
from pathlib import Path

import pytest
from openpyxl import Workbook

from abm.errors import Invalid
from abm.importers import sheet as sheets
from abm.importers import xlsx
from abm.importers.sheet import Choices, read_sheet
from abm.importers.texts import FILE_TEXTS

DATA = Path(__file__).parents[2] / "data"
SIX_COLUMNS = ("会社名", "担当者名", "電話番号", "メールアドレス", "最終対応日", "過去のやり取り・メモ")


@pytest.mark.parametrize(
    ("name", "encoding", "delimiter", "rows"),
    [
        ("customers-cp932.csv", "cp932", ",", 88),
        ("customers-utf8.csv", "utf-8", ",", 88),
        ("customers-utf8-bom.csv", "utf-8-sig", ",", 88),
        ("customers-eucjp.tsv", "euc_jp", "\t", 27),
        ("customers-bad-rows-cp932.csv", "cp932", ",", 16),
    ],
)
def test_the_samples_are_read(name: str, encoding: str, delimiter: str, rows: int) -> None:
    sheet = read_sheet(BytesIO((DATA / name).read_bytes()), name)

    lines = list(sheet.rows)
    assert (sheet.encoding, sheet.delimiter, sheet.header_row, len(lines)) == (encoding, delimiter, 1, rows)
    assert (sheet.header, lines[0][0]) == (SIX_COLUMNS, 2)


def test_the_header_of_a_workbook_is_found_below_its_title_and_other_sheets_are_left() -> None:
    sheet = read_sheet(BytesIO((DATA / "customers.xlsx").read_bytes()), "customers.xlsx")

    assert (sheet.sheet_name, sheet.header_row, sheet.encoding) == ("顧客一覧", 3, None)
    number, cells = next(iter(sheet.rows))
    assert (number, cells[8]) == (4, "2024-01-04")


def test_a_sheet_of_notes_before_the_table_is_passed_over() -> None:
    book = Workbook()
    assert book.active is not None
    book.active["A1"] = "このシートは説明です"
    book.create_sheet("顧客").append(["会社名", "メールアドレス"])
    book["顧客"].append(["株式会社甲", "a@ko.example"])

    assert read_sheet(BytesIO(_saved(book)), "a.xlsx").sheet_name == "顧客"


def test_a_semicolon_is_found_as_the_delimiter() -> None:
    sheet = read_sheet(BytesIO("会社名;メール\n甲,乙商事;a@b.jp\n".encode()), "a.csv")

    assert list(sheet.rows) == [(2, ["甲,乙商事", "a@b.jp"])]


def test_lines_are_counted_as_they_stand_in_the_file() -> None:
    content = '会社名,メモ\n\n甲,"二行の\nメモ"\n乙,x\n'.encode()

    assert [line for line, _ in read_sheet(BytesIO(content), "a.csv").rows] == [3, 5]


def test_what_a_person_chooses_wins() -> None:
    content = "a;b,c\n会社名;メール,x\n甲;y,z\n".encode()

    chosen = read_sheet(BytesIO(content), "a.csv", Choices(delimiter=",", header_row=1))

    assert (chosen.delimiter, chosen.header_row, chosen.header) == (",", 1, ("a;b", "c"))


@pytest.mark.parametrize(
    ("content", "name", "code"),
    [
        (b"", "a.csv", "empty_file"),
        (b"\xef\xbb\xbf \r\n", "a.csv", "empty_file"),
        (b"PK\x03\x04 broken", "a.xlsx", "unreadable_workbook"),
        ("会社名\n".encode(), "a.xlsx", "not_a_workbook"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "a.xls", "old_excel"),
        ("会社名,メール\n甲\x00,x\n".encode(), "a.csv", "nul_bytes"),
        (('会社名,メール\n"甲' + "x" * 1_000_001).encode(), "a.csv", "broken_row"),
        ((",".join(["会社名", *map(str, range(9_999))]) + "\n甲\n").encode(), "a.csv", "too_many_columns"),
        (b"a,b\nc,\xff\xfe\xfd\n", "a.csv", "unknown_encoding"),
    ],
)
def test_a_file_that_is_no_list_is_refused_in_both_languages(content: bytes, name: str, code: str) -> None:
    with pytest.raises(Invalid) as raised:
        list(read_sheet(BytesIO(content), name).rows)

    assert (raised.value.code, bool(raised.value.field)) == (code, True)
    assert code in FILE_TEXTS


def test_an_oversized_file_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sheets, "MAX_BYTES", 10)

    with pytest.raises(Invalid, match="split it"):
        read_sheet(BytesIO("会社名,メール\n".encode()), "a.csv")


def test_a_zip_bomb_is_refused_by_the_sizes_it_declares() -> None:
    bomb = io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
        archive.writestr("xl/worksheets/sheet1.xml", b" " * 50_000_000)

    with pytest.raises(Invalid, match="unpacks to") as raised:
        read_sheet(BytesIO(bomb.getvalue()), "a.xlsx")

    assert raised.value.code == "too_large"


def test_a_stray_cell_at_the_end_of_the_world_is_refused_before_it_fills_the_memory() -> None:
    book = Workbook()
    assert book.active is not None
    book.active["A1"], book.active["XFD1048576"] = "会社名", "x"

    with pytest.raises(Invalid, match="stray cells") as raised:
        read_sheet(BytesIO(_saved(book)), "a.xlsx")

    assert raised.value.code == "too_large"


def test_a_workbook_without_a_workbook_inside_is_refused() -> None:
    other = io.BytesIO()
    with zipfile.ZipFile(other, "w") as archive:
        archive.writestr("readme.txt", "x")

    with pytest.raises(Invalid, match="no workbook"):
        read_sheet(BytesIO(other.getvalue()), "a.xlsx")


def test_numbers_of_a_workbook_lose_their_point() -> None:
    assert [xlsx._text(cell) for cell in (9009401273.0, 7.12e12, 1.5, True, None)] == [
        "9009401273",
        "7120000000000",
        "1.5",
        "TRUE",
        "",
    ]


def _saved(book: Workbook) -> bytes:
    written = io.BytesIO()
    book.save(written)
    return written.getvalue()
