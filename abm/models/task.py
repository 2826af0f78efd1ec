"""Tasks: a piece of work for a person, and every change of one."""

import uuid
from datetime import date, datetime
from typing import Any

from sqlalchemy import ForeignKey, Index
from sqlalchemy import text as sql
from sqlalchemy.orm import Mapped, mapped_column

from abm.db import Base, Key


class Task(Base):
    """At most one open task per account, department and kind; a second trigger adds evidence to it."""

    __tablename__ = "tasks"

    id: Mapped[Key]
    kind: Mapped[str]
    state: Mapped[str]
    account_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"), index=True)
    department_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("departments.id", ondelete="SET NULL"))
    contact_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("contacts.id", ondelete="SET NULL"))
    owner_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id"), index=True)
    # Three lines, each {"code": …, values …}, so that both languages can say them.
    why: Mapped[list[Any]]
    points: Mapped[float | None]
    receipt: Mapped[dict[str, Any]] = mapped_column(server_default=sql("'{}'"))
    brief: Mapped[dict[str, Any]] = mapped_column(server_default=sql("'{}'"))
    evidence: Mapped[list[Any]] = mapped_column(server_default=sql("'[]'"))
    created_at: Mapped[datetime]
    assigned_at: Mapped[datetime | None]
    due_at: Mapped[datetime | None]
    accepted_at: Mapped[datetime | None]
    answer: Mapped[str | None]
    answered_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id"))
    text: Mapped[str | None]
    wake_on: Mapped[date | None]
    closed_at: Mapped[datetime | None]
    # Set for a step task only: which step of which enrollment asked for it.
    enrollment_id: Mapped[uuid.UUID | None]
    step: Mapped[str | None]
    occurrence: Mapped[int | None]

    __table_args__ = (
        Index(
            "uq_tasks_open",
            "account_id",
            "department_id",
            "kind",
            unique=True,
            postgresql_nulls_not_distinct=True,
            postgresql_where=sql(
                "state in ('new', 'assigned', 'accepted', 'working', 'expired', 'open')"
                " and kind not in ('manual', 'step')"
            ),
        ),
        # What a sweep looks through every second: the open tasks of one kind.
        Index("ix_tasks_open", "kind", postgresql_where=sql("state = 'open'")),
        Index("uq_tasks_step", "enrollment_id", "step", "occurrence", unique=True),
    )


class TaskChange(Base):
    """A task went from one state to another: when, by whom, why."""

    __tablename__ = "task_changes"

    id: Mapped[Key]
    task_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("tasks.id", ondelete="CASCADE"), index=True)
    at: Mapped[datetime]
    by_user_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id"))
    old: Mapped[str | None]
    new: Mapped[str]
    code: Mapped[str]
    text: Mapped[str | None]
