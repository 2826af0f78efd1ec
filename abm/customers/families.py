"""Parent and subsidiary: which account belongs to which; a company never stands above itself."""

import uuid
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from abm.customers.audit import note_change, set_fields
from abm.customers.pairs import ABOVE
from abm.errors import Invalid, NotFound
from abm.models import Account


def set_parent(
    session: Session, account_id: uuid.UUID, parent_id: uuid.UUID | None, *, by: uuid.UUID, at: datetime
) -> Account:
    """Put the account below a parent, or below nobody; Invalid when that would make a circle."""
    ids = [account_id, *([parent_id] if parent_id else [])]
    living = select(Account).where(Account.id.in_(ids), Account.archived_at.is_(None)).order_by(Account.id)
    found = {one.id: one for one in session.scalars(living.with_for_update(key_share=True))}
    if account_id not in found:
        raise NotFound("no such account")
    if parent_id is not None:
        _check(session, found, account_id, parent_id)
    account = found[account_id]
    if changes := set_fields(account, {"parent_id": parent_id}):
        note_change(session, "changed", account, by=by, at=at, changes=changes)
    return account


def _check(session: Session, found: dict[uuid.UUID, Account], account_id: uuid.UUID, parent_id: uuid.UUID) -> None:
    if parent_id not in found:
        raise Invalid("this company is not among the accounts any more", "parent_id", "unknown")
    if parent_id == account_id:
        raise Invalid("a company is not its own parent", "parent_id", "circle")
    if session.scalar(ABOVE, {"low": parent_id, "high": account_id}):
        raise Invalid("this company stands below the account already", "parent_id", "circle")
