"""Formulas of a workbook that were never computed: a program wrote them, and no spreadsheet has opened the file since.

ECMA-376 part 1, 18.3.1.4 (c), 18.3.1.40 (f) and 18.3.1.96 (v): a cell holds its formula and, once computed, its value.
"""

import posixpath
import re
import zipfile
from collections.abc import Iterator, Mapping
from html import unescape

# Where a formula stands, as (row, column) counted from 0, and what it says.
Formulas = Mapping[tuple[int, int], str]

CHUNK = 1 << 20
# A cell may be torn between two chunks; one that is longer than this is no formula of a customer list.
LONGEST_CELL = 1 << 16
# More than these say nothing more: the file has to be opened and saved once anyway.
MOST = 100_000
LONGEST_SHOWN = 200
# The list of sheets and where they lie.
LONGEST_HEAD = 1 << 20
ANY_FORMULA = re.compile(rb"<(?:\w+:)?f[\s/>]")
# Without a value behind it. An empty text (t="str") is what a formula came to.
NEVER_COMPUTED = re.compile(
    rb'<(?:\w+:)?c\s(?![^>]*\bt="str")[^>]*?\br="([A-Z]{1,3})(\d{1,7})"[^>]*>\s*'
    rb"<(?:\w+:)?f\b(?:[^>]*/>|[^>]*>([^<]*)</(?:\w+:)?f>)\s*"
    rb"(?:<(?:\w+:)?v\s*/>|<(?:\w+:)?v>\s*</(?:\w+:)?v>)?\s*</(?:\w+:)?c>"
)
SHEET = re.compile(rb"<(?:\w+:)?sheet\s[^>]*>")
RELATION = re.compile(rb"<(?:\w+:)?Relationship\s[^>]*>")
ATTRIBUTE = re.compile(rb"""([\w:]+)\s*=\s*(?:"([^"]*)"|'([^']*)')""")


def find_never_computed(archive: zipfile.ZipFile) -> dict[str, Formulas]:
    """By sheet name: the formulas that have no value, written as a person would type them."""
    found: dict[str, Formulas] = {}
    for name, part in _sheets(archive):
        if formulas := dict(_never_computed(archive, part)):
            found[name] = formulas
    return found


def _sheets(archive: zipfile.ZipFile) -> Iterator[tuple[str, str]]:
    """(name, part) of each sheet of the workbook that is in the zip."""
    relations = "xl/_rels/workbook.xml.rels"
    if relations not in archive.namelist():
        return
    told = [_attributes(one) for one in RELATION.findall(_head(archive, relations))]
    targets = {one.get("Id"): posixpath.normpath(posixpath.join("/xl", one.get("Target", ""))) for one in told}
    for sheet in map(_attributes, SHEET.findall(_head(archive, "xl/workbook.xml"))):
        part = targets.get(next((value for key, value in sheet.items() if key.endswith(":id")), None), "")
        if part.lstrip("/") in archive.namelist():
            yield sheet.get("name", ""), part.lstrip("/")


def _head(archive: zipfile.ZipFile, part: str) -> bytes:
    with archive.open(part) as file:
        return file.read(LONGEST_HEAD)


def _attributes(tag: bytes) -> dict[str, str]:
    found = ATTRIBUTE.findall(tag)
    return {key.decode(): unescape((one or other).decode("utf-8", "replace")) for key, one, other in found}


def _never_computed(archive: zipfile.ZipFile, part: str) -> Iterator[tuple[tuple[int, int], str]]:
    left, count = b"", 0
    with archive.open(part) as sheet:
        while (chunk := sheet.read(CHUNK)) and count < MOST:
            text = left + chunk
            end = 0
            for match in NEVER_COMPUTED.finditer(text) if ANY_FORMULA.search(text) else ():
                letters, row, said = match.groups()
                yield (int(row) - 1, column_number(letters) - 1), _as_typed(said or b"")
                count, end = count + 1, match.end()
            left = text[max(end, len(text) - LONGEST_CELL) :]


def _as_typed(said: bytes) -> str:
    return f"={unescape(said[:LONGEST_SHOWN].decode('utf-8', 'replace'))}"


def column_number(letters: bytes) -> int:
    """The number of a column by its letters; A is 1."""
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number
