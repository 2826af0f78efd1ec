"""Records of what is sold, typed into a form: each field read by what it holds, what cannot be read said by field."""

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from abm.customers.sheets import Field, Sheet
from abm.importers import clean
from abm.importers.amounts import read_amount, read_count, read_money, read_month_on
from abm.importers.clean import Read
from abm.importers.typed import LONGEST_LINE, LONGEST_TEXT
from abm.words import Holds

# A topic or two say what a product is about; a hundred say nothing.
MOST_LINES = 20


@dataclass(frozen=True)
class TypedSheet:
    """What a form came to: values by field, only of fields the form had, and what is wrong by field."""

    values: Mapping[str, Any]
    problems: Mapping[str, str]


def read_sheet(sheet: Sheet, form: Mapping[str, str]) -> TypedSheet:
    """A form of this sheet; a form with a few of the fields changes these few."""
    values: dict[str, Any] = {}
    problems: dict[str, str] = {}
    for field in sheet.fields:
        if field.name not in form:
            continue
        found = _read(sheet, field, form[field.name].replace("\x00", ""))
        values[field.name] = found.value
        if found.problem:
            problems[field.name] = found.problem
    return TypedSheet(values, problems)


def _read(sheet: Sheet, field: Field, text: str) -> Read[Any]:
    found: Read[Any] = _read_word(field, text) if field.holds is Holds.WORD else READERS[field.holds](text)
    if found.problem:
        return found
    if field.is_required and found.value in (None, ""):
        return Read(None, "required")
    if field.name == sheet.title and clean.is_formula(text):
        return Read(None, "formula")
    if field.most is not None and found.value is not None and found.value > field.most:
        return Read(None, "too_much")
    return found


def _read_word(field: Field, text: str) -> Read[str]:
    if not text:
        return Read(None)
    assert field.words is not None, f"{field.name} holds a word but names no words"
    return Read(text) if text in set(field.words) else Read(None, "unknown")


def _line(text: str) -> Read[str]:
    line = " ".join(clean.typed_text(text).splitlines())
    return Read(None, "too_long") if len(line) > LONGEST_LINE else Read(line or None)


def _text(text: str) -> Read[str]:
    whole = text.replace("\r\n", "\n").strip()
    return Read(None, "too_long") if len(whole) > LONGEST_TEXT else Read(whole or None)


def _lines(text: str) -> Read[list[str]]:
    parts = [part.strip() for part in text.replace("、", ",").replace("\n", ",").split(",")]
    lines = list(dict.fromkeys(part for part in parts if part))
    is_long = len(lines) > MOST_LINES or any(len(line) > LONGEST_LINE for line in lines)
    return Read([], "too_long") if is_long else Read(lines)


def _flag(text: str) -> Read[bool]:
    return Read(text == "1")


def _key(text: str) -> Read[uuid.UUID]:
    if not text:
        return Read(None)
    try:
        return Read(uuid.UUID(text))
    except ValueError:
        return Read(None, "unknown")


READERS: dict[Holds, Callable[[str], Read[Any]]] = {
    Holds.LINE: _line,
    Holds.TEXT: _text,
    Holds.LINES: _lines,
    Holds.MONEY: read_money,
    Holds.COUNT: read_count,
    Holds.AMOUNT: read_amount,
    Holds.DAY: clean.read_date,
    Holds.MONTH: read_month_on,
    Holds.FLAG: _flag,
    Holds.CONTACT: _key,
    Holds.DEPARTMENT: _key,
    Holds.PRODUCT: _key,
    Holds.DEAL: _key,
    Holds.FILE: _key,
    Holds.OWNER: _key,
}
