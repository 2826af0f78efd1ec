"""Writing a plan: new records by COPY, changed ones by set, those that stood before the import at its very end."""

import json
import secrets
import time
import uuid
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import count
from operator import itemgetter
from typing import Any
from zoneinfo import ZoneInfo

from psycopg import Connection as PsycopgConnection
from psycopg import sql
from sqlalchemy import TextClause, text
from sqlalchemy.orm import Session

from abm.clock import day_start
from abm.importers.copying import Cells, Copier
from abm.importers.pending import Pending
from abm.importers.records import AccountRecord, ContactRecord, Facts, Note, Pair, Plan
from abm.words import ConsentBasis, ConsentPurpose, ItemKind, RowAction, Tier

ACCOUNT_FIELDS = (
    "corporate_number",
    "postcode",
    "prefecture",
    "address",
    "industry",
    "closing_month",
    "last_contacted_on",
)
CONTACT_FIELDS = (
    "department_id",
    "full_name",
    "family_name",
    "given_name",
    "kana",
    "title",
    "seniority",
    "job_function",
    "phone",
    "phone_typed",
    "memo",
    "last_contacted_on",
)
CONTACT_TEXTS = (*(name for name in CONTACT_FIELDS if name != "last_contacted_on"), "email")
ORIGIN_COLUMNS = ("is_sample", "import_id", "created_at")
ACCOUNT_COLUMNS = ("id", "name", "normalised_name", *ACCOUNT_FIELDS, "tier", *ORIGIN_COLUMNS)
SEEN_COLUMNS = ("import_id", "line", "action", "values", "fingerprint", "account_id", "contact_id", "applied_at")
# What the rows below need to know of a record that this import changes.
KNOWN_OF_ACCOUNT = ("id", "name", "normalised_name", "phone", *ACCOUNT_FIELDS)
KNOWN_OF_CONTACT = ("id", "account_id", *CONTACT_TEXTS, "last_contacted_on")
DEPARTMENT_COLUMNS = ("id", "account_id", "name", "normalised_name", "import_id", "created_at")
CONTACT_COLUMNS = ("id", "account_id", *CONTACT_TEXTS, "last_contacted_on", "language", *ORIGIN_COLUMNS)
NOTE_COLUMNS = (
    "account_id",
    "department_id",
    "contact_id",
    "happened_at",
    "body",
    "kind",
    "detail",
    "by_user_id",
    "import_id",
)
CONSENT_COLUMNS = ("contact_id", "purpose", "granted", "basis", "evidence", "at", "by_user_id", "import_id")
TYPES = {"department_id": "uuid", "closing_month": "bigint", "last_contacted_on": "date"}
# Rows per statement: large enough to be set-based, small enough for one parameter.
BATCH = 5_000


@dataclass(frozen=True)
class Origin:
    """Which import writes, when, for whom, and what it says about its people."""

    import_id: uuid.UUID
    at: datetime
    zone: ZoneInfo
    by: uuid.UUID | None
    is_sample: bool
    consent: ConsentBasis | None
    language: str


