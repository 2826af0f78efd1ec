"""The spool: append-only segment files; a hit is accepted once its line is fsynced.

Requests of the same moment share one fsync: whoever comes first writes for all that have queued up
meanwhile. A writer holds a lock on its open segment, so a segment whose lock is free belongs to a
dead process and may be adopted. Sealing is a rename; only sealed segments are loaded.
"""

import fcntl
import os
import threading
import time
from contextlib import suppress
from pathlib import Path

import structlog

# Stops have segments of their own, so that they are loaded before everything else.
HITS, STOPS = "hits", "stops"
OPEN, SEALED, FRESH = ".open", ".sealed", ".fresh"
# Small enough that the loader takes several at once, large enough that files are few under load.
SEGMENT_BYTES = 4_000_000
# A disk syncs what overwrites a file in half the time of what lengthens it, as only the latter changes the file's own
# record. So a segment is lengthened by zeros ahead of its lines: as many bytes as it has, within these.
LEAST_AHEAD, MOST_AHEAD = 16_384, 262_144
# How long a hit lies in an open segment before the loader may have it.
SEAL_AFTER = 0.2

log = structlog.get_logger(__name__)


class _Batch:
    """Lines that share one fsync; `done` is locked until that is over."""

    def __init__(self) -> None:
        self.lines: list[bytes] = []
        self.stored = False
        self.done = threading.Lock()
        self.done.acquire()


class Spool:
    """One process's place to put hits of one urgency; any number of threads may put at once."""

    def __init__(self, folder: Path, name: str) -> None:
        self._folder = folder
        self._name = name
        self._batch = _Batch()
        self._gate = threading.Lock()
        self._pen = threading.Lock()
        self._segment: _Segment | None = None
        self._is_failing = False

    def put(self, line: bytes) -> bool:
        """True once the line is on the disk for good; False when the spool cannot be written."""
        with self._gate:
            batch = self._batch
            is_first = not batch.lines
            batch.lines.append(line)
        if is_first:
            self._write_batch(batch)
        else:
            # Each of those who wait lets the next one through.
            with batch.done:
                pass
        return batch.stored

    def seal_old(self, older_than: float = SEAL_AFTER) -> None:
        """Give the loader what has waited long enough; called from time to time, as hits may stop coming."""
        with self._pen:
            if self._segment and time.monotonic() - self._segment.since >= older_than:
                self._seal()

    def _write_batch(self, batch: _Batch) -> None:
        """Whoever came first writes for all that came while the pen was in use."""
        try:
            with self._pen:
                with self._gate:
                    self._batch = _Batch()
                batch.stored = self._write(batch.lines)
        finally:
            batch.done.release()

    def _write(self, lines: list[bytes]) -> bool:
        try:
            if self._segment is None:
                self._segment = _Segment(self._folder, self._name)
            self._segment.append(b"".join(lines))
        except OSError as error:
            self._give_up(error)
            return False
        if self._is_failing:
            log.info("spool_written_again", folder=str(self._folder))
            self._is_failing = False
        if self._segment.size >= SEGMENT_BYTES:
            self._seal()
        return True

    def _give_up(self, error: OSError) -> None:
        # Told once: thousands of requests a second would fill what is left of the disk.
        if not self._is_failing:
            log.error("spool_not_written", folder=str(self._folder), error=error.strerror or type(error).__name__)
        self._is_failing = True
        # What the disk now holds of this segment is uncertain: the loader reads its whole lines, we start another.
        if self._segment:
            self._segment.give_up()
        self._segment = None

    def _seal(self) -> None:
        assert self._segment is not None
        segment, self._segment = self._segment, None
        try:
            segment.seal()
        except OSError as error:
            log.error("segment_not_sealed", error=error.strerror or type(error).__name__)
        finally:
            segment.close()


class _Segment:
    def __init__(self, folder: Path, name: str) -> None:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        # Real time in front: the loader takes segments in the order of their names.
        stem = f"{name}-{time.time_ns():020d}-{os.getpid()}"
        self.path = folder / f"{stem}{OPEN}"
        self.size = 0
        self._room = 0
        self.since = time.monotonic()
        # Locked before it gets its name: nobody ever sees an open segment of a living process without a lock.
        fresh = folder / f"{stem}{FRESH}"
        self._file = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            fresh.rename(self.path)
            sync_folder(folder)
        except OSError:
            os.close(self._file)
            raise

    def append(self, data: bytes) -> None:
        """Write and fsync, whole or with an error."""
        end = self.size + len(data)
        if end > self._room:
            self._room = end + min(max(LEAST_AHEAD, self.size), MOST_AHEAD)
            data = data.ljust(self._room - self.size, b"\0")
        view, at = memoryview(data), self.size
        while view:
            written = os.pwrite(self._file, view, at)
            view, at = view[written:], at + written
        os.fdatasync(self._file)
        self.size = end

    def give_up(self) -> None:
        """Leave to the loader what was accepted; a full disk must not gather a file for every attempt."""
        if not self.size:
            with suppress(OSError):
                self.path.unlink()
        self.close()

    def seal(self) -> None:
        """Hand it to the loader without the zeros, which a killed process leaves."""
        os.ftruncate(self._file, self.size)
        self.path.rename(self.path.with_suffix(SEALED))

    def close(self) -> None:
        os.close(self._file)


def sync_folder(folder: Path) -> None:
    """Make names created or removed in a folder survive a power cut."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def adopt_orphans(folder: Path) -> int:
    """Seal the open segments of processes that are gone; says how many there were."""
    return sum(_adopt(path) for path in sorted(folder.glob(f"*{OPEN}")))


def _adopt(path: Path) -> bool:
    try:
        descriptor = os.open(path, os.O_RDONLY)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        # Its writer may have sealed it between our listing and our lock.
        if path.exists():
            path.rename(path.with_suffix(SEALED))
            return True
        return False
    except (BlockingIOError, FileNotFoundError):
        return False
    finally:
        os.close(descriptor)


def sealed_segments(folder: Path, name: str) -> list[Path]:
    """What the loader may take, oldest first."""
    return sorted(folder.glob(f"{name}-*{SEALED}"))


def holds_hits(folder: Path) -> bool:
    """Whether anything accepted still waits for the loader."""
    return any(_size(path) for path in folder.iterdir() if path.suffix in (OPEN, SEALED))


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        # Gone between our listing and our look: an open one was sealed and waits, a sealed one was loaded.
        return int(path.suffix == OPEN)
