"""Taking an import back: what it made is deleted, what it changed gets its old value, what others use stays archived."""

import uuid
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from abm.db import Base
from abm.errors import Conflict, NotFound
from abm.models import Import, ImportRow
from abm.queue import enqueue
from abm.words import ImportState, ItemKind

# Tables that only mirror a record, or that say what the system itself found out about it: no reason to keep it.
FOLLOWING = frozenset(
    ("account_domains", "departments", "match_pairs", "import_rows", "contact_scores", "score_entries", "stage_changes")
    + ("refolds", "consents")
)
RESTORED = {
    "account": (
        "accounts",
        ("corporate_number", "postcode", "prefecture", "address", "industry", "closing_month", "last_contacted_on"),
    ),
    "contact": (
        "contacts",
        (
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
        )
        + ("last_contacted_on",),
    ),
}
REFOLD = text("insert into refolds (contact_id) select unnest(cast(:ids as uuid[])) on conflict do nothing")


def undo_import(session: Session, import_id: uuid.UUID, at: datetime) -> dict[str, Any]:
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
    result |= _take_back_records(session, import_id, at)
    _ask_again(session, touched, at)
    record.state, record.undone_at = ImportState.UNDONE.value, at
    record.counts = {**record.counts, "undone": result}
    session.flush()
    return result


def _take_back_facts(session: Session, import_id: uuid.UUID) -> dict[str, Any]:
    """Events, lines of the timeline, consents and pairs of this import; scores fold again without its events."""
    people = _run(session, "select distinct contact_id from events where import_id = :id", id=import_id)
    session.execute(REFOLD, {"ids": [str(contact) for (contact,) in people]})
    taken = {}
    for noun, table in (
        ("events", "events"),
        ("items", "timeline_items"),
        ("consents", "consents"),
        ("pairs", "match_pairs"),
    ):
        taken[noun] = len(_run(session, f"delete from {table} where import_id = :id returning 1", id=import_id))  # noqa: S608
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
        select(ImportRow.account_id, ImportRow.contact_id, ImportRow.before).where(
            ImportRow.import_id == import_id, ImportRow.before.is_not(None)
        )
    ).all()
    restored = 0
    for account_id, contact_id, before in rows:
        for noun, record_id in (("account", account_id), ("contact", contact_id)):
            restored += _put_back(session, noun, record_id, before.get(noun, {}))
    for account_id, domain in record.found.get("added_domains", ()):
        _run(
            session,
            "delete from account_domains where account_id = :account and domain = :domain returning 1",
            account=account_id,
            domain=domain,
        )
    return {"restored": restored}


def _put_back(session: Session, noun: str, record_id: uuid.UUID | None, changed: dict[str, dict[str, Any]]) -> int:
    table, names = RESTORED[noun]
    wanted = [name for name in names if name in changed]
    if record_id is None or not wanted:
        return 0
    # A row's own types decide: text compares equal to dates and ids whatever JSON made of them.
    sets = ", ".join(
        f"{n} = case when {n}::text is not distinct from :new_{n} then cast(cast(:old_{n} as text) as {_type(n)}) else {n} end"
        for n in wanted
    )
    values: dict[str, Any] = {"id": record_id}
    for name in wanted:
        values[f"old_{name}"], values[f"new_{name}"] = _as_text(changed[name]["old"]), _as_text(changed[name]["new"])
    done = _run(session, f"update {table} set {sets} where id = :id returning 1", **values)  # noqa: S608  # our own names
    if "seniority" in wanted:
        session.execute(REFOLD, {"ids": [str(record_id)] if done else []})
    return len(done)


def _take_back_records(session: Session, import_id: uuid.UUID, at: datetime) -> dict[str, Any]:
    """Contacts, departments and accounts that this import made: gone where nothing hangs on them, else archived."""
    made = "import_id = :id and archived_at is null"
    contacts_gone = _delete(session, "contacts", "contact_id", "import_id = :id", import_id)
    contacts_kept = _run(
        session, f"update contacts set archived_at = :at where {made} returning 1", id=import_id, at=at
    )  # noqa: S608
    departments_gone = _delete(session, "departments", "department_id", "import_id = :id", import_id)
    accounts_gone = _delete(session, "accounts", "account_id", "import_id = :id", import_id)
    # An account keeps living when somebody of another import works there.
    accounts_kept = _run(
        session,
        f"update accounts a set archived_at = :at where {made} and not exists"  # noqa: S608
        " (select 1 from contacts c where c.account_id = a.id and c.archived_at is null) returning 1",
        id=import_id,
        at=at,
    )
    gone = {"contacts": contacts_gone, "departments": departments_gone, "accounts": accounts_gone}
    return {"gone": gone, "archived": {"contacts": len(contacts_kept), "accounts": len(accounts_kept)}}


def _delete(session: Session, table: str, column: str, condition: str, import_id: uuid.UUID) -> int:
    """Delete the records nothing points at."""
    unused = " and ".join(
        f"not exists (select 1 from {other} o where o.{column} = t.id{_but_automatic(other)})"
        for other in _users_of(column)
    )
    statement = f"delete from {table} t where {condition} and {unused} returning 1"  # noqa: S608  # our own table names
    return len(_run(session, statement, id=import_id))


def _users_of(column: str) -> Iterable[str]:
    return sorted(
        table.name for table in Base.metadata.sorted_tables if column in table.columns and table.name not in FOLLOWING
    )


def _but_automatic(table: str) -> str:
    """A change of stage is told by the system: it is no history that somebody would miss."""
    return f" and o.kind <> '{ItemKind.STAGE_CHANGED.value}'" if table == "timeline_items" else ""


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


def _run(session: Session, statement: str, **values: Any) -> list[Any]:
    return list(session.execute(text(statement), values))


def _type(name: str) -> str:
    return {"department_id": "uuid", "closing_month": "bigint", "last_contacted_on": "date"}.get(name, "text")


def _as_text(value: Any) -> str | None:
    return None if value is None else str(value)
