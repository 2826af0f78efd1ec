"""Excel workbooks in: the sheets as text cells, after a look at what is inside the zip."""

import io
import re
import zipfile
import zlib
from array import array
from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import date, datetime, time, timedelta
from functools import lru_cache, partial
from typing import BinaryIO

from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook

from abm.errors import Invalid
from abm.importers.formulas import Formulas, column_number, find_never_computed

# A workbook larger than this when unpacked is no customer list; the zip says so before anything is unpacked.
MAX_UNPACKED = 512 * 1024 * 1024
MAX_RATIO = 400
MAX_PARTS = 2_000
# Readers lay a sheet out as a full rectangle: two far apart cells would fill the memory.
MAX_CELLS = 20_000_000
# One long text that a million cells share is small in the file and huge when it is read.
MAX_SIGNS = 512 * 1024 * 1024
SHARED_TEXT = re.compile(rb'\bt="s"[^>]*>\s*<(?:\w+:)?v>(\d{1,9})')
ANY_CELL = re.compile(rb"<(?:\w+:)?c[\s/>]")
CELL = re.compile(rb'<(?:\w+:)?c\s[^>]*?\br="([A-Z]{1,3})(\d{1,7})"')
CHUNK = 1 << 20
# The first and the last cell of a merged range, each as (row, column), counted from 0.
Merged = tuple[tuple[int, int], tuple[int, int]]
DAMAGED = (
    zipfile.BadZipFile,
    zipfile.LargeZipFile,
    zlib.error,
    NotImplementedError,
    RuntimeError,
    OSError,
    EOFError,
)


def read_workbook(file: BinaryIO) -> list[tuple[str, Callable[[], Iterator[list[str]]]]]:
    """(sheet name, how to read its rows as text) of every sheet in order; row 1 is the first."""
    never_computed = _look_inside(file)
    file.seek(0)
    try:
        book = CalamineWorkbook.from_filelike(file)
    except (CalamineError, OSError, ValueError) as error:
        raise _unreadable(str(error)) from error
    # Unpacked when it is asked for, and once: its rows are read several times, one sheet after the other.
    opened = lru_cache(maxsize=1)(book.get_sheet_by_name)
    return [(name, partial(_rows, opened, name, never_computed.get(name, {}))) for name in book.sheet_names]


def _rows(opened: Callable[[str], CalamineSheet], name: str, never_computed: Formulas) -> Iterator[list[str]]:
    try:
        sheet = opened(name)
    except (CalamineError, OSError, ValueError) as error:
        raise _unreadable(str(error)) from error
    read = ([_text(cell) for cell in row] for row in sheet.iter_rows())
    rows = _with_formulas(read, never_computed) if never_computed else read
    return _fill_down(rows, sheet.merged_cell_ranges or [])


def _with_formulas(rows: Iterator[list[str]], formulas: Formulas) -> Iterator[list[str]]:
    """What was never computed is read as it was typed: an empty cell would hide it."""
    by_row: dict[int, list[tuple[int, str]]] = defaultdict(list)
    for (number, column), said in formulas.items():
        by_row[number].append((column, said))
    for number, row in enumerate(rows):
        for column, said in by_row.get(number, ()):
            row += [""] * (column + 1 - len(row))
            row[column] = said
        yield row


def _fill_down(rows: Iterator[list[str]], merged: list[Merged]) -> Iterator[list[str]]:
    """A cell merged over several rows says in each of them what it says in the first."""
    beginning: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for (first, column), (last, _column) in merged:
        if last > first:
            beginning[first].append((column, last))
    said: dict[int, tuple[str, int]] = {}
    for number, row in enumerate(rows):
        for column, (text, last) in list(said.items()):
            if number > last:
                del said[column]
            elif column < len(row):
                row[column] = row[column] or text
        said.update((column, (row[column], last)) for column, last in beginning.get(number, ()) if column < len(row))
        yield row


