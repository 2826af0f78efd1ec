"""Merges: two accounts, or two records of a person, found to be one, and all that is needed to take it back."""

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from abm.db import Base, Key
from abm.words import PairState


class Undoable:
    """When a merge was made and by whom, what it changed, and when and by whom it was undone."""

    id: Mapped[Key]
    at: Mapped[datetime]
    by_user_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id"))
    # Real time: what was under way at that moment may still arrive at the record that went.
    made_at: Mapped[datetime] = mapped_column(server_default=text("now()"), index=True)
    # What the merge overwrote in the record that stayed, and what of both became one.
    changed: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'"))
    joined: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'"))
    undone_at: Mapped[datetime | None]
    undone_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id"))


class AccountMerge(Undoable, Base):
    """An account went into another."""

    __tablename__ = "account_merges"

    account_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"))
    into_account_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"), index=True)

    __table_args__ = (
        Index("uq_account_merges_account", "account_id", unique=True, postgresql_where=text("undone_at is null")),
    )


class MergeMove(Base):
    """A record that a merge brought along; `stayed` marks one that stood at the other account already."""

    __tablename__ = "merge_moves"

    merge_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("account_merges.id", ondelete="CASCADE"), primary_key=True)
    noun: Mapped[str] = mapped_column(primary_key=True)
    record_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    stayed: Mapped[bool] = mapped_column(server_default=text("false"))


class ContactMerge(Undoable, Base):
    """A record of a person went into another of the same account."""

    __tablename__ = "contact_merges"

    contact_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("contacts.id", ondelete="CASCADE"))
    into_contact_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("contacts.id", ondelete="CASCADE"), index=True)

    __table_args__ = (
        Index("uq_contact_merges_contact", "contact_id", unique=True, postgresql_where=text("undone_at is null")),
    )


class ContactMergeMove(Base):
    """A record that came along with a person; `noun` is its table."""

    __tablename__ = "contact_merge_moves"

    merge_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("contact_merges.id", ondelete="CASCADE"), primary_key=True)
    noun: Mapped[str] = mapped_column(primary_key=True)
    record_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)


class ContactPair(Base):
    """Two records of an account that may be one person, for somebody to decide."""

    __tablename__ = "contact_pairs"

    id: Mapped[Key]
    contact_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("contacts.id", ondelete="CASCADE"))
    other_contact_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("contacts.id", ondelete="CASCADE"), index=True)
    rule: Mapped[str]
    state: Mapped[str] = mapped_column(server_default=PairState.OPEN)
    created_at: Mapped[datetime] = mapped_column(server_default=text("now()"))
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id"))

    __table_args__ = (
        Index("uq_contact_pairs_pair", "contact_id", "other_contact_id", unique=True),
        Index("ix_contact_pairs_open", "id", postgresql_where=text("state = 'open'")),
    )


class PeopleSearch(Base):
    """An account whose people are to be compared: somebody came, or was renamed."""

    __tablename__ = "people_searches"

    account_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"), primary_key=True)
    asked_at: Mapped[datetime] = mapped_column(server_default=text("clock_timestamp()"))
