"""Long work that somebody asked for: rows that a worker takes one by one, and another one begins anew when it dies.

Such a table has `state` (waiting, done, failed), `asked_at`, `leased_until` (real time), `attempts`, and for what it
came to `result`, `problem` and `finished_at`.
"""

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import structlog
from sqlalchemy import exists, func, select, text, update
from sqlalchemy.orm import Session

from abm.errors import AbmError
from abm.work import unit_of_work

log = structlog.get_logger(__name__)

WAITING, DONE, FAILED = "waiting", "done", "failed"
MOST_ATTEMPTS = 3
# Taken anew with everything that is told on the way.
LEASE = timedelta(minutes=5)


@dataclass(frozen=True)
class Turn:
    """One row in hand; whoever begins it anew after our lease has the say."""

    table: Any
    id: uuid.UUID
    attempts: int

    def tell(self, **progress: Any) -> None:
        """Let the page see how far it is, and keep the lease."""
        self._write({**progress, "leased_until": func.clock_timestamp() + LEASE})

    def settle(self, values: Mapping[str, Any]) -> None:
        """Write what became of it."""
        self._write({**values, "leased_until": None}, ends=True)

    def _write(self, values: dict[str, Any], *, ends: bool = False) -> None:
        with unit_of_work() as work:
            ours = update(self.table).where(self.table.id == self.id, self.table.attempts == self.attempts)
            work.session.execute(ours.values(**values, **({"finished_at": work.at} if ends else {})))


def run_next(table: Any, run: Callable[[Turn], dict[str, Any]]) -> bool:
    """Run what has waited longest and no other worker has in hand; False when there is nothing."""
    turn = _claim(table)
    if turn is None:
        return False
    try:
        if turn.attempts > MOST_ATTEMPTS:
            raise AbmError("it was begun several times and never came to its end")
        result = run(turn)
    except Exception as error:  # whatever is wrong with one, those behind it go on and its reader learns of it
        log.error("asked_work_failed", what=table.__tablename__, id=str(turn.id), error=type(error).__name__)
        problem = str(error) if isinstance(error, AbmError) else type(error).__name__
        turn.settle({"state": FAILED, "problem": problem})
    else:
        turn.settle({"state": DONE, "result": result, "problem": None})
    return True


def has_waiting(session: Session, table: Any) -> bool:
    """Whether something waits for a worker, or was left by one that died."""
    free = table.leased_until.is_(None) | (table.leased_until < func.clock_timestamp())
    return bool(session.scalar(select(exists().where(table.state == WAITING, free))))


def _claim(table: Any) -> Turn | None:
    statement = text(
        f"""
        update {table.__tablename__} set leased_until = clock_timestamp() + :lease, attempts = attempts + 1
        where id = any(array(
            select id from {table.__tablename__}
            where state = '{WAITING}' and (leased_until is null or leased_until < clock_timestamp())
            order by asked_at, id limit 1 for update skip locked
        )) returning id, attempts
        """  # noqa: S608 only the name of a table of ours is put in
    )
    with unit_of_work() as work:
        row = work.session.execute(statement, {"lease": LEASE}).one_or_none()
    return Turn(table, row.id, row.attempts) if row else None
