"""Writing the timeline: items are added, never changed."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import insert
from sqlalchemy.orm import Session

from abm.models import TimelineItem
from abm.words import ItemKind


@dataclass(frozen=True)
class Item:
    """One line to add; `detail` carries codes and values, never finished sentences."""

    kind: ItemKind
    account_id: uuid.UUID
    happened_at: datetime
    department_id: uuid.UUID | None = None
    contact_id: uuid.UUID | None = None
    body: str | None = None
    detail: dict[str, Any] = field(default_factory=dict)
    subject_id: uuid.UUID | None = None
    by_user_id: uuid.UUID | None = None
    import_id: uuid.UUID | None = None


def add_items(session: Session, items: Sequence[Item]) -> None:
    """Add these lines in one statement."""
    if items:
        # Not `asdict`, which copies every value deeply: thousands of items a batch would feel it.
        session.execute(insert(TimelineItem), [dict(vars(item)) for item in items])


def keep_item(session: Session, item: Item) -> uuid.UUID:
    """Add one line and answer its id, for what follows from it."""
    return session.execute(insert(TimelineItem).returning(TimelineItem.id), dict(vars(item))).scalar_one()
