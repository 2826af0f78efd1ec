"""Deliveries on their way: claiming them, marking one as leaving, settling it, and finding those left behind."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import text, update
from sqlalchemy.orm import Session

from abm.channels.fates import Settled
from abm.due import claim_due
from abm.models import Delivery
from abm.words import DeliveryState

# Each may take as long as a post may: together less than the queue allows one pass.
BATCH = 20
TRIES_KEPT = 20

# Delivery → the attempt that is ours. Whoever claims it after our lease counts on, and we have no say any more.
Claims = Mapping[uuid.UUID, int]


def claim_deliveries(session: Session, at: datetime, limit: int = BATCH) -> Claims:
    """The deliveries this worker may make; others got to the rest first."""
    ids = claim_due(session, "deliveries", at=at, limit=limit, states=[DeliveryState.PLANNED])
    mine = update(Delivery).where(Delivery.id.in_(ids)).values(state=DeliveryState.SENDING, is_leaving=False)
    return {row.id: row.attempts for row in session.execute(mine.returning(Delivery.id, Delivery.attempts))}


def mark_leaving(session: Session, delivery_id: uuid.UUID, attempts: int, at: datetime, *, is_local: bool) -> bool:
    """Note that it is about to leave, while it is still ours: from here on a crash makes its fate uncertain."""
    statement = text(
        """
        update deliveries set is_leaving = true, is_local = :is_local, tried_since = coalesce(tried_since, :at),
            leased_until = clock_timestamp() + interval '2 minutes'
        where id = :id and attempts = :attempts and state = 'sending' returning id
        """
    )
    values = {"id": delivery_id, "attempts": attempts, "at": at, "is_local": is_local}
    return session.scalar(statement, values) is not None


def settle(
    session: Session, delivery_id: uuid.UUID, attempts: int, settled: Settled, at: datetime, **tried: Any
) -> bool:
    """Write what became of it; False when it is no longer ours. `tried` is kept as one of its tries."""
    entry = {"at": at.isoformat(), "state": settled.state, "reason": settled.reason, **tried}
    delivery = session.get(Delivery, delivery_id, populate_existing=True, with_for_update=True)
    if delivery is None or delivery.attempts != attempts or delivery.state != DeliveryState.SENDING:
        return False
    delivery.state, delivery.reason = settled.state.value, settled.reason
    delivery.leased_until, delivery.is_leaving = None, False
    delivery.due_at = settled.due_at or delivery.due_at
    delivery.done_at = None if settled.due_at else at
    if tried:
        delivery.tries = [*delivery.tries, entry][-TRIES_KEPT:]
    session.flush()
    return True


def put_back(session: Session, delivery_id: uuid.UUID, attempts: int, due_at: datetime) -> None:
    """Give a claimed delivery back untried: this attempt does not count."""
    mine = update(Delivery).where(
        Delivery.id == delivery_id, Delivery.attempts == attempts, Delivery.state == DeliveryState.SENDING
    )
    planned = {"state": DeliveryState.PLANNED, "due_at": due_at, "leased_until": None, "is_leaving": False}
    session.execute(mine.values(**planned, attempts=attempts - 1))


@dataclass(frozen=True)
class Stranded:
    """A delivery whose sender vanished."""

    id: uuid.UUID
    attempts: int
    is_leaving: bool
    is_local: bool
    # The kind of its channel; a mail has none.
    kind: str | None


def claim_stranded(session: Session, limit: int = 100) -> list[Stranded]:
    """Deliveries in sending whose lease ran out, locked for this transaction."""
    statement = text(
        """
        select d.id, d.attempts, d.is_leaving, d.is_local, c.kind
        from deliveries d left join channels c on c.id = d.channel_id
        where d.state = 'sending' and (d.leased_until is null or d.leased_until < clock_timestamp())
        order by d.due_at limit :limit for update of d skip locked
        """
    )
    return [Stranded(*row) for row in session.execute(statement, {"limit": limit})]


def has_due_deliveries(session: Session, at: datetime) -> bool:
    """Whether a delivery waits to be made or was left behind."""
    statement = text(
        """
        select exists (
            select from deliveries
            where state in ('planned', 'sending') and due_at <= :at
              and (leased_until is null or leased_until < clock_timestamp())
        )
        """
    )
    return bool(session.scalar(statement, {"at": at}))
