"""What a row adds to the records of its firm and person, and what it replaces there."""

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from abm.customers.job_functions import job_function_of
from abm.customers.names import person_key, read_company
from abm.importers.records import AccountRecord, ContactRecord
from abm.importers.rows import CustomerRow

# What a list of people says of a firm; what stands in the second line may be a branch's.
OF_THE_FIRM = ("corporate_number", "industry", "closing_month")
OF_ITS_PLACE = ("postcode", "prefecture", "address")


@dataclass(slots=True)
class Changes:
    """What one row did to its account and contact."""

    account: AccountRecord
    created: bool = False
    touched: bool = False
    account_before: dict[str, Any] = field(default_factory=dict)
    contact_before: dict[str, Any] = field(default_factory=dict)

    @property
    def before(self) -> dict[str, Any] | None:
        """What the row replaces of both, by noun; None when nothing."""
        if not self.account_before and not self.contact_before:
            return None
        before = {"account": self.account_before, "contact": self.contact_before}
        return {noun: old for noun, old in before.items() if old}

    def set_account(self, account: AccountRecord, name: str, value: Any) -> None:
        """One more field of the account."""
        if not account.is_new and name not in account.before:
            account.before[name] = self.account_before[name] = account.fields.get(name)
        account.fields[name] = value
        account.is_changed = self.touched = True

    def set_contact(self, contact: ContactRecord, name: str, value: Any) -> None:
        """One more field of the contact."""
        if not contact.is_new and name not in contact.before:
            contact.before[name] = self.contact_before[name] = contact.fields.get(name)
        contact.fields[name] = value
        contact.is_changed = self.touched = True


def fill_account(account: AccountRecord, row: CustomerRow, changes: Changes) -> None:
    """A list of people fills what the firm's record lacks, and overwrites nothing of it but the last contact."""
    for name in OF_THE_FIRM if read_company(row.company).branch else OF_THE_FIRM + OF_ITS_PLACE:
        value = getattr(row, name)
        if value is not None and account.fields.get(name) is None:
            changes.set_account(account, name, value)
    if row.last_contacted_on and row.last_contacted_on > (account.fields.get("last_contacted_on") or date.min):
        changes.set_account(account, "last_contacted_on", row.last_contacted_on)


def fill_contact(contact: ContactRecord, row: CustomerRow, department: str | None, changes: Changes) -> None:
    """What a row says of a person it is not the first to bring; an empty cell takes nothing away."""
    fields = contact.fields
    values: dict[str, Any] = {"kana": row.kana}
    if row.title:
        values |= {"title": row.title, "seniority": row.seniority.value}
    if row.person and person_key(row.person) != person_key(fields["full_name"]):
        values |= {"full_name": row.person, "family_name": row.family_name, "given_name": row.given_name}
    # A branch alone does not take away the department that is known inside it.
    if row.department or not fields.get("department_id"):
        values["department_id"] = department
    if not fields.get("job_function"):
        values["job_function"] = _function(row.title or fields.get("title"), row.department)
    if row.phone:
        values |= {"phone": row.phone, "phone_typed": row.phone_typed}
    elif not fields.get("phone"):
        values["phone_typed"] = row.phone_typed
    if row.last_contacted_on and row.last_contacted_on > (fields.get("last_contacted_on") or date.min):
        values["last_contacted_on"] = row.last_contacted_on
    if row.memo and row.memo not in contact.notes:
        values["memo"] = row.memo
    for name, value in values.items():
        if value is not None and value != fields.get(name):
            changes.set_contact(contact, name, value)


def new_person(row: CustomerRow, department: str | None) -> dict[str, Any]:
    """The fields of a person whom a row brings."""
    return {
        "full_name": row.person or row.email,
        "family_name": row.family_name,
        "given_name": row.given_name,
        "kana": row.kana,
        "title": row.title,
        "seniority": row.seniority,
        "job_function": _function(row.title, row.department),
        "department_id": department,
        "email": row.email,
        "phone": row.phone,
        "phone_typed": row.phone_typed,
        "memo": row.memo,
        "last_contacted_on": row.last_contacted_on,
    }


def _function(title: str | None, department: str) -> str | None:
    """What a person's work is likely about, as the forms propose it."""
    return job_function_of(title, department)
