"""Records of deals, contracts, tickets and orders on their way from a file: as read, as known, as they will be."""

import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from abm.importers.layouts import Layout, Values


@dataclass(frozen=True)
class SoldRow:
    """The record of one row, as far as it could be read; product and owner by name."""

    values: Values
    product: str | None
    owner: str | None


@dataclass(frozen=True)
class SoldRecord:
    """A record that a row makes or changes; `before` holds what a change replaces."""

    line: int
    id: str
    is_new: bool
    account_id: str
    contact_id: str | None
    department_id: str | None
    values: Values
    before: Values = field(default_factory=dict)


@dataclass(frozen=True)
class KnownRecord:
    """A record as it stands, or as the rows above will leave it."""

    id: str
    account_id: str
    values: Values


@dataclass
class Known:
    """What the database knows of the names in a file; rows add what they bring."""

    layout: Layout
    today: date
    new_id: Callable[[], str]
    owners: Mapping[str, str] = field(default_factory=dict)
    products: dict[str, str] = field(default_factory=dict)
    # Products the file names first: id by the name as typed.
    new_products: dict[str, str] = field(default_factory=dict)
    _records: dict[tuple[Any, ...], KnownRecord] = field(default_factory=dict)

    def product_id(self, name: str) -> str:
        """The product of this name or code; a new one when there is none."""
        if folded(name) not in self.products:
            self.products[folded(name)] = self.new_products[name] = self.new_id()
        return self.products[folded(name)]

    def add(self, record: KnownRecord) -> None:
        """Know this record by its number and by what it says."""
        for key in self._keys(record.account_id, record.values):
            self._records.setdefault(key, record)

    def find(self, account_id: str, values: Values) -> KnownRecord | None:
        """The record that is meant: of this number, else one of this account that has none and says the same."""
        return next((found for key in self._keys(account_id, values) if (found := self._records.get(key))), None)

    def of_number(self, values: Values) -> KnownRecord | None:
        """The record of the number in these values."""
        number = values.get("number")
        return self._records.get((folded(number),)) if number else None

    def _keys(self, account_id: str, values: Values) -> list[tuple[Any, ...]]:
        if number := values.get("number"):
            return [(folded(number),)]
        told = (values.get(name) for name in ("ordered_on", "opened_on", "starts_on"))
        return [(account_id, folded(values.get(self.layout.title) or ""), *told)]


def folded(name: str) -> str:
    """A name in one writing: width, case and spaces do not matter."""
    return "".join(unicodedata.normalize("NFKC", name).casefold().split())
