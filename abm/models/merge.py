"""Merges: two accounts found to be one, and everything needed to take that back exactly."""

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from abm.db import Base, Key


class AccountMerge(Base):
    """An account went into another; `changed` is what it overwrote there, `joined` what of both became one."""

    __tablename__ = "account_merges"

    id: Mapped[Key]
    account_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"))
    into_account_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"), index=True)
    at: Mapped[datetime]
    by_user_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id"))
    # Real time: what was under way at that moment may still arrive at the account that went.
    made_at: Mapped[datetime] = mapped_column(server_default=text("now()"), index=True)
    changed: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'"))
    joined: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'"))
    undone_at: Mapped[datetime | None]
    undone_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id"))

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
