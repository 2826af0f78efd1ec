"""What was accepted is in the database exactly once, whatever dies in between."""

import errno
import fcntl
import subprocess
import sys
import threading
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import Engine, create_engine, func, select, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session
from structlog.testing import capture_logs

from abm.models import Heartbeat, Hit, Suppression
from abm.words import HitKind
from abm.work import Installation
from tests.abm.processes import until
from tests.tracking.world import Sent, did
from tracking import hit as hits
from tracking import loader as loading
from tracking import metrics
from tracking.lines import write_line
from tracking.loader import load_once, run_loader
from tracking.spool import HITS, STOPS, Spool, adopt_orphans, sealed_segments


@pytest.fixture
def folder(installation: Installation) -> Path:
    return installation.settings.state_dir / "spool"


def put(folder: Path, *arrived: hits.Hit, name: str = HITS, seal: bool = True) -> Spool:
    spool = Spool(folder, name)
    for hit in arrived:
        assert spool.put(write_line(hit))
    if seal:
        spool.seal_old(0)
    return spool


def load_all(installation: Installation, folder: Path) -> None:
    while load_once(installation.engine, folder):
        pass


def stored(installation: Installation) -> list[str]:
    with Session(installation.engine) as session:
        return [str(id_) for id_ in session.scalars(select(Hit.id).order_by(Hit.id))]


def test_a_killed_process_loses_no_accepted_hit(installation: Installation, folder: Path):
    accepting = [sys.executable, str(Path(__file__).with_name("accepting.py")), str(folder)]
    process = subprocess.Popen(accepting, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[2])
    assert process.stdout is not None
    accepted = [process.stdout.readline().strip() for _ in range(500)]
    process.kill()
    # The last line may have been cut off by the kill.
    accepted += [line.strip() for line in process.stdout if line.endswith("\n")]
    process.wait()

    load_all(installation, folder)

    found = stored(installation)
    assert set(accepted) <= set(found)
    assert len(found) == len(set(found))
    assert list(folder.glob("hits-*")) == []


def test_a_living_process_keeps_its_open_segment(installation: Installation, sent: Sent, folder: Path):
    spool = put(folder, did(sent, HitKind.OPEN), seal=False)

    assert adopt_orphans(folder) == 0
    load_all(installation, folder)
    assert stored(installation) == []

    spool.seal_old(0)
    load_all(installation, folder)
    assert len(stored(installation)) == 1


def test_a_loader_that_dies_after_its_commit_stores_nothing_twice(
    installation: Installation, sent: Sent, folder: Path, monkeypatch: pytest.MonkeyPatch
):
    put(folder, *[did(sent, HitKind.OPEN, second) for second in range(20)])
    with monkeypatch.context() as crash:
        crash.setattr(Path, "unlink", _die)
        with pytest.raises(KeyboardInterrupt):
            load_once(installation.engine, folder)
    before = stored(installation)

    load_all(installation, folder)

    assert len(before) == 20
    assert stored(installation) == before
    assert sealed_segments(folder, HITS) == []


def test_a_loader_that_dies_before_its_commit_leaves_the_segment(
    installation: Installation, sent: Sent, folder: Path, monkeypatch: pytest.MonkeyPatch
):
    put(folder, did(sent, HitKind.OPEN))
    with monkeypatch.context() as crash:
        crash.setattr(Session, "commit", _die)
        with pytest.raises(KeyboardInterrupt):
            load_once(installation.engine, folder)
    assert stored(installation) == []

    load_all(installation, folder)

    assert len(stored(installation)) == 1


def test_a_torn_last_line_is_cut_off(installation: Installation, sent: Sent, folder: Path):
    put(folder, whole := did(sent, HitKind.OPEN))
    [segment] = sealed_segments(folder, HITS)
    segment.write_bytes(segment.read_bytes() + write_line(did(sent, HitKind.CLICK))[:40])
    torn = metrics.TORN._value.get()

    load_all(installation, folder)

    assert stored(installation) == [whole.id]
    assert metrics.TORN._value.get() == torn + 1


def test_what_a_dead_process_leaves_of_its_segment_is_read_without_the_room_ahead(
    installation: Installation, sent: Sent, folder: Path
):
    spool = put(folder, *(opened := [did(sent, HitKind.OPEN, second) for second in range(2)]), seal=False)
    assert spool._segment is not None
    spool._segment.close()
    [segment] = folder.glob("hits-*")
    assert segment.read_bytes().endswith(b"\0\0")
    torn, corrupt = metrics.TORN._value.get(), metrics.CORRUPT._value.get()

    load_all(installation, folder)

    assert stored(installation) == sorted(hit.id for hit in opened)
    assert (metrics.TORN._value.get(), metrics.CORRUPT._value.get()) == (torn, corrupt)


def test_a_corrupt_line_is_set_aside_and_does_not_block_the_others(
    installation: Installation, sent: Sent, folder: Path
):
    put(folder, first := did(sent, HitKind.OPEN), did(sent, HitKind.OPEN, 1), third := did(sent, HitKind.OPEN, 2))
    [segment] = sealed_segments(folder, HITS)
    lines = segment.read_bytes().splitlines(keepends=True)
    segment.write_bytes(lines[0] + b"x" + lines[1] + lines[2])
    corrupt = metrics.CORRUPT._value.get()

    load_all(installation, folder)

    assert stored(installation) == sorted([first.id, third.id])
    assert metrics.CORRUPT._value.get() == corrupt + 1
    assert (folder / "corrupt" / segment.name).read_bytes() == b"x" + lines[1]


