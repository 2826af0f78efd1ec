"""Suggestions: what was heard in a note or memo, for a person to confirm."""

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from abm.db import Base, Key
from abm.words import SuggestionState


class Suggestion(Base):
    """One thing heard: its words and its value; nothing comes of it before somebody says so."""

    __tablename__ = "suggestions"

    id: Mapped[Key]
    account_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"))
    department_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("departments.id", ondelete="SET NULL"))
    contact_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("contacts.id", ondelete="CASCADE"), index=True)
    # The line of the timeline in which it was heard.
    item_id: Mapped[uuid.UUID | None]
    kind: Mapped[str]
    said: Mapped[str]
    value: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'"))
    state: Mapped[str] = mapped_column(server_default=SuggestionState.OPEN)
    import_id: Mapped[uuid.UUID | None] = mapped_column(index=True)
    created_at: Mapped[datetime]
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id"))

    __table_args__ = (
        Index("ix_suggestions_open", "account_id", postgresql_where=text("state = 'open'")),
        # The same words of the same person are proposed once, however often a list is read in.
        Index("ix_suggestions_words", "account_id", "contact_id", "kind"),
    )


class Hearing(Base):
    """How far the memos of an import have been heard; none is missed and none heard twice when a worker dies."""

    __tablename__ = "hearings"

    import_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("imports.id", ondelete="CASCADE"), primary_key=True)
    heard_to: Mapped[uuid.UUID | None]
    done_at: Mapped[datetime | None]