class PlanWriter:
    """Writes the plan of one piece after another: new records into their tables, changes of older ones at the end.

    Until then those wait beside their tables, so that nobody has to wait for a long import. What is `only_planned`
    goes there altogether.
    """

    def __init__(self, session: Session, copier: Copier, origin: Origin, *, only_planned: bool) -> None:
        self._session = session
        self._copier = copier
        self._origin = origin
        self._only_planned = only_planned
        self._numbers = count()
        self.pending = Pending(session)

    def write(self, plan: Plan, facts: Facts, *, is_last: bool) -> None:
        """Send what was decided about a piece; behind the last one nobody will look for what is only planned."""
        if self._only_planned and is_last:
            return
        self._write_new(plan, facts)
        self._write_changes(facts, is_last=is_last)
        if self._only_planned:
            self.pending.put(self._copier, "import_rows", SEEN_COLUMNS, _seen_rows(facts, self._origin, self._numbers))
        if plan.pairs and not self._only_planned:
            self._copier.ask(_write_pairs, self._session, plan.pairs, self._origin)

    def finish(self) -> None:
        """Bring in what waits; from here to the commit others wait for the records that changed."""
        self._copier.wait()
        if not self._only_planned:
            for table, fields in (("accounts", ACCOUNT_FIELDS), ("contacts", CONTACT_FIELDS)):
                if table in self.pending:
                    self._session.execute(_bring_in(table, fields))
        self.pending.drop()

    def _write_new(self, plan: Plan, facts: Facts) -> None:
        origin = self._origin
        touched = (facts.accounts[account_id] for account_id in facts.touched.accounts)
        domains = ((account.id, domain) for account in touched for domain in account.new_domains)
        made = _origin_cells(origin)
        self._put("accounts", ACCOUNT_COLUMNS, _account_rows(plan.accounts), (Tier.ONE_TO_MANY, *made))
        self._put("account_domains", ("account_id", "domain"), domains)
        self._put("departments", DEPARTMENT_COLUMNS, plan.departments, made[1:])
        self._put("contacts", CONTACT_COLUMNS, _contact_rows(plan.contacts), (origin.language, *made))
        self._put("timeline_items", NOTE_COLUMNS, _note_rows(plan.notes, origin), _note_cells(origin))
        self._put("consents", CONSENT_COLUMNS, ((contact,) for contact in plan.consents), _consent_cells(origin))
        for account in plan.accounts:
            account.is_changed = False
        for contact in plan.contacts:
            contact.is_changed = False

    def _write_changes(self, facts: Facts, *, is_last: bool) -> None:
        accounts = [a for key in facts.touched.accounts if (a := facts.accounts[key]).is_changed]
        contacts = [c for key in facts.touched.contacts if (c := facts.contacts[key]).is_changed]
        self._change("accounts", ACCOUNT_FIELDS, KNOWN_OF_ACCOUNT, accounts, is_last)
        self._change("contacts", CONTACT_FIELDS, KNOWN_OF_CONTACT, contacts, is_last)

    def _change(
        self,
        table: str,
        fields: Sequence[str],
        columns: Sequence[str],
        records: Sequence[AccountRecord | ContactRecord],
        is_last: bool,
    ) -> None:
        # What this import made itself nobody else sees; of what waits beside the table the newest must wait there, too.
        at_once = is_last and table not in self.pending
        written = [r for r in records if (r.is_new or at_once) and not self._only_planned]
        kept = [r for r in records if self._only_planned or not (r.is_new or at_once)]
        if written:
            self._copier.ask(update_records, self._session, table, fields, _as_rows(written, fields))
        self.pending.take_out(self._copier, table, [record.id for record in kept])
        self.pending.put(self._copier, table, (*columns, "import_id"), _changed_rows(kept, columns, self._origin))
        for record in records:
            record.is_changed = False

    def _put(self, table: str, columns: Sequence[str], rows: Iterable[Cells], ending: Cells = ()) -> None:
        if self._only_planned:
            self.pending.put(self._copier, table, columns, rows, ending)
        else:
            self._copier.copy(table, columns, rows, ending)


