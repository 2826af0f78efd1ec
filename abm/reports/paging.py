"""Pages of long lists."""

from dataclasses import dataclass
from typing import Generic, TypeVar

Row = TypeVar("Row")

PAGE_LENGTH = 50


@dataclass(frozen=True)
class Page(Generic[Row]):
    """The rows of one page and how many there are in all."""

    rows: tuple[Row, ...]
    total: int
    number: int
    length: int = PAGE_LENGTH

    @property
    def last(self) -> int:
        """The number of the last page; an empty list has one page."""
        return last_page(self.total, self.length)

    @property
    def first_row(self) -> int:
        """The place of the first row shown, counted from 1; 0 when there is none."""
        return (self.number - 1) * self.length + 1 if self.rows else 0

    @property
    def last_row(self) -> int:
        """The place of the last row shown."""
        return (self.number - 1) * self.length + len(self.rows)


def last_page(total: int, length: int) -> int:
    """The number of the last page; an empty list has one page."""
    return max(1, -(-total // length))


def page_within(number: int, total: int, length: int) -> int:
    """The page asked for, or the nearest there is."""
    return min(max(1, number), last_page(total, length))
