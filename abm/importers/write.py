"""Writing a plan: new records by COPY, changed ones in one statement per table."""

import json
import os
import time
import uuid
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from psycopg import Connection as PsycopgConnection
from psycopg import sql
from sqlalchemy import text
from sqlalchemy.orm import Session

from abm.clock import day_start
from abm.importers.copying import Cells, Copier
from abm.importers.plan import AccountRecord, ContactRecord, Facts, NewDepartment, Note, Plan
from abm.words import ConsentBasis, ConsentPurpose, ItemKind, Tier

R = TypeVar("R")

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
    "phone",
    "phone_typed",
    "memo",
    "last_contacted_on",
)
CONTACT_TEXTS = (*(name for name in CONTACT_FIELDS if name != "last_contacted_on"), "email")
ORIGIN_COLUMNS = ("is_sample", "import_id", "created_at")
ACCOUNT_COLUMNS = ("id", "name", "normalised_name", *ACCOUNT_FIELDS, "tier", *ORIGIN_COLUMNS)
DEPARTMENT_COLUMNS = ("id", "account_id", "name", "normalised_name", "import_id", "created_at")
CONTACT_COLUMNS = ("id", "account_id", *CONTACT_TEXTS, "last_contacted_on", "language", *ORIGIN_COLUMNS)
NOTE_COLUMNS = (
    "account_id",
    "department_id",
    "contact_id",
    "kind",
    "happened_at",
    "body",
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
    """Writes a plan while it is made: new records as soon as they are decided, changes when all is."""

    def __init__(self, copier: Copier, plan: Plan, facts: Facts, origin: Origin) -> None:
        self._copier = copier
        self._plan = plan
        self._facts = facts
        self._origin = origin
        self._written: defaultdict[str, int] = defaultdict(int)

    def write_decided(self) -> None:
        """Send what was decided since the last call; what later rows change of it is brought in at the end."""
        accounts, contacts = self._fresh("accounts", self._plan.accounts), self._fresh("contacts", self._plan.contacts)
        departments = self._fresh("departments", self._plan.departments)
        self._copier.copy("accounts", ACCOUNT_COLUMNS, _account_rows(accounts, self._origin))
        self._copier.copy("departments", DEPARTMENT_COLUMNS, _department_rows(departments, self._origin))
        self._copier.copy("contacts", CONTACT_COLUMNS, _contact_rows(contacts, self._origin))
        notes, consents = self._fresh("notes", self._plan.notes), self._fresh("consents", self._plan.consents)
        self._copier.copy("timeline_items", NOTE_COLUMNS, _note_rows(notes, self._origin))
        self._copier.copy("consents", CONSENT_COLUMNS, _consent_rows(consents, self._origin))
        for account in accounts:
            account.is_changed = False
        for contact in contacts:
            contact.is_changed = False

    def write_changes(self, session: Session) -> list[str]:
        """Bring in what belongs to records that stand already; answers the contacts whose title changed."""
        accounts, contacts = self._facts.accounts.values(), self._facts.contacts.values()
        domains = ((account.id, domain) for account in accounts for domain in account.new_domains)
        self._copier.copy("account_domains", ("account_id", "domain"), domains)
        self._copier.wait()
        update_records(session, "accounts", ACCOUNT_FIELDS, [account for account in accounts if account.is_changed])
        update_records(session, "contacts", CONTACT_FIELDS, [contact for contact in contacts if contact.is_changed])
        _write_pairs(session, self._plan, self._origin)
        return [contact.id for contact in contacts if _weighs_differently(contact)]

    def _fresh(self, name: str, records: list[R]) -> list[R]:
        fresh = records[self._written[name] :]
        self._written[name] = len(records)
        return fresh


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


def update_records(
    session: Session, table: str, fields: Sequence[str], records: Sequence[AccountRecord | ContactRecord]
) -> None:
    """Bring these records' fields into their rows, a batch a statement."""
    names = ", ".join(f"{name} = v.{name}" for name in fields)
    columns = ", ".join(f"{name} {TYPES.get(name, 'text')}" for name in fields)
    statement = text(
        f"update {table} t set {names}"  # noqa: S608  # names are our own constants
        f" from jsonb_to_recordset(cast(:rows as jsonb)) as v(id uuid, {columns}) where t.id = v.id"
    )
    for start in range(0, len(records), BATCH):
        rows = [{"id": r.id, **{f: r.fields.get(f) for f in fields}} for r in records[start : start + BATCH]]
        session.execute(statement, {"rows": to_json(rows)})


def to_json(value: Any) -> str:
    """JSON for a jsonb column, with dates as text."""
    return JSON.encode(value)


def as_cell(value: Any) -> str | None:
    """A value as COPY takes it."""
    return None if value is None else value if type(value) is str else str(value)


def new_id() -> str:
    """An id of version 7, made here: ids that follow the clock keep the indexes of a long import in few pages."""
    moment, chance = f"{time.time_ns() // 1_000_000:012x}", os.urandom(9).hex()
    return f"{moment[:8]}-{moment[8:]}-7{chance[:3]}-a{chance[3:6]}-{chance[6:]}"


def _as_text(value: Any) -> str:
    return value.isoformat() if isinstance(value, date | datetime) else str(value)


JSON = json.JSONEncoder(ensure_ascii=False, default=_as_text)


def _account_rows(accounts: Iterable[AccountRecord], origin: Origin) -> Iterator[Cells]:
    common = (Tier.ONE_TO_MANY.value, *_origin_cells(origin))
    for account in accounts:
        fields = account.fields
        yield (
            account.id,
            fields["name"],
            fields["normalised_name"],
            *[as_cell(fields.get(name)) for name in ACCOUNT_FIELDS],
            *common,
        )


def _department_rows(departments: Iterable[NewDepartment], origin: Origin) -> Iterator[Cells]:
    import_id, at = str(origin.import_id), origin.at.isoformat()
    for department in departments:
        yield department.id, department.account_id, department.name, department.key, import_id, at


def _contact_rows(contacts: Iterable[ContactRecord], origin: Origin) -> Iterator[Cells]:
    common = (origin.language, *_origin_cells(origin))
    for contact in contacts:
        fields = contact.fields
        cells = [fields.get(name) for name in CONTACT_TEXTS]
        yield contact.id, contact.account_id, *cells, as_cell(fields.get("last_contacted_on")), *common


def _note_rows(notes: Iterable[Note], origin: Origin) -> Iterator[Cells]:
    starts: dict[date, str] = {}
    import_id, at, by = str(origin.import_id), origin.at.isoformat(), as_cell(origin.by)
    for note in notes:
        if note.on and note.on not in starts:
            starts[note.on] = day_start(note.on, origin.zone).isoformat()
        yield (
            note.account_id,
            note.department_id,
            note.contact_id,
            ItemKind.NOTE.value,
            starts[note.on] if note.on else at,
            note.body,
            '{"source": "import"}',
            by,
            import_id,
        )


def _consent_rows(contact_ids: Iterable[str], origin: Origin) -> Iterator[Cells]:
    basis = origin.consent.value if origin.consent else None
    import_id, at, by = str(origin.import_id), origin.at.isoformat(), as_cell(origin.by)
    for contact in contact_ids:
        yield contact, ConsentPurpose.MAIL.value, "t", basis, f"import {import_id}", at, by, import_id


def _origin_cells(origin: Origin) -> tuple[str, str, str]:
    return "t" if origin.is_sample else "f", str(origin.import_id), origin.at.isoformat()


def _write_pairs(session: Session, plan: Plan, origin: Origin) -> None:
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
        for pair in plan.pairs
    ]
    if rows:
        session.execute(statement, rows)


def _evidence(evidence: Any, parent_id: str | None) -> dict[str, Any]:
    shown = {"rule": evidence.rule.value, "ours": evidence.ours, "theirs": evidence.theirs}
    return {**shown, "proposal": "parent_and_subsidiary", "parent_id": parent_id} if parent_id else shown


def _weighs_differently(contact: ContactRecord) -> bool:
    return "seniority" in contact.before and contact.before["seniority"] != contact.fields["seniority"]
