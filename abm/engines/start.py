"""Starts the embedded engines of a state folder and stops them again."""

import os
import subprocess
import sys
import time
from dataclasses import dataclass
from json import dumps
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

import psycopg
import redis

from abm.config import Settings
from abm.engines import guardian
from abm.engines.hold import hold
from abm.engines.place import DATABASE, Addresses, addresses, place_of, prepare_folders
from abm.engines.servers import Setup, last_lines, prepare_postgres, prepare_valkey
from abm.engines.texts import TEXTS, word
from abm.errors import ServiceDown

# Recovery after a crash may take long on a big database; a server that fell is noticed earlier than this.
READY_WITHIN = 120.0
STOPPED_WITHIN = 30.0
LOOK_EVERY = 0.02


@dataclass
class Engines:
    """Running engines and the lock on their folder."""

    addresses: Addresses
    lock: int
    process: subprocess.Popen[bytes]

    @property
    def alive(self) -> bool:
        """False when the guardian of the engines is gone."""
        return self.process.poll() is None

    def adopt(self, group: int) -> None:
        """Have this process group ended as well, should we be killed."""
        self._tell(f"group {group}\n")

    def release(self, group: int) -> None:
        """This process group ended by itself."""
        self._tell(f"gone {group}\n")

    def stop(self) -> None:
        """Stop the engines and free the folder; may be called twice."""
        if self.lock < 0:
            return
        _pipe(self.process).close()
        try:
            self.process.wait(STOPPED_WITHIN)
        finally:
            os.close(self.lock)
            self.lock = -1

    def _tell(self, line: str) -> None:
        try:
            _pipe(self.process).write(line.encode())
        except BrokenPipeError:
            return  # the guardian is gone, which `alive` tells

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.stop()


def start_engines(settings: Settings, *, durable: bool = True) -> Engines:
    """Lock the state folder and run the engines not given by URL; ServiceDown when the folder is in use."""
    setup = Setup(place_of(settings), settings.language, durable)
    prepare_folders(setup.place, setup.language)
    lock = hold(setup.place.lock, setup.language)
    try:
        wanted = _wanted(settings, setup)
        engines = Engines(addresses(settings), lock, _guard(wanted, lock, setup.language))
    except BaseException:
        os.close(lock)
        raise
    try:
        _await(settings, engines, setup)
    except BaseException:
        engines.stop()
        raise
    return engines


def _wanted(settings: Settings, setup: Setup) -> list[dict[str, Any]]:
    """The servers that are not given by URL."""
    wanted = []
    if not settings.redis_url:
        wanted.append(prepare_valkey(setup))
    if not settings.database_url:
        wanted.append(prepare_postgres(setup))
    return wanted


def _guard(wanted: list[dict[str, Any]], lock: int, language: str) -> subprocess.Popen[bytes]:
    fell = TEXTS["engine_fell"][language]
    plan = {"parent": os.getpid(), "lock": lock, "engines": wanted, "fell": fell}
    return subprocess.Popen(
        [sys.executable, "-I", "-S", guardian.__file__, dumps(plan)],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        bufsize=0,
        pass_fds=[lock],
        start_new_session=True,  # Ctrl-C in a terminal is for us; the engines stop last
    )


def _await(settings: Settings, engines: Engines, setup: Setup) -> None:
    deadline = time.monotonic() + READY_WITHIN
    for given, answers, log in (
        (settings.database_url, _postgres_answers, setup.place.postgres_log),
        (settings.redis_url, _valkey_answers, setup.place.valkey_log),
    ):
        while not given and not answers(engines.addresses):
            if not engines.alive or time.monotonic() > deadline or _gave_up(log):
                detail = last_lines(_read(log))
                raise ServiceDown(word(setup.language, "no_start", folder=setup.place.state, detail=detail, log=log))
            time.sleep(LOOK_EVERY)


def _postgres_answers(found: Addresses) -> bool:
    url = found.database_url.replace("+psycopg", "").replace(f"/{DATABASE}?", "/postgres?")
    try:
        with psycopg.connect(url, autocommit=True, connect_timeout=5) as connection:
            if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone():
                connection.execute(f"CREATE DATABASE {DATABASE}")
    except psycopg.OperationalError:
        return False
    return True


def _valkey_answers(found: Addresses) -> bool:
    try:
        with redis.Redis.from_url(found.redis_url) as client:
            return bool(client.ping())
    except redis.ConnectionError:  # also while it is loading its file
        return False


def _gave_up(log: Path) -> bool:
    """True when PostgreSQL wrote that it cannot run at all; starting it again would only repeat it."""
    fatal = [line for line in _read(log).splitlines() if "FATAL:" in line]
    passing = ("the database system is", "shared memory block")
    return any(not any(phrase in line for phrase in passing) for line in fatal)


def _read(log: Path) -> str:
    return log.read_text(encoding="utf-8", errors="replace") if log.exists() else ""


def _pipe(process: subprocess.Popen[bytes]) -> IO[bytes]:
    assert process.stdin is not None
    return process.stdin
