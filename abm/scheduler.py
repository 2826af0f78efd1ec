"""The scheduler: one leader, chosen by a lock in the database, asks every second what is due and rings its bell."""

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime

import structlog
from sqlalchemy import Connection, Engine, NullPool, create_engine, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

import abm.actors  # noqa: F401  declares every sweep
from abm.canary import CANARY, beat
from abm.config import Settings
from abm.due import SWEEPS
from abm.queue import ring
from abm.work import business_time, open_installation
from campaigns.restarts import notice_restart

log = structlog.get_logger(__name__)

LEADER_LOCK = 7_202_610
LOOK_EVERY = 1.0
# A bell that is still on its way is not rung again at once: fifty reasons to look are one bell.
RING_AGAIN_AFTER = 2.0
CANARY_EVERY = 5.0
# When no canary came back for this long nobody listens, and bells would only fill the queue: they are rung rarely.
DEAF_AFTER = "30 seconds"
RING_THE_DEAF_AFTER = 15.0

Sweep = Callable[[Session, datetime], bool]


class Bells:
    """Remembers when each bell was rung last, so that a long queue does not fill with copies of one message."""

    def __init__(self, ring: Callable[[str], None] = ring, clock: Callable[[], float] = time.monotonic) -> None:
        self._ring, self._clock = ring, clock
        self._last: dict[str, float] = {}

    def ring(self, name: str, again_after: float) -> None:
        """Ring, unless this bell was rung a moment ago."""
        now = self._clock()
        if now - self._last.get(name, float("-inf")) >= again_after:
            self._last[name] = now
            self._ring(name)


def run_scheduler(settings: Settings, stop: threading.Event) -> None:
    """Lead, or wait to lead, until `stop`; a database that is away is waited for."""
    installation = open_installation(settings, pool_size=1, application="abm-scheduler")
    engine, bells, away = _lasting(installation.engine), Bells(), False
    while not stop.is_set():
        try:
            with _leadership(engine) as connection:
                away = _say(away, now=False)
                if connection is not None:
                    _lead(connection, bells, stop)
        except DBAPIError as error:
            away = _say(away, now=True, error=type(error.orig).__name__)
        stop.wait(LOOK_EVERY)


def _lasting(engine: Engine) -> Engine:
    """The lock lives as long as its connection, so that one must never come from or go back to a pool."""
    return create_engine(engine.url, poolclass=NullPool, connect_args=CONNECTION)


# A leader whose host vanished must not keep the lock: the server notices within half a minute.
CONNECTION = {
    "application_name": "abm-scheduler",
    "connect_timeout": 5,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "options": "-c timezone=UTC -c tcp_keepalives_idle=10 -c tcp_keepalives_interval=5 -c tcp_keepalives_count=3"
    " -c statement_timeout=30000",
}


@contextmanager
def _leadership(engine: Engine) -> Iterator[Connection | None]:
    """A connection that holds the leader's lock while it is open, or nothing when another one leads."""
    with engine.connect() as connection:
        mine = connection.scalar(text("select pg_try_advisory_lock(:key)"), {"key": LEADER_LOCK})
        connection.commit()
        yield connection if mine else None


def _lead(connection: Connection, bells: Bells, stop: threading.Event) -> None:
    """Look once a second; everything is asked over the locked connection, so a lost lock ends the lead at once."""
    log.info("leading")
    _ask_after_silence(connection)
    while not stop.is_set():
        started = time.monotonic()
        look(connection, bells, SWEEPS)
        stop.wait(max(0.0, LOOK_EVERY - (time.monotonic() - started)))
    log.info("lead_given_up")


def _ask_after_silence(connection: Connection) -> None:
    """Before the first look: what a long silence has left overdue waits for an administrator."""
    with Session(connection) as session:
        notice_restart(session, business_time(session))
        session.commit()


def look(connection: Connection, bells: Bells, sweeps: Mapping[str, Sweep]) -> list[str]:
    """One look: beat, ring the canary, ring for whatever is due; answers what is due."""
    with Session(connection) as session:
        at = business_time(session)
        due = [name for name, has_due in sweeps.items() if _asked(session, name, has_due, at)]
        beat(session, "scheduler", due=due)
        deaf = bool(session.scalar(NOBODY_LISTENS))
        session.commit()
    for name in due:
        bells.ring(name, RING_THE_DEAF_AFTER if deaf else RING_AGAIN_AFTER)
    bells.ring(CANARY, RING_THE_DEAF_AFTER if deaf else CANARY_EVERY)
    return due


NOBODY_LISTENS = text(
    f"select max(at) < clock_timestamp() - interval '{DEAF_AFTER}' from heartbeats where process = 'worker'"  # noqa: S608
)


def _asked(session: Session, name: str, has_due: Sweep, at: datetime) -> bool:
    """Ask one sweep; a broken one is logged and rings nothing, and the others are asked all the same."""
    try:
        with session.begin_nested():
            return has_due(session, at)
    except Exception as error:
        # A lost connection is not this sweep's fault and must end the lead; any other error is only this sweep's.
        if isinstance(error, DBAPIError) and error.connection_invalidated:
            raise
        log.exception("sweep_failed", sweep=name)
        return False


def _say(before: bool, *, now: bool, error: str = "") -> bool:
    """Tell once when the database goes away and once when it is back."""
    if now and not before:
        log.warning("database_away", error=error)
    if before and not now:
        log.info("database_back")
    return now
