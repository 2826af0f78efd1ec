"""What a record points to: people, departments, deals and files of the same account, products, and users."""

import uuid
from collections.abc import Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from abm.customers.sheets import Field, Sheet
from abm.errors import Invalid
from abm.models import Contact, Deal, DealFile, Department, Product, User
from abm.words import Holds

# What belongs to an account is never pointed to from another's records.
OF_ACCOUNT: dict[Holds, type[Contact | Department | Deal | DealFile]] = {
    Holds.CONTACT: Contact,
    Holds.DEPARTMENT: Department,
    Holds.DEAL: Deal,
    Holds.FILE: DealFile,
}


def check_pointers(
    session: Session,
    sheet: Sheet,
    before: Mapping[str, Any] | None,
    values: Mapping[str, Any],
    account_id: uuid.UUID | None,
) -> None:
    """Invalid when a value points to what another account has, was put away, or never was; what stays may stay."""
    for field in sheet.fields:
        value = values[field.name]
        is_new = field.points and value is not None and (before is None or before[field.name] != value)
        if is_new and not _exists(session, field, value, account_id):
            raise Invalid(f"choose a {field.holds} of this account", field.name, "unknown")


def _exists(session: Session, field: Field, key: uuid.UUID, account_id: uuid.UUID | None) -> bool:
    if field.holds is Holds.OWNER:
        return session.scalar(select(User.id).where(User.id == key, User.disabled_at.is_(None))) is not None
    if field.holds is Holds.PRODUCT:
        return session.scalar(select(Product.id).where(Product.id == key, Product.archived_at.is_(None))) is not None
    model = OF_ACCOUNT[field.holds]
    living = select(model.id).where(model.id == key, model.account_id == account_id, model.archived_at.is_(None))
    return session.scalar(living) is not None
