"""Firms and people on their way through an import: as they are known, as its rows leave them, and what is new."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any, NamedTuple

from abm.customers.match import Candidate, KnownAccounts
from abm.customers.names import person_key
from abm.importers.rows import CustomerRow, Problem
from abm.words import MatchStrength, RowAction


@dataclass(slots=True)
class AccountRecord:
    """An account as it is and as the import will leave it; `before` holds what a change replaces."""

    id: str
    fields: dict[str, Any]
    domains: set[str] = field(default_factory=set)
    notes: set[str] = field(default_factory=set)
    is_new: bool = False
    is_changed: bool = False
    before: dict[str, Any] = field(default_factory=dict)
    new_domains: list[str] = field(default_factory=list)


@dataclass(slots=True)
class ContactRecord:
    """A contact as it is and as the import will leave it."""

    id: str
    account_id: str
    fields: dict[str, Any]
    notes: set[str] = field(default_factory=set)
    consented: bool = False
    refused: bool = False
    is_new: bool = False
    is_changed: bool = False
    before: dict[str, Any] = field(default_factory=dict)


class NewDepartment(NamedTuple):
    """A department that the import makes."""

    id: str
    account_id: str
    name: str
    key: str


class Note(NamedTuple):
    """A memo that becomes a line of the timeline."""

    account_id: str
    contact_id: str | None
    department_id: str | None
    body: str
    on: date | None


@dataclass(frozen=True)
class Pair:
    """Two accounts that a person should look at."""

    account_id: str
    other_id: str
    candidate: Candidate
    parent_id: str | None


class PlannedRow(NamedTuple):
    """What becomes of one row; a tuple because a file has a million, and frozen dataclasses are slower to make."""

    line: int
    action: RowAction
    problems: tuple[Problem, ...]
    strength: MatchStrength | None = None
    review: bool = False
    account_id: str | None = None
    contact_id: str | None = None
    before: dict[str, Any] | None = None
    fingerprint: bytes | None = None


@dataclass
class Facts:
    """What the database knows about the firms and people of a file."""

    matching: KnownAccounts = field(default_factory=KnownAccounts)
    accounts: dict[str, AccountRecord] = field(default_factory=dict)
    contacts: dict[str, ContactRecord] = field(default_factory=dict)
    by_address: dict[str, str] = field(default_factory=dict)
    # People without an address, by account and name.
    by_name: dict[tuple[str, str], str] = field(default_factory=dict)
    departments: dict[tuple[str, str], str] = field(default_factory=dict)
    seen: dict[bytes, tuple[str, str | None]] = field(default_factory=dict)
    # What these rows touched, and the digests of (account, name as this file types it) of all rows so far.
    touched: "Touched" = field(default_factory=lambda: Touched())
    listed: set[int] = field(default_factory=set)

    def carry(self, earlier: "Facts", rows: Iterable[CustomerRow]) -> None:
        """Know what the rows before these left, as far as these can ask: it may not be in the database yet."""
        told, self.listed = earlier.touched, earlier.listed
        for account_id in told.accounts:
            account = self.accounts[account_id] = earlier.accounts[account_id]
            account.before, account.new_domains = {}, []
            self.matching.add(earlier.matching.by_id[account_id])
        self.departments.update(told.departments)
        for contact_id in told.nameable | {found for row in rows if (found := earlier.find(row))}:
            contact = earlier.contacts[contact_id]
            contact.before = {}
            self.know_contact(contact)
        self.seen.update((row.fingerprint, seen) for row in rows if (seen := told.seen.get(row.fingerprint)))

    def find(self, row: CustomerRow) -> str | None:
        """The person of a row that stands among these, by its digest or its address."""
        told = self.touched
        known = told.seen.get(row.fingerprint, (None, None))[1] or self.by_address.get(row.email or "")
        return known if known in told.contacts else None

    def know_contact(self, contact: ContactRecord) -> None:
        """Find this person by address, else by name within the account."""
        self.contacts[contact.id] = contact
        if address := contact.fields["email"]:
            self.by_address[address.casefold()] = contact.id
            self.matching.add_address(address.casefold(), contact.account_id)
        else:
            self.by_name[contact.account_id, person_key(contact.fields["full_name"])] = contact.id


@dataclass
class Touched:
    """Whom the rows of one piece are about, and what they made beside accounts and contacts."""

    accounts: set[str] = field(default_factory=set)
    contacts: set[str] = field(default_factory=set)
    # Those without an address, who are known by name.
    nameable: set[str] = field(default_factory=set)
    departments: dict[tuple[str, str], str] = field(default_factory=dict)
    seen: dict[bytes, tuple[str, str | None]] = field(default_factory=dict)


@dataclass
class Plan:
    """Rows and what they come to, ready to be shown or applied."""

    rows: list[PlannedRow] = field(default_factory=list)
    accounts: list[AccountRecord] = field(default_factory=list)
    contacts: list[ContactRecord] = field(default_factory=list)
    departments: list[NewDepartment] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    pairs: list[Pair] = field(default_factory=list)
    consents: list[str] = field(default_factory=list)
