"""Bad files: what is damaged comes back by row with its reason, what is a trap is refused before it is opened."""

import io
import struct
import zipfile
from datetime import date
from io import BytesIO

import pytest
from openpyxl import Workbook

from abm.errors import Invalid
from abm.importers import encodings, formulas, xlsx
from abm.importers.columns import find_columns
from abm.importers.rows import CustomerRow, RowReader
from abm.importers.sheet import MAX_COLUMNS, Sheet, read_sheet
from abm.importers.texts import ROW_TEXTS

HEADER = "会社名,担当者名,メールアドレス,最終対応日\n"
GOOD = "".join(f"株式会社甲{n},木村 一,k{n}@ko.example,2024/12/10\n" for n in range(30))
BAD = "株式会社髙﨑,林 二,h@ko.example,\n"
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
NAMES = "".join(
    f'<c r="{at}1" t="inlineStr"><is><t>{word}</t></is></c>' for at, word in (("A", "会社名"), ("B", "担当者名"))
)
NAMES = f'<row r="1">{NAMES}</row>'
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


def test_a_merged_company_stands_in_each_of_its_rows_and_no_further() -> None:
    book = Workbook()
    assert book.active is not None
    book.active.append(["会社名", "担当者名"])
    book.active.append(["株式会社甲", "木村 一"])
    book.active.append([None, "林 二"])
    book.active.append([None, "森 三"])
    book.active.merge_cells("A2:A3")

    rows = read(saved(book), "a.xlsx")

    assert [row.company for row in rows[:2]] == ["株式会社甲", "株式会社甲"]
    assert rejected(rows) == [(4, "no_company")]


def test_a_title_merged_across_the_table_is_said_once() -> None:
    book = Workbook()
    assert book.active is not None
    book.active.append(["顧客一覧", None])
    book.active.append(["会社名", "担当者名"])
    book.active.append(["株式会社甲", "木村 一"])
    book.active.merge_cells("A1:B1")

    rows = read(saved(book), "a.xlsx")

    assert [(row.company, row.person) for row in rows] == [("株式会社甲", "木村 一")]


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


def test_a_text_that_many_cells_share_is_refused_before_it_is_written_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xlsx, "MAX_SIGNS", 100_000)
    texts = f"<sst><si><t>会社名</t></si><si><t>{'x' * 1_000}</t></si></sst>"
    cells = "".join(f'<row r="{row}"><c r="A{row}" t="s"><v>1</v></c></row>' for row in range(2, 200))

    assert refusal(workbook(cells, texts)) == "too_large"


def test_cells_without_a_place_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xlsx, "MAX_CELLS", 1_000)

    assert refusal(workbook(f"<row>{'<c/>' * 1_001}</row>")) == "too_large"


@pytest.mark.parametrize("place", ["xl/worksheets/sheet1.xml", "xl/elsewhere/of-another-name.dat"])
def test_a_sheet_is_looked_at_wherever_it_lies(place: str) -> None:
    far = '<worksheet><sheetData><row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData></worksheet>'

    assert refusal(packed({"xl/workbook.xml": WORKBOOK, place: far})) == "too_large"


def test_a_row_of_a_million_cells_comes_back_and_is_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    wide = "株式会社乙" + "," * 1_000_000 + "x\n"

    sheet = read_sheet(BytesIO((HEADER + GOOD + wide + BAD).encode()), "a.csv")

    assert rejected(rows_of(sheet)) == [(32, "too_many_columns")]
    assert max(len(cells) for _, cells in sheet.rows) == MAX_COLUMNS + 1


def test_a_line_without_end_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(encodings, "LONGEST_LINE", 100_000)

    assert refusal(HEADER.encode() + b"x" * 600_000, "a.csv") == "broken_row"


def test_no_more_of_a_file_is_read_at_a_time_than_a_block() -> None:
    file = Counting((HEADER + GOOD * 1_000).encode())

    rows = sum(1 for _ in read_sheet(file, "a.csv").rows)

    assert (rows, file.largest) == (30_000, encodings.BLOCK)


def test_a_formula_of_a_workbook_counts_as_what_it_came_to() -> None:
    computed = '<c r="A2" t="str"><f>CONCATENATE("株式会社","甲")</f><v>株式会社甲</v></c>'
    never = '<c r="A3"><f>NOW()</f></c><c r="B3" t="inlineStr"><is><t>林 二</t></is></c>'
    error = '<c r="A4" t="e"><f>1/0</f><v>#DIV/0!</v></c><c r="B4" t="inlineStr"><is><t>佐藤</t></is></c>'
    rows = read(
        workbook(f'{NAMES}<row r="2">{computed}</row><row r="3">{never}</row><row r="4">{error}</row>'), "a.xlsx"
    )

    assert rows[0].company == "株式会社甲"
    assert rejected(rows) == [(3, "formula"), (4, "no_company")]


