"""Who may write what: marketers every record, sales the people of the accounts they look after, viewers nothing."""

import uuid
from collections.abc import Collection

from sqlalchemy import exists, or_, select
from sqlalchemy.orm import Session
from sqlalchemy.sql.elements import ColumnElement

from abm.models import Account, Department, Task
from abm.words import OPEN_TASK_STATES, Role

EVERYTHING = (Role.ADMIN, Role.MARKETER)


def may_edit_accounts(role: Role) -> bool:
    """Whether this role writes company records, owners and tiers."""
    return role in EVERYTHING


def may_edit_people(session: Session, account_id: uuid.UUID, *, by: uuid.UUID, role: Role) -> bool:
    """Whether this user writes the people of this account."""
    if role in EVERYTHING:
        return True
    return role == Role.SALES and looks_after(session, account_id, by)


def may_edit_sold(session: Session, account_id: uuid.UUID, *, by: uuid.UUID, role: Role) -> bool:
    """Whether this user writes what is sold at this account: deals, contracts, tickets and the rest."""
    return may_edit_people(session, account_id, by=by, role=role)


def editable_accounts(
    session: Session, account_ids: Collection[uuid.UUID], *, by: uuid.UUID, role: Role
) -> set[uuid.UUID]:
    """Those of these accounts whose people this user writes."""
    if role in EVERYTHING:
        return set(account_ids)
    if role != Role.SALES:
        return set()
    return set(session.scalars(select(Account.id).where(Account.id.in_(account_ids), looked_after_by(by))))


def looks_after(session: Session, account_id: uuid.UUID, user_id: uuid.UUID) -> bool:
    """Whether an account is this user's: by account, department or open task; one without an owner is everybody's."""
    return session.scalar(select(Account.id).where(Account.id == account_id, looked_after_by(user_id))) is not None


def looked_after_by(user_id: uuid.UUID) -> ColumnElement[bool]:
    """The same as a condition over accounts, for many at once."""
    departments = exists().where(Department.account_id == Account.id, Department.owner_id == user_id)
    tasks = exists().where(Task.account_id == Account.id, Task.owner_id == user_id, Task.state.in_(OPEN_TASK_STATES))
    return or_(Account.owner_id.is_(None), Account.owner_id == user_id, departments, tasks)
