"""The canary: proof that workers run what is rung, which a living process alone does not prove."""

import socket
from datetime import timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from abm.models import Heartbeat
from abm.queue import actor
from abm.work import unit_of_work

CANARY = "canary"
# Longer than any restart of everyday; what asks after such a silence stands in campaigns/restarts.py.
LONG_SILENCE = timedelta(hours=1)


@actor(CANARY)
def canary() -> None:
    """Write that a worker of this host did some work just now."""
    with unit_of_work() as work:
        beat(work.session, "worker")


def beat(session: Session, process: str, **detail: Any) -> None:
    """This kind of process did its work on this host now, by the database's real clock.

    The first one after a long silence of all its kind leaves a note of when that began.
    """
    last = select(func.max(Heartbeat.at)).where(Heartbeat.process == process)
    silent_from = last.having(func.max(Heartbeat.at) < func.clock_timestamp() - LONG_SILENCE).scalar_subquery()
    row = insert(Heartbeat).values(
        process=process,
        host=socket.gethostname(),
        at=func.clock_timestamp(),
        detail=detail,
        silent_from=silent_from,
    )
    changed = {
        "at": row.excluded.at,
        "detail": row.excluded.detail,
        "silent_from": func.coalesce(row.excluded.silent_from, Heartbeat.silent_from),
    }
    session.execute(row.on_conflict_do_update(index_elements=["process", "host"], set_=changed))
