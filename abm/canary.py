"""The canary: proof that workers run what is rung, which a living process alone does not prove."""

import socket
from typing import Any

from sqlalchemy import func
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from abm.models import Heartbeat
from abm.queue import actor
from abm.work import unit_of_work

CANARY = "canary"


@actor(CANARY)
def canary() -> None:
    """Write that a worker of this host did some work just now."""
    with unit_of_work() as work:
        beat(work.session, "worker")


def beat(session: Session, process: str, **detail: Any) -> None:
    """This kind of process did its work on this host now, by the database's real clock."""
    row = insert(Heartbeat).values(process=process, host=socket.gethostname(), at=func.clock_timestamp(), detail=detail)
    changed = {"at": row.excluded.at, "detail": row.excluded.detail}
    session.execute(row.on_conflict_do_update(index_elements=["process", "host"], set_=changed))
