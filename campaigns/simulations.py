"""Simulations that somebody wants: asked for in a moment, run one by one by a worker, begun anew when that one dies."""

import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from abm import asked
from abm.asked import Turn
from abm.due import sweep
from abm.errors import NotFound
from abm.models import Account, Contact, Segment, Simulation
from abm.queue import LONG_TIME_LIMIT_MS, actor, enqueue
from abm.work import here
from campaigns.document import read_course
from campaigns.newest import newest_document
from campaigns.simulate import AS_OF_NOW, Plan, check_span, find_live, simulate
from campaigns.simulate_rows import as_json, difference

# Told from moment to moment of the run, but not at each.
TELL_EACH_S = 1.0
# More than anybody reads; all of it is counted, and what is kept says how much there was.
MOST_ROWS = 50_000


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
    document = newest_document(session, name)
    read_course(document)
    live = find_live(session.connection(), name)
    wanted = Simulation(
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
    session.add(wanted)
    session.flush()
    enqueue(session, "run_simulations")
    return wanted


def get_simulation(session: Session, name: str, simulation_id: uuid.UUID) -> Simulation:
    """This simulation of this sequence; NotFound when there is none."""
    found = session.get(Simulation, simulation_id)
    if found is None or found.sequence != name:
        raise NotFound("no such simulation")
    return found


def name_rows(session: Session, rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Rows of a simulation with what their accounts and contacts are called now: only ids are kept."""
    ids = {str(id_): uuid.UUID(id_) for row in rows for id_ in (row["account"], row["contact"]) if id_}
    called = [
        *session.execute(select(Account.id, Account.name).where(Account.id.in_(ids.values()))),
        *session.execute(select(Contact.id, Contact.full_name).where(Contact.id.in_(ids.values()))),
    ]
    names = {str(id_): name for id_, name in called}
    return [
        {**row, "account_name": names.get(row["account"]), "contact_name": names.get(row["contact"])} for row in rows
    ]


def run_next(zone: ZoneInfo) -> bool:
    """Run the simulation that has waited longest; False when there is none."""
    return asked.run_next(Simulation, lambda turn: _run(turn, zone))


def _run(turn: Turn, zone: ZoneInfo) -> dict[str, Any]:
    """Run it over one view of the installation, in a transaction that is taken back."""
    with here().engine.connect() as connection:
        connection.execute(AS_OF_NOW)
        with Session(connection, join_transaction_mode="create_savepoint") as session:
            wanted = session.get_one(Simulation, turn.id)
            segment = session.get(Segment, wanted.segment_id) if wanted.segment_id else None
        plan = Plan(wanted.document, wanted.since, wanted.until, zone, segment.name if segment else None)
        try:
            draft = simulate(connection, plan, _teller(turn)).nameless()
            found = as_json(draft)
            if wanted.live_document is not None:
                live = simulate(connection, plan.of(wanted.live_document), _teller(turn)).nameless()
                found["difference"] = difference(draft, live)
        finally:
            connection.rollback()
    return _bounded(found)


def _teller(turn: Turn) -> Callable[[datetime], None]:
    told = time.monotonic()

    def tell(reached: datetime) -> None:
        nonlocal told
        if time.monotonic() - told > TELL_EACH_S:
            told = time.monotonic()
            turn.tell(reached_at=reached)

    return tell


def _bounded(found: dict[str, Any]) -> dict[str, Any]:
    """The first rows of each list, with how many there are."""
    found["row_count"] = len(found["rows"])
    found["rows"] = found["rows"][:MOST_ROWS]
    differs = found.get("difference", {})
    for name in ("gained", "lost", "moved") if differs else ():
        differs[name] = {"count": len(differs[name]), "rows": differs[name][:MOST_ROWS]}
    return found


@actor("run_simulations", time_limit_ms=LONG_TIME_LIMIT_MS)
def run_simulations() -> None:
    """Run every simulation that somebody asked for, one after the other."""
    while run_next(here().settings.zone):
        pass


@sweep("run_simulations")
def simulations_wait(session: Session, at: datetime) -> bool:
    """A simulation waits for a worker, or was left by one that died."""
    return asked.has_waiting(session, Simulation)