def copy_rows(session: Session, table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """COPY rows into a table inside the session's transaction."""
    connection = session.connection().connection.driver_connection
    assert isinstance(connection, PsycopgConnection)
    statement = sql.SQL("copy {} ({}) from stdin").format(
        sql.Identifier(table), sql.SQL(", ").join(map(sql.Identifier, columns))
    )
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        for row in rows:
            copy.write_row(row)


def update_records(session: Session, table: str, fields: Sequence[str], rows: Sequence[dict[str, Any]]) -> None:
    """Bring these fields into the rows of these ids, a batch a statement."""
    names = ", ".join(f"{name} = v.{name}" for name in fields)
    columns = ", ".join(f"{name} {TYPES.get(name, 'text')}" for name in fields)
    statement = text(
        f"update {table} t set {names}"  # noqa: S608  # names are our own constants
        f" from jsonb_to_recordset(cast(:rows as jsonb)) as v(id uuid, {columns}) where t.id = v.id"
    )
    for start in range(0, len(rows), BATCH):
        session.execute(statement, {"rows": to_json(rows[start : start + BATCH])})


def to_json(value: Any) -> str:
    """JSON for a jsonb column, with dates as text."""
    return JSON.encode(value)


def as_cell(value: Any) -> str | None:
    """A value as COPY takes it."""
    return None if value is None else value if type(value) is str else str(value)


def new_id() -> str:
    """An id of version 7, made here: ids that follow the clock keep the indexes of a long import in few pages."""
    moment, rest = time.time_ns() // 1_000_000, f"{secrets.randbits(72):018x}"
    return f"{moment >> 16:08x}-{moment & 0xFFFF:04x}-7{rest[:3]}-a{rest[3:6]}-{rest[6:]}"


def id_maker() -> Callable[[], str]:
    """Makes ids for one import: the first by clock and chance, from there they are counted on (RFC 9562, 6.2)."""
    first = new_id()
    # Half of the range is left to count through.
    numbers = count(int(first[24:], 16) >> 1)
    return lambda: f"{first[:24]}{next(numbers):012x}"


def _as_text(value: Any) -> str:
    return value.isoformat() if isinstance(value, date | datetime) else str(value)


JSON = json.JSONEncoder(ensure_ascii=False, default=_as_text)


def _as_rows(records: Iterable[AccountRecord | ContactRecord], fields: Sequence[str]) -> list[dict[str, Any]]:
    return [{"id": record.id, **{name: record.fields.get(name) for name in fields}} for record in records]


def _changed_rows(
    records: Iterable[AccountRecord | ContactRecord], columns: Sequence[str], origin: Origin
) -> Iterator[Cells]:
    for record in records:
        home = {"account_id": record.account_id} if isinstance(record, ContactRecord) else {}
        told = {"id": record.id, **home, **record.fields}
        yield *[as_cell(told.get(name)) for name in columns], str(origin.import_id) if record.is_new else None


def _seen_rows(facts: Facts, origin: Origin, numbers: Iterator[int]) -> Iterator[Cells]:
    """Rows by their digest, so that the same row further down is known again."""
    import_id, at = str(origin.import_id), origin.at.isoformat()
    for print_, (account, contact) in facts.touched.seen.items():
        told = (RowAction.UNCHANGED.value, "{}", f"\\x{print_.hex()}", account, contact, at)
        yield import_id, str(next(numbers)), *told


def _bring_in(table: str, fields: Sequence[str]) -> TextClause:
    names = ", ".join(f"{name} = p.{name}" for name in fields)
    return text(f"update {table} t set {names} from pg_temp.pending_{table} p where t.id = p.id")  # noqa: S608


def _account_rows(accounts: Iterable[AccountRecord]) -> Iterator[Cells]:
    for account in accounts:
        fields = account.fields
        told = [as_cell(fields.get(name)) for name in ACCOUNT_FIELDS]
        yield account.id, fields["name"], fields["normalised_name"], *told


def _contact_rows(contacts: Iterable[ContactRecord]) -> Iterator[Cells]:
    texts_of = itemgetter(*CONTACT_TEXTS)
    for contact in contacts:
        fields = contact.fields
        yield contact.id, contact.account_id, *texts_of(fields), as_cell(fields["last_contacted_on"])


def _note_rows(notes: Iterable[Note], origin: Origin) -> Iterator[Cells]:
    starts: dict[date | None, str] = {None: origin.at.isoformat()}
    for account_id, contact_id, department_id, body, on in notes:
        if on and on not in starts:
            starts[on] = day_start(on, origin.zone).isoformat()
        yield account_id, department_id, contact_id, starts[on], body


def _note_cells(origin: Origin) -> Cells:
    return ItemKind.NOTE, '{"source": "import"}', as_cell(origin.by), str(origin.import_id)


def _consent_cells(origin: Origin) -> Cells:
    import_id, at = str(origin.import_id), origin.at.isoformat()
    return ConsentPurpose.MAIL, "t", origin.consent, f"import {import_id}", at, as_cell(origin.by), import_id


def _origin_cells(origin: Origin) -> tuple[str, str, str]:
    return "t" if origin.is_sample else "f", str(origin.import_id), origin.at.isoformat()


def _write_pairs(session: Session, pairs: Sequence[Pair], origin: Origin) -> None:
    statement = text(
        "insert into match_pairs (account_id, other_account_id, strength, evidence, import_id, created_at)"
        " select :account, :other, :strength, cast(:evidence as jsonb), :import_id, :at"
        # What was asked the other way round, and perhaps answered, is not asked again.
        " where not exists (select from match_pairs where account_id = :other and other_account_id = :account)"
        " on conflict do nothing"
    )
    rows = [
        {
            "account": pair.account_id,
            "other": pair.other_id,
            "strength": pair.candidate.strength.value,
            "evidence": to_json([_evidence(pair.candidate.evidence, pair.parent_id)]),
            "import_id": origin.import_id,
            "at": origin.at,
        }
        for pair in pairs
    ]
    if rows:
        session.execute(statement, rows)


def _evidence(evidence: Any, parent_id: str | None) -> dict[str, Any]:
    shown = {"rule": evidence.rule.value, "ours": evidence.ours, "theirs": evidence.theirs}
    return {**shown, "proposal": "parent_and_subsidiary", "parent_id": parent_id} if parent_id else shown
