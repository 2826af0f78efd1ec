"""Imports: the list of past files, and one with what its rows did or would do."""

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, and_, case, func, select
from sqlalchemy.orm import Session

from abm.errors import NotFound
from abm.models import Account, Contact, Import, ImportRow, User
from abm.words import FileGone, ImportKind, ImportState, RowAction

IMPORTS_SHOWN = 100
ROWS_SHOWN = 100


@dataclass(frozen=True)
class ImportSummary:
    """One import of the list; the file itself is not loaded."""

    id: uuid.UUID
    kind: str
    state: str
    filename: str
    choices: dict[str, Any]
    found: dict[str, Any]
    counts: dict[str, Any]
    consent_basis: str | None
    is_sample: bool
    user: str | None
    created_at: datetime
    applied_at: datetime | None
    undone_at: datetime | None
    problem: dict[str, Any] | None
    file_gone: str | None


@dataclass(frozen=True)
class RowLine:
    """One row of an import's preview or result."""

    line: int
    action: str
    strength: str | None
    values: dict[str, Any]
    problems: list[Any]
    account_id: uuid.UUID | None
    contact_id: uuid.UUID | None
    # As they are called here; None while the row is only planned to make them.
    account: str | None
    contact: str | None


def list_imports(session: Session, limit: int = IMPORTS_SHOWN) -> list[ImportSummary]:
    """The newest imports."""
    rows = _rows().order_by(Import.created_at.desc(), Import.id.desc()).limit(limit)
    return [ImportSummary(**row) for row in session.execute(rows).mappings()]


def get_summary(session: Session, import_id: uuid.UUID) -> ImportSummary:
    """One import, or NotFound."""
    row = session.execute(_rows().where(Import.id == import_id)).mappings().one_or_none()
    if row is None:
        raise NotFound("no such import")
    return ImportSummary(**row)


def list_rows(
    session: Session, import_id: uuid.UUID, action: RowAction | None = None, limit: int = ROWS_SHOWN
) -> list[RowLine]:
    """The first rows, or the first with this action."""
    wanted = [ImportRow.action == action] if action else [ImportRow.action != RowAction.REJECT]
    rows = (
        select(
            ImportRow.line,
            ImportRow.action,
            ImportRow.strength,
            ImportRow.values,
            ImportRow.problems,
            ImportRow.account_id,
            ImportRow.contact_id,
            Account.name.label("account"),
            Contact.full_name.label("contact"),
        )
        .outerjoin(Account, and_(Account.id == ImportRow.account_id, Account.archived_at.is_(None)))
        .outerjoin(Contact, and_(Contact.id == ImportRow.contact_id, Contact.archived_at.is_(None)))
        .where(ImportRow.import_id == import_id, *wanted)
        .order_by(ImportRow.line)
        .limit(limit)
    )
    return [RowLine(**row) for row in session.execute(rows).mappings()]


@dataclass(frozen=True)
class ImportChoice:
    """An applied import whose people a sequence could take on."""

    id: uuid.UUID
    filename: str
    applied_at: datetime | None
    people: int


def import_choices(session: Session) -> list[ImportChoice]:
    """Applied customer imports with how many people each holds today, newest first."""
    touched = select(ImportRow.contact_id).where(ImportRow.import_id == Import.id, ImportRow.contact_id.is_not(None))
    # By itself it would look no further than the select around it, and ask about all imports.
    touched = touched.correlate(Import)
    people = select(func.count()).where(Contact.id.in_(touched), Contact.archived_at.is_(None)).scalar_subquery()
    applied = (
        select(Import.id, Import.filename, Import.applied_at, people.label("people"))
        .where(Import.state == ImportState.APPLIED, Import.kind == ImportKind.CUSTOMERS)
        .order_by(Import.applied_at.desc(), Import.id.desc())
        .limit(IMPORTS_SHOWN)
    )
    return [ImportChoice(*row) for row in session.execute(applied)]


def _rows() -> Select[*tuple[Any, ...]]:
    return select(
        Import.id,
        Import.kind,
        Import.state,
        Import.filename,
        Import.choices,
        Import.found,
        Import.counts,
        Import.consent_basis,
        Import.is_sample,
        User.name.label("user"),
        Import.created_at,
        Import.applied_at,
        Import.undone_at,
        Import.problem,
        case((Import.content == b"", func.coalesce(Import.file_gone, FileGone.OUTLIVED.value))).label("file_gone"),
    ).outerjoin(User, User.id == Import.by_user_id)
