"""The scheduler: what is due rings, one leads, and another takes over."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import pytest
from sqlalchemy import Connection, Engine, text
from sqlalchemy.orm import Session

from abm.config import Settings
from abm.models import Heartbeat
from abm.scheduler import LEADER_LOCK, Bells, _lasting, _leadership, look
from abm.up import as_environment
from abm.work import Installation
from tests.abm.processes import until

Rung = list[str]


@pytest.fixture
def rung() -> Rung:
    return []


@pytest.fixture
def connection(installation: Installation) -> Iterator[Connection]:
    with installation.engine.connect() as connection:
        yield connection


def always(session: Session, at: datetime) -> bool:
    return True


def never(session: Session, at: datetime) -> bool:
    return False


def test_what_is_due_rings_and_what_is_not_stays_silent(connection: Connection, rung: Rung) -> None:
    due = look(connection, Bells(rung.append), {"send_messages": always, "fold_events": never})

    assert due == ["send_messages"]
    assert rung == ["send_messages", "canary"]


def test_a_sweep_is_asked_at_business_time(connection: Connection, rung: Rung) -> None:
    asked: list[datetime] = []
    connection.execute(text("insert into business_clock (id, clock_offset) values (1, interval '-30 days')"))
    connection.commit()

    look(connection, Bells(rung.append), {"send_messages": lambda session, at: bool(asked.append(at))})

    assert 29.9 < (datetime.now(UTC) - asked[0]).total_seconds() / 86400 < 30.1


def test_a_broken_sweep_does_not_silence_the_others(connection: Connection, rung: Rung) -> None:
    def broken(session: Session, at: datetime) -> bool:
        return bool(session.scalar(text("select 1 / 0")))

    look(connection, Bells(rung.append), {"broken": broken, "send_messages": always})

    assert "send_messages" in rung


def test_a_bell_on_its_way_is_not_rung_again_at_once(rung: Rung) -> None:
    now = [0.0]
    bells = Bells(rung.append, clock=lambda: now[0])

    for now[0] in (0.0, 1.0, 1.9, 2.0):
        bells.ring("send_messages", 2.0)

    assert rung == ["send_messages"] * 2


def test_a_look_leaves_a_sign_of_life(connection: Connection, installation: Installation, rung: Rung) -> None:
    look(connection, Bells(rung.append), {})

    with Session(installation.engine) as session:
        assert [beat.process for beat in session.query(Heartbeat)] == ["scheduler"]


def test_while_nobody_listens_bells_are_rung_rarely(connection: Connection, rung: Rung) -> None:
    now = [0.0]
    bells = Bells(rung.append, clock=lambda: now[0])
    long_ago = "insert into heartbeats (process, host, at) values ('worker', 'here', now() - interval '1 hour')"
    connection.execute(text(long_ago))
    connection.commit()

    for now[0] in (0.0, 5.0, 10.0, 15.0):
        look(connection, bells, {"send_messages": always})

    assert rung.count("send_messages") == 2


def leaders(engine: Engine) -> list[int]:
    """Server processes that hold the leader's lock."""
    with engine.connect() as connection:
        held = text("select pid from pg_locks where locktype = 'advisory' and objid = :key and granted")
        return list(connection.scalars(held, {"key": LEADER_LOCK}))


@contextmanager
def started(settings: Settings, *words: str) -> Iterator[subprocess.Popen[bytes]]:
    """One of our commands as a process, killed afterwards if it still runs."""
    environ = os.environ | as_environment(settings) | {"ABM_SECRET_KEY": settings.secret_key}
    process = subprocess.Popen([sys.executable, "-m", "abm", *words], env=environ)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def leads(installation: Installation) -> Callable[[], list[int]]:
    return lambda: leaders(installation.engine)


def test_of_two_schedulers_one_leads_until_it_lets_go(installation: Installation) -> None:
    engine = _lasting(installation.engine)
    with _leadership(engine) as first, _leadership(engine) as second:
        assert first is not None
        assert second is None
    until(lambda: not leaders(installation.engine))

    with _leadership(engine) as third:
        assert third is not None


def test_another_scheduler_takes_over_when_the_leader_is_killed(installation: Installation) -> None:
    with started(installation.settings, "scheduler") as first:
        (before,) = until(leads(installation))
        with started(installation.settings, "scheduler") as second:
            first.kill()
            (after,) = until(lambda: [pid for pid in leaders(installation.engine) if pid != before])

            second.send_signal(signal.SIGTERM)
            assert second.wait(10) == 0

    assert after != before
    until(lambda: not leaders(installation.engine))


def test_a_scheduler_waits_for_a_database_that_went_away(installation: Installation) -> None:
    with started(installation.settings, "scheduler") as process:
        (before,) = until(leads(installation))
        with installation.engine.connect() as connection:
            connection.execute(text("select pg_terminate_backend(:pid)"), {"pid": before})

        assert until(lambda: [pid for pid in leaders(installation.engine) if pid != before])
        assert process.poll() is None