def test_a_formula_in_a_name_that_nobody_computed_comes_back_with_what_it_says() -> None:
    book = Workbook()
    assert book.active is not None
    book.active.append(["会社名", "担当者名", "最終対応日"])
    book.active.append(['=CONCATENATE(A3,"&<")', "木村 一", None])
    book.active.append(["株式会社甲", "=A2", "=TODAY()"])
    book.active.append(["株式会社乙", "林 二", None])

    rows = read(saved(book), "a.xlsx")

    assert rejected(rows) == [(2, "formula"), (3, "formula")]
    assert rows[0].problems[0].value == '=CONCATENATE(A3,"&<")'
    assert not rows[2].problems


def test_a_formula_that_came_to_nothing_is_an_empty_cell() -> None:
    empty = '<c r="B2" t="str"><f>IF(A2="","x","")</f><v></v></c>'
    cells = f'<row r="2"><c r="A2" t="inlineStr"><is><t>株式会社甲</t></is></c>{empty}</row>'

    assert [(row.company, row.person) for row in read(workbook(NAMES + cells), "a.xlsx")] == [("株式会社甲", "")]


def test_a_formula_torn_between_two_looks_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(formulas, "CHUNK", 100)
    cell = '<c r="A2"><f>NOW()</f></c><c r="B2" t="inlineStr"><is><t>林 二</t></is></c>'

    for space in range(100):
        content = workbook(f'{NAMES}{" " * space}<row r="2">{cell}</row>')
        with zipfile.ZipFile(BytesIO(content)) as archive:
            assert list(formulas.find_never_computed(archive).values()) == [{(1, 0): "=NOW()"}], space


@pytest.mark.parametrize("typed", ["=1+1", "+cmd|x", "-2+3", "@SUM(A1)", "=HYPERLINK(A1)"])
def test_a_text_that_a_spreadsheet_would_run_comes_back_from_a_workbook_too(typed: str) -> None:
    cell = f'<row r="2"><c r="A2" t="inlineStr"><is><t>{typed}</t></is></c></row>'

    assert rejected(read(workbook(NAMES + cell), "a.xlsx")) == [(2, "formula")]


def test_numbers_and_days_of_a_workbook_are_read_as_what_they_are() -> None:
    book = Workbook()
    assert book.active is not None
    book.active.append(["会社名", "担当者名", "メールアドレス", "法人番号", "最終対応日", "電話番号"])
    book.active.append(
        ["株式会社甲", "木村 一", "Ｋ＠ｋｏ．ｅｘａｍｐｌｅ", 5835678256246, date(2024, 12, 10), 9009401273]
    )
    book.active.append(["株式会社乙", "林 二", "h@ko.example", "5.835678256246E+12", 45636, "03-1111-2222"])
    book.active.append(["株式会社丙", "佐藤 三", "s@ko.example", "7.12E+12", "2024年12月10日", ""])

    rows = read(saved(book), "a.xlsx")

    assert [row.corporate_number for row in rows] == ["5835678256246", "5835678256246", None]
    assert {str(row.last_contacted_on) for row in rows} == {"2024-12-10"}
    assert (rows[0].email, rows[0].phone) == ("k@ko.example", "09009401273")
    assert [problem.code for problem in rows[2].problems] == ["corporate_number_unreadable"]


class Counting(BytesIO):
    """A file that remembers the most that was asked of it at once."""

    largest = 0

    def read(self, size: int | None = -1) -> bytes:
        found = super().read(size)
        self.largest = max(self.largest, len(found))
        return found


def workbook(rows: str, texts: str = "<sst/>") -> bytes:
    """A workbook whose only sheet is written by hand."""
    sheet = f'<worksheet xmlns="{MAIN}"><sheetData>{rows}</sheetData></worksheet>'
    with zipfile.ZipFile(BytesIO(saved(Workbook()))) as usual:
        parts = {name: usual.read(name).decode() for name in usual.namelist()}
    shared = texts.replace("<sst", f'<sst xmlns="{MAIN}"', 1)
    return packed({**parts, "xl/sharedStrings.xml": shared, "xl/worksheets/sheet1.xml": sheet})


def refusal(content: bytes, name: str = "a.xlsx") -> str | None:
    with pytest.raises(Invalid) as raised:
        list(read_sheet(BytesIO(content), name).rows)
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
