"""The two servers of a state folder: their data folders made ready, and the commands that run them."""

import os
import shutil
import signal
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from abm.engines.identity import PLAIN, Identity, choose_identity, give_to, postgres_program, run_aside, valkey_program
from abm.engines.place import DATABASE, POSTGRES_SOCKET, VALKEY_SOCKET, Place
from abm.engines.texts import word
from abm.errors import BadConfiguration

# A new PostgreSQL folder takes 70 MB; with less than this the first import would end half way.
NEEDED_BYTES = 200_000_000
POSTGRES_STOP = signal.SIGINT  # "fast": does not wait for clients to leave
LINES_SHOWN = 5

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
# Survives the death of any process, but not of the machine.
NOT_DURABLE = {"fsync": "off", "full_page_writes": "off"}
# The binaries carry no ICU. With C.UTF-8 Japanese signs count as letters, which similarity search (pg_trgm) needs; a
# system without that locale gets plain C, where such a search finds nothing but all else works.
KINDS_OF_LETTERS = ("C.UTF-8", "C")


@dataclass(frozen=True)
class Setup:
    """How to run the servers of one place; not durable is for tests only."""

    place: Place
    language: str
    durable: bool


def prepare_postgres(setup: Setup) -> dict[str, Any]:
    """Make the database folder when it is new; the guardian's plan for the server."""
    place = setup.place
    identity = choose_identity(place.state)
    if place.postgres.exists():
        give_to(identity, place.postgres, setup.language)
    else:
        _make_database(setup, identity)
    give_to(identity, place.sockets, setup.language)
    forget_dead_server(place)
    return _postgres(setup, identity)


def _make_database(setup: Setup, identity: Identity) -> None:
    """A database folder that is complete, or none: it gets its name only once initdb is through."""
    _require_space(setup)
    unfinished = setup.place.state / "postgres.new"
    if unfinished.exists():
        shutil.rmtree(unfinished)
    unfinished.mkdir(mode=0o700)
    give_to(identity, unfinished, setup.language)
    _initdb(setup, unfinished, identity)
    unfinished.rename(setup.place.postgres)


def _require_space(setup: Setup) -> None:
    stat = os.statvfs(setup.place.state)
    free, needed = (number // 1_000_000 for number in (stat.f_bavail * stat.f_frsize, NEEDED_BYTES))
    if free < needed:
        raise BadConfiguration(word(setup.language, "disk_full", folder=setup.place.state, free=free, needed=needed))


def _initdb(setup: Setup, folder: Path, identity: Identity) -> None:
    """Make the database files; the first kind of letters the system knows is taken."""
    complaint = ""
    for letters in KINDS_OF_LETTERS:
        complaint = _try_initdb(setup, folder, identity, letters)
        if not complaint:
            return
    raise BadConfiguration(word(setup.language, "no_database", folder=setup.place.state, detail=complaint))


def _try_initdb(setup: Setup, folder: Path, identity: Identity, letters: str) -> str:
    """Run initdb; what it complains about, or nothing."""
    program = postgres_program("initdb", setup.language)
    command = [program, f"--pgdata={folder}", f"--username={DATABASE}", "--encoding=UTF8", "--data-checksums"]
    command += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C", f"--lc-ctype={letters}"]
    # Only our own uid reaches the socket, so being there is proof enough.
    command += ["--auth-local=trust", "--auth-host=reject", "--no-instructions"]
    command += [] if setup.durable else ["--no-sync"]
    outcome = run_aside(identity.command(folder, command))
    return "" if outcome.returncode == 0 else last_lines(outcome.stderr)


def forget_dead_server(place: Place) -> None:
    """Remove what a killed server left to say it runs: by now its number may belong to any other process."""
    for note in (place.postgres / "postmaster.pid", place.sockets / f"{POSTGRES_SOCKET}.lock"):
        if note.exists() and not _is_postgres(note.read_text().split("\n", 1)[0]):
            note.unlink()


def _is_postgres(pid: str) -> bool:
    try:
        return psutil.Process(int(pid)).name() == "postgres"
    except (ValueError, psutil.NoSuchProcess):
        return False


def _postgres(setup: Setup, identity: Identity) -> dict[str, Any]:
    place = setup.place
    options = POSTGRES_SETTINGS | {"unix_socket_directories": f'"{place.sockets}"'}
    options |= {} if setup.durable else NOT_DURABLE
    argv = [postgres_program("postgres", setup.language), "-D", str(place.postgres)]
    for name, value in options.items():
        argv += ["-c", f"{name}={value}"]
    return {
        "name": "PostgreSQL",
        "argv": identity.command(place.postgres, argv, POSTGRES_STOP),
        "log": str(fresh_log(place.postgres_log)),
        "stop": int(POSTGRES_STOP),
    }


def prepare_valkey(setup: Setup) -> dict[str, Any]:
    """The guardian's plan for Valkey."""
    place = setup.place
    argv = [valkey_program(setup.language), "--port", "0", "--dir", str(place.valkey), "--save", ""]
    argv += ["--daemonize", "no", "--maxmemory-policy", "noeviction"]
    argv += ["--unixsocket", str(place.sockets / VALKEY_SOCKET), "--unixsocketperm", "700"]
    argv += ["--appendonly", "yes", "--appendfsync", "everysec" if setup.durable else "no"]
    return {
        "name": "Valkey",
        "argv": PLAIN.command(place.valkey, argv),
        "log": str(fresh_log(place.valkey_log)),
        "stop": int(signal.SIGTERM),
    }


def fresh_log(log: Path) -> Path:
    """Keep the log of the last run beside the new one."""
    if log.exists():
        log.replace(log.with_suffix(".log.1"))
    return log


def last_lines(text: str) -> str:
    """The end of what a program said, as one line."""
    return " / ".join(text.strip().splitlines()[-LINES_SHOWN:])
