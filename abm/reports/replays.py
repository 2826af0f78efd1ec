"""Replays asked for before: what of, over which months, how far."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from abm.models import ModelDraft, Replay, User

SHOWN = 30


@dataclass(frozen=True)
class ReplayLine:
    """One line of the list."""

    id: uuid.UUID
    kind: str
    state: str
    note: str | None
    since: datetime
    until: datetime
    asked_at: datetime
    asked_by: str | None


def list_replays(session: Session) -> Sequence[ReplayLine]:
    """The newest replays."""
    rows = session.execute(
        select(Replay.id, Replay.kind, Replay.state, ModelDraft.note, Replay.since, Replay.until, Replay.asked_at)
        .add_columns(User.name)
        .outerjoin(ModelDraft, ModelDraft.id == Replay.draft_id)
        .outerjoin(User, User.id == Replay.asked_by)
        .order_by(Replay.asked_at.desc(), Replay.id)
        .limit(SHOWN)
    )
    return [ReplayLine(*row) for row in rows]
