"""Accounts, departments and contacts as people write them: made, changed, put away; each change leaves an audit row.

Every act locks the account first, as everywhere, then the record it changes.
"""

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from abm.customers.audit import note_change, set_fields
from abm.customers.custom import spread_custom
from abm.customers.drafts import (
    AccountDraft,
    ContactDraft,
    DepartmentDraft,
    draft_of_account,
    draft_of_contact,
    draft_of_department,
    version_of,
)
from abm.customers.job_functions import job_function_of
from abm.customers.names import core_name, department_key
from abm.customers.people_searches import ask_people_search
from abm.customers.refolds import ask_refold
from abm.customers.suppression import suppress
from abm.customers.titles import seniority_of
from abm.errors import Conflict, Invalid, NotFound
from abm.models import Account, AccountDomain, AccountMerge, Contact, Department, NextAction, Suppression, Task, User
from abm.queue import enqueue
from abm.words import OPEN_TASK_STATES, ActionOutcome, StaleReason, SuppressionReason

Record = TypeVar("Record", Account, Department, Contact)

# What a person said follows the person to a new address; that an address does not work stays with it.
FOLLOWS_PERSON = (SuppressionReason.UNSUBSCRIBED, SuppressionReason.COMPLAINED, SuppressionReason.DO_NOT_CONTACT)

# What changes when somebody mends a record that is stale for this reason.
MENDS = {
    StaleReason.BOUNCED: {"email"},
    StaleReason.POST_RETURNED: {"postcode", "address"},
    StaleReason.MOVED: {"department_id"},
}


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
    _check_no_tasks(session, Task.account_id == account_id)
    people = update(Contact).where(Contact.account_id == account_id, Contact.archived_at.is_(None))
    session.execute(people.values(archived_at=at))
    _drop_actions(session, NextAction.account_id == account_id, by, at)
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
        if not contact.email or _contact_with(session, contact.email) is None:
            contact.archived_at = None
    account.archived_at = None
    note_change(session, "restored", account, by=by, at=at)
    ask_evaluation(session, account, at)
    return account


def create_department(
    session: Session, account_id: uuid.UUID, draft: DepartmentDraft, *, by: uuid.UUID | None, at: datetime
) -> Department:
    """Make a department; Invalid when the account has one of this name."""
    lock_account(session, account_id)
    values = _department_values(session, account_id, draft, None)
    department = Department(account_id=account_id, created_at=at, **values)
    session.add(department)
    _flush(session)
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
    department = _locked(session, Department, department_id)
    check_version(version_of(draft_of_department(department)), version)
    changes = set_fields(department, _department_values(session, department.account_id, draft, department))
    if changes:
        note_change(session, "changed", department, by=by, at=at, changes=changes)
    return department


def archive_department(session: Session, department_id: uuid.UUID, *, by: uuid.UUID, at: datetime) -> Department:
    """Put a department away; its people stay with the account, without a department."""
    department = _locked(session, Department, department_id)
    _check_no_tasks(session, Task.department_id == department_id)
    moving = update(Contact).where(Contact.department_id == department_id, Contact.archived_at.is_(None))
    moved = session.scalars(moving.values(department_id=None).returning(Contact.id)).all()
    department.archived_at = at
    note_change(session, "archived", department, by=by, at=at, changes={"people": {"old": len(moved), "new": 0}})
    ask_refold(session, moved)
    return department


def restore_department(session: Session, department_id: uuid.UUID, *, by: uuid.UUID, at: datetime) -> Department:
    """Bring an archived department back, without the people it had."""
    department = _locked(session, Department, department_id, archived=True)
    department.archived_at = None
    note_change(session, "restored", department, by=by, at=at)
    return department


def create_contact(
    session: Session, account_id: uuid.UUID, draft: ContactDraft, *, by: uuid.UUID | None, at: datetime
) -> Contact:
    """Make a contact of this account; Invalid when the address is somebody's already."""
    account = lock_account(session, account_id)
    values = _contact_values(session, account_id, draft, None, by, at)
    contact = Contact(account_id=account_id, is_sample=account.is_sample, created_at=at, **values)
    _settle_freshness(contact, draft.stale_reason, {}, at)
    session.add(contact)
    _flush(session)
    note_change(session, "created", contact, by=by, at=at)
    ask_evaluation(session, account, at)
    ask_people_search(session, [account_id])
    return contact


