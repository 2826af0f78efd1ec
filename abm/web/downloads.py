"""Rows as files: CSV that no spreadsheet takes for formulas, and Excel workbooks, both from the same rows."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from decimal import Decimal
from urllib.parse import quote

from flask import Response
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

from abm.web.tables import Plain

# A text that begins so would run as a formula in the reader's spreadsheet; some take the wide signs for the same.
RISKY = ("=", "+", "-", "@", "＝", "＋", "－", "＠", "\t", "\r", "\n")
EXCEL = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
LONGEST_SHEET_NAME = 31
NOT_IN_SHEET_NAMES = str.maketrans(dict.fromkeys("[]:*?/\\", "-"))


def csv_answer(name: str, heads: Sequence[str], rows: Iterable[Sequence[Plain]]) -> Response:
    """A CSV file in UTF-8 with a mark at its beginning, so that Excel reads it."""
    return _answer(name, "csv", "text/csv; charset=utf-8", _lines(heads, rows))


def excel_answer(name: str, heads: Sequence[str], rows: Iterable[Sequence[Plain]]) -> Response:
    """A workbook with one sheet; texts are texts, whatever they begin with."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet(name.translate(NOT_IN_SHEET_NAMES)[:LONGEST_SHEET_NAME])
    for row in (heads, *rows):
        sheet.append([_excel_cell(sheet, value) for value in row])
    content = io.BytesIO()
    book.save(content)
    return _answer(name, "xlsx", EXCEL, [content.getvalue()])


def csv_cell(value: Plain) -> str:
    """A cell of a CSV file; a text that would run gets a sign in front that makes it text."""
    if value is None:
        return ""
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return f"{value:f}".rstrip("0").rstrip(".") if value % 1 else f"{value:.0f}"
    if isinstance(value, str):
        return f"'{value}" if value.startswith(RISKY) else value
    return str(value)


def _lines(heads: Sequence[str], rows: Iterable[Sequence[Plain]]) -> Iterator[bytes]:
    line = io.StringIO()
    writer = csv.writer(line)
    yield b"\xef\xbb\xbf"
    for row in (heads, *rows):
        writer.writerow([csv_cell(value) for value in row])
        yield line.getvalue().encode()
        line.seek(0)
        line.truncate()


def _excel_cell(sheet: object, value: Plain) -> object:
    if not isinstance(value, str):
        return value
    cell = WriteOnlyCell(sheet, ILLEGAL_CHARACTERS_RE.sub("", value))  # type: ignore[arg-type]
    # Set last: the library makes a formula of whatever begins with an equals sign.
    cell.data_type = "s"
    return cell


def _answer(name: str, ending: str, kind: str, content: Iterable[bytes]) -> Response:
    # Read whole before the answer begins: the rows come from a transaction that ends with the view.
    body = b"".join(content)
    disposition = f"attachment; filename=\"list.{ending}\"; filename*=UTF-8''{quote(f'{name}.{ending}', safe='')}"
    return Response(body, content_type=kind, headers={"Content-Disposition": disposition})
