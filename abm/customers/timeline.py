"""Writing the timeline: items are added, never changed."""

import json
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import insert, text
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


# One statement for all: a driver's "execute many" runs the database's insert once a row.
ADD = text(
    """
    insert into timeline_items (kind, account_id, happened_at, department_id, contact_id, body, detail, subject_id,
                                by_user_id, import_id)
    select * from jsonb_to_recordset(cast(:rows as jsonb)) as item (
        kind text, account_id uuid, happened_at timestamptz, department_id uuid, contact_id uuid, body text,
        detail jsonb, subject_id uuid, by_user_id uuid, import_id uuid)
    """
)


def add_items(session: Session, items: Sequence[Item]) -> None:
    """Add these lines in one statement."""
    if items:
        # What they tell of may not have been written yet.
        session.flush()
        # Not `asdict`, which copies every value deeply: thousands of items a batch would feel it.
        session.execute(ADD, {"rows": json.dumps([vars(item) for item in items], default=_plain)})


def keep_item(session: Session, item: Item) -> uuid.UUID:
    """Add one line and answer its id, for what follows from it."""
    return session.execute(insert(TimelineItem).returning(TimelineItem.id), dict(vars(item))).scalar_one()


def _plain(value: uuid.UUID | datetime) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)
