"""Taking an import back: what it made goes, what it changed gets its old value, what others use is archived."""

import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import Any, cast

from sqlalchemy import CursorResult, delete, select, text
from sqlalchemy.orm import Session, defer

from abm.customers.refolds import ask_refold
from abm.errors import Conflict, NotFound
from abm.importers.apply import HEAVIER, one_at_a_time
from abm.importers.custom import take_back_custom
from abm.importers.minutes import take_back_minutes
from abm.importers.sold_undo import take_back_sold
from abm.importers.unmerge import part_merged
from abm.importers.unused import delete_unused
from abm.importers.write import ACCOUNT_FIELDS, CONTACT_FIELDS, TYPES
from abm.models import AccountDomain, Import
from abm.queue import enqueue
from abm.words import ImportState
from campaigns.enrollments import end_of_archived


def undo_import(session: Session, import_id: uuid.UUID, at: datetime) -> dict[str, Any]:
    """Take back what an applied import made and changed; what got a history since is archived, and later edits stay."""
    one_at_a_time(session)
    record = session.scalar(
        select(Import).where(Import.id == import_id).options(defer(Import.content)).with_for_update()
    )
    if record is None:
        raise NotFound(f"no import {import_id}; the list of imports shows their ids")
    if record.state == ImportState.UNDONE:
        return dict(record.counts["undone"])
    if record.state not in (ImportState.APPLIED, ImportState.UNDOING):
        raise Conflict("this import was never applied: there is nothing to undo")
    result: dict[str, Any] = {"import": str(import_id), "undone": True}
    result["unmerged"] = part_merged(session, import_id, at)
    result |= _take_back_facts(session, import_id)
    result |= _restore(session, import_id, record)
    result["restored"] += take_back_custom(session, import_id)
    result["restored"] += take_back_minutes(session, import_id)
    result |= take_back_sold(session, import_id, at)
    result |= _take_back_records(session, import_id, at)
    _ask_again(session, import_id, at)
    record.state, record.undone_at = ImportState.UNDONE.value, at
    record.counts = {**record.counts, "undone": result}
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
        taken[noun] = _count(session, f"delete from {table} where import_id = :id", id=import_id)  # noqa: S608
    # What a person confirmed or dismissed was that person's act, and the same memo shall not ask again.
    heard = "delete from suggestions where import_id = :id and state = 'open' returning 1"
    taken["suggestions"] = len(_run(session, heard, id=import_id))
    _run(
        session,
        "delete from webinars w where import_id = :id"
        " and not exists (select 1 from events e where e.webinar_id = w.id)"
        # Mails that lead to it may have left already.
        " and not exists (select 1 from links l where l.webinar_id = w.id) returning 1",
        id=import_id,
    )
    return {"deleted": taken}


def _restore(session: Session, import_id: uuid.UUID, record: Import) -> dict[str, Any]:
    """Put old values back where the import's own still stand; what somebody changed since stays."""
    restored = _put_back(session, "accounts", "account", ACCOUNT_FIELDS, import_id)
    restored += _put_back(session, "contacts", "contact", CONTACT_FIELDS, import_id)
    ask_refold(session, session.scalars(HEAVIER, {"id": import_id}))
    for account_id, domain in record.found.get("added_domains", ()):
        owned = delete(AccountDomain).where(AccountDomain.account_id == uuid.UUID(account_id))
        session.execute(owned.where(AccountDomain.domain == domain))
    return {"restored": restored}


def _put_back(session: Session, table: str, noun: str, fields: Sequence[str], import_id: uuid.UUID) -> int:
    """Several rows may have changed one field: the first knows what stood before, the last what stands there now."""
    sets = ", ".join(
        f"{f} = case when v.{f}_changed and t.{f} is not distinct from v.{f}_new then v.{f}_old else t.{f} end"
        for f in fields
    )
    columns = ", ".join(
        f"{f}_changed boolean, {f}_old {TYPES.get(f, 'text')}, {f}_new {TYPES.get(f, 'text')}" for f in fields
    )
    statement = f"""
        with changed as (
            select r.{noun}_id as id, f.key as field,
                (array_agg(f.value -> 'old' order by r.line))[1] as old,
                (array_agg(f.value -> 'new' order by r.line desc))[1] as new
            from import_rows r cross join lateral jsonb_each(r.before -> '{noun}') f
            where r.import_id = :id and r.before is not null
            group by 1, 2
        ), told as (
            select id, jsonb_object_agg(field || '_changed', true) || jsonb_object_agg(field || '_old', old)
                || jsonb_object_agg(field || '_new', new) as document
            from changed group by id
        )
        update {table} t set {sets}
        from told cross join lateral jsonb_to_record(told.document) as v({columns}) where t.id = told.id
        """  # noqa: S608  # names are our own constants
    return _count(session, statement, id=import_id)


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


def _ask_again(session: Session, import_id: uuid.UUID, at: datetime) -> None:
    """Stages follow what is left."""
    _count(
        session,
        "update accounts set evaluate_at = :at where id in (select account_id from import_rows where import_id = :id)",
        id=import_id,
        at=at,
    )
    enqueue(session, "fold_events")
    enqueue(session, "evaluate_accounts")


def _count(session: Session, statement: str, **values: Any) -> int:
    """How many rows a statement changed."""
    return cast(CursorResult[Any], session.execute(text(statement), values)).rowcount


def _run(session: Session, statement: str, **values: Any) -> list[Any]:
    return list(session.execute(text(statement), values))
