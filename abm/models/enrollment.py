"""Enrollments: one subject in one version of a sequence; what started them, what was held out, and what paused them."""

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from abm.db import Base, Key
from abm.words import EnrollmentState

RUNNING = text("state in ('active', 'parked')")


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
    # The sequence of its version; a trigger fills it in for whoever leaves it out.
    sequence_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("sequences.id"))
    # The account that is on its way, where that is the subject; a merge does not change it.
    subject_account_id: Mapped[uuid.UUID | None]
    # Which trigger started it, and the event, change or import behind that.
    origin: Mapped[str | None]
    cause_id: Mapped[uuid.UUID | None]

    __table_args__ = (
        Index("ix_enrollments_due", "due_at", postgresql_where=text("state = 'active'")),
        Index("ix_enrollments_version", "sequence_version_id", "state", "step"),
        # Nobody is on the way through a sequence twice at a time, whatever its version, and one cause starts one way.
        Index("uq_enrollments_running", "sequence_id", "contact_id", unique=True, postgresql_where=RUNNING),
        Index("uq_enrollments_account", "sequence_id", "subject_account_id", unique=True, postgresql_where=RUNNING),
        Index(
            "uq_enrollments_cause",
            "sequence_id",
            "cause_id",
            "contact_id",
            unique=True,
            postgresql_where=text("cause_id is not null"),
        ),
    )


class EnrollmentPause(Base):
    """Somebody stopped one enrollment until further notice; `due_at` is when it would have gone on."""

    __tablename__ = "enrollment_pauses"

    enrollment_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("enrollments.id", ondelete="CASCADE"), primary_key=True)
    at: Mapped[datetime]
    by_user_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id"))
    due_at: Mapped[datetime | None]


class Holdout(Base):
    """An account that a sequence left out on purpose, so that what it does without can be compared."""

    __tablename__ = "holdouts"

    sequence_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("sequences.id", ondelete="CASCADE"), primary_key=True)
    account_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("accounts.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    percent: Mapped[float]
    drawn_at: Mapped[datetime]


class Occasion(Base):
    """Something that a published sequence may listen to has happened; folded once, together with what follows from it.

    The database notes it in the same commit. It names only its source: people and accounts are asked of that.
    """

    __tablename__ = "occasions"

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    kind: Mapped[str]
    source_id: Mapped[uuid.UUID]
    due_at: Mapped[datetime] = mapped_column(index=True)
