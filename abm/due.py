"""Claiming rows that want attention: leased, never lost."""

import uuid
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from sqlalchemy import text
from sqlalchemy.orm import Session

# A worker that dies leaves its rows leased, not lost: they fall due again when the lease runs out.
LEASE = timedelta(minutes=2)


def claim_due(session: Session, table: str, *, at: datetime, limit: int, states: Sequence[str]) -> list[uuid.UUID]:
    """Lease up to `limit` rows of `table` due at `at`, oldest first; rows of other workers are passed over.

    The inner query is an array, made once: as a set it may be asked anew for each row, and then limits nothing.
    The table has `state`, `due_at` (business time) and `leased_until`, `attempts` (real time).
    """
    statement = text(
        f"""
        update {table} set leased_until = clock_timestamp() + :lease, attempts = attempts + 1
        where id = any(array(
            select id from {table}
            where due_at <= :at and state = any(:states)
              and (leased_until is null or leased_until < clock_timestamp())
            order by due_at limit :limit for update skip locked
        )) returning id
        """  # noqa: S608 the table is a constant of the caller
    )
    values = {"lease": LEASE, "at": at, "limit": limit, "states": list(states)}
    return list(session.scalars(statement, values))


SWEEPS: dict[str, Callable[[Session, datetime], bool]] = {}


def sweep(actor_name: str) -> Callable[[Callable[[Session, datetime], bool]], Callable[[Session, datetime], bool]]:
    """Declare how the scheduler sees, at a business time, that this actor's bell should ring."""

    def declare(has_due: Callable[[Session, datetime], bool]) -> Callable[[Session, datetime], bool]:
        SWEEPS[actor_name] = has_due
        return has_due

    return declare
