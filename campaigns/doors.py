"""The last look at mails that stand at the door: still ours, wanted, and not stopped; one commit for all of them.

From this commit on a crash makes a mail's fate uncertain, so it keeps the hash of the bytes. A stop that is being
answered and a mail that is being let go exclude each other by a lock on the address, held until DATA has left.
"""

import uuid
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import structlog
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import SQLAlchemyError

from abm.crash import crash_point
from abm.customers.suppression import STOP_LOCK
from abm.words import ConsentBasis, ConsentPurpose, MessageState, SequenceState

log = structlog.get_logger(__name__)

# An address whose stop is being written is not waited for: its mail stays here and is asked about again.
_HOLD = text(
    """
    select email, pg_try_advisory_lock_shared(:key, hashtext(lower(email))) as is_held
    from unnest(cast(:emails as text[])) email
    """
)
# Consent as the guard has it: after a refusal only a newer opt-in counts.
_LET_GO = text(
    f"""
    update messages m
    set hash = v.hash, is_local = v.is_local, guard = m.guard - array['answer', 'reasons'],
        leased_until = clock_timestamp() + interval '10 minutes'
    from unnest(
        cast(:ids as uuid[]), cast(:attempts as bigint[]), cast(:emails as text[]), cast(:hashes as bytea[]),
        cast(:locals as bool[])
    ) v (id, attempts, email, hash, is_local), contacts c, enrollments e, sequence_versions n, sequences s
    where m.id = v.id and m.attempts = v.attempts and m.state = '{MessageState.SENDING}'
      and c.id = m.contact_id and c.archived_at is null
      and e.id = m.enrollment_id and n.id = e.sequence_version_id and s.id = n.sequence_id
      and s.state <> '{SequenceState.PAUSED}' and not e.trail ? 'left'
      and not exists (select from enrollment_pauses p where p.enrollment_id = e.id)
      and not exists (select from sending_pauses where resumed_at is null)
      and not exists (select from suppressions where email = cast(v.email as citext))
      and not exists (
        select from consents refused
        where refused.contact_id = c.id and refused.purpose = '{ConsentPurpose.MAIL}' and not refused.granted
          and not exists (
            select from consents g
            where g.contact_id = c.id and g.purpose = refused.purpose and g.granted
              and g.basis = '{ConsentBasis.OPT_IN}' and g.at > refused.at
          )
      )
    returning m.id
    """  # noqa: S608 only our own words are put in
)
_RELEASE = text("select pg_advisory_unlock_all()")


@dataclass(frozen=True)
class Leaving:
    """A mail that stands at the door."""

    id: uuid.UUID
    attempts: int
    email: str
    hash: bytes
    is_local: bool


class Door:
    """Lets mails go, over a connection of its own that holds the locks."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._connection: Connection | None = None
        self.is_shut = False

    def __enter__(self) -> "Door":
        return self

    def __exit__(self, *_: object) -> None:
        if self._connection:
            self._connection.close()
            self._connection = None

    @contextmanager
    def let_go(self, leaving: Sequence[Leaving]) -> Iterator[Collection[uuid.UUID]]:
        """Those which may leave; nobody may when the database is away, for then nobody can look."""
        crash_point("looking")
        allowed = self._look(leaving)
        crash_point("let_go")
        try:
            yield allowed
        finally:
            self._release()

    def _look(self, leaving: Sequence[Leaving]) -> Collection[uuid.UUID]:
        if self.is_shut:
            return ()
        try:
            if self._connection is None:
                self._connection = self._engine.connect().execution_options(isolation_level="AUTOCOMMIT")
            asked = {"key": STOP_LOCK, "emails": [one.email for one in leaving]}
            free = {row.email for row in self._connection.execute(_HOLD, asked) if row.is_held}
            return set(self._connection.scalars(_LET_GO, _columns([one for one in leaving if one.email in free])))
        except SQLAlchemyError as error:
            log.warning("sending_broken_off", error=type(error).__name__)
            self.is_shut = True
            return ()

    def _release(self) -> None:
        try:
            if self._connection:
                self._connection.execute(_RELEASE)
        except SQLAlchemyError:
            # The locks went with the connection.
            self.is_shut = True


def _columns(leaving: Sequence[Leaving]) -> dict[str, object]:
    return {
        "ids": [one.id for one in leaving],
        "attempts": [one.attempts for one in leaving],
        "emails": [one.email for one in leaving],
        "hashes": [one.hash for one in leaving],
        "locals": [one.is_local for one in leaving],
    }
