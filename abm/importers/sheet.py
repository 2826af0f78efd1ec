"""A file becomes a sheet: its header and its rows as text, each with the line it stands on."""

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import PurePath
from typing import BinaryIO

from abm.errors import Invalid
from abm.importers.columns import field_of
from abm.importers.encodings import BLOCK, DAMAGED_SHARE, LOST, Text, open_text
from abm.importers.xlsx import read_workbook

MAX_BYTES = 256 * 1024 * 1024
# More columns than any customer list has; a wider header is another kind of file, a wider row is broken.
MAX_COLUMNS = 500
# Titles, dates and report headers stand above the table; the header is looked for among this many lines.
HEADER_LINES = 60
# A person may choose a line further down, but not one behind so many: what stands above a header is kept at hand.
LONGEST_HEAD = 1_000
DELIMITERS = (",", "\t", ";")
ZIP_MARK, OLE_MARK = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
MAX_FIELD = 1_000_000
BLANK = b"\x00\xef\xbb\xbf\xff\xfe \t\r\n"

Line = tuple[int, list[str]]


@dataclass(frozen=True)
class Choices:
    """What a person set instead of what would be detected."""

    encoding: str | None = None
    delimiter: str | None = None
    header_row: int | None = None
    # A field that is mapped to nothing is left out; None when nobody has said anything of columns.
    mapping: Mapping[str, str] | None = None
    sheet: str | None = None


class Lines:
    """Rows that hold anything, with the line each begins on; read from the file anew whenever somebody asks."""

    def __init__(self, read: Callable[[], Iterator[Line]]) -> None:
        self._read = read

    def __iter__(self) -> Iterator[Line]:
        """From the first to the last."""
        return self._read()

    def below(self, header_row: int) -> "Lines":
        """Those behind the header."""
        return Lines(lambda: (line for line in self if line[0] > header_row))


@dataclass(frozen=True)
class Sheet:
    """One table of a file; `above` are the lines over the header, `line` numbers are the file's own."""

    encoding: str | None
    delimiter: str | None
    sheet_name: str | None
    header_row: int
    header: tuple[str, ...]
    rows: Lines
    above: list[Line]
    # All tables of the file, by name.
    sheets: tuple[str, ...] = ()


def read_sheet(file: BinaryIO, filename: str, choices: Choices | None = None) -> Sheet:
    """The table in a file, of which rows are read on demand; raises Invalid naming place and remedy without one."""
    chosen = choices or Choices()
    check_size(file, filename)
    begins = _begin(file)
    if begins.startswith(ZIP_MARK):
        return _from_workbook(file, chosen)
    if begins.startswith(OLE_MARK):
        raise Invalid(
            "old Excel (.xls) or protected workbook; save it as .xlsx without password", filename, "old_excel"
        )
    if PurePath(filename).suffix.lower() in (".xlsx", ".xlsm"):
        raise Invalid(
            "named like an Excel workbook, but is none; save it again as .xlsx or CSV", filename, "not_a_workbook"
        )
    return _from_text(file, filename, chosen)


def size_of(file: BinaryIO) -> int:
    """How many bytes it holds."""
    return file.seek(0, io.SEEK_END)


def check_size(file: BinaryIO, filename: str) -> None:
    """Raise Invalid for a file that is empty, or larger than any that is read."""
    if size_of(file) > MAX_BYTES:
        limit = MAX_BYTES // (1024 * 1024)
        raise Invalid(f"the file is larger than {limit} MB; split it and import the parts", filename, "too_large")
    file.seek(0)
    while chunk := file.read(BLOCK):
        if chunk.strip(BLANK):
            return
    raise Invalid("the file is empty; check that it was saved and choose it again", filename, "empty_file")


def _begin(file: BinaryIO) -> bytes:
    file.seek(0)
    return file.read(len(OLE_MARK))


def _from_workbook(file: BinaryIO, chosen: Choices) -> Sheet:
    first: Sheet | None = None
    book = read_workbook(file)
    names = tuple(name for name, _ in book)
    if chosen.sheet and chosen.sheet not in names:
        raise Invalid(f"the workbook has no sheet {chosen.sheet!r}; choose another", "sheet", "no_sheet")
    for name, rows in book:
        if chosen.sheet not in (None, name):
            continue
        lines = Lines(lambda rows=rows: _filled(enumerate(rows(), 1)))  # type: ignore[misc]
        head = _head(lines, chosen)
        if not head:
            continue
        header_row = _find_header(head, chosen)
        sheet = replace(_cut(head, header_row or head[0][0], lines, name=name), sheets=names)
        if header_row is not None:
            return sheet
        first = first or sheet
    if first is None:
        raise Invalid("the workbook holds no rows; check that it was saved", "file", "empty_file")
    return first


