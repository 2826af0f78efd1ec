"""What the running of the installation itself needs: business clock, heartbeats, keys."""

import uuid
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ForeignKey, Interval, text
from sqlalchemy.orm import Mapped, mapped_column

from abm.db import Base, Key


class BusinessClock(Base):
    """The one row that shifts business time against the database's clock."""

    __tablename__ = "business_clock"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    clock_offset: Mapped[timedelta] = mapped_column(Interval)


class Round(Base):
    """Something that is gone through once a day, and on which day it last was."""

    __tablename__ = "rounds"

    name: Mapped[str] = mapped_column(primary_key=True)
    on_day: Mapped[date]


class Heartbeat(Base):
    """A process did its work at `at` (real time); the worker's is written by its canary actor."""

    __tablename__ = "heartbeats"

    process: Mapped[str] = mapped_column(primary_key=True)
    host: Mapped[str] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    detail: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'"))
    # Its last sign of life before it had been silent for an hour or more.
    silent_from: Mapped[datetime | None]


class Restart(Base):
    """Work began again after a long silence with things overdue: an admin says what becomes of these."""

    __tablename__ = "restarts"

    id: Mapped[Key]
    silent_from: Mapped[datetime] = mapped_column(unique=True)
    noticed_at: Mapped[datetime]
    enrollments: Mapped[int]
    messages: Mapped[int]
    answer: Mapped[str | None]
    answered_at: Mapped[datetime | None]
    answered_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id"))
