"""Brings the spool of this host into PostgreSQL: whole segments, stops first, each hit once.

A segment is deleted only after its commit, and a hit that is already there is passed over, so that
a crash at any point costs nothing but doing a part again.
"""

import fcntl
import os
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from pathlib import Path

import psycopg
import structlog
from sqlalchemy import Engine
from sqlalchemy.exc import DataError, IntegrityError, OperationalError
from sqlalchemy.orm import Session

from abm.queue import ring
from abm.words import HitKind
from abm.work import Installation
from tracking import metrics
from tracking.copying import copy_hits
from tracking.hit import Hit
from tracking.lines import read_line, write_line
from tracking.spool import FRESH, HITS, STOPS, adopt_orphans, sealed_segments, sync_folder
from tracking.standing import CORRUPT, tell_of_loader
from tracking.stops import stop_mail

# What one transaction takes: enough to fill a copy, little enough that stops never wait for long. A quiet hour without
# the database leaves thousands of small segments, a busy one few large ones.
SEGMENTS_AT_ONCE = 256
BYTES_AT_ONCE = 8_000_000
LOOK_EVERY = 0.1
BEAT_EVERY = 1.0
WAIT_FOR_TROUBLE = 1.0
WAIT_FOR_LOCK = 1.0
# An outage of an hour is told of sixty times, not at every attempt.
TELL_EVERY = 60.0
# A fresh file gets its name within moments; one this old has lost its writer, and holds nothing.
STALE_FRESH_SECONDS = 60

# What the database says of a hit that it will never take; the copy's own errors come as the driver raises them.
REFUSED = (psycopg.DataError, psycopg.IntegrityError, DataError, IntegrityError)

log = structlog.get_logger(__name__)


@dataclass
class Spooled:
    """What some segments hold."""

    segments: list[Path] = field(default_factory=list)
    hits: list[Hit] = field(default_factory=list)
    corrupt: list[tuple[Path, bytes]] = field(default_factory=list)
    torn: int = 0


def run_loader(installation: Installation, stop: threading.Event) -> None:
    """Load until told to stop; waits while another loader of this host is at work."""
    folder = installation.settings.state_dir.absolute() / "spool"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    trouble = _Trouble()
    with _alone(folder, stop) as mine:
        beat_at = 0.0
        is_back = True
        while mine and not stop.is_set():
            try:
                busy = load_once(installation.engine, folder)
                if time.monotonic() >= beat_at:
                    beat(installation.engine, folder, is_back=is_back)
                    is_back = False
                    beat_at = time.monotonic() + BEAT_EVERY
                trouble.is_over()
                stop.wait(0 if busy else LOOK_EVERY)
            except (OperationalError, psycopg.OperationalError) as error:
                # The spool keeps everything; the database comes back some time.
                is_back = True
                trouble.tell(_name_of(error), error)
                stop.wait(WAIT_FOR_TROUBLE)
            except Exception as error:
                # Nothing is lost by trying again, and a loader that ended would load nothing at all.
                trouble.tell("hits_not_loaded", error, trace=True)
                stop.wait(WAIT_FOR_TROUBLE)


def _name_of(error: OperationalError | psycopg.OperationalError) -> str:
    """What keeps the database from taking hits: who reads the log must know whether to start it or to make room."""
    cause = error.orig if isinstance(error, OperationalError) else error
    return "database_disk_full" if isinstance(cause, psycopg.errors.DiskFull) else "database_away"


class _Trouble:
    """Tells of what keeps the loader from loading when it begins, now and then while it lasts, and when it is over."""

    def __init__(self) -> None:
        self._told: dict[str, float] = {}

    def tell(self, event: str, error: Exception, *, trace: bool = False) -> None:
        now = time.monotonic()
        if now - self._told.get(event, float("-inf")) >= TELL_EVERY:
            self._told[event] = now
            log.warning(event, error=type(error).__name__, exc_info=trace)

    def is_over(self) -> None:
        if self._told:
            log.info("loading_again")
            self._told.clear()


