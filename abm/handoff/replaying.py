"""Replays that somebody wants: asked for in a moment, run one by one by a worker, begun anew when that one dies."""

import uuid
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import structlog
from sqlalchemy import exists, func, select, text, update
from sqlalchemy.orm import Session

from abm.due import sweep
from abm.errors import AbmError, NotFound
from abm.handoff.proposing import try_proposals
from abm.handoff.replays import compare
from abm.models import Account, Replay
from abm.queue import LONG_TIME_LIMIT_MS, actor, enqueue
from abm.scoring.difference import Span
from abm.scoring.live import ensure_model, get_version
from abm.scoring.model import read_model
from abm.words import ReplayKind, ReplayState
from abm.work import here, unit_of_work

log = structlog.get_logger(__name__)

MOST_ATTEMPTS = 3
# Told after each batch of accounts; sorting what was recorded comes before the first.
LEASE = timedelta(minutes=5)
CLAIM = text(
    f"""
    update replays set leased_until = clock_timestamp() + :lease, attempts = attempts + 1, done = 0
    where id in (
        select id from replays
        where state = '{ReplayState.WAITING}' and (leased_until is null or leased_until < clock_timestamp())
        order by asked_at, id limit 1 for update skip locked
    ) returning id, attempts
    """  # noqa: S608 only our own words are put in
)
# Whoever began it anew after our lease has the say.
TELL = text(
    """
    update replays set done = :done, leased_until = clock_timestamp() + :lease
    where id = :id and attempts = :attempts
    """
)


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
    """Run the replay that has waited longest and that no other worker has in hand; False when there is none."""
    with unit_of_work() as work:
        claimed = work.session.execute(CLAIM, {"lease": LEASE}).one_or_none()
    if claimed is None:
        return False
    try:
        if claimed.attempts > MOST_ATTEMPTS:
            raise AbmError("it was begun several times and never came to its end")
        result = _run(claimed.id, claimed.attempts, zone)
    except Exception as error:  # whatever is wrong with one, those behind it go on and its reader learns of it
        log.error("replay_failed", replay_id=str(claimed.id), error=type(error).__name__)
        problem = str(error) if isinstance(error, AbmError) else type(error).__name__
        _settle(claimed.id, claimed.attempts, {"state": ReplayState.FAILED, "problem": problem})
    else:
        _settle(claimed.id, claimed.attempts, {"state": ReplayState.DONE, "result": result, "problem": None})
    return True


def _run(replay_id: uuid.UUID, attempts: int, zone: ZoneInfo) -> dict[str, Any]:
    """Walk it in a transaction that only reads; how far it is goes to the page by others."""

    def tell(accounts: int) -> None:
        with unit_of_work() as work:
            work.session.execute(TELL, {"done": accounts, "lease": LEASE, "id": replay_id, "attempts": attempts})

    with Session(here().engine) as session:
        session.execute(text("set transaction isolation level repeatable read, read only"))
        asked = get_replay(session, replay_id)
        live = get_version(session, asked.live_version)
        model, span = read_model(live.document, live.version), Span(asked.since, asked.until)
        if asked.kind == ReplayKind.PROPOSALS:
            return try_proposals(session, live.document, model, span, zone, tell)
        return compare(session, read_model(asked.document), model, span, zone, tell)


def _settle(replay_id: uuid.UUID, attempts: int, values: Mapping[str, Any]) -> None:
    with unit_of_work() as work:
        ours = update(Replay).where(Replay.id == replay_id, Replay.attempts == attempts)
        work.session.execute(ours.values(**values, finished_at=work.at, leased_until=None))


@actor("run_replays", time_limit_ms=LONG_TIME_LIMIT_MS)
def run_replays() -> None:
    """Run every replay that somebody asked for, one after the other."""
    while run_next(here().settings.zone):
        pass


@sweep("run_replays")
def replays_wait(session: Session, at: datetime) -> bool:
    """A replay waits for a worker, or was left by one that died."""
    free = Replay.leased_until.is_(None) | (Replay.leased_until < func.clock_timestamp())
    return bool(session.scalar(select(exists().where(Replay.state == ReplayState.WAITING, free))))
