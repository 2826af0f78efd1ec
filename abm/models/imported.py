"""Imports: a file, the plan made of it, and what each of its rows changed."""

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from abm.db import Base, Key
from abm.words import ImportState


class Import(Base):
    """One file and what was found in it; `choices` are what a person set, `found` what was detected."""

    __tablename__ = "imports"

    id: Mapped[Key]
    kind: Mapped[str]
    state: Mapped[str] = mapped_column(server_default=ImportState.PLANNED)
    filename: Mapped[str]
    content: Mapped[bytes]
    # Why `content` is empty; None while the file is kept.
    file_gone: Mapped[str | None]
    choices: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'"))
    found: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'"))
    counts: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'"))
    consent_basis: Mapped[str | None]
    is_sample: Mapped[bool] = mapped_column(server_default=text("false"))
    by_user_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id"))
    created_at: Mapped[datetime]
    applied_at: Mapped[datetime | None]
    undone_at: Mapped[datetime | None]
    problem: Mapped[dict[str, Any] | None]


class ImportRow(Base):
    """What an import does with one row, and what stood there before, for undo."""

    __tablename__ = "import_rows"

    import_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("imports.id", ondelete="CASCADE"), primary_key=True)
    line: Mapped[int] = mapped_column(primary_key=True)
    action: Mapped[str]
    strength: Mapped[str | None]
    values: Mapped[dict[str, Any]]
    # A digest of the row as typed: the same row of a later file is known again even without an address.
    fingerprint: Mapped[bytes | None] = mapped_column(index=True)
    problems: Mapped[list[Any]] = mapped_column(server_default=text("'[]'"))
    account_id: Mapped[uuid.UUID | None] = mapped_column(index=True)
    contact_id: Mapped[uuid.UUID | None] = mapped_column(index=True)
    before: Mapped[dict[str, Any] | None]
    applied_at: Mapped[datetime | None]

    # A cell may hold anything: what is longer than any address would not fit into an index.
    __table_args__ = (
        Index(
            "ix_import_rows_email",
            text("left(lower(normalize(values ->> 'email', nfkc)), 320)"),
            postgresql_where=text("values ->> 'email' is not null"),
        ),
    )


class ImportMapping(Base):
    """The columns a person chose for a header; `header` is a digest of its words."""

    __tablename__ = "import_mappings"

    header: Mapped[bytes] = mapped_column(primary_key=True)
    mapping: Mapped[dict[str, Any]]
    chosen_at: Mapped[datetime]
    by_user_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id"))
