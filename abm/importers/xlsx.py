"""Excel workbooks in: the sheets as text cells, after a look at what is inside the zip."""

import io
import re
import zipfile
import zlib
from collections.abc import Callable, Iterator
from datetime import date, datetime, time, timedelta
from functools import partial
from typing import BinaryIO

from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook

from abm.errors import Invalid

# A workbook larger than this when unpacked is no customer list; the zip says so before anything is unpacked.
MAX_UNPACKED = 512 * 1024 * 1024
MAX_RATIO = 400
MAX_PARTS = 2_000
# Readers lay a sheet out as a full rectangle: two far apart cells would fill the memory.
MAX_CELLS = 20_000_000
CELL = re.compile(rb'<(?:\w+:)?c\s[^>]*?\br="([A-Z]{1,3})(\d{1,7})"')
CHUNK = 1 << 20
DAMAGED = (
    zipfile.BadZipFile,
    zipfile.LargeZipFile,
    zlib.error,
    NotImplementedError,
    RuntimeError,
    OSError,
    EOFError,
)


def read_workbook(file: BinaryIO) -> Iterator[tuple[str, Callable[[], Iterator[list[str]]]]]:
    """(sheet name, how to read its rows as text) of every sheet in order; row 1 is the first."""
    _check_zip(file)
    file.seek(0)
    try:
        book = CalamineWorkbook.from_filelike(file)
        for name in book.sheet_names:
            yield name, partial(_rows, book.get_sheet_by_name(name))
    except (CalamineError, OSError, ValueError) as error:
        raise _unreadable(str(error)) from error


def _rows(sheet: CalamineSheet) -> Iterator[list[str]]:
    return ([_text(cell) for cell in row] for row in sheet.iter_rows())


def _check_zip(file: BinaryIO) -> None:
    packed = file.seek(0, io.SEEK_END)
    try:
        with zipfile.ZipFile(file) as archive:
            parts = archive.infolist()
            _check_sizes(parts, packed)
            if "xl/workbook.xml" not in archive.namelist() and "xl/workbook.bin" not in archive.namelist():
                raise _unreadable("it holds no workbook")
            for part in parts:
                if re.match(r"xl/worksheets/[^/]+\.xml$", part.filename):
                    _check_extent(archive, part)
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


def _check_extent(archive: zipfile.ZipFile, part: zipfile.ZipInfo) -> None:
    last_row = last_column = 0
    with archive.open(part) as sheet:
        left = b""
        while chunk := sheet.read(CHUNK):
            for column, row in CELL.findall(left + chunk):
                last_row = max(last_row, int(row))
                last_column = max(last_column, _column_number(column))
            left = chunk[-200:]
    if last_row * last_column > MAX_CELLS:
        raise Invalid(
            f"{part.filename} reaches to row {last_row:,} and column {last_column:,}, more than is read;"
            " delete the stray cells outside the table, or save the table as CSV",
            part.filename,
            "too_large",
        )


def _column_number(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number


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
