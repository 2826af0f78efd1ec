"""Enrollments: one subject in one version of a sequence."""

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from abm.db import Base, Key
from abm.words import EnrollmentState


class Enrollment(Base):
    """Where a subject stands; due again at `due_at`, and why it waits."""

    __tablename__ = "enrollments"

    id: Mapped[Key]
    sequence_version_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("sequence_versions.id"))
    account_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"), index=True)
    department_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("departments.id", ondelete="SET NULL"))
    contact_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("contacts.id", ondelete="CASCADE"), index=True)
    state: Mapped[str] = mapped_column(server_default=EnrollmentState.ACTIVE)
    step: Mapped[str]
    step_since: Mapped[datetime]
    occurrence: Mapped[int] = mapped_column(server_default=text("1"))
    # Mails sent so far by step, branches taken: what `journey` needs to decide.
    trail: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'"))
    due_at: Mapped[datetime | None]
    leased_until: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(server_default=text("0"))
    reason: Mapped[str | None]
    enrolled_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]

    __table_args__ = (
        Index("ix_enrollments_due", "due_at", postgresql_where=text("state = 'active'")),
        Index("ix_enrollments_version", "sequence_version_id", "state", "step"),
        Index("uq_enrollments_subject", "sequence_version_id", "contact_id", unique=True),
    )
