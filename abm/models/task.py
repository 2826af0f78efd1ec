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
    # By which rule it found its owner; while it is new, why it waits and when to ask again.
    route: Mapped[str | None]
    waits_because: Mapped[str | None]
    ask_again_at: Mapped[datetime | None]
    # Half of the time to the deadline, and when the owner was reminded of it.
    remind_at: Mapped[datetime | None]
    reminded_at: Mapped[datetime | None]
    # When what sales had put off came back.
    woken_at: Mapped[datetime | None]
    # The deal that was being worked on already when the task came.
    deal_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("deals.id", ondelete="SET NULL"))

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
        # What the sweeps of hand-offs look through: lines, clocks, and what was put off.
        Index("ix_tasks_new", "created_at", postgresql_where=sql("state = 'new'")),
        Index("ix_tasks_due", "due_at", postgresql_where=sql("state = 'assigned'")),
        Index("ix_tasks_remind", "remind_at", postgresql_where=sql("state = 'assigned' and reminded_at is null")),
        Index("ix_tasks_wake", "wake_on", postgresql_where=sql("state = 'recycled' and woken_at is null")),
        Index("ix_tasks_taken", "owner_id", "assigned_at", postgresql_where=sql("kind = 'hand_off'")),
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
    # Who has it from now on, or was told of it.
    to_user_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id"))
    # When it was decided whom to tell of it; until then it waits.
    told_at: Mapped[datetime | None]

    __table_args__ = (Index("ix_task_changes_untold", "id", postgresql_where=sql("told_at is null")),)


class TaskFault(Base):
    """A hand-off that should not have come: by its answer, what was wrong with it. The rules are judged by these."""

    __tablename__ = "task_faults"

    id: Mapped[Key]
    task_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("tasks.id", ondelete="CASCADE"), unique=True)
    account_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"), index=True)
    kind: Mapped[str]
    at: Mapped[datetime]
    deal_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("deals.id", ondelete="SET NULL"))
    product_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("products.id"))


class DeclinedProduct(Base):
    """An account said that it does not need a product: what it did before says no longer that it is interested."""

    __tablename__ = "declined_products"

    id: Mapped[Key]
    account_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"), index=True)
    product_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("products.id"))
    task_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("tasks.id", ondelete="CASCADE"))
    at: Mapped[datetime]

    __table_args__ = (Index("uq_declined_products_task", "task_id", "product_id", unique=True),)
