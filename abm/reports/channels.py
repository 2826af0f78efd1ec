"""Channels as settings show them: how each does, and every delivery with its tries."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from abm.reports.paging import PAGE_LENGTH
from abm.words import DeliveryState

DAYS = 30

_COUNTS = f"""
    count(d.id) filter (where d.state = '{DeliveryState.SENT}') as sent,
    count(d.id) filter (where d.state in ('{DeliveryState.PLANNED}', '{DeliveryState.SENDING}')) as waiting,
    count(d.id) filter (where d.state in ('{DeliveryState.FAILED}', '{DeliveryState.UNKNOWN}')) as failed,
    max(d.done_at) filter (where d.state = '{DeliveryState.SENT}') as last_at
"""
CHANNELS = text(
    f"""
    select c.id, c.kind, c.title, c.events, c.failing_since, c.disabled_at, c.disabled_because, {_COUNTS}
    from channels c left join deliveries d on d.channel_id = c.id
        and d.created_at > cast(:at as timestamptz) - make_interval(days => :days)
    where c.archived_at is null group by c.id order by c.created_at, c.id
    """  # noqa: S608 only our own words are put in
)
MAILS = text(
    f"""
    select {_COUNTS} from deliveries d
    where d.channel_id is null and d.created_at > cast(:at as timestamptz) - make_interval(days => :days)
    """  # noqa: S608 only our own words are put in
)
DELIVERIES = text(
    """
    select d.id, d.event, d.state, d.reason, d.attempts, d.created_at, d.due_at, d.done_at, d.tries,
        t.id as task_id, e.account_id, coalesce(a.name, s.name) as account, u.name as reader
    from deliveries d
    left join task_changes c on c.id = d.change_id
    left join tasks t on t.id = c.task_id
    left join accounts a on a.id = t.account_id
    left join enrollments e on e.id = d.enrollment_id
    left join accounts s on s.id = e.account_id
    left join users u on u.id = d.user_id
    where d.channel_id is not distinct from :channel
    order by d.created_at desc, d.id desc limit :limit offset :offset
    """
)


@dataclass(frozen=True)
class Counts:
    """What became of the deliveries of the last days."""

    sent: int
    waiting: int
    failed: int
    last_at: datetime | None


@dataclass(frozen=True)
class ChannelRow:
    """One channel, and how it does."""

    id: uuid.UUID
    kind: str
    title: str
    events: Sequence[str]
    failing_since: datetime | None
    disabled_at: datetime | None
    disabled_because: str | None
    counts: Counts


@dataclass(frozen=True)
class DeliveryRow:
    """One delivery with its tries, the newest last."""

    id: uuid.UUID
    event: str
    state: str
    reason: str | None
    attempts: int
    created_at: datetime
    due_at: datetime
    done_at: datetime | None
    tries: list[Any]
    # A step of a sequence tells of an account, without a task.
    task_id: uuid.UUID | None
    account_id: uuid.UUID | None
    account: str
    reader: str | None

    @property
    def is_over(self) -> bool:
        """Whether it can be made again."""
        return self.state not in (DeliveryState.PLANNED, DeliveryState.SENDING)


def list_channels(session: Session, at: datetime) -> list[ChannelRow]:
    """Every channel that was not taken away."""
    rows = [dict(row) for row in session.execute(CHANNELS, {"at": at, "days": DAYS}).mappings()]
    return [ChannelRow(counts=Counts(**_take_counts(row)), **row) for row in rows]


def _take_counts(row: dict[str, Any]) -> dict[str, Any]:
    return {field.name: row.pop(field.name) for field in fields(Counts)}


def count_mails(session: Session, at: datetime) -> Counts:
    """The mails to owners."""
    return Counts(*session.execute(MAILS, {"at": at, "days": DAYS}).one())


def list_deliveries(session: Session, channel_id: uuid.UUID | None, page: int) -> tuple[list[DeliveryRow], bool]:
    """A page of deliveries of a channel, or of the mails; the newest first, and whether there are more."""
    values = {"channel": channel_id, "limit": PAGE_LENGTH + 1, "offset": (page - 1) * PAGE_LENGTH}
    rows = [DeliveryRow(*row) for row in session.execute(DELIVERIES, values)]
    return rows[:PAGE_LENGTH], len(rows) > PAGE_LENGTH
