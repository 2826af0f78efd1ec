"""Reports of providers, each once, and what became of it."""

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.dialects.postgresql import CITEXT
from sqlalchemy.orm import Mapped, mapped_column

from abm.db import Base, Key


class ProviderReport(Base):
    """One thing a provider told us; told again under the same `event_id` it is the same row."""

    __tablename__ = "provider_reports"

    id: Mapped[Key]
    source: Mapped[str]
    event_id: Mapped[str]
    # The post it came in.
    hit_id: Mapped[uuid.UUID]
    kind: Mapped[str]
    at: Mapped[datetime]
    received_at: Mapped[datetime]
    # Whom it is about: the contact, or the address while that is nobody's.
    contact_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("contacts.id", ondelete="CASCADE"), index=True)
    address: Mapped[str | None] = mapped_column(CITEXT)
    message_id: Mapped[str | None]
    hard: Mapped[bool] = mapped_column(server_default=text("false"))
    reason: Mapped[str] = mapped_column(server_default=text("''"))
    status: Mapped[str] = mapped_column(server_default=text("''"))
    detail: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'"))
    # What followed from it; null only within the act that keeps it.
    applied: Mapped[str | None]

    __table_args__ = (
        Index("uq_provider_reports_event", "source", "event_id", unique=True),
        Index("ix_provider_reports_received", "received_at"),
        Index("ix_provider_reports_nobody", "address", postgresql_where=text("applied = 'nobody'")),
        # Soft bounces of an address are counted, also while it is nobody's.
        Index("ix_provider_reports_address", "address", postgresql_where=text("address is not null")),
    )
