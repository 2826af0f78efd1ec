"""Taking an import back: what it made goes, what it changed gets its old value, what others use is archived."""

import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select, text
from sqlalchemy.orm import Session

from abm.customers.refolds import ask_refold
from abm.errors import Conflict, NotFound
from abm.importers.custom import take_back_custom
from abm.importers.sold_undo import take_back_sold
from abm.importers.unused import delete_unused
from abm.importers.write import ACCOUNT_FIELDS, BATCH, CONTACT_FIELDS, TYPES, to_json
from abm.models import AccountDomain, AuditEntry, Import, ImportRow
from abm.queue import enqueue
from abm.words import ImportState
from campaigns.enrollments import end_of_archived

# By record: the old and new value of each field the import changed.
Changed = dict[str, dict[str, dict[str, Any]]]


def undo_import(session: Session, import_id: uuid.UUID, at: datetime, by: uuid.UUID | None = None) -> dict[str, Any]:
    """Take back what an applied import made and changed; what got a history since is archived, and later edits stay."""
    record = session.scalar(select(Import).where(Import.id == import_id).with_for_update())
    if record is None:
        raise NotFound(f"no import {import_id}; the list of imports shows their ids")
    if record.state == ImportState.UNDONE:
        return dict(record.counts["undone"])
    if record.state != ImportState.APPLIED:
        raise Conflict("this import was never applied: there is nothing to undo")
    touched = _touched_accounts(session, import_id)
    result: dict[str, Any] = {"import": str(import_id), "undone": True}
    result |= _take_back_facts(session, import_id)
    result |= _restore(session, import_id, record)
    result["restored"] += take_back_custom(session, import_id)
    result |= take_back_sold(session, import_id, at)
    result |= _take_back_records(session, import_id, at)
    _ask_again(session, touched, at)
    record.state, record.undone_at = ImportState.UNDONE.value, at
    record.counts = {**record.counts, "undone": result}
    session.add(AuditEntry(at=at, user_id=by, act="import.undone", subject="import", subject_id=import_id))
    session.flush()
    return result


def _take_back_facts(session: Session, import_id: uuid.UUID) -> dict[str, Any]:
    """Events, lines of the timeline, consents and pairs of this import; scores fold again without its events."""
    people = _run(session, "select distinct contact_id from events where import_id = :id", id=import_id)
    ask_refold(session, [contact for (contact,) in people])
    taken = {}
    for noun, table in (
        ("events", "events"),
        ("items", "timeline_items"),
        ("consents", "consents"),
        ("pairs", "match_pairs"),
    ):
        taken[noun] = len(_run(session, f"delete from {table} where import_id = :id returning 1", id=import_id))  # noqa: S608
    # What a person confirmed or dismissed was that person's act, and the same memo shall not ask again.
    heard = "delete from suggestions where import_id = :id and state = 'open' returning 1"
    taken["suggestions"] = len(_run(session, heard, id=import_id))
    _run(
        session,
        "delete from webinars w where import_id = :id"
        " and not exists (select 1 from events e where e.webinar_id = w.id) returning 1",
        id=import_id,
    )
    return {"deleted": taken}


def _restore(session: Session, import_id: uuid.UUID, record: Import) -> dict[str, Any]:
    """Put old values back where the import's own still stand; what somebody changed since stays."""
    rows = session.execute(
        select(ImportRow.account_id, ImportRow.contact_id, ImportRow.before)
        .where(ImportRow.import_id == import_id, ImportRow.before.is_not(None))
        .order_by(ImportRow.line)
    )
    accounts: Changed = {}
    contacts: Changed = {}
    for account_id, contact_id, before in rows:
        _join(accounts.setdefault(str(account_id), {}), before.get("account", {}))
        _join(contacts.setdefault(str(contact_id), {}), before.get("contact", {}))
    restored = _put_back(session, "accounts", ACCOUNT_FIELDS, accounts)
    restored += _put_back(session, "contacts", CONTACT_FIELDS, contacts)
    ask_refold(session, [uuid.UUID(person) for person, changed in contacts.items() if "seniority" in changed])
    for account_id, domain in record.found.get("added_domains", ()):
        owned = delete(AccountDomain).where(AccountDomain.account_id == uuid.UUID(account_id))
        session.execute(owned.where(AccountDomain.domain == domain))
    return {"restored": restored}


