"""Files of deals, contracts, tickets and orders: each row is matched as a customer's, and holds one record beside."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import islice
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from abm.customers.names import core_name, legal_kind
from abm.errors import Invalid
from abm.importers import clean
from abm.importers.layouts import LAYOUTS, Values
from abm.importers.pieces import Piece
from abm.importers.plan import Planner
from abm.importers.records import AccountRecord, Facts, PlannedRow
from abm.importers.rows import CustomerRow, Problem, RowReader
from abm.importers.sheet import Line, Sheet
from abm.importers.sold_records import Known, KnownRecord, SoldRecord, SoldRow, folded
from abm.importers.sold_write import accounts_of_numbers, load_known, write_records
from abm.importers.write import Origin, new_id
from abm.words import ImportField, ImportKind, RowAction

F = ImportField
# All rows are decided about together, so that a record named twice is one; more than a firm sells in years.
MOST_ROWS = 100_000


class Sold:
    """One file of records of one noun; subclasses say which."""

    asks = True
    kind: ImportKind

    def __init__(
        self, sheet: Sheet, columns: Mapping[ImportField, int], zone: ZoneInfo, left_out: frozenset[ImportField]
    ) -> None:
        self._layout = LAYOUTS[self.kind]
        self._lines = sheet.rows
        self._header = sheet.header
        self._columns = columns
        self._zone = zone
        self._people = RowReader(sheet, columns)
        self._read: dict[int, SoldRow] = {}
        self._records: list[SoldRecord] = []
        self._record_of: dict[int, str] = {}
        self._known: Known | None = None

    def pieces(self) -> Iterator[Piece]:
        """All at once; raises Invalid when there are too many."""
        lines = list(islice(self._lines, MOST_ROWS + 1))
        if len(lines) > MOST_ROWS:
            raise Invalid(f"more than {MOST_ROWS:,} rows; split the file", f"line {lines[-1][0]}", "too_many_rows")
        yield Piece([self._read_row(line) for line in lines], dict(lines))

    def accounts_of(self, session: Session, piece: Piece) -> Collection[str]:
        """Those whose records have the numbers of this file, whatever the rows call them."""
        return accounts_of_numbers(session, self._layout, self._read.values())

    def decide(self, session: Session, planner: Planner, piece: Piece) -> Sequence[PlannedRow]:
        """Firms and people as ever, and which record each row makes or changes; a row sees those above it."""
        facts = planner.facts
        known = self._known = load_known(session, self._layout, self._read.values(), list(facts.accounts), self._zone)
        self._recall_accounts(facts, piece.rows)
        planner.recall_names(piece.rows)
        return [self._decide_row(row, planner, known) for row in piece.rows]

    def _decide_row(self, row: CustomerRow, planner: Planner, known: Known) -> PlannedRow:
        is_again = row.fingerprint in planner.facts.seen
        planned = planner.decide_row(row, self._account_of(row, planner.facts, known))
        if planned.action == RowAction.REJECT:
            return planned
        if not is_again:
            return self._decide_record(planned, known, planner.facts)
        # Nothing but its custom fields can be new.
        if record := known.find(planned.account_id or "", self._read[row.line].values):
            self._record_of[row.line] = record.id
        return planned

    def _account_of(self, row: CustomerRow, facts: Facts, known: Known) -> str | None:
        """The account of the record of the row's number: a record stays where it is, however a file writes its firm.

        Of several records with one number it is the one whose account is called so.
        """
        values = self._read[row.line].values
        owners = {owner for owner in known.accounts_of_number(values) if owner in facts.accounts}
        if len(owners) > 1:
            core = core_name(row.company)
            owners = {owner for owner in owners if core_name(facts.accounts[owner].fields["name"]) == core}
        return owners.pop() if len(owners) == 1 else None

    def _recall_accounts(self, facts: Facts, rows: Sequence[CustomerRow]) -> None:
        """Whom the rows mean by a name alone: the only account that is called so, be it in another writing.

        Lists of what is sold seldom say more of a company. Where several are called so, people decide, as ever.
        """
        typed, cores = _called(facts, folded), _called(facts, core_name)
        for company in {row.company for row in rows if row.company}:
            same = [key for key in cores.get(core_name(company), ()) if _same_kind(company, facts.accounts[key])]
            of_name = typed.get(folded(company), ()) or same
            if len(of_name) == 1:
                facts.matching.mean(of_name[0], company)

    def write(self, session: Session, facts: Facts, origin: Origin) -> None:
        """The records, and a line on the timeline for each."""
        if self._known and self._records:
            write_records(session, self._known, self._records, origin)

    def records(self) -> Mapping[int, str]:
        """The record of each line, also where the line changes nothing of it."""
        return self._record_of

    def found(self) -> Mapping[str, Any]:
        """Products that the file named first."""
        return {"new_products": list(self._known.new_products.values()) if self._known else []}

    def _read_row(self, line: Line) -> CustomerRow:
        """The row's firm and person; its record is kept aside."""
        row = self._people.read(line)
        values, problems = self._values(line)
        product, owner = (clean.typed_text(self._cell(line, told)) or None for told in (F.PRODUCT, F.OWNER))
        self._read[row.line] = SoldRow(values, product, owner if self._layout.has_owner else None)
        # The memo is the record's own; as a note it would be told twice.
        return replace(row, memo=None, problems=(*row.problems, *problems))

    def _values(self, line: Line) -> tuple[Values, list[Problem]]:
        values: Values = {}
        problems: list[Problem] = []
        for told, (name, read) in self._layout.readers.items():
            typed = self._cell(line, told)
            found = read(typed)
            if found.value is not None:
                values[name] = found.value
            if found.problem:
                problems.append(Problem(found.problem, self._word(told), typed.strip()))
        for told in (F.SUBJECT, F.NUMBER):
            if clean.is_formula(self._cell(line, told)):
                problems.append(Problem("formula", self._word(told), self._cell(line, told).strip()))
        if self._layout.needs_day and self._layout.day not in values:
            problems.append(Problem("no_order_date", self._word(F.ORDERED_ON), self._cell(line, F.ORDERED_ON).strip()))
        return values, problems

    def _decide_record(self, row: PlannedRow, known: Known, facts: Facts) -> PlannedRow:
        """The row with what it means for its record."""
        wanted, problems = self._wanted(self._read[row.line], known)
        row = row._replace(problems=(*row.problems, *problems))
        record = known.find(row.account_id or "", wanted)
        if record is None:
            self._record_of[row.line] = self._make(row, wanted, known, facts)
            return row._replace(action=RowAction.CREATE)
        self._record_of[row.line] = record.id
        if not self._change(row, record, wanted, known):
            return row
        return row._replace(action=RowAction.UPDATE if row.action == RowAction.UNCHANGED else row.action)

    def _wanted(self, read: SoldRow, known: Known) -> tuple[Values, list[Problem]]:
        """What the row says of its record, its product and owner found by name."""
        values, problems = dict(read.values), []
        if read.product:
            values["product_id"] = known.product_id(read.product)
        if read.owner and (owner := known.owners.get(folded(read.owner))):
            values["owner_id"] = owner
        elif read.owner:
            problems.append(Problem("owner_unknown", self._word(F.OWNER), read.owner))
        return values, problems

    def _make(self, row: PlannedRow, wanted: Values, known: Known, facts: Facts) -> str:
        assert row.account_id is not None, "a row that is not rejected has its account"
        contact = facts.contacts.get(row.contact_id or "")
        department = contact.fields.get("department_id") if contact else None
        values = self._layout.complete(wanted, known.today)
        product = self._read[row.line].product
        values[self._layout.title] = values.get(self._layout.title) or values.get("number") or product or "—"
        self._records.append(SoldRecord(row.line, new_id(), True, row.account_id, row.contact_id, department, values))
        known.add(KnownRecord(self._records[-1].id, row.account_id, values))
        return self._records[-1].id

    def _change(self, row: PlannedRow, record: KnownRecord, wanted: Values, known: Known) -> bool:
        """Only what differs, and what follows from it; an empty cell takes nothing away."""
        old = dict(record.values)
        if all(old.get(name) == value for name, value in wanted.items()):
            return False
        whole = self._layout.complete({**old, **wanted}, known.today)
        values = {name: value for name, value in whole.items() if old.get(name) != value}
        before = {name: old.get(name) for name in values}
        record.values.update(values)
        self._records.append(SoldRecord(row.line, record.id, False, record.account_id, None, None, values, before))
        return True

    def _cell(self, line: Line, told: ImportField) -> str:
        at = self._columns.get(told)
        return line[1][at] if at is not None and at < len(line[1]) else ""

    def _word(self, told: ImportField) -> str:
        at = self._columns.get(told)
        return self._header[at] if at is not None and at < len(self._header) else told.value


class Deals(Sold):
    """A list of deals."""

    kind = ImportKind.DEALS


class Contracts(Sold):
    """A list of contracts."""

    kind = ImportKind.CONTRACTS


class Tickets(Sold):
    """A list of support tickets."""

    kind = ImportKind.TICKETS


class Orders(Sold):
    """A list of orders."""

    kind = ImportKind.ORDERS


def _called(facts: Facts, form: Callable[[str], str]) -> dict[str, list[str]]:
    """Accounts by their name in one form."""
    called: dict[str, list[str]] = {}
    for account in facts.accounts.values():
        called.setdefault(form(account.fields["name"]), []).append(account.id)
    return called


def _same_kind(company: str, account: AccountRecord) -> bool:
    """Does neither name say another legal form? 株式会社アシスト and 有限会社アシスト are two firms."""
    return len({legal_kind(company), legal_kind(account.fields["name"])} - {""}) < 2
