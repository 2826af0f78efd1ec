"""Channels: by what way others are told of changes of tasks, and each single delivery."""

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from abm.db import Base, Key


class Channel(Base):
    """A Slack or Teams channel, or a system that takes webhooks, and what it wants to hear of."""

    __tablename__ = "channels"

    id: Mapped[Key]
    kind: Mapped[str]
    title: Mapped[str]
    # Sealed. For chats the address is the secret: whoever knows it may write there.
    url: Mapped[str]
    # What webhooks are signed with, each sealed, the newest first; the one before stays good for a day.
    secrets: Mapped[list[str]] = mapped_column(server_default=text("'{}'"))
    rotated_at: Mapped[datetime | None]
    events: Mapped[list[str]]
    language: Mapped[str]
    created_at: Mapped[datetime]
    created_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id"))
    failing_since: Mapped[datetime | None]
    disabled_at: Mapped[datetime | None]
    disabled_because: Mapped[str | None]
    archived_at: Mapped[datetime | None]


class Delivery(Base):
    """One change of a task, or one step of a sequence, told to one channel, or by mail to one user: planned once."""

    __tablename__ = "deliveries"

    id: Mapped[Key]
    # Without one a step tells: which one of which enrollment, at which visit, and what it says.
    change_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("task_changes.id", ondelete="CASCADE"))
    enrollment_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("enrollments.id", ondelete="CASCADE"))
    step: Mapped[str | None]
    occurrence: Mapped[int | None]
    said: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'"))
    # Without one it is a mail to this user.
    channel_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("channels.id", ondelete="CASCADE"))
    user_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    event: Mapped[str]
    # What the links of a mail carry; it tells nothing of task and user.
    key: Mapped[bytes | None] = mapped_column(unique=True)
    state: Mapped[str]
    reason: Mapped[str | None]
    created_at: Mapped[datetime]
    due_at: Mapped[datetime]
    leased_until: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(server_default=text("0"))
    tried_since: Mapped[datetime | None]
    # From here on a crash makes it uncertain whether it arrived.
    is_leaving: Mapped[bool] = mapped_column(server_default=text("false"))
    is_local: Mapped[bool] = mapped_column(server_default=text("false"))
    # The last tries, each {at, state, reason, status, ms}.
    tries: Mapped[list[Any]] = mapped_column(server_default=text("'[]'"))
    done_at: Mapped[datetime | None]

    __table_args__ = (
        Index(
            "uq_deliveries_once",
            "change_id",
            "channel_id",
            "user_id",
            "enrollment_id",
            "step",
            "occurrence",
            unique=True,
            postgresql_nulls_not_distinct=True,
        ),
        Index("ix_deliveries_due", "due_at", postgresql_where=text("state in ('planned', 'sending')")),
        Index("ix_deliveries_channel", "channel_id", "created_at"),
    )