def _join(changed: dict[str, dict[str, Any]], later: dict[str, dict[str, Any]]) -> None:
    """Two rows may have changed one field: the first knows what stood there before, the last what stands there now."""
    for name, values in later.items():
        changed[name] = {**changed.get(name, values), "new": values["new"]}


def _put_back(session: Session, table: str, fields: Sequence[str], records: Changed) -> int:
    kept = [(record_id, changed) for record_id, changed in records.items() if changed]
    sets = ", ".join(
        f"{f} = case when v.{f}_changed and t.{f} is not distinct from v.{f}_new then v.{f}_old else t.{f} end"
        for f in fields
    )
    columns = ", ".join(
        f"{f}_changed boolean, {f}_old {TYPES.get(f, 'text')}, {f}_new {TYPES.get(f, 'text')}" for f in fields
    )
    statement = (
        f"update {table} t set {sets}"  # noqa: S608  # names are our own constants
        f" from jsonb_to_recordset(cast(:rows as jsonb)) as v(id uuid, {columns}) where t.id = v.id returning 1"
    )
    done = 0
    for start in range(0, len(kept), BATCH):
        done += len(_run(session, statement, rows=to_json([_flat(*one) for one in kept[start : start + BATCH]])))
    return done


def _flat(record_id: str, changed: dict[str, dict[str, Any]]) -> dict[str, Any]:
    flat: dict[str, Any] = {"id": record_id}
    for name, values in changed.items():
        flat |= {f"{name}_changed": True, f"{name}_old": values["old"], f"{name}_new": values["new"]}
    return flat


def _take_back_records(session: Session, import_id: uuid.UUID, at: datetime) -> dict[str, Any]:
    """Contacts, departments and accounts that this import made: gone where nothing hangs on them, else archived."""
    contacts_gone = delete_unused(session, "contacts", "contact_id", import_id)
    contacts_kept = _run(
        session,
        "update contacts set archived_at = :at where import_id = :id and archived_at is null returning id",
        id=import_id,
        at=at,
    )
    end_of_archived(session, [contact for (contact,) in contacts_kept], at)
    departments_gone = delete_unused(session, "departments", "department_id", import_id)
    accounts_gone = delete_unused(session, "accounts", "account_id", import_id)
    # An account keeps living when somebody of another import works there.
    accounts_kept = _run(
        session,
        "update accounts a set archived_at = :at where import_id = :id and archived_at is null and not exists"
        " (select 1 from contacts c where c.account_id = a.id and c.archived_at is null) returning 1",
        id=import_id,
        at=at,
    )
    gone = {"contacts": contacts_gone, "departments": departments_gone, "accounts": accounts_gone}
    return {"gone": gone, "archived": {"contacts": len(contacts_kept), "accounts": len(accounts_kept)}}


def _touched_accounts(session: Session, import_id: uuid.UUID) -> list[str]:
    found = _run(
        session,
        "select distinct account_id from import_rows where import_id = :id and account_id is not null",
        id=import_id,
    )
    return [str(account) for (account,) in found]


def _ask_again(session: Session, accounts: list[str], at: datetime) -> None:
    """Stages follow what is left."""
    _run(
        session,
        "update accounts set evaluate_at = :at where id = any(cast(:ids as uuid[])) returning 1",
        ids=accounts,
        at=at,
    )
    enqueue(session, "fold_events")
    enqueue(session, "evaluate_accounts")


def _run(session: Session, statement: str, **values: Any) -> list[Any]:
    return list(session.execute(text(statement), values))
