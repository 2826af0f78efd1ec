"""Planning: each change of a task becomes one delivery for every channel that listens, and a mail to its owner."""

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Select, exists, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from abm.channels.events import Changed, event_of, is_mailed, is_wanted
from abm.models import Channel, Delivery, Task, TaskChange
from abm.tokens import new_message_key
from abm.words import DeliveryState, MqaCause

BATCH = 200
# One statement takes only so many values.
ROWS = 2_000


Rows = Select[uuid.UUID, str, str | None, str, str, uuid.UUID | None, uuid.UUID | None, bool]


def plan_next_deliveries(session: Session, at: datetime, *, limit: int = BATCH) -> int:
    """Decide for the next changes whom to tell; answers how many changes there were."""
    waiting = change_rows().where(TaskChange.told_at.is_(None)).limit(limit)
    changes = read_changes(session, waiting.with_for_update(of=TaskChange, skip_locked=True))
    _plan(session, changes, living_channels(session), at)
    if changes:
        session.execute(update(TaskChange).where(TaskChange.id.in_(changes)).values(told_at=at))
    return len(changes)


def change_rows() -> Rows:
    """Changes of tasks with what telling others depends on, in order."""
    to = func.coalesce(TaskChange.to_user_id, Task.owner_id)
    is_woken = Task.evidence[0]["cause"].astext.is_not_distinct_from(MqaCause.WOKEN.value)
    change = (TaskChange.id, Task.kind, TaskChange.old, TaskChange.new, TaskChange.code)
    return (
        select(*change, to, TaskChange.by_user_id, is_woken)
        .join(Task, Task.id == TaskChange.task_id)
        .order_by(TaskChange.id)
    )


def read_changes(session: Session, rows: Rows) -> dict[uuid.UUID, Changed]:
    """These changes, by their id."""
    return {
        change_id: Changed(kind, old, new, code, to, by, is_woken)
        for change_id, kind, old, new, code, to, by, is_woken in session.execute(rows)
    }


def plan_channel(session: Session, channel: Channel, changes: Mapping[uuid.UUID, Changed], at: datetime) -> int:
    """Plan what this channel listens to, as far as it was not planned before; answers how many are new."""
    return _insert(session, _drafts(changes, [channel], at))


def has_untold(session: Session) -> bool:
    """True while somebody has to decide whom to tell of a change."""
    return bool(session.scalar(select(exists().where(TaskChange.told_at.is_(None)))))


def living_channels(session: Session) -> Sequence[Channel]:
    """The channels that take deliveries now."""
    living = select(Channel).where(Channel.archived_at.is_(None), Channel.disabled_at.is_(None))
    return session.scalars(living.order_by(Channel.id)).all()


def _plan(session: Session, changes: Mapping[uuid.UUID, Changed], channels: Sequence[Channel], at: datetime) -> None:
    mails = [
        _draft(change_id, change, at, user_id=change.to, key=new_message_key())
        for change_id, change in changes.items()
        if is_mailed(change)
    ]
    _insert(session, _drafts(changes, channels, at) + mails)


def _drafts(changes: Mapping[uuid.UUID, Changed], channels: Sequence[Channel], at: datetime) -> list[dict[str, Any]]:
    return [
        _draft(change_id, change, at, channel_id=channel.id)
        for change_id, change in changes.items()
        for channel in channels
        if is_wanted(event_of(change), channel.events)
    ]


def _insert(session: Session, drafts: Sequence[dict[str, Any]]) -> int:
    """The schema lets each through once, whoever else plans."""
    planned = insert(Delivery).on_conflict_do_nothing().returning(Delivery.id)
    parts = [drafts[start : start + ROWS] for start in range(0, len(drafts), ROWS)]
    return sum(len(session.scalars(planned.values(part)).all()) for part in parts)


def _draft(change_id: uuid.UUID, change: Changed, at: datetime, **to: Any) -> dict[str, Any]:
    """A delivery as it is planned."""
    row = {"change_id": change_id, "event": event_of(change).value, "state": DeliveryState.PLANNED.value}
    return {"channel_id": None, "user_id": None, "key": None, **row, "created_at": at, "due_at": at, **to}
