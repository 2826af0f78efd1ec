"""Mails as they are written: versions of a name in one language."""

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from abm.db import Base, Key


class MailTemplate(Base):
    """One version; a draft until it is published, and never changed afterwards."""

    __tablename__ = "mail_templates"

    id: Mapped[Key]
    name: Mapped[str]
    language: Mapped[str]
    number: Mapped[int]
    kind: Mapped[str]
    subject: Mapped[str]
    # What an inbox shows after the subject.
    preheader: Mapped[str] = mapped_column(server_default="")
    # MJML or HTML; empty for a mail of plain text.
    body: Mapped[str] = mapped_column(server_default="")
    # What links are about: address → {"topics": [...], "product": "..."}.
    links: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'"))
    created_at: Mapped[datetime] = mapped_column(server_default=text("now()"))
    changed_at: Mapped[datetime]
    changed_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id"))
    published_at: Mapped[datetime | None]
    # Last, for its name would hide what defaults are written with.
    text: Mapped[str] = mapped_column(server_default="")

    __table_args__ = (Index("uq_mail_templates_number", "name", "language", "number", unique=True),)
