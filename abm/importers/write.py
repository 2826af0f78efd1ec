"""Writing a plan: new records by COPY, changed ones in one statement per table."""

import json
import os
import time
import uuid
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from psycopg import Connection as PsycopgConnection
from psycopg import sql
from sqlalchemy import text
from sqlalchemy.orm import Session

from abm.clock import day_start
from abm.importers.plan import AccountRecord, ContactRecord, Facts, Note, Plan
from abm.words import ConsentBasis, ConsentPurpose, ItemKind, Tier

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


def write_plan(session: Session, plan: Plan, facts: Facts, origin: Origin) -> list[str]:
    """Write what the plan made and changed; answers the contacts whose title changed."""
    accounts = [account for account in facts.accounts.values() if account.is_new]
    contacts = [contact for contact in facts.contacts.values() if contact.is_new]
    _write_accounts(session, accounts, origin)
    _write_domains(session, facts.accounts.values())
    _write_departments(session, plan, origin)
    _write_contacts(session, contacts, origin)
    update_records(session, "accounts", ACCOUNT_FIELDS, [a for a in facts.accounts.values() if a.before])
    update_records(session, "contacts", CONTACT_FIELDS, [c for c in facts.contacts.values() if c.before])
    _write_notes(session, plan.notes, origin)
    _write_consents(session, plan.consents, origin)
    _write_pairs(session, plan, origin)
    return [contact.id for contact in facts.contacts.values() if _weighs_differently(contact)]


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


def new_id() -> str:
    """An id of version 7, made here: ids that follow the clock keep the indexes of a long import in few pages."""
    moment, chance = f"{time.time_ns() // 1_000_000:012x}", os.urandom(9).hex()
    return f"{moment[:8]}-{moment[8:]}-7{chance[:3]}-a{chance[3:6]}-{chance[6:]}"


def _as_text(value: Any) -> str:
    return value.isoformat() if isinstance(value, date | datetime) else str(value)


JSON = json.JSONEncoder(ensure_ascii=False, default=_as_text)


def _write_accounts(session: Session, accounts: Iterable[AccountRecord], origin: Origin) -> None:
    columns = ("id", "name", "normalised_name", *ACCOUNT_FIELDS, "tier", "is_sample", "import_id", "created_at")
    copy_rows(
        session,
        "accounts",
        columns,
        (
            (
                account.id,
                account.fields["name"],
                account.fields["normalised_name"],
                *(account.fields.get(name) for name in ACCOUNT_FIELDS),
                Tier.ONE_TO_MANY.value,
                origin.is_sample,
                origin.import_id,
                origin.at,
            )
            for account in accounts
        ),
    )


def _write_domains(session: Session, accounts: Iterable[AccountRecord]) -> None:
    rows = ((account.id, domain) for account in accounts for domain in account.new_domains)
    copy_rows(session, "account_domains", ("account_id", "domain"), rows)


def _write_departments(session: Session, plan: Plan, origin: Origin) -> None:
    columns = ("id", "account_id", "name", "normalised_name", "import_id", "created_at")
    rows = ((d.id, d.account_id, d.name, d.key, origin.import_id, origin.at) for d in plan.departments)
    copy_rows(session, "departments", columns, rows)


def _write_contacts(session: Session, contacts: Iterable[ContactRecord], origin: Origin) -> None:
    columns = ("id", "account_id", *CONTACT_FIELDS, "email", "language", "is_sample", "import_id", "created_at")
    copy_rows(
        session,
        "contacts",
        columns,
        (
            (
                contact.id,
                contact.account_id,
                *(contact.fields.get(name) for name in CONTACT_FIELDS),
                contact.fields.get("email"),
                origin.language,
                origin.is_sample,
                origin.import_id,
                origin.at,
            )
            for contact in contacts
        ),
    )


def _write_notes(session: Session, notes: Iterable[Note], origin: Origin) -> None:
    columns = ("account_id", "department_id", "contact_id", "kind", "happened_at", "body", "detail")
    copy_rows(session, "timeline_items", (*columns, "by_user_id", "import_id"), _note_rows(notes, origin))


def _note_rows(notes: Iterable[Note], origin: Origin) -> Iterator[tuple[Any, ...]]:
    starts: dict[date, datetime] = {}
    for note in notes:
        if note.on and note.on not in starts:
            starts[note.on] = day_start(note.on, origin.zone)
        happened = starts[note.on] if note.on else origin.at
        yield (
            note.account_id,
            note.department_id,
            note.contact_id,
            ItemKind.NOTE.value,
            happened,
            note.body,
            '{"source": "import"}',
            origin.by,
            origin.import_id,
        )


def _write_consents(session: Session, contact_ids: Iterable[str], origin: Origin) -> None:
    columns = ("contact_id", "purpose", "granted", "basis", "evidence", "at", "by_user_id", "import_id")
    evidence = f"import {origin.import_id}"
    basis = origin.consent.value if origin.consent else None
    rows = (
        (contact, ConsentPurpose.MAIL.value, True, basis, evidence, origin.at, origin.by, origin.import_id)
        for contact in contact_ids
    )
    copy_rows(session, "consents", columns, rows)


def _write_pairs(session: Session, plan: Plan, origin: Origin) -> None:
    statement = text(
        "insert into match_pairs (account_id, other_account_id, strength, evidence, import_id, created_at)"
        " values (:account, :other, :strength, cast(:evidence as jsonb), :import_id, :at) on conflict do nothing"
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
