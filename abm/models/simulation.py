"""Simulations: a sequence run over recorded history for somebody who wants to see it before it is published."""

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from abm.db import Base, Key
from abm.words import SimulationState


class Simulation(Base):
    """A simulation somebody asked for; the documents are as they were then, `result` what the page shows."""

    __tablename__ = "simulations"

    id: Mapped[Key]
    state: Mapped[str] = mapped_column(server_default=SimulationState.WAITING)
    sequence: Mapped[str]
    document: Mapped[dict[str, Any]]
    # The published version it is compared with.
    live_document: Mapped[dict[str, Any] | None]
    live_number: Mapped[int | None]
    segment_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("segments.id", ondelete="SET NULL"))
    since: Mapped[datetime]
    until: Mapped[datetime]
    asked_at: Mapped[datetime]
    asked_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id"))
    # How far it has come in its own time.
    reached_at: Mapped[datetime | None]
    result: Mapped[dict[str, Any] | None]
    problem: Mapped[str | None]
    finished_at: Mapped[datetime | None]
    # Real time: a worker that dies loses its lease, and another one begins anew.
    leased_until: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(server_default=text("0"))

    __table_args__ = (
        Index("ix_simulations_waiting", "asked_at", postgresql_where=text("state = 'waiting'")),
        Index("ix_simulations_sequence", "sequence", text("asked_at desc")),
    )
