"""Tables of reports: what a column is called and how its value is shown on a page and in a file."""

import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import Enum, auto
from typing import Any

from flask_babel import LazyString
from flask_babel import gettext as _

from abm.clock import local_day
from abm.web.acts import settings
from abm.web.i18n import day, money, number, number1
from abm.web.labels import label
from abm.web.sentences import comma

# What a file's cell holds: texts, numbers and days as such, nothing where there is nothing.
Plain = str | int | float | Decimal | date | None


class Cell(Enum):
    """What kind of value a column holds."""

    ACCOUNT = auto()
    CONTACT = auto()
    DEAL = auto()
    CONTRACT = auto()
    TEXT = auto()
    WORD = auto()
    DAY = auto()
    NUMBER = auto()
    MONEY = auto()
    PERCENT = auto()
    MARK = auto()
    # One decimal, as scores are shown; a difference with its sign; so many times; numbers over time.
    POINTS = auto()
    CHANGE = auto()
    TIMES = auto()
    TREND = auto()
    # A stage, with MQA beside it where that is not the stage itself.
    STAGE = auto()
    # What became of it and when.
    TURN = auto()
    # What to do with a row: links only, in no file.
    STEPS = auto()
    COVERAGE_TASK = auto()


@dataclass(frozen=True)
class Column:
    """One column: its head, the value of a row it shows, and what sort of value that is.

    `words` names the enum a WORD is of; a MARK shows its head where the value is true.
    """

    title: LazyString
    name: str
    cell: Cell = Cell.TEXT
    words: str = ""
    # What stands where there is no value: a text, or another value of the row.
    otherwise: "LazyString | Column | None" = None
    # A page is narrower than a file.
    is_on_page: bool = True

    @property
    def is_number(self) -> bool:
        """True for what stands at the right edge."""
        return self.cell in (Cell.NUMBER, Cell.MONEY, Cell.PERCENT, Cell.POINTS, Cell.CHANGE, Cell.TIMES)

    @property
    def is_in_files(self) -> bool:
        """False for what a file has no use for."""
        return self.cell not in (Cell.STEPS, Cell.COVERAGE_TASK)


def shown(row: Any, column: Column) -> str:
    """A cell as a reader sees it."""
    value = getattr(row, column.name)
    if value in (None, [], ()):
        other = column.otherwise
        return shown(row, other) if isinstance(other, Column) else str(other or "")
    show = SHOWN.get(column.cell)
    return show(value, column) if show else str(value)


def plain(row: Any, column: Column) -> Plain:
    """A cell as a file holds it: numbers stay numbers, days stay days."""
    value = getattr(row, column.name)
    if isinstance(value, datetime):
        return local_day(value, settings().zone)
    if column.cell in (Cell.POINTS, Cell.CHANGE, Cell.TIMES) and value is not None:
        return round(float(value), 1)
    if column.cell is Cell.PERCENT and value is not None:
        return round(float(value), 4)
    if column.cell in (Cell.NUMBER, Cell.MONEY, Cell.DAY) and value is not None:
        return value
    return shown(row, column)


def key_of(row: Any) -> str:
    """What a row's check box sends: account, and the person or deal it is about."""
    return "/".join(str(getattr(row, name, None) or "") for name in ("account_id", "contact_id", "deal_id"))


def read_key(text: str) -> tuple[uuid.UUID | None, ...]:
    """The ids a check box sent; nothing that is no id gets through."""
    parts = [*text.split("/"), "", "", ""][:3]
    return tuple(_read_id(part) for part in parts)


def heads(columns: Iterable[Column]) -> list[str]:
    """The heads of a file."""
    return [str(column.title) for column in columns]


def _read_id(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text)
    except ValueError:
        return None


def _word(value: Any, column: Column) -> str:
    if isinstance(value, list):
        return comma().join(label(one, column.words) for one in value)
    return label(value, column.words)


def _percent(value: Any, column: Column) -> str:
    return f"{float(value) * 100:.1f}%"


def _change(value: Any, column: Column) -> str:
    text = number1(abs(value))
    return text if text == number1(0) else f"{'+' if value > 0 else '−'}{text}"


SHOWN: dict[Cell, Callable[[Any, Column], str]] = {
    Cell.WORD: _word,
    Cell.DAY: lambda value, column: day(value),
    Cell.NUMBER: lambda value, column: number(value),
    Cell.MONEY: lambda value, column: money(value),
    Cell.PERCENT: _percent,
    Cell.MARK: lambda value, column: _("Yes") if value else "",
    Cell.STAGE: lambda value, column: label(value, column.words),
    Cell.TURN: lambda value, column: f"{label(value[0], column.words)} {day(value[1])}",
    Cell.POINTS: lambda value, column: number1(value),
    Cell.CHANGE: _change,
    Cell.TIMES: lambda value, column: f"×{number1(value)}",
    Cell.TREND: lambda value, column: " ".join(number1(one) for one in value),
}
