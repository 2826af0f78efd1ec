"""Messages: one mail of one step and occurrence to one contact, with its fate; and the mails caught locally."""

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.dialects.postgresql import CITEXT
from sqlalchemy.orm import Mapped, mapped_column

from abm.db import Base, Key
from abm.words import MessageState


class Message(Base):
    """A mail on its way; `key` is what its tokens carry, `hash` the bytes that went out."""

    __tablename__ = "messages"

    id: Mapped[Key]
    key: Mapped[bytes] = mapped_column(unique=True)
    # None for one that somebody sent to himself to look at it.
    enrollment_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("enrollments.id", ondelete="CASCADE"))
    step: Mapped[str]
    occurrence: Mapped[int] = mapped_column(server_default=text("1"))
    contact_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("contacts.id", ondelete="CASCADE"), index=True)
    account_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"), index=True)
    department_id: Mapped[uuid.UUID | None]
    campaign_id: Mapped[uuid.UUID | None]
    mail_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("mails.id"))
    # What goes instead when the guard swaps it at the door.
    swap_mail_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("mails.id"))
    # When caps bite the lower number goes first.
    priority: Mapped[int] = mapped_column(server_default=text("5"))
    email: Mapped[str] = mapped_column(CITEXT)
    state: Mapped[str] = mapped_column(server_default=MessageState.PLANNED)
    reason: Mapped[str | None]
    guard: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'"))
    message_id: Mapped[str] = mapped_column(unique=True)
    is_test: Mapped[bool] = mapped_column(server_default=text("false"))
    is_local: Mapped[bool] = mapped_column(server_default=text("false"))
    due_at: Mapped[datetime]
    leased_until: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(server_default=text("0"))
    planned_at: Mapped[datetime]
    hash: Mapped[bytes | None]
    sent_at: Mapped[datetime | None]
    delivered_at: Mapped[datetime | None]

    __table_args__ = (
        Index("uq_messages_step", "enrollment_id", "step", "occurrence", "contact_id", unique=True),
        # What an account's people were sent lately, and what is on its way to them: the guard counts it.
        Index(
            "ix_messages_account_sent",
            "account_id",
            "sent_at",
            postgresql_where=text("state in ('planned', 'sending', 'sent') and not is_test"),
        ),
        Index("ix_messages_campaign", "campaign_id", "account_id"),
        Index("ix_messages_due", "due_at", postgresql_where=text("state in ('planned', 'sending')")),
        # What left in some days, and what is held until then: the send calendar shows it.
        Index("ix_messages_sent", "sent_at", postgresql_where=text("sent_at is not null")),
        Index("ix_messages_held", "due_at", postgresql_where=text("state = 'held'")),
        # What did not leave lately, and what stands still: the list of sequences counts it.
        Index(
            "ix_messages_unsent",
            "state",
            "planned_at",
            postgresql_where=text("state in ('held', 'skipped', 'suppressed', 'cancelled', 'failed', 'unknown')"),
        ),
    )


class SendingPause(Base):
    """All sending paused: since when, by whom and why; it lasts until it was resumed."""

    __tablename__ = "sending_pauses"

    id: Mapped[Key]
    paused_at: Mapped[datetime]
    paused_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id"))
    why: Mapped[str] = mapped_column(server_default=text("''"))
    resumed_at: Mapped[datetime | None]
    resumed_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id"))

    # Only one lasts at a time.
    __table_args__ = (
        Index(
            "uq_sending_pauses_lasting",
            text("(resumed_at is null)"),
            unique=True,
            postgresql_where=text("resumed_at is null"),
        ),
    )


class CaughtMail(Base):
    """A mail that the local mailbox caught, as its raw source."""

    __tablename__ = "caught_mails"

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    caught_at: Mapped[datetime]
    mail_from: Mapped[str]
    rcpt_to: Mapped[str] = mapped_column(index=True)
    subject: Mapped[str]
    message_id: Mapped[str | None] = mapped_column(index=True)
    raw: Mapped[bytes]
