"""What people tell us at the public doors: how they want mail, what they fill in, and which pages they read."""

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from abm.db import Base, Key
from abm.words import Pace


class Preference(Base):
    """How a person wants to be mailed; what was said last, by business time, holds."""

    __tablename__ = "preferences"

    id: Mapped[Key]
    contact_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("contacts.id", ondelete="CASCADE"))
    pace: Mapped[str] = mapped_column(server_default=Pace.ANY)
    paused_until: Mapped[datetime | None]
    muted_topics: Mapped[list[str]] = mapped_column(server_default=text("'{}'"))
    said_at: Mapped[datetime]
    hit_id: Mapped[uuid.UUID]

    __table_args__ = (Index("uq_preferences_contact", "contact_id", unique=True),)


class Form(Base):
    """A form of ours by the key in its address; `consent_version` grows with every change of the consent's text."""

    __tablename__ = "forms"

    id: Mapped[Key]
    key: Mapped[str] = mapped_column(unique=True)
    kind: Mapped[str]
    title: Mapped[dict[str, Any]]
    intro: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'"))
    # [{"name": a FormField, "required": bool}], in the order shown.
    fields: Mapped[list[Any]]
    consent: Mapped[dict[str, Any]]
    consent_version: Mapped[int] = mapped_column(server_default=text("1"))
    topics: Mapped[list[str]] = mapped_column(server_default=text("'{}'"))
    product: Mapped[str | None]
    created_at: Mapped[datetime] = mapped_column(server_default=text("now()"))
    closed_at: Mapped[datetime | None]


class Visitor(Base):
    """A browser that allowed us to know it again; `contact_id` is set by the first mail that brought it, for good."""

    __tablename__ = "visitors"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    contact_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("contacts.id", ondelete="CASCADE"), index=True)
    first_seen_at: Mapped[datetime]
    identified_at: Mapped[datetime | None]
    # The hit that said who it is.
    identified_by: Mapped[uuid.UUID | None]


class PageRule(Base):
    """Pages of our own site that say more than others; `pattern` is a path in which * stands for anything."""

    __tablename__ = "page_rules"

    id: Mapped[Key]
    pattern: Mapped[str] = mapped_column(unique=True)
    kind: Mapped[str]
    topics: Mapped[list[str]] = mapped_column(server_default=text("'{}'"))
    product: Mapped[str | None]
    created_at: Mapped[datetime] = mapped_column(server_default=text("now()"))