def change_contact(
    session: Session,
    contact_id: uuid.UUID,
    draft: ContactDraft,
    *,
    by: uuid.UUID,
    at: datetime,
    version: str | None = None,
) -> Contact:
    """Make the contact what the form says; a new weight or department has its scores computed again."""
    contact = _locked(session, Contact, contact_id)
    department = session.get(Department, contact.department_id) if contact.department_id else None
    check_version(version_of(draft_of_contact(contact, department)), version)
    old_email = contact.email
    changes = set_fields(contact, _contact_values(session, contact.account_id, draft, contact, by, at))
    changes |= _settle_freshness(contact, draft.stale_reason, changes, at)
    _flush(session)
    if changes:
        note_change(session, "changed", contact, by=by, at=at, changes=spread_custom(changes))
    if "email" in changes:
        _keep_refusal(session, old_email, contact.email, at)
    if {"full_name", "phone"} & set(changes):
        ask_people_search(session, [contact.account_id])
    if {"seniority", "department_id"} & set(changes):
        ask_refold(session, [contact.id])
    return contact


def archive_contact(session: Session, contact_id: uuid.UUID, *, by: uuid.UUID, at: datetime) -> Contact:
    """Put a person away: no mail, no list, the history stays."""
    contact = _locked(session, Contact, contact_id)
    contact.archived_at = at
    _drop_actions(session, NextAction.contact_id == contact_id, by, at)
    note_change(session, "archived", contact, by=by, at=at)
    ask_evaluation(session, session.get_one(Account, contact.account_id), at)
    return contact


def restore_contact(session: Session, contact_id: uuid.UUID, *, by: uuid.UUID, at: datetime) -> Contact:
    """Bring an archived person back; Conflict when the address is somebody else's by now, or the account is away."""
    contact = _locked(session, Contact, contact_id, archived=True)
    if contact.merged_into_id is not None:
        raise Conflict("this record was merged into another; undo the merge instead", "merged")
    account = session.get_one(Account, contact.account_id)
    if contact.erased_at is not None:
        raise Conflict("this person was erased; nothing is left to restore", "erased")
    if account.archived_at is not None:
        raise Conflict(f"{account.name} is archived; restore the account first", "account_archived")
    if contact.email and _contact_with(session, contact.email):
        raise Conflict("another contact has this mail address by now; change one of the two first", "address_taken")
    contact.archived_at = None
    note_change(session, "restored", contact, by=by, at=at)
    ask_evaluation(session, account, at)
    return contact


def lock_account(session: Session, account_id: uuid.UUID, *, archived: bool = False) -> Account:
    """The account, locked for this act before anything of it is; NotFound when there is none in this state."""
    wanted = select(Account).where(Account.id == account_id, Account.archived_at.is_not(None) == archived)
    account = session.scalar(wanted.with_for_update(key_share=True).execution_options(populate_existing=True))
    if account is None:
        raise NotFound("no such account")
    return account


def lock_contact(session: Session, contact_id: uuid.UUID) -> Contact:
    """The living contact, locked behind its account; NotFound when there is none."""
    return _locked(session, Contact, contact_id)


def ask_evaluation(session: Session, account: Account, at: datetime) -> None:
    """Have the account's stage and readiness found again soon after the commit."""
    account.evaluate_at = at
    enqueue(session, "evaluate_accounts")


def _locked(session: Session, kind: type[Record], record_id: uuid.UUID, *, archived: bool = False) -> Record:
    """A department or contact, locked behind its account."""
    record = session.get(kind, record_id)
    if record is not None and not isinstance(record, Account):
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


def _account_values(session: Session, draft: AccountDraft, account: Account | None) -> dict[str, Any]:
    if not draft.name.strip():
        raise Invalid("an account needs a name", "name", "required")
    _check_owner(session, draft.owner_id, account.owner_id if account else None)
    _check_number(session, draft.corporate_number, account)
    values = {**vars(draft), "normalised_name": core_name(draft.name), "tier": draft.tier.value}
    return _with_custom(values, account)


def _check_number(session: Session, number: str | None, account: Account | None) -> None:
    if not number or (account and account.corporate_number == number):
        return
    other = select(Account.name).where(Account.corporate_number == number, Account.archived_at.is_(None)).limit(1)
    if name := session.scalar(other):
        raise Invalid(f"{name} has this corporate number already", "corporate_number", "taken")


def _check_owner(session: Session, owner_id: uuid.UUID | None, before: uuid.UUID | None) -> None:
    if owner_id is None or owner_id == before:
        return
    user = session.get(User, owner_id)
    if user is None or user.disabled_at is not None:
        raise Invalid("choose a user who can log in as owner", "owner_id", "unknown")


