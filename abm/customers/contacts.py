"""Contacts as people write them: made, changed, put away, brought back; each change leaves an audit row."""

import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from abm.customers.audit import note_change, set_fields
from abm.customers.custom import spread_custom
from abm.customers.departments import create_department, find_department_named
from abm.customers.drafts import ContactDraft, DepartmentDraft, draft_of_contact, version_of
from abm.customers.job_functions import job_function_of
from abm.customers.people_searches import ask_people_search
from abm.customers.records import (
    ask_evaluation,
    check_version,
    drop_actions,
    flush_record,
    lock_account,
    lock_at_account,
    with_custom,
)
from abm.customers.refolds import ask_refold
from abm.customers.suppression import suppress
from abm.customers.titles import seniority_of
from abm.errors import Conflict, Invalid
from abm.models import Account, Contact, Department, NextAction, Suppression
from abm.words import StaleReason, SuppressionReason

# What a person said follows the person to a new address; that an address does not work stays with it.
FOLLOWS_PERSON = (SuppressionReason.UNSUBSCRIBED, SuppressionReason.COMPLAINED, SuppressionReason.DO_NOT_CONTACT)

# What changes when somebody mends a record that is stale for this reason.
MENDS = {
    StaleReason.BOUNCED: {"email"},
    StaleReason.POST_RETURNED: {"postcode", "address"},
    StaleReason.MOVED: {"department_id"},
}


def create_contact(
    session: Session, account_id: uuid.UUID, draft: ContactDraft, *, by: uuid.UUID | None, at: datetime
) -> Contact:
    """Make a contact of this account; Invalid when the address is somebody's already."""
    account = lock_account(session, account_id)
    values = _contact_values(session, account_id, draft, None, by, at)
    contact = Contact(account_id=account_id, is_sample=account.is_sample, created_at=at, **values)
    _settle_freshness(contact, draft.stale_reason, {}, at)
    session.add(contact)
    flush_record(session)
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
    contact = lock_at_account(session, Contact, contact_id)
    department = session.get(Department, contact.department_id) if contact.department_id else None
    check_version(version_of(draft_of_contact(contact, department)), version)
    old_email = contact.email
    changes = set_fields(contact, _contact_values(session, contact.account_id, draft, contact, by, at))
    changes |= _settle_freshness(contact, draft.stale_reason, changes, at)
    flush_record(session)
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
    contact = lock_at_account(session, Contact, contact_id)
    contact.archived_at = at
    drop_actions(session, NextAction.contact_id == contact_id, by, at)
    note_change(session, "archived", contact, by=by, at=at)
    ask_evaluation(session, session.get_one(Account, contact.account_id), at)
    return contact


def restore_contact(session: Session, contact_id: uuid.UUID, *, by: uuid.UUID, at: datetime) -> Contact:
    """Bring an archived person back; Conflict when the address is somebody else's by now, or the account is away."""
    contact = lock_at_account(session, Contact, contact_id, archived=True)
    if contact.merged_into_id is not None:
        raise Conflict("this record was merged into another; undo the merge instead", "merged")
    account = session.get_one(Account, contact.account_id)
    if contact.erased_at is not None:
        raise Conflict("this person was erased; nothing is left to restore", "erased")
    if account.archived_at is not None:
        raise Conflict(f"{account.name} is archived; restore the account first", "account_archived")
    if contact.email and find_contact_with(session, contact.email):
        raise Conflict("another contact has this mail address by now; change one of the two first", "address_taken")
    contact.archived_at = None
    note_change(session, "restored", contact, by=by, at=at)
    ask_evaluation(session, account, at)
    return contact


def find_contact_with(session: Session, email: str) -> Contact | None:
    """The living contact of this address."""
    return session.scalar(select(Contact).where(Contact.email == email, Contact.archived_at.is_(None)))


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
    if (
        draft.email
        and (other := find_contact_with(session, draft.email))
        and (contact is None or other.id != contact.id)
    ):
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
    return with_custom(values, contact)


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


def _keep_refusal(session: Session, old: str | None, new: str | None, at: datetime) -> None:
    """A person who asked for silence is not mailed at the next address either."""
    refusal = session.get(Suppression, old) if old else None
    if refusal and new and refusal.reason in FOLLOWS_PERSON:
        suppress(session, new, SuppressionReason(refusal.reason), at, "new address of the same person")
