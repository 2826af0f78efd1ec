"""What a person types about an account, a department or a contact, read and ready to be stored."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

from abm.customers.job_functions import job_function_of
from abm.models import Account, Contact, Department
from abm.words import BuyingRole, JobFunction, Language, StaleReason, Tier


@dataclass(frozen=True)
class AccountDraft:
    """An account as a form holds it."""

    name: str
    kana: str | None = None
    corporate_number: str | None = None
    postcode: str | None = None
    prefecture: str | None = None
    address: str | None = None
    phone: str | None = None
    industry: str | None = None
    employees: int | None = None
    revenue: int | None = None
    closing_month: int | None = None
    tier: Tier = Tier.ONE_TO_MANY
    owner_id: uuid.UUID | None = None
    # None leaves the custom fields as they are.
    custom: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class DepartmentDraft:
    """A department as a form holds it."""

    name: str
    owner_id: uuid.UUID | None = None


@dataclass(frozen=True)
class ContactDraft:
    """A contact as a form holds it; the department by its name, which is made when the account lacks it."""

    full_name: str
    family_name: str | None = None
    given_name: str | None = None
    kana: str | None = None
    department: str | None = None
    title: str | None = None
    buying_role: BuyingRole | None = None
    # None takes what title and department propose.
    job_function: JobFunction | None = None
    email: str | None = None
    phone: str | None = None
    phone_typed: str | None = None
    postcode: str | None = None
    address: str | None = None
    language: Language = Language.JAPANESE
    time_zone: str | None = None
    memo: str | None = None
    stale_reason: StaleReason | None = None
    # None leaves the custom fields as they are.
    custom: Mapping[str, Any] | None = None


Draft = AccountDraft | DepartmentDraft | ContactDraft


def draft_of_account(account: Account) -> AccountDraft:
    """The account as its form shows it."""
    return AccountDraft(
        name=account.name,
        kana=account.kana,
        corporate_number=account.corporate_number,
        postcode=account.postcode,
        prefecture=account.prefecture,
        address=account.address,
        phone=account.phone,
        industry=account.industry,
        employees=account.employees,
        revenue=account.revenue,
        closing_month=account.closing_month,
        tier=Tier(account.tier),
        owner_id=account.owner_id,
        custom=dict(account.custom),
    )


def draft_of_department(department: Department) -> DepartmentDraft:
    """The department as its form shows it."""
    return DepartmentDraft(department.name, department.owner_id)


def draft_of_contact(contact: Contact, department: Department | None) -> ContactDraft:
    """The contact as its form shows it; the job function only where somebody chose another than proposed."""
    place = department.name if department else None
    proposed = job_function_of(contact.title, place)
    return ContactDraft(
        full_name=contact.full_name,
        family_name=contact.family_name,
        given_name=contact.given_name,
        kana=contact.kana,
        department=place,
        title=contact.title,
        buying_role=BuyingRole(contact.buying_role) if contact.buying_role else None,
        job_function=JobFunction(contact.job_function) if contact.job_function not in (None, proposed) else None,
        email=contact.email,
        phone=contact.phone,
        phone_typed=contact.phone_typed,
        postcode=contact.postcode,
        address=contact.address,
        language=Language(contact.language),
        time_zone=contact.time_zone,
        memo=contact.memo,
        stale_reason=StaleReason(contact.stale_reason) if contact.stale_reason else None,
        custom=dict(contact.custom),
    )


def version_of(draft: Draft) -> str:
    """A mark of everything the form showed: it differs when somebody, or an import, changed the record meanwhile."""
    values = [None if value is None else str(value) for value in vars(draft).values()]
    return blake2b(repr(values).encode(), digest_size=8).hexdigest()
