"""The history of a record: who changed what, from what to what, newest first."""

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import FromClause, Uuid, literal, or_, select, tuple_, union_all
from sqlalchemy.orm import Session

from abm.customers.sheets import BY_NOUN, Sheet
from abm.db import Base
from abm.models import Account, AuditEntry, Contact, CustomField, Deal, DealFile, Department, NextAction, Product, User

CHANGES_SHOWN = 200
# Fields that follow from others, which are shown themselves.
DERIVED = ("normalised_name", "phone_typed", "family_name", "given_name", "stale_since")


@dataclass(frozen=True)
class FieldChange:
    """One field: what it held, and what it holds since; `subject` is the noun whose field it is."""

    field: str
    old: Any
    new: Any
    subject: str = ""


@dataclass(frozen=True)
class RecordChange:
    """One act on a record; `name` says on which, where a page shows several."""

    at: datetime
    by: str | None
    act: str
    subject: str
    name: str | None
    fields: tuple[FieldChange, ...]


def changes_of_account(session: Session, account_id: uuid.UUID) -> list[RecordChange]:
    """What was done to an account, its departments, its people, and to what is sold there."""
    sold = {sheet.noun: sheet.model for sheet in BY_NOUN.values() if sheet.of_account}
    owning = {"department": Department, "contact": Contact, "next_action": NextAction, **sold}
    # One list of (noun, id): the index of the audit rows then answers for each, however long the ledger is.
    mine = union_all(
        select(literal("account"), literal(account_id, Uuid)),
        *(select(literal(noun), table.c.id).where(table.c.account_id == account_id) for noun, table in _tables(owning)),
    )
    return _read(session, tuple_(AuditEntry.subject, AuditEntry.subject_id).in_(mine))


def changes_of_record(session: Session, sheet: Sheet, record_id: uuid.UUID) -> list[RecordChange]:
    """What was done to one record of what is sold."""
    return _read(session, (AuditEntry.subject == sheet.noun) & (AuditEntry.subject_id == record_id))


def changes_of_contact(session: Session, contact_id: uuid.UUID) -> list[RecordChange]:
    """What was done to one person's record."""
    actions = select(NextAction.id).where(NextAction.contact_id == contact_id)
    mine = (AuditEntry.subject == "contact") & (AuditEntry.subject_id == contact_id)
    return _read(session, or_(mine, (AuditEntry.subject == "next_action") & AuditEntry.subject_id.in_(actions)))


def _tables(models: Mapping[str, type[Base]]) -> list[tuple[str, FromClause]]:
    return [(noun, model.__table__) for noun, model in models.items()]


def _read(session: Session, condition: Any) -> list[RecordChange]:
    rows = session.execute(
        select(AuditEntry, User.name)
        .outerjoin(User, User.id == AuditEntry.user_id)
        .where(condition)
        .order_by(AuditEntry.at.desc(), AuditEntry.id.desc())
        .limit(CHANGES_SHOWN)
    ).all()
    names = _names(session, [entry for entry, _ in rows]) | _titles(session)
    return [
        RecordChange(
            entry.at, by, entry.act.partition(".")[2], entry.subject, names.get(entry.subject_id), _fields(entry, names)
        )
        for entry, by in rows
    ]


def _fields(entry: AuditEntry, names: dict[Any, str]) -> tuple[FieldChange, ...]:
    changes = entry.detail.get("changes", {})
    return tuple(
        FieldChange(
            names.get(f"{entry.subject}.{field}", field),
            _shown(change["old"], names),
            _shown(change["new"], names),
            entry.subject,
        )
        for field, change in changes.items()
        if field not in DERIVED
    )


def _shown(value: Any, names: dict[Any, str]) -> Any:
    return names.get(_as_id(value), value)


def _names(session: Session, entries: Iterable[AuditEntry]) -> dict[Any, str]:
    """Names of what the entries are about and of the users and departments their values point to."""
    entries = list(entries)
    about = {entry.subject_id for entry in entries}
    values = {
        key
        for entry in entries
        for change in entry.detail.get("changes", {}).values()
        for value in change.values()
        if (key := _as_id(value))
    }
    named = (
        (User, User.name),
        (Account, Account.name),
        (Department, Department.name),
        (Contact, Contact.full_name),
        (NextAction, NextAction.what),
        (Product, Product.name),
        (DealFile, DealFile.name),
        (Deal, Deal.name),
    )
    names: dict[Any, str] = {}
    for kind, column in named:
        names.update(
            (key, name) for key, name in session.execute(select(kind.id, column).where(kind.id.in_(about | values)))
        )
    return names


def _titles(session: Session) -> dict[Any, str]:
    """Titles of custom fields, by subject and the name changes have for them."""
    fields = session.execute(select(CustomField.subject, CustomField.code, CustomField.title))
    return {f"{subject}.custom.{code}": title for subject, code, title in fields}


def _as_id(value: Any) -> uuid.UUID | None:
    try:
        return uuid.UUID(value) if isinstance(value, str) and len(value) == 36 else None
    except ValueError:
        return None