def _look_inside(file: BinaryIO) -> dict[str, Formulas]:
    """Refuses what is too large to be a customer list; answers the formulas of each sheet that were never computed."""
    packed = file.seek(0, io.SEEK_END)
    try:
        with zipfile.ZipFile(file) as archive:
            parts, names = archive.infolist(), archive.namelist()
            _check_sizes(parts, packed)
            if "xl/workbook.xml" not in names:
                raise _unreadable("it holds no workbook" if "xl/workbook.bin" not in names else "it is a binary one")
            shared = [part for part in parts if part.filename.endswith("sharedStrings.xml")]
            lengths = array("I", (length for part in shared for length in _lengths(archive, part)))
            # A sheet may lie under any name: whatever is no table of texts is looked at as if it were one.
            for part in parts:
                if part not in shared:
                    _check_extent(archive, part, lengths)
            return find_never_computed(archive)
    except DAMAGED as error:
        raise _unreadable(str(error)) from error


def _check_sizes(parts: list[zipfile.ZipInfo], packed: int) -> None:
    unpacked = sum(part.file_size for part in parts)
    if unpacked > MAX_UNPACKED or unpacked > max(packed, 1) * MAX_RATIO or len(parts) > MAX_PARTS:
        raise Invalid(
            f"the workbook unpacks to {unpacked:,} bytes in {len(parts)} parts, more than is read;"
            " save only the customer sheet as .xlsx or CSV",
            "file",
            "too_large",
        )


def _lengths(archive: zipfile.ZipFile, part: zipfile.ZipInfo) -> Iterator[int]:
    """How long each text is that cells share, with its marks."""
    before, left = 0, b""
    with archive.open(part) as texts:
        while chunk := texts.read(CHUNK):
            *whole, left = (left + chunk).split(b"</si>")
            for text in whole:
                yield before + len(text)
                before = 0
            # The mark itself may be torn between two chunks.
            before, left = before + len(left[:-4]), left[-4:]


def _check_extent(archive: zipfile.ZipFile, part: zipfile.ZipInfo, lengths: "array[int]") -> None:
    last_row = last_column = cells = signs = 0
    with archive.open(part) as sheet:
        left = b""
        while chunk := sheet.read(CHUNK):
            # Cut between cells, so that none is counted twice or torn.
            whole, mark, left = (left + chunk).rpartition(b"<")
            for column, row in CELL.findall(whole):
                last_row = max(last_row, int(row))
                last_column = max(last_column, column_number(column))
            cells += len(ANY_CELL.findall(whole))
            signs += sum(lengths[int(at)] for at in SHARED_TEXT.findall(whole) if int(at) < len(lengths))
            left = (mark + left)[:CHUNK]
            _check_bounds(part.filename, last_row, last_column, cells, signs)


def _check_bounds(name: str, last_row: int, last_column: int, cells: int, signs: int) -> None:
    if last_row * last_column > MAX_CELLS or cells > MAX_CELLS:
        raise Invalid(
            f"{name} reaches to row {last_row:,} and column {last_column:,}, more than is read;"
            " delete the stray cells outside the table, or save the table as CSV",
            name,
            "too_large",
        )
    if signs > MAX_SIGNS:
        raise Invalid(
            f"the cells of {name} come to more than {MAX_SIGNS:,} signs; save only the customer sheet as CSV",
            name,
            "too_large",
        )


def _text(cell: object) -> str:
    """A cell as a person reads it: whole numbers without a point, dates as 2024-12-10."""
    if isinstance(cell, str):
        # _x0000_ in a workbook is a NUL, which no column can hold.
        return cell.replace("\x00", "")
    if isinstance(cell, bool):
        return str(cell).upper()
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 1e15 else repr(cell)
    if isinstance(cell, datetime):
        return cell.date().isoformat() if cell.time() == time() else cell.isoformat(" ")
    if isinstance(cell, date | time):
        return cell.isoformat()
    return str(cell) if isinstance(cell, int | timedelta) else ""


def _unreadable(why: str) -> Invalid:
    return Invalid(
        f"the file is no readable Excel workbook ({why}); open it in Excel and save it again as .xlsx, or as CSV",
        "file",
        "unreadable_workbook",
    )