def test_a_hit_the_database_refuses_is_set_aside_and_does_not_block_the_others(
    installation: Installation, sent: Sent, folder: Path
):
    # Written by something that does not clean what it writes.
    put(folder, did(sent, HitKind.OPEN, user_agent="NUL\0"), good := did(sent, HitKind.OPEN, 1))

    load_all(installation, folder)

    assert stored(installation) == [good.id]
    assert len(list((folder / "corrupt").iterdir())) == 1


def test_stops_are_loaded_before_hits_and_take_effect_with_their_load(
    installation: Installation, sent: Sent, folder: Path
):
    put(folder, did(sent, HitKind.OPEN))
    put(folder, stop := did(sent, HitKind.STOP, method="POST"), name=STOPS)

    load_once(installation.engine, folder)

    assert stored(installation) == [stop.id]
    with Session(installation.engine) as session:
        assert session.scalars(select(Suppression.email)).all() == ["anna@acme.example"]


def test_a_stop_of_a_test_send_stops_nobody(installation: Installation, sent: Sent, folder: Path):
    with Session(installation.engine) as session:
        session.execute(text("update messages set is_test = true"))
        session.commit()
    put(folder, did(sent, HitKind.STOP, method="POST"), name=STOPS)

    load_all(installation, folder)

    with Session(installation.engine) as session:
        assert session.scalar(select(func.count()).select_from(Suppression)) == 0


def test_the_running_loader_loads_beats_and_rings(installation: Installation, sent: Sent, folder: Path, broker):
    put(folder, did(sent, HitKind.OPEN))
    with running(installation):
        until(lambda: stored(installation))
        until(lambda: heartbeats(installation))

    assert broker.queues["tracking"].qsize() + broker.queues["default"].qsize() >= 1


def test_a_host_has_one_loader_at_work(
    installation: Installation, sent: Sent, folder: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(loading, "WAIT_FOR_LOCK", 0.02)
    put(folder, did(sent, HitKind.OPEN))
    with (folder / "loader.lock").open("w") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        with capture_logs() as logs, running(installation):
            until(lambda: logged(logs, "another_loader_holds_the_spool"))
            assert stored(installation) == []

            other.close()

            until(lambda: stored(installation))


def test_a_full_disk_is_told_once_and_gathers_no_files(folder: Path, sent: Sent, monkeypatch: pytest.MonkeyPatch):
    spool, line = Spool(folder, HITS), write_line(did(sent, HitKind.OPEN))
    with monkeypatch.context() as full, capture_logs() as logs:
        full.setattr("tracking.spool.os.fdatasync", _no_space)
        assert [spool.put(line) for _ in range(3)] == [False] * 3

    assert list(folder.glob("hits-*")) == []
    assert len(logged(logs, "spool_not_written")) == 1
    assert spool.put(line)


def _no_space(descriptor: int) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


def test_the_loader_waits_out_a_database_that_is_away(
    installation: Installation, sent: Sent, folder: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(loading, "WAIT_FOR_TROUBLE", 0.02)
    attempts: list[Path] = []
    monkeypatch.setattr(loading, "load_once", lambda engine, at: attempts.append(at) or load_once(engine, at))
    put(folder, did(sent, HitKind.OPEN))
    with capture_logs() as logs, running(_elsewhere(installation)):
        until(lambda: len(attempts) > 3)
    assert len(logged(logs, "database_away")) == 1
    assert len(sealed_segments(folder, HITS)) == 1

    load_all(installation, folder)

    assert len(stored(installation)) == 1


@pytest.mark.parametrize(
    ("cause", "told"),
    [(psycopg.errors.DiskFull, "database_disk_full"), (psycopg.errors.AdminShutdown, "database_away")],
)
def test_the_log_says_whether_to_make_room_or_to_start_the_database(
    installation: Installation,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    cause: type[psycopg.OperationalError],
    told: str,
):
    def fail(engine: Engine, at: Path) -> bool:
        raise OperationalError("copy", {}, cause())

    monkeypatch.setattr(loading, "load_once", fail)

    with capture_logs() as logs, running(installation):
        until(lambda: logged(logs, told))


class running:
    """A loader in a thread, told to stop at the end."""

    def __init__(self, installation: Installation) -> None:
        self._stop = threading.Event()
        self._thread = threading.Thread(target=run_loader, args=(installation, self._stop))

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *error: object) -> None:
        self._stop.set()
        self._thread.join(10)
        assert not self._thread.is_alive()


def logged(logs: list, event: str) -> list:
    return [line for line in logs if line["event"] == event]


def heartbeats(installation: Installation) -> list[str]:
    with Session(installation.engine) as session:
        return list(session.scalars(select(Heartbeat.process)))


def _elsewhere(installation: Installation) -> Installation:
    engine = create_engine("postgresql+psycopg://nobody@127.0.0.1:1/none")
    return Installation(installation.settings, installation.addresses, engine, installation.signer)


def _die(*arguments: object, **named: object) -> None:
    raise KeyboardInterrupt
