"""Simulations that somebody wants: asked for in a moment, run one by one by a worker, begun anew when that one dies."""

import time
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
from abm.models import Segment, Simulation
from abm.queue import LONG_TIME_LIMIT_MS, actor, enqueue
from abm.words import SimulationState
from abm.work import here, unit_of_work
from campaigns.document import read_course
from campaigns.library import library_names, read_document
from campaigns.sequences import find_sequence, newest_version
from campaigns.simulate import AS_OF_NOW, Plan, check_span, find_live, simulate
from campaigns.simulate_rows import as_json, difference

log = structlog.get_logger(__name__)

MOST_ATTEMPTS = 3
# Told about every second, from moment to moment of the run.
LEASE = timedelta(minutes=5)
TELL_EACH_S = 1.0
# More than anybody reads; all of it is counted, and what is kept says how much there was.
MOST_ROWS = 50_000
CLAIM = text(
    f"""
    update simulations set leased_until = clock_timestamp() + :lease, attempts = attempts + 1, reached_at = null
    where id in (
        select id from simulations
        where state = '{SimulationState.WAITING}' and (leased_until is null or leased_until < clock_timestamp())
        order by asked_at, id limit 1 for update skip locked
    ) returning id, attempts
    """  # noqa: S608 only our own words are put in
)
# Whoever began it anew after our lease has the say.
TELL = text(
    """
    update simulations set reached_at = :reached, leased_until = clock_timestamp() + :lease
    where id = :id and attempts = :attempts
    """
)


def ask_for_simulation(
    session: Session,
    name: str,
    since: datetime,
    until: datetime,
    at: datetime,
    *,
    segment_id: uuid.UUID | None = None,
    by: uuid.UUID | None = None,
) -> Simulation:
    """Have a worker run the newest version of a sequence over this time, beside the one that is published."""
    check_span(since, until)
    document = simulated_document(session, name)
    read_course(document)
    live = find_live(session.connection(), name)
    asked = Simulation(
        sequence=name,
        document=dict(document),
        live_document=dict(live.document) if live and live.document != document else None,
        live_number=live.number if live else None,
        segment_id=segment_id,
        since=since,
        until=until,
        asked_at=at,
        asked_by=by,
    )
    session.add(asked)
    session.flush()
    enqueue(session, "run_simulations")
    return asked


def simulated_document(session: Session, name: str) -> Mapping[str, Any]:
    """The draft of a sequence, else its newest version, else the one of the library; NotFound without any."""
    sequence = find_sequence(session, name)
    version = newest_version(session, sequence.id) if sequence else None
    if version is not None:
        return version.document
    # Never a path of the reader's choosing.
    if name not in library_names():
        raise NotFound(f"there is no sequence {name!r}")
    return read_document(name)


def get_simulation(session: Session, name: str, simulation_id: uuid.UUID) -> Simulation:
    """This simulation of this sequence; NotFound when there is none."""
    found = session.get(Simulation, simulation_id)
    if found is None or found.sequence != name:
        raise NotFound("no such simulation")
    return found


def run_next(zone: ZoneInfo) -> bool:
    """Run the simulation that has waited longest and that no other worker has in hand; False when there is none."""
    with unit_of_work() as work:
        claimed = work.session.execute(CLAIM, {"lease": LEASE}).one_or_none()
    if claimed is None:
        return False
    try:
        if claimed.attempts > MOST_ATTEMPTS:
            raise AbmError("it was begun several times and never came to its end")
        result = _run(claimed.id, claimed.attempts, zone)
    except Exception as error:  # whatever is wrong with one, those behind it go on and its reader learns of it
        log.error("simulation_failed", simulation_id=str(claimed.id), error=type(error).__name__)
        problem = str(error) if isinstance(error, AbmError) else type(error).__name__
        _settle(claimed.id, claimed.attempts, {"state": SimulationState.FAILED, "problem": problem})
    else:
        _settle(claimed.id, claimed.attempts, {"state": SimulationState.DONE, "result": result, "problem": None})
    return True


def _run(simulation_id: uuid.UUID, attempts: int, zone: ZoneInfo) -> dict[str, Any]:
    """Run it over one view of the installation, in a transaction that is taken back."""
    told = time.monotonic()

    def tell(reached: datetime) -> None:
        nonlocal told
        if time.monotonic() - told > TELL_EACH_S:
            told = time.monotonic()
            values = {"reached": reached, "lease": LEASE, "id": simulation_id, "attempts": attempts}
            with unit_of_work() as work:
                work.session.execute(TELL, values)

    with here().engine.connect() as connection:
        connection.execute(AS_OF_NOW)
        with Session(connection, join_transaction_mode="create_savepoint") as session:
            asked = session.get_one(Simulation, simulation_id)
            segment = session.get(Segment, asked.segment_id) if asked.segment_id else None
            plan = Plan(asked.document, asked.since, asked.until, zone, segment.name if segment else None)
            live = asked.live_document
        try:
            draft = simulate(connection, plan, tell)
            found = as_json(draft)
            if live is not None:
                found["difference"] = difference(draft, simulate(connection, plan.of(live), tell))
        finally:
            connection.rollback()
    return _bounded(found)


def _bounded(found: dict[str, Any]) -> dict[str, Any]:
    """The first rows of each list, with how many there are."""
    found["row_count"] = len(found["rows"])
    found["rows"] = found["rows"][:MOST_ROWS]
    differs = found.get("difference", {})
    for name in ("gained", "lost", "moved") if differs else ():
        differs[name] = {"count": len(differs[name]), "rows": differs[name][:MOST_ROWS]}
    return found


def _settle(simulation_id: uuid.UUID, attempts: int, values: Mapping[str, Any]) -> None:
    with unit_of_work() as work:
        ours = update(Simulation).where(Simulation.id == simulation_id, Simulation.attempts == attempts)
        work.session.execute(ours.values(**values, finished_at=work.at, leased_until=None))


@actor("run_simulations", time_limit_ms=LONG_TIME_LIMIT_MS)
def run_simulations() -> None:
    """Run every simulation that somebody asked for, one after the other."""
    while run_next(here().settings.zone):
        pass


@sweep("run_simulations")
def simulations_wait(session: Session, at: datetime) -> bool:
    """A simulation waits for a worker, or was left by one that died."""
    free = Simulation.leased_until.is_(None) | (Simulation.leased_until < func.clock_timestamp())
    return bool(session.scalar(select(exists().where(Simulation.state == SimulationState.WAITING, free))))
