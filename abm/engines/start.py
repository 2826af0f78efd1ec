"""Starts the embedded engines of a state folder and stops them again."""

import os
import signal
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
from abm.engines.identity import PLAIN, Identity, choose_identity, give_to, postgres_program, valkey_program
from abm.engines.place import DATABASE, VALKEY_SOCKET, Addresses, Place, addresses, place_of, prepare_folders
from abm.errors import BadConfiguration, ServiceDown

# Recovery after a crash may take long on a big database; a server that fell is noticed earlier than this.
READY_WITHIN = 120.0
STOPPED_WITHIN = 30.0
LOOK_EVERY = 0.02
# A new PostgreSQL folder takes 70 MB; below this the first import would end half way.
NEEDED_BYTES = 200_000_000
LINES_SHOWN = 5
POSTGRES_STOP = signal.SIGINT  # "fast": does not wait for clients to leave

# Statements and details of errors hold addresses of people: they stay out of the log.
POSTGRES_SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "200",
    "shared_buffers": "128MB",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_error_verbosity": "terse",
    "log_min_error_statement": "panic",
}
# The binaries carry no ICU. With C.UTF-8 Japanese signs count as letters, which similarity search (pg_trgm) needs; a
# system without that locale gets plain C, where such a search finds nothing but all else works.
KINDS_OF_LETTERS = ("C.UTF-8", "C")
NOT_DURABLE = {"fsync": "off", "full_page_writes": "off", "synchronous_commit": "off"}


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
    place = place_of(settings)
    prepare_folders(place)
    lock = hold(place.lock)
    try:
        wanted = _wanted(settings, place, durable)
        engines = Engines(addresses(settings), lock, _guard(wanted, lock))
    except BaseException:
        os.close(lock)
        raise
    try:
        _await(settings, engines, place)
    except BaseException:
        engines.stop()
        raise
    return engines


def _wanted(settings: Settings, place: Place, durable: bool) -> list[dict[str, Any]]:
    wanted = []
    if not settings.redis_url:
        wanted.append(_valkey(place, durable))
    if not settings.database_url:
        identity = choose_identity(place.state)
        _prepare_postgres(place, identity, durable)
        give_to(identity, place.sockets)
        wanted.append(_postgres(place, identity, durable))
    return wanted


def _prepare_postgres(place: Place, identity: Identity, durable: bool) -> None:
    """A database folder that is complete, or none: it gets its name only once initdb is through."""
    if place.postgres.exists():
        give_to(identity, place.postgres)
        return
    _require_space(place.state)
    unfinished = place.state / "postgres.new"
    if unfinished.exists():
        _remove(unfinished)
    unfinished.mkdir(mode=0o700)
    give_to(identity, unfinished)
    _initdb(unfinished, identity, durable)
    unfinished.rename(place.postgres)


def _initdb(folder: Path, identity: Identity, durable: bool) -> None:
    """Make the database files; the first kind of letters the system knows is taken."""
    complaint = ""
    for letters in KINDS_OF_LETTERS:
        complaint = _try_initdb(folder, identity, durable, letters)
        if not complaint:
            return
    raise BadConfiguration(f"no database could be made in {folder}: {complaint}")


def _try_initdb(folder: Path, identity: Identity, durable: bool, letters: str) -> str:
    """Run initdb; what it complains about, or nothing."""
    command = [postgres_program("initdb"), f"--pgdata={folder}", f"--username={DATABASE}", "--encoding=UTF8"]
    command += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C", f"--lc-ctype={letters}"]
    # Only our own uid reaches the socket, so being there is proof enough.
    command += ["--auth-local=trust", "--auth-host=reject", "--data-checksums", "--no-instructions"]
    command += [] if durable else ["--no-sync"]
    outcome = subprocess.run(identity.command(folder, command), capture_output=True, text=True, check=False)
    return "" if outcome.returncode == 0 else _last_lines(outcome.stderr)


def _require_space(folder: Path) -> None:
    stat = os.statvfs(folder)
    if (free := stat.f_bavail * stat.f_frsize) < NEEDED_BYTES:
        raise BadConfiguration(
            f"the disk of {folder} is full: {free // 1_000_000} MB free, {NEEDED_BYTES // 1_000_000} MB needed;"
            " free some, or set ABM_STATE_DIR to a folder on another disk"
        )


def _remove(folder: Path) -> None:
    for path in sorted(folder.rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() and not path.is_symlink() else path.unlink()
    folder.rmdir()


def _postgres(place: Place, identity: Identity, durable: bool) -> dict[str, Any]:
    options = POSTGRES_SETTINGS | {"unix_socket_directories": f'"{place.sockets}"'} | ({} if durable else NOT_DURABLE)
    argv = [postgres_program("postgres"), "-D", str(place.postgres)]
    for name, value in options.items():
        argv += ["-c", f"{name}={value}"]
    return {
        "name": "PostgreSQL",
        "argv": identity.command(place.postgres, argv, POSTGRES_STOP),
        "log": str(_fresh_log(place.logs / "postgres.log")),
        "stop": int(POSTGRES_STOP),
    }


def _valkey(place: Place, durable: bool) -> dict[str, Any]:
    argv = [valkey_program(), "--port", "0", "--dir", str(place.valkey), "--save", "", "--daemonize", "no"]
    argv += ["--unixsocket", str(place.sockets / VALKEY_SOCKET), "--unixsocketperm", "700"]
    argv += ["--appendonly", "yes", "--appendfsync", "everysec" if durable else "no"]
    argv += ["--maxmemory-policy", "noeviction"]
    return {
        "name": "Valkey",
        "argv": PLAIN.command(place.valkey, argv),
        "log": str(_fresh_log(place.logs / "valkey.log")),
        "stop": int(signal.SIGTERM),
    }


def _fresh_log(log: Path) -> Path:
    """Keep the log of the last run beside the new one."""
    if log.exists():
        log.replace(log.with_suffix(".log.1"))
    return log


def _guard(wanted: list[dict[str, Any]], lock: int) -> subprocess.Popen[bytes]:
    plan = {"parent": os.getpid(), "lock": lock, "engines": wanted}
    return subprocess.Popen(
        [sys.executable, "-I", "-S", guardian.__file__, dumps(plan)],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        bufsize=0,
        pass_fds=[lock],
        start_new_session=True,  # Ctrl-C in a terminal is for us; the engines stop last
    )


def _await(settings: Settings, engines: Engines, place: Place) -> None:
    deadline = time.monotonic() + READY_WITHIN
    for given, answers, log in (
        (settings.database_url, _postgres_answers, place.logs / "postgres.log"),
        (settings.redis_url, _valkey_answers, place.logs / "valkey.log"),
    ):
        while not given and not answers(engines.addresses):
            if not engines.alive or time.monotonic() > deadline or _gave_up(log):
                raise ServiceDown(f"an engine does not start in {place.state}: {_tail(log)} (all of it: {log})")
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
    """True when the server wrote that it cannot run at all; its restarts would only repeat it."""
    text = _tail(log)
    return "FATAL:" in text and "starting up" not in text and "shared memory block" not in text


def _tail(log: Path) -> str:
    return _last_lines(log.read_text(encoding="utf-8", errors="replace")) if log.exists() else ""


def _last_lines(text: str) -> str:
    return " / ".join(text.strip().splitlines()[-LINES_SHOWN:])


def _pipe(process: subprocess.Popen[bytes]) -> IO[bytes]:
    assert process.stdin is not None
    return process.stdin
