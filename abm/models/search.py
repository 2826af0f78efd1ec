"""What the search reads: the folded words of every record, and which records have changed since."""

import uuid
from datetime import datetime

from sqlalchemy import Index, text
from sqlalchemy.orm import Mapped, mapped_column

from abm.db import Base
from abm.words import SearchKind


def _words_of(kind: SearchKind) -> Index:
    # One index for each kind: a name that thousands of people have must not be read through to find one deal.
    return Index(
        f"ix_search_entries_{kind}",
        "words",
        postgresql_using="gin",
        postgresql_ops={"words": "gin_trgm_ops"},
        postgresql_where=text(f"kind = '{kind}'"),
    )


class SearchEntry(Base):
    """One record that can be found, with its fields folded as `abm.customers.spelling` does it, each in a line."""

    __tablename__ = "search_entries"

    kind: Mapped[str] = mapped_column(primary_key=True)
    record_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    words: Mapped[str]

    __table_args__ = tuple(_words_of(kind) for kind in SearchKind)


class SearchFolding(Base):
    """A version of `abm.customers.spelling` by which every record has been asked to be folded anew."""

    __tablename__ = "search_foldings"

    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    asked_at: Mapped[datetime]


class SearchChange(Base):
    """A record was made or its searchable fields changed; the database notes it, whoever wrote (migration 0015)."""

    __tablename__ = "search_changes"

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    kind: Mapped[str]
    record_id: Mapped[uuid.UUID]
