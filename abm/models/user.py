"""Users: people who log in, their sessions, their one-time links, and what they did."""

import uuid
from datetime import date, datetime, time
from typing import Any

from sqlalchemy import ForeignKey, Index, SmallInteger, Text, Time, text
from sqlalchemy.dialects.postgresql import ARRAY, CITEXT
from sqlalchemy.orm import Mapped, mapped_column

from abm.db import Base, Key
from abm.words import Role


class User(Base):
    """A person who logs in; never called an account."""

    __tablename__ = "users"

    id: Mapped[Key]
    email: Mapped[str] = mapped_column(CITEXT, unique=True)
    name: Mapped[str]
    password_hash: Mapped[str | None]
    role: Mapped[str] = mapped_column(server_default=Role.VIEWER)
    language: Mapped[str | None]
    is_sample: Mapped[bool] = mapped_column(server_default=text("false"))
    # False: tasks are looked up on the board only, no mail tells of them.
    mails_tasks: Mapped[bool] = mapped_column(server_default=text("true"))
    created_at: Mapped[datetime] = mapped_column(server_default=text("now()"))
    disabled_at: Mapped[datetime | None]
    # Who hears of tasks this user lets lie, how many hand-offs a week brings at most, and hours unlike the firm's.
    manager_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id"))
    weekly_capacity: Mapped[int | None]
    works_from: Mapped[time | None] = mapped_column(Time)
    works_until: Mapped[time | None] = mapped_column(Time)
    work_days: Mapped[list[int] | None] = mapped_column(ARRAY(SmallInteger))


class Absence(Base):
    """A user is away from `from_on` to `until_on`, both included; nothing new is given to them meanwhile."""

    __tablename__ = "absences"

    id: Mapped[Key]
    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    from_on: Mapped[date]
    until_on: Mapped[date]
    # Who takes what comes in meanwhile; nobody named means that routing goes on to the next rule.
    substitute_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id"))
    note: Mapped[str | None]
    created_at: Mapped[datetime] = mapped_column(server_default=text("now()"))


class UserSession(Base):
    """A log-in that is still good; only the hash of its cookie is kept."""

    __tablename__ = "user_sessions"

    token_hash: Mapped[bytes] = mapped_column(primary_key=True)
    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    created_at: Mapped[datetime] = mapped_column(server_default=text("now()"))
    seen_at: Mapped[datetime] = mapped_column(server_default=text("now()"))
    expires_at: Mapped[datetime]


class SetupLink(Base):
    """A one-time link with which a user sets a password; only its hash is kept."""

    __tablename__ = "setup_links"

    token_hash: Mapped[bytes] = mapped_column(primary_key=True)
    user_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    created_at: Mapped[datetime] = mapped_column(server_default=text("now()"))
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class CalendarLink(Base):
    """The private address of a user's calendar: good while its row stands, a new one takes the place of the old."""

    __tablename__ = "calendar_links"

    # What the signed address carries; it tells nothing of the user.
    key: Mapped[bytes] = mapped_column(primary_key=True)
    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), unique=True)
    made_at: Mapped[datetime]


class ApiToken(Base):
    """With what another system may ask for some things, until revoked; only the hash of its secret is kept."""

    __tablename__ = "api_tokens"

    id: Mapped[Key]
    name: Mapped[str]
    token_hash: Mapped[bytes] = mapped_column(unique=True)
    scopes: Mapped[list[str]] = mapped_column(ARRAY(Text))
    made_at: Mapped[datetime]
    made_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id"))
    seen_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]


class AuditEntry(Base):
    """Who changed what and when; written in the same commit as the change."""

    __tablename__ = "audit_entries"

    id: Mapped[Key]
    at: Mapped[datetime]
    user_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id"))
    act: Mapped[str]
    subject: Mapped[str]
    subject_id: Mapped[uuid.UUID | None]
    detail: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'"))

    __table_args__ = (Index("ix_audit_entries_subject", "subject", "subject_id", "at"),)