def _from_text(file: BinaryIO, filename: str, chosen: Choices) -> Sheet:
    text = open_text(file, chosen.encoding)
    _check_nul(text)
    delimiter = chosen.delimiter or find_delimiter(next(text.blocks(), ""))
    if len(delimiter) != 1 or delimiter in '"\r\n':
        raise Invalid(f"delimiter {delimiter!r} must be one sign, such as a comma", "delimiter", "bad_delimiter")
    lines = Lines(lambda: _rows(text, delimiter))
    head = _head(lines, chosen)
    if not head:
        raise Invalid("the file holds no rows; check that it was saved and choose it again", filename, "empty_file")
    return _cut(head, _find_header(head, chosen) or head[0][0], lines, text.encoding, delimiter)


def _check_nul(text: Text) -> None:
    """A NUL here and there is damage of its row; many of them are no text."""
    count = ends = 0
    first: int | None = None
    for block in text.blocks():
        if "\x00" in block:
            first = first or ends + block.count("\n", 0, block.index("\x00")) + 1
            count += block.count("\x00")
        ends += block.count("\n")
    if count > ends * DAMAGED_SHARE:
        raise Invalid(
            f"line {first} holds a NUL sign: the file is damaged or no text; export it again",
            f"line {first}",
            "nul_bytes",
        )


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


def _rows(text: Text, delimiter: str) -> Iterator[Line]:
    """Rows that hold anything, with the physical line each begins on."""
    csv.field_size_limit(MAX_FIELD)
    reader = csv.reader(_physical_lines(text), delimiter=delimiter)
    begins = 1
    try:
        for row in reader:
            if any(row) and any(cell.strip() for cell in row):
                yield begins, row if len(row) <= MAX_COLUMNS else _narrowed(row)
            begins = reader.line_num + 1
    except csv.Error as error:
        raise Invalid(
            f"line {begins} cannot be taken apart ({error}); look for a quotation mark that is never closed",
            f"line {begins}",
            "broken_row",
        ) from error


def _narrowed(row: list[str]) -> list[str]:
    """A row far too wide comes back anyway: what sticks out is told by its first cell, not kept a million times."""
    return [*row[:MAX_COLUMNS], next((cell for cell in row[MAX_COLUMNS:] if cell.strip()), "")]


def _physical_lines(text: Text) -> Iterator[str]:
    for block in text.blocks():
        yield from io.StringIO(block.replace("\x00", LOST), newline="")


def _filled(rows: Iterable[Line]) -> Iterator[Line]:
    return (line for line in rows if any(cell.strip() for cell in line[1]))


def _head(lines: Lines, chosen: Choices) -> list[Line]:
    """The first lines, among which the header is."""
    return list(islice(lines, HEADER_LINES if chosen.header_row is None else LONGEST_HEAD))


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
    mapped = {str(word).strip() for word in (chosen.mapping or {}).values() if word}
    best, best_worth = None, 1
    for number, row in lines[:HEADER_LINES]:
        worth = known_words(row) + len(mapped & {cell.strip() for cell in row})
        if worth > best_worth:
            best, best_worth = number, worth
    return best or next((n for n, row in lines[:1] if known_words(row)), None)


def _cut(
    head: list[Line],
    header_row: int,
    lines: Lines,
    encoding: str | None = None,
    delimiter: str | None = None,
    name: str | None = None,
) -> Sheet:
    at = next(index for index, (number, _) in enumerate(head) if number == header_row)
    header = head[at][1]
    while header and not header[-1].strip():
        header = header[:-1]
    if len(header) > MAX_COLUMNS:
        raise Invalid(
            f"row {header_row} has {len(header):,} columns, at most {MAX_COLUMNS} are read; check the delimiter, or"
            " delete the columns that are not needed",
            f"line {header_row}",
            "too_many_columns",
        )
    words = tuple(cell.strip() for cell in header)
    return Sheet(encoding, delimiter, name, header_row, words, lines.below(header_row), head[:at])
