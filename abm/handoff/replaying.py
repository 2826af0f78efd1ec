"""Replays that somebody wants: asked for in a moment, run one by one by a worker, begun anew when that one dies."""

import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from abm import asked
from abm.asked import Turn
from abm.due import sweep
from abm.errors import NotFound
from abm.handoff.proposing import try_proposals
from abm.handoff.replays import compare
from abm.models import Account, Replay
from abm.queue import LONG_TIME_LIMIT_MS, actor, enqueue
from abm.scoring.difference import Span
from abm.scoring.live import ensure_model, get_version
from abm.scoring.model import read_model
from abm.words import ReplayKind
from abm.work import here


def ask_for_replay(
    session: Session,
    document: Mapping[str, Any],
    span: Span,
    at: datetime,
    *,
    draft_id: uuid.UUID | None = None,
    by: uuid.UUID | None = None,
) -> Replay:
    """Have a worker replay this document over these months; raises Invalid for one that is no model."""
    read_model(document)
    replay = Replay(
        draft_id=draft_id,
        document=dict(document),
        live_version=ensure_model(session).version,
        since=span.since,
        until=span.until,
        asked_at=at,
        asked_by=by,
        accounts=session.scalar(select(func.count()).select_from(Account).where(Account.merged_into_id.is_(None))),
    )
    session.add(replay)
    session.flush()
    enqueue(session, "run_replays")
    return replay


def ask_for_proposals(session: Session, span: Span, at: datetime, *, by: uuid.UUID | None = None) -> Replay:
    """Have a worker look what the answers of sales in these months speak for, and try each change."""
    replay = ask_for_replay(session, get_version(session).document, span, at, by=by)
    replay.kind = ReplayKind.PROPOSALS
    return replay


def get_replay(session: Session, replay_id: uuid.UUID) -> Replay:
    """This replay; NotFound when there is none."""
    found = session.get(Replay, replay_id)
    if found is None:
        raise NotFound("no such replay")
    return found


def run_next(zone: ZoneInfo) -> bool:
    """Run the replay that has waited longest; False when there is none."""
    return asked.run_next(Replay, lambda turn: _run(turn, zone))


def _run(turn: Turn, zone: ZoneInfo) -> dict[str, Any]:
    """Walk it in a transaction that only reads; how far it is goes to the page by others."""

    def tell(accounts: int) -> None:
        turn.tell(done=accounts)

    turn.tell(done=0)
    with Session(here().engine) as session:
        session.execute(text("set transaction isolation level repeatable read, read only"))
        wanted = get_replay(session, turn.id)
        live = get_version(session, wanted.live_version)
        model, span = read_model(live.document, live.version), Span(wanted.since, wanted.until)
        if wanted.kind == ReplayKind.PROPOSALS:
            return try_proposals(session, live.document, model, span, zone, tell)
        return compare(session, read_model(wanted.document), model, span, zone, tell)


@actor("run_replays", time_limit_ms=LONG_TIME_LIMIT_MS)
def run_replays() -> None:
    """Run every replay that somebody asked for, one after the other."""
    while run_next(here().settings.zone):
        pass


@sweep("run_replays")
def replays_wait(session: Session, at: datetime) -> bool:
    """A replay waits for a worker, or was left by one that died."""
    return asked.has_waiting(session, Replay)
