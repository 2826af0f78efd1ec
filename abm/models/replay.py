"""Replays: a draft of the scoring model walked over recorded months beside the live one, and what came of it."""

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from abm.db import Base, Key
from abm.words import ReplayKind, ReplayState


class Replay(Base):
    """A replay somebody asked for; the document is the draft's as it was then, `result` what the page shows."""

    __tablename__ = "replays"

    id: Mapped[Key]
    kind: Mapped[str] = mapped_column(server_default=ReplayKind.DRAFT)
    state: Mapped[str] = mapped_column(server_default=ReplayState.WAITING)
    draft_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("model_drafts.id", ondelete="SET NULL"), index=True)
    document: Mapped[dict[str, Any]]
    # The live version it is compared with.
    live_version: Mapped[int]
    since: Mapped[datetime]
    until: Mapped[datetime]
    asked_at: Mapped[datetime]
    asked_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id"))
    # Accounts walked so far and in all.
    done: Mapped[int] = mapped_column(server_default=text("0"))
    accounts: Mapped[int] = mapped_column(server_default=text("0"))
    result: Mapped[dict[str, Any] | None]
    problem: Mapped[str | None]
    finished_at: Mapped[datetime | None]
    # Real time: a worker that dies loses its lease, and another one begins anew.
    leased_until: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(server_default=text("0"))

    __table_args__ = (Index("ix_replays_waiting", "asked_at", postgresql_where=text("state = 'waiting'")),)
