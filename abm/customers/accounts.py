"""Accounts as people write them: made, changed, put away, brought back; each change leaves an audit row."""

import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from abm.customers.audit import note_change, set_fields
from abm.customers.contacts import find_contact_with
from abm.customers.custom import spread_custom
from abm.customers.drafts import AccountDraft, draft_of_account, version_of
from abm.customers.names import core_name
from abm.customers.records import (
    ask_evaluation,
    check_no_tasks,
    check_owner,
    check_version,
    drop_actions,
    lock_account,
    with_custom,
)
from abm.errors import Conflict, Invalid
from abm.models import Account, AccountDomain, AccountMerge, Contact, NextAction, Task
from abm.queue import enqueue


def create_account(
    session: Session,
    draft: AccountDraft,
    *,
    by: uuid.UUID | None,
    at: datetime,
    domains: Sequence[str] = (),
    is_sample: bool = False,
) -> Account:
    """Make an account; its first stage is found soon after the commit."""
    account = Account(**_account_values(session, draft, None), is_sample=is_sample, created_at=at, confirmed_at=at)
    session.add(account)
    session.flush()
    session.add_all(AccountDomain(account_id=account.id, domain=domain) for domain in sorted(set(domains)))
    note_change(session, "created", account, by=by, at=at)
    enqueue(session, "evaluate_accounts")
    return account


def change_account(
    session: Session,
    account_id: uuid.UUID,
    draft: AccountDraft,
    *,
    by: uuid.UUID,
    at: datetime,
    version: str | None = None,
) -> Account:
    """Make the account what the form says; Conflict when it is no longer what the form showed."""
    account = lock_account(session, account_id)
    check_version(version_of(draft_of_account(account)), version)
    changes = set_fields(account, _account_values(session, draft, account))
    account.confirmed_at = at
    if changes:
        note_change(session, "changed", account, by=by, at=at, changes=spread_custom(changes))
    if "tier" in changes:
        ask_evaluation(session, account, at)
    return account


def archive_account(session: Session, account_id: uuid.UUID, *, by: uuid.UUID, at: datetime) -> Account:
    """Put the account away with its people; Conflict while somebody has a task there."""
    account = lock_account(session, account_id)
    check_no_tasks(session, Task.account_id == account_id)
    people = update(Contact).where(Contact.account_id == account_id, Contact.archived_at.is_(None))
    session.execute(people.values(archived_at=at))
    drop_actions(session, NextAction.account_id == account_id, by, at)
    account.archived_at = at
    note_change(session, "archived", account, by=by, at=at)
    return account


def restore_account(session: Session, account_id: uuid.UUID, *, by: uuid.UUID, at: datetime) -> Account:
    """Bring an archived account back, with those who were put away together with it."""
    account = lock_account(session, account_id, archived=True)
    merged = select(AccountMerge.id).where(AccountMerge.account_id == account_id, AccountMerge.undone_at.is_(None))
    if session.scalar(merged):
        raise Conflict("this account was merged into another; undo the merge instead", "merged")
    together = select(Contact).where(
        Contact.account_id == account_id,
        Contact.archived_at == account.archived_at,
        Contact.merged_into_id.is_(None),
    )
    for contact in session.scalars(together.where(Contact.erased_at.is_(None)).with_for_update()):
        if not contact.email or find_contact_with(session, contact.email) is None:
            contact.archived_at = None
    account.archived_at = None
    note_change(session, "restored", account, by=by, at=at)
    ask_evaluation(session, account, at)
    return account


def _account_values(session: Session, draft: AccountDraft, account: Account | None) -> dict[str, Any]:
    if not draft.name.strip():
        raise Invalid("an account needs a name", "name", "required")
    check_owner(session, draft.owner_id, account.owner_id if account else None)
    _check_number(session, draft.corporate_number, account)
    values = {**vars(draft), "normalised_name": core_name(draft.name), "tier": draft.tier.value}
    return with_custom(values, account)


def _check_number(session: Session, number: str | None, account: Account | None) -> None:
    if not number or (account and account.corporate_number == number):
        return
    other = select(Account.name).where(Account.corporate_number == number, Account.archived_at.is_(None)).limit(1)
    if name := session.scalar(other):
        raise Invalid(f"{name} has this corporate number already", "corporate_number", "taken")
