"""Departments as people write them: made, renamed, put away, brought back; each change leaves an audit row."""

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from abm.customers.audit import note_change, set_fields
from abm.customers.drafts import DepartmentDraft, draft_of_department, version_of
from abm.customers.names import department_key
from abm.customers.records import (
    check_no_tasks,
    check_owner,
    check_version,
    flush_record,
    lock_account,
    lock_at_account,
)
from abm.customers.refolds import ask_refold
from abm.errors import Invalid
from abm.models import Contact, Department, Task


def create_department(
    session: Session, account_id: uuid.UUID, draft: DepartmentDraft, *, by: uuid.UUID | None, at: datetime
) -> Department:
    """Make a department; Invalid when the account has one of this name."""
    lock_account(session, account_id)
    values = _department_values(session, account_id, draft, None)
    department = Department(account_id=account_id, created_at=at, **values)
    session.add(department)
    flush_record(session)
    note_change(session, "created", department, by=by, at=at)
    return department


def change_department(
    session: Session,
    department_id: uuid.UUID,
    draft: DepartmentDraft,
    *,
    by: uuid.UUID,
    at: datetime,
    version: str | None = None,
) -> Department:
    """Make the department what the form says; Conflict when it is no longer what the form showed."""
    department = lock_at_account(session, Department, department_id)
    check_version(version_of(draft_of_department(department)), version)
    changes = set_fields(department, _department_values(session, department.account_id, draft, department))
    if changes:
        note_change(session, "changed", department, by=by, at=at, changes=changes)
    return department


def archive_department(session: Session, department_id: uuid.UUID, *, by: uuid.UUID, at: datetime) -> Department:
    """Put a department away; its people stay with the account, without a department."""
    department = lock_at_account(session, Department, department_id)
    check_no_tasks(session, Task.department_id == department_id)
    moving = update(Contact).where(Contact.department_id == department_id, Contact.archived_at.is_(None))
    moved = session.scalars(moving.values(department_id=None).returning(Contact.id)).all()
    department.archived_at = at
    note_change(session, "archived", department, by=by, at=at, changes={"people": {"old": len(moved), "new": 0}})
    ask_refold(session, moved)
    return department


def restore_department(session: Session, department_id: uuid.UUID, *, by: uuid.UUID, at: datetime) -> Department:
    """Bring an archived department back, without the people it had."""
    department = lock_at_account(session, Department, department_id, archived=True)
    department.archived_at = None
    note_change(session, "restored", department, by=by, at=at)
    return department


def find_department_named(session: Session, account_id: uuid.UUID, name: str) -> Department | None:
    """The department of this name, in any spelling, archived or not."""
    key = department_key(name)
    return session.scalar(
        select(Department).where(Department.account_id == account_id, Department.normalised_name == key)
    )


def _department_values(
    session: Session, account_id: uuid.UUID, draft: DepartmentDraft, department: Department | None
) -> dict[str, Any]:
    if not draft.name.strip():
        raise Invalid("a department needs a name", "name", "required")
    check_owner(session, draft.owner_id, department.owner_id if department else None)
    other = find_department_named(session, account_id, draft.name)
    if other and (department is None or other.id != department.id):
        raise Invalid("the account has a department of this name already", "name", "taken")
    return {"name": draft.name, "normalised_name": department_key(draft.name), "owner_id": draft.owner_id}
