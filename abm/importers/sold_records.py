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
    _numbered: dict[str, list[KnownRecord]] = field(default_factory=dict)
    _told: dict[tuple[Any, ...], KnownRecord] = field(default_factory=dict)

    def product_id(self, name: str) -> str:
        """The product of this name or code; a new one when there is none."""
        if folded(name) not in self.products:
            self.products[folded(name)] = self.new_products[name] = self.new_id()
        return self.products[folded(name)]

    def add(self, record: KnownRecord) -> None:
        """Know this record by its number, or, when it has none, by what it says."""
        if number := record.values.get("number"):
            self._numbered.setdefault(folded(number), []).append(record)
        else:
            self._told.setdefault(self._key(record.account_id, record.values), record)

    def find(self, account_id: str, values: Values) -> KnownRecord | None:
        """The record that is meant: of this number, else one of this account that has none and says the same."""
        if values.get("number"):
            return self.of_number(values) or next(
                (record for record in self._of_number(values) if record.account_id == account_id), None
            )
        return self._told.get(self._key(account_id, values))

    def of_number(self, values: Values) -> KnownRecord | None:
        """The record of the number in these values, where only one has it."""
        found = self._of_number(values)
        return found[0] if len(found) == 1 else None

    def accounts_of_number(self, values: Values) -> set[str]:
        """Whose records have the number in these values."""
        return {record.account_id for record in self._of_number(values)}

    def _of_number(self, values: Values) -> list[KnownRecord]:
        number = values.get("number")
        return self._numbered.get(folded(number), []) if number else []

    def _key(self, account_id: str, values: Values) -> tuple[Any, ...]:
        told = (values.get(name) for name in ("ordered_on", "opened_on", "starts_on"))
        return (account_id, folded(values.get(self.layout.title) or ""), *told)


def folded(name: str) -> str:
    """A name in one writing: width, case and spaces do not matter."""
    return "".join(unicodedata.normalize("NFKC", name).casefold().split())
