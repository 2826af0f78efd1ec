"""Posts of other systems on their way to being read: claimed, settled, and tried again."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import text
from sqlalchemy.orm import Session

from abm.due import LEASE
from abm.queue import enqueue
from abm.words import PostReason, PostState

BATCH = 200
# Whoever claims counts: a post that kills its reader is set aside after so many.
MOST_ATTEMPTS = 12
# A certificate that is not to be had is asked for again after this, then after twice as long, and so on.
FIRST_PAUSE, LONGEST_PAUSE = timedelta(seconds=10), timedelta(hours=1)

_CLAIM = text(
    """
    update inbound_posts set attempts = attempts + 1, not_before = clock_timestamp() + :lease
    where hit_id = any(array(
        select hit_id from inbound_posts
        where state = :waiting and (not_before is null or not_before <= clock_timestamp())
        order by hit_id limit :limit for update skip locked
    )) returning hit_id, source, received_at, headers, body, attempts
    """
)
_IS_DUE = text(
    """
    select exists (
        select from inbound_posts
        where state = :waiting and (not_before is null or not_before <= clock_timestamp())
    )
    """
)
# What was read is kept as reports; the body holds addresses and has done its work.
_DONE = text(
    """
    update inbound_posts set state = :done, reason = null, not_before = null, headers = '{}', body = ''
    where hit_id = any(:ids) and state = :waiting
    """
)
_FAILED = text(
    """
    update inbound_posts set state = :failed, reason = :reason, not_before = null
    where hit_id = any(:ids) and state = :waiting
    """
)
_LATER = text(
    """
    update inbound_posts set reason = :reason, not_before = clock_timestamp() + :pause
    where hit_id = :id and state = :waiting
    """
)
_RETRY = text(
    """
    update inbound_posts set state = :waiting, attempts = 0, not_before = null, reason = null
    where state = :failed and (cast(:source as text) is null or source = :source)
    """
)
_STATES = {state.value: state.value for state in PostState}


@dataclass(frozen=True)
class Claimed:
    """A post that this worker reads."""

    hit_id: uuid.UUID
    source: str
    received_at: datetime
    headers: Mapping[str, str]
    body: bytes
    attempts: int

    @property
    def is_worn_out(self) -> bool:
        """Whether it was claimed so often that something must be wrong with it."""
        return self.attempts > MOST_ATTEMPTS


def claim_posts(session: Session, limit: int = BATCH) -> list[Claimed]:
    """The oldest posts that wait; those that others read are passed over."""
    rows = session.execute(_CLAIM, {"lease": LEASE, "limit": limit, **_STATES}).all()
    return sorted((Claimed(*row) for row in rows), key=lambda post: post.hit_id)


def has_due_posts(session: Session) -> bool:
    """Whether a post waits that nobody reads."""
    return bool(session.scalar(_IS_DUE, _STATES))


def settle_done(session: Session, ids: Sequence[uuid.UUID]) -> None:
    """These were read."""
    if ids:
        session.execute(_DONE, {"ids": list(ids), **_STATES})


def settle_failed(session: Session, ids: Sequence[uuid.UUID], reason: PostReason) -> None:
    """These could not be read; they stay as they came, for people to look at and to try again."""
    if ids:
        session.execute(_FAILED, {"ids": list(ids), "reason": reason.value, **_STATES})


def put_off(session: Session, post: Claimed, reason: PostReason) -> None:
    """What this one needs is not to be had now."""
    pause = min(FIRST_PAUSE * 2 ** (post.attempts - 1), LONGEST_PAUSE)
    session.execute(_LATER, {"id": post.hit_id, "reason": reason.value, "pause": pause, **_STATES})


def retry_posts(session: Session, source: str | None = None) -> int:
    """Try again what failed, of one source or of all; answers how many."""
    retried: int = session.execute(_RETRY, {"source": source, **_STATES}).rowcount  # type: ignore[attr-defined]
    if retried:
        enqueue(session, "read_posts")
    return retried
