"""Simulations asked for before: of which sequence, over which time, how far."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from abm.models import Segment, Simulation, User

SHOWN = 30


@dataclass(frozen=True)
class SimulationLine:
    """One line of the list."""

    id: uuid.UUID
    state: str
    segment: str | None
    since: datetime
    until: datetime
    asked_at: datetime
    asked_by: str | None
    totals: dict[str, Any] | None

    @property
    def last(self) -> datetime:
        """A moment of the last day."""
        return self.until - timedelta(microseconds=1)


def list_simulations(session: Session, name: str) -> Sequence[SimulationLine]:
    """The newest simulations of a sequence."""
    rows = session.execute(
        select(Simulation.id, Simulation.state, Segment.name, Simulation.since, Simulation.until, Simulation.asked_at)
        .add_columns(User.name, Simulation.result["totals"])
        .outerjoin(Segment, Segment.id == Simulation.segment_id)
        .outerjoin(User, User.id == Simulation.asked_by)
        .where(Simulation.sequence == name)
        .order_by(Simulation.asked_at.desc(), Simulation.id)
        .limit(SHOWN)
    )
    return [SimulationLine(*row) for row in rows]
