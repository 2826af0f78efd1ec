"""What the acts on accounts, departments and contacts share: locks, checks, and what is asked for afterwards.

Every act locks the account first, as everywhere, then the record it changes.
"""

import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from abm.errors import Conflict, Invalid, NotFound
from abm.models import Account, Contact, Department, NextAction, Task, User
from abm.queue import enqueue
from abm.words import OPEN_TASK_STATES, ActionOutcome

Record = TypeVar("Record", Department, Contact)


def lock_account(session: Session, account_id: uuid.UUID, *, archived: bool = False) -> Account:
    """The account, locked for this act before anything of it is; NotFound when there is none in this state."""
    wanted = select(Account).where(Account.id == account_id, Account.archived_at.is_not(None) == archived)
    account = session.scalar(wanted.with_for_update(key_share=True).execution_options(populate_existing=True))
    if account is None:
        raise NotFound("no such account")
    return account


def lock_contact(session: Session, contact_id: uuid.UUID) -> Contact:
    """The living contact, locked behind its account; NotFound when there is none."""
    return lock_at_account(session, Contact, contact_id)


def lock_at_account(session: Session, kind: type[Record], record_id: uuid.UUID, *, archived: bool = False) -> Record:
    """A department or contact, locked behind its account."""
    record = session.get(kind, record_id)
    if record is not None:
        session.execute(select(Account.id).where(Account.id == record.account_id).with_for_update(key_share=True))
        record = session.get(kind, record_id, with_for_update=True, populate_existing=True)
    if record is None or (record.archived_at is not None) != archived:
        raise NotFound(f"no such {kind.__name__.lower()}")
    return record


def check_version(now: str, shown: str | None) -> None:
    """Conflict when a record is no longer what a form showed."""
    if shown and shown != now:
        raise Conflict(
            "somebody changed this record meanwhile; reload the page, look, and change it again", "changed_meanwhile"
        )


def ask_evaluation(session: Session, account: Account, at: datetime) -> None:
    """Have the account's stage and readiness found again soon after the commit."""
    account.evaluate_at = at
    enqueue(session, "evaluate_accounts")


def check_owner(session: Session, owner_id: uuid.UUID | None, before: uuid.UUID | None) -> None:
    """Invalid unless the user named as owner can log in, or was the owner before."""
    if owner_id is None or owner_id == before:
        return
    user = session.get(User, owner_id)
    if user is None or user.disabled_at is not None:
        raise Invalid("choose a user who can log in as owner", "owner_id", "unknown")


def check_no_tasks(session: Session, condition: Any) -> None:
    """Conflict while a task is open there."""
    if session.scalar(select(Task.id).where(condition, Task.state.in_(OPEN_TASK_STATES)).limit(1)):
        raise Conflict("there is an open task here; answer it first", "open_task")


def with_custom(values: dict[str, Any], record: Account | Contact | None) -> dict[str, Any]:
    """Custom values as the draft has them; a draft without any leaves the record's."""
    custom = values.pop("custom")
    if custom is None:
        return values if record else {**values, "custom": {}}
    return {**values, "custom": dict(custom)}


def flush_record(session: Session) -> None:
    """Write now; an import or a colleague may have taken the address or name since we looked."""
    try:
        session.flush()
    except IntegrityError as error:
        raise Conflict("somebody was faster with this address or name; reload the page and look", "faster") from error


def drop_actions(session: Session, condition: Any, by: uuid.UUID, at: datetime) -> None:
    """Close the next actions that fit, as dropped."""
    dropping = update(NextAction).where(condition, NextAction.closed_at.is_(None))
    values: Mapping[str, Any] = {"closed_at": at, "closed_by": by, "outcome": ActionOutcome.DROPPED.value}
    session.execute(dropping.values(values))
