"""Everything kept about a person, as data: what the law lets them ask for."""

import uuid
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Column, LargeBinary, Table, select, text
from sqlalchemy.orm import Session

from abm.clock import rfc3339
from abm.db import Base
from abm.errors import NotFound
from abm.models import Account, Contact, Enrollment, Suppression

CONTACTS, ENROLLMENTS = "contacts", "enrollments"


def export_person(session: Session, contact_id: uuid.UUID, at: datetime) -> dict[str, Any]:
    """{exported_at, contact, account, suppression, records, hits, imports, changes} of a person; raises NotFound.

    Rows are as they stand, without files; `records` holds a list per table that names the person, if there is any row.
    """
    contact = session.get(Contact, contact_id)
    if contact and contact.merged_into_id:
        contact = session.get(Contact, contact.merged_into_id)
    if contact is None:
        raise NotFound("no such contact")
    account = session.get_one(Account, contact.account_id)
    # What was merged into this record tells of the same person.
    former = session.scalars(select(Contact).where(Contact.merged_into_id == contact.id).order_by(Contact.id)).all()
    everybody = [contact.id, *(one.id for one in former)]
    return {
        "exported_at": rfc3339(at),
        "contact": _rows(session, Base.metadata.tables[CONTACTS], "id", [contact.id])[0],
        "account": {"id": str(account.id), "name": account.name},
        "suppression": next(filter(None, (_suppression(session, one) for one in (contact, *former))), None),
        "records": _records(session, everybody),
        "hits": _hits(session, everybody),
        "imports": _imports(session, everybody),
        "changes": _changes(session, everybody),
    }


def tables_of_people() -> Iterator[tuple[Table, Column[Any]]]:
    """Every table and column that names a contact: a new one is exported without being named here."""
    for table in Base.metadata.sorted_tables:
        for column in table.columns:
            if any(key.column.table.name == CONTACTS for key in column.foreign_keys):
                yield table, column


def _records(session: Session, ids: Sequence[uuid.UUID]) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = {}
    for table, column in tables_of_people():
        known = found.get(table.name, [])
        # A row may name the person twice, as a merge of two of their records does.
        if rows := [row for row in _rows(session, table, column.name, ids) if row not in known]:
            found[table.name] = [*known, *rows]
    return found | _of_enrollments(session, ids)


def _of_enrollments(session: Session, ids: Sequence[uuid.UUID]) -> dict[str, list[Any]]:
    """What was told or decided on the person's way through sequences: rows that name only the enrollment."""
    named = {table.name for table, _ in tables_of_people()}
    ways = session.scalars(select(Enrollment.id).where(Enrollment.contact_id.in_(ids))).all()
    found = {}
    for table in Base.metadata.sorted_tables:
        if table.name not in named and any(key.column.table.name == ENROLLMENTS for key in table.foreign_keys):
            found[table.name] = _rows(session, table, "enrollment_id", ways)
    return {name: rows for name, rows in found.items() if rows}


def _rows(session: Session, table: Table, column: str, ids: Sequence[uuid.UUID]) -> list[Any]:
    """The rows of one table as JSON, always in one order, without keys and files."""
    files = [own.name for own in table.columns if isinstance(own.type, LargeBinary)]
    order = ", ".join(own.name for own in table.primary_key)
    rows = text(
        f"select to_jsonb(t) - cast(:files as text[]) from {table.name} t"  # noqa: S608 only our own names are put in
        f" where {column} = any(:ids) order by {order}"
    )
    return list(session.scalars(rows, {"files": files, "ids": list(ids)}))


def _suppression(session: Session, contact: Contact) -> dict[str, str] | None:
    row = session.get(Suppression, contact.email) if contact.email else None
    return {"reason": row.reason, "at": rfc3339(row.at), "evidence": row.evidence} if row else None


def _hits(session: Session, ids: Sequence[uuid.UUID]) -> list[Any]:
    """The requests behind the person's events."""
    rows = text(
        """
        select jsonb_build_object('id', h.id, 'kind', h.kind, 'at', h.at, 'user_agent', h.user_agent, 'ip', h.ip,
                                  'verdict', h.verdict, 'reasons', h.reasons, 'detail', h.detail)
        from (
            select h.* from hits h join messages m on m.key = h.message_key where m.contact_id = any(:ids)
            union select * from hits where contact_id = any(:ids)
        ) h order by h.at, h.id
        """
    )
    return list(session.scalars(rows, {"ids": list(ids)}))


def _imports(session: Session, ids: Sequence[uuid.UUID]) -> list[Any]:
    """The rows of spreadsheets that named the person."""
    rows = text(
        """
        select jsonb_build_object('file', i.filename, 'line', r.line, 'values', r.values, 'applied_at', r.applied_at)
        from import_rows r join imports i on i.id = r.import_id
        where r.contact_id = any(:ids) order by i.created_at, i.id, r.line
        """
    )
    return list(session.scalars(rows, {"ids": list(ids)}))


def _changes(session: Session, ids: Sequence[uuid.UUID]) -> list[Any]:
    """What users did to the record."""
    rows = text(
        """
        select jsonb_build_object('at', at, 'act', act, 'detail', detail)
        from audit_entries where subject = 'contact' and subject_id = any(:ids) order by at, id
        """
    )
    return list(session.scalars(rows, {"ids": list(ids)}))