def _department_values(
    session: Session, account_id: uuid.UUID, draft: DepartmentDraft, department: Department | None
) -> dict[str, Any]:
    if not draft.name.strip():
        raise Invalid("a department needs a name", "name", "required")
    _check_owner(session, draft.owner_id, department.owner_id if department else None)
    other = find_department_named(session, account_id, draft.name)
    if other and (department is None or other.id != department.id):
        raise Invalid("the account has a department of this name already", "name", "taken")
    return {"name": draft.name, "normalised_name": department_key(draft.name), "owner_id": draft.owner_id}


def find_department_named(session: Session, account_id: uuid.UUID, name: str) -> Department | None:
    """The department of this name, in any spelling, archived or not."""
    key = department_key(name)
    return session.scalar(
        select(Department).where(Department.account_id == account_id, Department.normalised_name == key)
    )


def _contact_values(
    session: Session,
    account_id: uuid.UUID,
    draft: ContactDraft,
    contact: Contact | None,
    by: uuid.UUID | None,
    at: datetime,
) -> dict[str, Any]:
    if not draft.full_name.strip():
        raise Invalid("a contact needs a name", "full_name", "required")
    if draft.email and (other := _contact_with(session, draft.email)) and (contact is None or other.id != contact.id):
        raise Invalid("another contact has this mail address already", "email", "contact_exists")
    function = draft.job_function or job_function_of(draft.title, draft.department)
    kept = {name: value for name, value in vars(draft).items() if name not in ("department", "stale_reason")}
    values = {
        **kept,
        "department_id": _department_id(session, account_id, draft.department, by, at),
        "seniority": seniority_of(draft.title).value,
        "buying_role": draft.buying_role.value if draft.buying_role else None,
        "job_function": function.value if function else None,
        "language": draft.language.value,
    }
    return _with_custom(values, contact)


def _with_custom(values: dict[str, Any], record: Account | Contact | None) -> dict[str, Any]:
    """Custom values as the draft has them; a draft without any leaves the record's."""
    custom = values.pop("custom")
    if custom is None:
        return values if record else {**values, "custom": {}}
    return {**values, "custom": dict(custom)}


def _settle_freshness(
    contact: Contact, said: StaleReason | None, changes: Mapping[str, Any], at: datetime
) -> dict[str, Any]:
    """A saved form confirms the record, unless it says why not; mending what was wrong is a confirmation too."""
    if said is None or (said == contact.stale_reason and MENDS.get(said, set()) & set(changes)):
        contact.confirmed_at = at
        return set_fields(contact, {"stale_reason": None, "stale_since": None})
    if said == contact.stale_reason:
        return {}
    return set_fields(contact, {"stale_reason": said.value, "stale_since": at})


def _department_id(
    session: Session, account_id: uuid.UUID, name: str | None, by: uuid.UUID | None, at: datetime
) -> uuid.UUID | None:
    """The department of this name; made when it is new, brought back when it was put away."""
    if not name:
        return None
    found = find_department_named(session, account_id, name)
    if found is None:
        return create_department(session, account_id, DepartmentDraft(name), by=by, at=at).id
    if found.archived_at is not None:
        found.archived_at = None
        note_change(session, "restored", found, by=by, at=at)
    return found.id


def _flush(session: Session) -> None:
    """Write now; an import or a colleague may have taken the address or name since we looked."""
    try:
        session.flush()
    except IntegrityError as error:
        raise Conflict("somebody was faster with this address or name; reload the page and look", "faster") from error


def _contact_with(session: Session, email: str) -> Contact | None:
    return session.scalar(select(Contact).where(Contact.email == email, Contact.archived_at.is_(None)))


def _keep_refusal(session: Session, old: str | None, new: str | None, at: datetime) -> None:
    """A person who asked for silence is not mailed at the next address either."""
    refusal = session.get(Suppression, old) if old else None
    if refusal and new and refusal.reason in FOLLOWS_PERSON:
        suppress(session, new, SuppressionReason(refusal.reason), at, "new address of the same person")


def _check_no_tasks(session: Session, condition: Any) -> None:
    if session.scalar(select(Task.id).where(condition, Task.state.in_(OPEN_TASK_STATES)).limit(1)):
        raise Conflict("there is an open task here; answer it first", "open_task")


def _drop_actions(session: Session, condition: Any, by: uuid.UUID, at: datetime) -> None:
    dropping = update(NextAction).where(condition, NextAction.closed_at.is_(None))
    values: Mapping[str, Any] = {"closed_at": at, "closed_by": by, "outcome": ActionOutcome.DROPPED.value}
    session.execute(dropping.values(values))
