"""Sequences and their versions, the mails and files they use, and the links in those mails."""

import uuid
from datetime import date, datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from abm.db import Base, Key
from abm.words import SequenceState


class Campaign(Base):
    """A goal with an audience and dates; every message carries one."""

    __tablename__ = "campaigns"

    id: Mapped[Key]
    name: Mapped[str] = mapped_column(unique=True)
    goal: Mapped[str | None]
    created_at: Mapped[datetime] = mapped_column(server_default=text("now()"))
    # Whom it is for, in words; the segment, where one says it.
    audience: Mapped[str | None]
    segment_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("segments.id", ondelete="SET NULL"))
    starts_on: Mapped[date | None]
    ends_on: Mapped[date | None]
    owner_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id"))
    closed_at: Mapped[datetime | None]


class Sequence(Base):
    """Ordered steps under one name; what people run through is a version of it."""

    __tablename__ = "sequences"

    id: Mapped[Key]
    name: Mapped[str] = mapped_column(unique=True)
    title: Mapped[dict[str, Any]]
    campaign_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("campaigns.id"))
    state: Mapped[str] = mapped_column(server_default=SequenceState.DRAFT)
    created_at: Mapped[datetime] = mapped_column(server_default=text("now()"))


class SequenceVersion(Base):
    """A document that never changes once published; people in flight keep theirs."""

    __tablename__ = "sequence_versions"

    id: Mapped[Key]
    sequence_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("sequences.id", ondelete="CASCADE"))
    number: Mapped[int]
    document: Mapped[dict[str, Any]]
    # Who was taken on at publish, for example {"import": "<id>"}.
    segment: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'"))
    published_at: Mapped[datetime | None]
    published_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id"))

    __table_args__ = (Index("uq_sequence_versions_number", "sequence_id", "number", unique=True),)


class SequenceTrigger(Base):
    """What a published sequence listens to, compiled from its newest version: to start, to end, or to reach a goal.

    `words` are the kinds of events, or the stages, it is about; the database notes only what is named here.
    """

    __tablename__ = "sequence_triggers"

    id: Mapped[Key]
    sequence_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("sequences.id", ondelete="CASCADE"), index=True)
    role: Mapped[str]
    kind: Mapped[str]
    words: Mapped[list[str]] = mapped_column(server_default=text("'{}'"))
    asked: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'"))
    # What happened before is none of its business.
    since: Mapped[datetime]
    # When a segment or a condition is asked again, by the real clock.
    look_at: Mapped[datetime | None]


class SplitTest(Base):
    """A split of a published version whose ways are compared; once one has won, everybody takes it."""

    __tablename__ = "split_tests"

    sequence_version_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("sequence_versions.id", ondelete="CASCADE"), primary_key=True
    )
    step: Mapped[str] = mapped_column(primary_key=True)
    # When the first mail behind it was sent, and when to look again, in business time.
    first_at: Mapped[datetime | None]
    look_at: Mapped[datetime]
    decided_at: Mapped[datetime | None]
    way: Mapped[str | None]
    # By way: [people who did it, people]; as it was looked at last.
    counts: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'"))

    __table_args__ = (Index("ix_split_tests_due", "look_at", postgresql_where=text("decided_at is null")),)


class WatchedMember(Base):
    """A person whom a sequence has seen in a segment it listens to; gone again once the person has left it."""

    __tablename__ = "watched_members"

    sequence_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("sequences.id", ondelete="CASCADE"), primary_key=True)
    segment_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("segments.id", ondelete="CASCADE"), primary_key=True)
    contact_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("contacts.id", ondelete="CASCADE"), primary_key=True, index=True
    )


class Mail(Base):
    """A mail compiled at publish in one language; sending only fills placeholders."""

    __tablename__ = "mails"

    id: Mapped[Key]
    # None for one that somebody sent to himself to look at it.
    sequence_version_id: Mapped[uuid.UUID | None] = mapped_column(
        ForeignKey("sequence_versions.id", ondelete="CASCADE"), index=True
    )
    # What it was written as; None for one of the library.
    template_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("mail_templates.id"))
    name: Mapped[str]
    language: Mapped[str]
    compiled: Mapped[dict[str, Any]]

    __table_args__ = (Index("uq_mails_name", "sequence_version_id", "name", "language", unique=True),)


class Asset(Base):
    """A file that recipients download."""

    __tablename__ = "assets"

    id: Mapped[Key]
    name: Mapped[str] = mapped_column(unique=True)
    kind: Mapped[str]
    title: Mapped[dict[str, Any]]
    filename: Mapped[str]
    content_type: Mapped[str]
    content: Mapped[bytes]
    topics: Mapped[list[str]] = mapped_column(server_default=text("'{}'"))
    product: Mapped[str | None]
    is_premium: Mapped[bool] = mapped_column(server_default=text("false"))
    # With a form, who wants the file says who asks.
    form_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("forms.id"))
    campaign_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("campaigns.id", ondelete="SET NULL"))
    created_at: Mapped[datetime] = mapped_column(server_default=text("now()"))


class Link(Base):
    """Where a rewritten link leads; `key` is what tokens carry, `number` orders what tracking hosts fetch."""

    __tablename__ = "links"

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    key: Mapped[bytes] = mapped_column(unique=True)
    kind: Mapped[str]
    url: Mapped[str]
    asset_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("assets.id"))
    webinar_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("webinars.id"))
    mail_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("mails.id", ondelete="CASCADE"), index=True)
    label: Mapped[str | None]
    topics: Mapped[list[str]] = mapped_column(server_default=text("'{}'"))
    product: Mapped[str | None]
