"""Merges that were made, of accounts or of people, as lists show them."""

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import aliased

from abm.models import AccountMerge, ContactMerge, User


@dataclass(frozen=True)
class MergeMade:
    """A merge that was made, and whether it was undone."""

    id: uuid.UUID
    at: datetime
    gone: str
    stays_id: uuid.UUID
    stays: str
    by: str | None
    undone_at: datetime | None
    undone_by: str | None
    # The record that stayed has itself been merged: that merge has to be undone first.
    is_buried: bool


def merges_made(merge: type[AccountMerge] | type[ContactMerge], *columns: Any) -> Select[Any]:
    """Merges, the latest first, with these columns of the records besides; to be joined with both records."""
    undoer = aliased(User)
    return (
        select(merge.id, merge.at, User.name.label("by"), merge.undone_at, undoer.name.label("undone_by"), *columns)
        .select_from(merge)
        .outerjoin(User, User.id == merge.by_user_id)
        .outerjoin(undoer, undoer.id == merge.undone_by)
        .order_by(merge.made_at.desc(), merge.id.desc())
    )
