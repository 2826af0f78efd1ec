"""The worker with the real queue: a rung bell runs, a lost one is rung again, and SIGTERM lets work end."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import pytest
import redis
from sqlalchemy import select
from sqlalchemy.orm import Session

from abm.canary import canary
from abm.config import Settings
from abm.models import Heartbeat
from abm.queue import make_broker, make_stub_broker, ring
from abm.up import as_environment
from abm.work import Installation
from tests.abm.processes import until


@pytest.fixture
def bells(installation: Installation) -> Iterator[redis.Redis]:
    """The real queue, empty, with this test's bells rung on it."""
    with redis.Redis.from_url(installation.addresses.redis_url) as valkey:
        valkey.flushall()
        make_broker(installation.addresses.redis_url)
        yield valkey
        make_stub_broker()


@contextmanager
def started(settings: Settings, *words: str, **environ: str) -> Iterator[subprocess.Popen[bytes]]:
    values = os.environ | as_environment(settings) | {"ABM_SECRET_KEY": settings.secret_key} | environ
    process = subprocess.Popen([sys.executable, *words], env=values)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def last_beat(installation: Installation, process: str = "worker") -> datetime | None:
    with Session(installation.engine) as session:
        return session.scalar(select(Heartbeat.at).where(Heartbeat.process == process))


def test_the_canary_can_run_twice(installation: Installation) -> None:
    canary()
    first = last_beat(installation)
    canary()

    second = last_beat(installation)
    assert first
    assert second
    assert second > first


def test_a_rung_bell_is_run_by_a_worker_which_then_leaves_when_asked(
    installation: Installation, bells: redis.Redis
) -> None:
    ring("canary")

    with started(installation.settings, "-m", "abm", "worker") as worker:
        until(lambda: last_beat(installation))
        worker.send_signal(signal.SIGTERM)

        assert worker.wait(20) == 0


def test_an_emptied_queue_loses_nothing_because_the_scheduler_rings_again(
    installation: Installation, bells: redis.Redis
) -> None:
    with (
        started(installation.settings, "-m", "abm", "worker"),
        started(installation.settings, "-m", "abm", "scheduler"),
    ):
        before = until(lambda: last_beat(installation))
        bells.flushall()

        assert until(lambda: (now := last_beat(installation)) and now > before)


def test_a_worker_told_to_stop_ends_what_it_has_begun(
    installation: Installation, bells: redis.Redis, tmp_path: Path
) -> None:
    note = tmp_path / "note"
    ring("slow_work")

    with started(installation.settings, "-m", "tests.abm.slow_worker", SLOW_NOTE=str(note)) as worker:
        until(lambda: note.exists())
        worker.send_signal(signal.SIGTERM)

        assert worker.wait(20) == 0
    assert note.read_text() == "begun, ended"