def load_once(engine: Engine, folder: Path) -> bool:
    """Load the oldest segments of the most urgent kind; True when there was something."""
    adopt_orphans(folder)
    _forget_stale_fresh(folder)
    for name in (STOPS, HITS):
        waiting = sealed_segments(folder, name)
        metrics.WAITING.set(len(waiting))
        if waiting:
            _load(engine, folder, read_segments(waiting))
            return True
    return False


def read_segments(segments: Sequence[Path]) -> Spooled:
    """The hits of the first segments; a torn last line is cut off, a corrupt one set aside."""
    spooled, size = Spooled(), 0
    for path in islice(segments, SEGMENTS_AT_ONCE):
        # A process that was killed left the zeros ahead of its lines.
        data = path.read_bytes().rstrip(b"\0")
        spooled.segments.append(path)
        _read_lines(spooled, path, data)
        size += len(data)
        if size >= BYTES_AT_ONCE:
            break
    return spooled


def _read_lines(spooled: Spooled, path: Path, data: bytes) -> None:
    *lines, rest = data.split(b"\n")
    spooled.torn += bool(rest)
    for line in lines:
        if hit := read_line(line):
            spooled.hits.append(hit)
        else:
            spooled.corrupt.append((path, line))


def _load(engine: Engine, folder: Path, spooled: Spooled) -> None:
    try:
        stored = _commit(engine, spooled.hits)
    except REFUSED:
        stored = _commit_each(engine, spooled)
    _set_corrupt_aside(folder, spooled)
    for path in spooled.segments:
        path.unlink(missing_ok=True)
    sync_folder(folder)
    metrics.LOADED.inc(stored)
    metrics.TORN.inc(spooled.torn)
    if stored:
        ring("record_hits")
    if any(hit.body is not None for hit in spooled.hits):
        ring("read_posts")


def _commit(engine: Engine, hits: Sequence[Hit]) -> int:
    with Session(engine) as session:
        stored = copy_hits(session, hits)
        stop_mail(session, _stops(hits))
        session.commit()
    return stored


def _stops(hits: Sequence[Hit]) -> list[tuple[bytes, datetime]]:
    return [(hit.message_key, hit.at) for hit in hits if hit.kind is HitKind.STOP and hit.message_key]


def _commit_each(engine: Engine, spooled: Spooled) -> int:
    """One hit the database refuses must not hold up the others."""
    stored = 0
    for hit in spooled.hits:
        try:
            stored += _commit(engine, [hit])
        except REFUSED:
            spooled.corrupt.append((spooled.segments[0], write_line(hit).rstrip(b"\n")))
    return stored


def _set_corrupt_aside(folder: Path, spooled: Spooled) -> None:
    """Keep what cannot be read where people can look at it; it never stops the rest."""
    if not spooled.corrupt:
        return
    aside = folder / CORRUPT
    aside.mkdir(exist_ok=True, mode=0o700)
    for path, line in spooled.corrupt:
        with (aside / path.name).open("ab") as out:
            out.write(line + b"\n")
    metrics.CORRUPT.inc(len(spooled.corrupt))
    log.error("spool_lines_corrupt", count=len(spooled.corrupt), folder=str(aside))


def beat(engine: Engine, folder: Path, *, is_back: bool = False) -> None:
    """Say that this host's loader works and what waits for it."""
    with Session(engine) as session:
        tell_of_loader(session, folder, is_back=is_back)
        session.commit()


@contextmanager
def _alone(folder: Path, stop: threading.Event) -> Iterator[bool]:
    """Hold the spool folder's lock; False when told to stop before it was free."""
    descriptor = os.open(folder / "loader.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        told = False
        while not (mine := _lock(descriptor)) and not stop.is_set():
            if not told:
                log.warning("another_loader_holds_the_spool", folder=str(folder))
                told = True
            stop.wait(WAIT_FOR_LOCK)
        yield mine
    finally:
        os.close(descriptor)


def _lock(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _forget_stale_fresh(folder: Path) -> None:
    for path in folder.glob(f"*{FRESH}"):
        try:
            if time.time() - path.stat().st_mtime > STALE_FRESH_SECONDS:
                path.unlink()
        except FileNotFoundError:
            continue
