"""A file becomes a sheet: its header and its rows as text, each with the line it stands on."""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePath

from abm.errors import Invalid
from abm.importers.columns import field_of
from abm.importers.encodings import DAMAGED_SHARE, LOST, read_text
from abm.importers.xlsx import read_workbook

MAX_BYTES = 256 * 1024 * 1024
# More columns than any customer list has; a wider header is another kind of file, a wider row is broken.
MAX_COLUMNS = 500
# Titles, dates and report headers stand above the table; the header is looked for among this many lines.
HEADER_LINES = 60
DELIMITERS = (",", "\t", ";")
ZIP_MARK, OLE_MARK = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
MAX_FIELD = 1_000_000

Line = tuple[int, list[str]]


@dataclass(frozen=True)
class Choices:
    """What a person set instead of what would be detected."""

    encoding: str | None = None
    delimiter: str | None = None
    header_row: int | None = None
    mapping: Mapping[str, str] | None = None


@dataclass(frozen=True)
class Sheet:
    """One table of a file; `above` are the lines over the header, `line` numbers are the file's own."""

    encoding: str | None
    delimiter: str | None
    sheet_name: str | None
    header_row: int
    header: tuple[str, ...]
    rows: list[Line]
    above: list[Line]


def read_sheet(content: bytes, filename: str, choices: Choices | None = None) -> Sheet:
    """The table in a file; raises Invalid naming place and remedy when there is none."""
    chosen = choices or Choices()
    _check_size(content, filename)
    if content.startswith(ZIP_MARK):
        return _from_workbook(content, chosen)
    if content.startswith(OLE_MARK):
        raise Invalid(
            "old Excel (.xls) or protected workbook; save it as .xlsx without password", filename, "old_excel"
        )
    if PurePath(filename).suffix.lower() in (".xlsx", ".xlsm"):
        raise Invalid(
            "named like an Excel workbook, but is none; save it again as .xlsx or CSV", filename, "not_a_workbook"
        )
    return _from_text(content, filename, chosen)


def _check_size(content: bytes, filename: str) -> None:
    if len(content) > MAX_BYTES:
        limit = MAX_BYTES // (1024 * 1024)
        raise Invalid(f"the file is larger than {limit} MB; split it and import the parts", filename, "too_large")
    if not content.strip(b"\x00\xef\xbb\xbf\xff\xfe \t\r\n"):
        raise Invalid("the file is empty; check that it was saved and choose it again", filename, "empty_file")


def _from_workbook(content: bytes, chosen: Choices) -> Sheet:
    first: Sheet | None = None
    for name, cells in read_workbook(content):
        lines = [(number, row) for number, row in enumerate(cells, 1) if any(cell.strip() for cell in row)]
        if not lines:
            continue
        header_row = _find_header(lines, chosen)
        sheet = _cut(lines, header_row or lines[0][0], None, None, name)
        if header_row is not None:
            return sheet
        first = first or sheet
    if first is None:
        raise Invalid("every sheet of the workbook is empty; check that it was saved", "file", "empty_file")
    return first


def _from_text(content: bytes, filename: str, chosen: Choices) -> Sheet:
    text, encoding = read_text(content, chosen.encoding)
    if text.count("\x00") > text.count("\n") * DAMAGED_SHARE:
        line = text.count("\n", 0, text.index("\x00")) + 1
        raise Invalid(
            f"line {line} holds a NUL sign: the file is damaged or no text; export it again",
            f"line {line}",
            "nul_bytes",
        )
    text = text.replace("\x00", LOST)
    delimiter = chosen.delimiter or find_delimiter(text)
    lines = _lines(text, delimiter)
    if not lines:
        raise Invalid("the file holds no rows; check that it was saved and choose it again", filename, "empty_file")
    return _cut(lines, _find_header(lines, chosen) or lines[0][0], encoding, delimiter, None)


def find_delimiter(text: str) -> str:
    """The sign between cells: the one that makes most known headers, else the one that stands there most often."""
    head = "\n".join(text[:20_000].splitlines()[:HEADER_LINES])

    def worth(delimiter: str) -> tuple[int, int]:
        rows = _cells(head, delimiter)
        return max((known_words(row) for row in rows), default=0), sum(len(row) - 1 for row in rows)

    return max(DELIMITERS, key=worth)


def known_words(row: Iterable[str]) -> int:
    """How many different fields the words of a row name."""
    return len({field for cell in row if cell and (field := field_of(cell))})


def _cells(text: str, delimiter: str) -> list[list[str]]:
    try:
        return list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
    except csv.Error:
        return []


def _lines(text: str, delimiter: str) -> list[Line]:
    """Rows that hold anything, with the physical line each begins on."""
    if len(delimiter) != 1 or delimiter in '"\r\n':
        raise Invalid(f"delimiter {delimiter!r} must be one sign, such as a comma", "delimiter", "bad_delimiter")
    csv.field_size_limit(MAX_FIELD)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    lines: list[Line] = []
    begins = 1
    try:
        for row in reader:
            if any(row) and any(cell.strip() for cell in row):
                lines.append((begins, row))
            begins = reader.line_num + 1
    except csv.Error as error:
        raise Invalid(
            f"line {begins} cannot be taken apart ({error}); look for a quotation mark that is never closed",
            f"line {begins}",
            "broken_row",
        ) from error
    return lines


def _find_header(lines: Sequence[Line], chosen: Choices) -> int | None:
    """The line of the header: as chosen, or the first that names most fields."""
    if chosen.header_row is not None:
        if chosen.header_row not in {number for number, _ in lines}:
            raise Invalid(
                f"row {chosen.header_row} holds nothing; choose the row with the column names",
                "header_row",
                "no_header",
            )
        return chosen.header_row
    mapped = {str(word).strip() for word in (chosen.mapping or {}).values()}
    best, best_worth = None, 1
    for number, row in lines[:HEADER_LINES]:
        worth = known_words(row) + len(mapped & {cell.strip() for cell in row})
        if worth > best_worth:
            best, best_worth = number, worth
    return best or next((n for n, row in lines[:1] if known_words(row)), None)


def _cut(lines: list[Line], header_row: int, encoding: str | None, delimiter: str | None, name: str | None) -> Sheet:
    at = next(index for index, (number, _) in enumerate(lines) if number == header_row)
    header = lines[at][1]
    while header and not header[-1].strip():
        header = header[:-1]
    if len(header) > MAX_COLUMNS:
        raise Invalid(
            f"row {header_row} has {len(header):,} columns, at most {MAX_COLUMNS} are read; check the delimiter, or"
            " delete the columns that are not needed",
            f"line {header_row}",
            "too_many_columns",
        )
    return Sheet(encoding, delimiter, name, header_row, tuple(c.strip() for c in header), lines[at + 1 :], lines[:at])
