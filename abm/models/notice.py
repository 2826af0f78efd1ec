"""Notices: what a user should know without having to do anything; shown on Home until it is put away."""

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from abm.db import Base, Key


class Notice(Base):
    """One thing told to one user; `detail` holds codes and values, never finished sentences."""

    __tablename__ = "notices"

    id: Mapped[Key]
    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    kind: Mapped[str]
    at: Mapped[datetime]
    account_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"), index=True)
    about_user_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    detail: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'"))
    seen_at: Mapped[datetime | None]
    # Set when a step of a sequence tells: which one, and at which visit.
    enrollment_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("enrollments.id", ondelete="CASCADE"))
    step: Mapped[str | None]
    occurrence: Mapped[int | None]

    __table_args__ = (
        Index("ix_notices_unseen", "user_id", "at", postgresql_where=text("seen_at is null")),
        Index("uq_notices_step", "enrollment_id", "step", "occurrence", "user_id", unique=True),
    )
