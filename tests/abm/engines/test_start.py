"""Embedded engines as real processes: data kept, folders locked, nothing left behind, every kind of user."""

import os
import shutil
import signal
import stat
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import mkdtemp

import psutil
import psycopg
import pytest
import redis

from abm.config import Settings
from abm.engines import Addresses, addresses, servers, start_engines
from abm.engines.identity import OTHER, OTHER_UID
from abm.errors import BadConfiguration, ServiceDown
from tests.abm.processes import end_all, processes_of, until

ENGINES = (sys.executable, "-m", "tests.abm.stand_in_up", "engines")

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")


@pytest.fixture
def state(tmp_path: Path) -> Iterator[Path]:
    """A state folder whose processes are gone after the test, whatever happened in it."""
    yield tmp_path / "state"
    end_all(tmp_path)


@pytest.fixture
def settings(state: Path) -> Settings:
    """Settings of a new installation."""
    return Settings(state_dir=state, language="en")


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that every user may enter."""
    folder = Path(mkdtemp(prefix="abm-test-"))
    folder.chmod(0o755)
    yield folder
    end_all(folder)
    shutil.rmtree(folder)


def test_what_was_written_is_there_after_the_next_start(settings: Settings) -> None:
    with start_engines(settings, durable=False) as engines:
        remember(engines.addresses, "kept")

    with start_engines(settings, durable=False) as engines:
        assert remembered(engines.addresses) == ("kept", b"kept")


def test_a_new_database_counts_japanese_signs_as_letters_and_checks_its_pages(settings: Settings) -> None:
    with start_engines(settings, durable=False) as engines, connect(engines.addresses) as connection:
        connection.execute("CREATE EXTENSION pg_trgm")
        row = connection.execute(
            "SELECT current_setting('server_encoding'), current_setting('data_checksums'),"
            " current_setting('listen_addresses'), similarity('青葉精機', '青葉精機工業') > 0, lower('ÄＡ')"
        ).fetchone()

    assert row == ("UTF8", "on", "", True, "äａ")


def test_nobody_else_reaches_the_sockets(settings: Settings) -> None:
    with start_engines(settings, durable=False):
        assert stat.S_IMODE((settings.state_dir / "run").stat().st_mode) == 0o700


def test_a_second_start_on_the_same_folder_names_folder_and_holder(settings: Settings) -> None:
    with (
        start_engines(settings, durable=False),
        pytest.raises(ServiceDown, match=f"{settings.state_dir} is in use by process {os.getpid()}"),
    ):
        start_engines(settings, durable=False)


def test_stopping_leaves_no_process(settings: Settings) -> None:
    with start_engines(settings, durable=False):
        assert len(processes_of(settings.state_dir)) > 2

    assert processes_of(settings.state_dir) == []


def test_engines_end_with_their_killed_owner_and_lose_nothing(settings: Settings) -> None:
    owner = start_elsewhere(settings.state_dir)
    remember(addresses(settings), "committed")

    owner.kill()
    owner.wait()

    until(lambda: not processes_of(settings.state_dir))
    with start_engines(settings, durable=False) as engines:
        assert remembered(engines.addresses) == ("committed", b"committed")


def test_engines_end_even_when_owner_and_guardian_are_killed_at_once(settings: Settings) -> None:
    owner = start_elsewhere(settings.state_dir)
    guardian = psutil.Process(owner.pid).children()[0]

    os.kill(owner.pid, signal.SIGKILL)
    guardian.kill()
    owner.wait()

    until(lambda: not processes_of(settings.state_dir))


def test_a_killed_database_server_comes_back_by_itself_and_that_is_said(
    settings: Settings, capfd: pytest.CaptureFixture[str]
) -> None:
    with start_engines(settings, durable=False) as engines:
        remember(engines.addresses, "committed")
        server = postmaster(settings)

        server.kill()

        until(lambda: not server.is_running())
        until(lambda: answers(engines.addresses))
        assert remembered(engines.addresses)[0] == "committed"
    assert "PostgreSQL ended with -9; it is started again in 1.0 s." in capfd.readouterr().err


def test_a_note_of_a_dead_server_does_not_stop_the_next_one(settings: Settings) -> None:
    with start_engines(settings, durable=False):
        note = (settings.state_dir / "postgres" / "postmaster.pid").read_text()
    # Since the crash the number of the dead server went to a process that has nothing to do with it: this one.
    reused = "\n".join([str(os.getppid()), *note.splitlines()[1:]])
    (settings.state_dir / "postgres" / "postmaster.pid").write_text(reused + "\n")

    with start_engines(settings, durable=False) as engines:
        assert answers(engines.addresses)


def test_a_database_whose_making_was_interrupted_is_made_anew(settings: Settings) -> None:
    half = settings.state_dir / "postgres.new"
    half.mkdir(parents=True)
    (half / "PG_VERSION").write_text("18\n")

    with start_engines(settings, durable=False) as engines:
        assert answers(engines.addresses)
    assert not half.exists()


def test_a_folder_with_a_long_path_has_short_sockets_that_are_found_again(tmp_path: Path) -> None:
    settings = Settings(state_dir=tmp_path / ("long" * 20) / "state")

    with start_engines(settings, durable=False) as engines:
        assert addresses(settings) == engines.addresses
    with start_engines(settings, durable=False) as engines:
        assert answers(engines.addresses)
        assert addresses(settings) == engines.addresses

    shutil.rmtree((settings.state_dir / "sockets").read_text())


def test_a_given_database_is_not_started(settings: Settings, engines: Addresses) -> None:
    given = Settings(state_dir=settings.state_dir, database_url=engines.database_url, redis_url=engines.redis_url)

    with start_engines(given, durable=False) as running:
        assert running.addresses == engines
        assert not (settings.state_dir / "postgres").exists()


def test_a_folder_that_cannot_be_made_is_named_with_the_remedy() -> None:
    # Nobody, not even root, makes folders in /proc.
    with pytest.raises(BadConfiguration, match=r"/proc/abm-state .*ABM_STATE_DIR"):
        start_engines(Settings(state_dir=Path("/proc/abm-state"), language="en"))


def test_the_same_is_said_in_japanese() -> None:
    with pytest.raises(BadConfiguration, match="フォルダー /proc/abm-state に書き込めません"):
        start_engines(Settings(state_dir=Path("/proc/abm-state"), language="ja"))


@as_root
def test_a_full_disk_is_named_before_anything_is_made(tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", disk], capture_output=True, check=False)
    if mounted.returncode != 0:
        pytest.skip(f"no small disk can be made here: {mounted.stderr.decode()}")
    try:
        with pytest.raises(BadConfiguration, match=f"disk of {disk}/state is full"):
            start_engines(Settings(state_dir=disk / "state", language="en"))
        assert not (disk / "state" / "postgres").exists()
    finally:
        subprocess.run(["umount", disk], check=True)


@as_root
def test_root_works_in_the_closed_home_of_another_user(open_folder: Path) -> None:
    home = open_folder / "home"
    home.mkdir(mode=0o700)
    os.chown(home, 1234, 1234)

    with start_engines(Settings(state_dir=home / "state"), durable=False) as engines:
        assert answers(engines.addresses)
    assert stat.S_IMODE(home.stat().st_mode) == 0o700


@as_root
def test_an_ordinary_user_needs_nothing_special(open_folder: Path) -> None:
    os.chown(open_folder, OTHER_UID, OTHER_UID)
    settings = Settings(state_dir=open_folder / "state")

    owner = start_elsewhere(settings.state_dir, as_user(OTHER_UID))

    assert answers(addresses(settings))
    assert postmaster(settings).uids().real == OTHER_UID
    owner.terminate()
    owner.wait()
    until(lambda: not processes_of(settings.state_dir))


@as_root
def test_an_ordinary_user_is_told_of_a_folder_that_is_not_his(open_folder: Path) -> None:
    outcome = subprocess.run(
        [*as_user(OTHER_UID), *ENGINES],
        env=os.environ | {"ABM_STATE_DIR": str(open_folder / "state"), "ABM_LANGUAGE": "en"},
        capture_output=True,
        text=True,
        check=False,
    )

    assert f"the folder {open_folder}/state cannot be written (Permission denied)" in outcome.stderr


@as_root
def test_without_namespaces_the_database_runs_as_another_user(
    open_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(servers, "choose_identity", lambda state: OTHER)
    settings = Settings(state_dir=open_folder)

    with start_engines(settings, durable=False) as engines:
        assert answers(engines.addresses)
        assert postmaster(settings).uids().real == OTHER_UID


@as_root
def test_without_namespaces_a_closed_folder_is_named(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(servers, "choose_identity", lambda state: OTHER)
    settings.state_dir.mkdir(mode=0o700)

    with pytest.raises(BadConfiguration, match=f"cannot reach .*{settings.state_dir}.*ABM_STATE_DIR"):
        start_engines(settings)
    assert settings.state_dir.stat().st_uid == 0


def connect(found: Addresses) -> psycopg.Connection[tuple[object, ...]]:
    """A connection as any program would make it."""
    return psycopg.connect(found.database_url.replace("+psycopg", ""), autocommit=True)


def answers(found: Addresses) -> bool:
    """True when both engines answer."""
    try:
        with connect(found), redis.Redis.from_url(found.redis_url) as client:
            return bool(client.ping())
    except (psycopg.OperationalError, redis.ConnectionError):
        return False


def remember(found: Addresses, text: str) -> None:
    """Write a text into both engines."""
    with connect(found) as connection, redis.Redis.from_url(found.redis_url) as client:
        connection.execute("CREATE TABLE notes (text text)")
        connection.execute("INSERT INTO notes VALUES (%s)", [text])
        client.set("note", text)


def remembered(found: Addresses) -> tuple[object, object]:
    """What was written."""
    with connect(found) as connection, redis.Redis.from_url(found.redis_url) as client:
        row = connection.execute("SELECT text FROM notes").fetchone()
        return (row[0] if row else None), client.get("note")


def postmaster(settings: Settings) -> psutil.Process:
    """The database server's first process."""
    note = settings.state_dir / "postgres" / "postmaster.pid"
    return psutil.Process(int(note.read_text().splitlines()[0]))


def start_elsewhere(state: Path, before: Sequence[str] = ()) -> subprocess.Popen[bytes]:
    """Engines that belong to another process, which can be killed."""
    environ = os.environ | {"ABM_STATE_DIR": str(state)}
    owner = subprocess.Popen([*before, *ENGINES], env=environ, stdout=subprocess.PIPE)
    assert owner.stdout is not None
    assert owner.stdout.readline() == b"running\n"
    return owner


def as_user(uid: int) -> list[str]:
    """What turns a command into that of an ordinary user, who may read (not write) where our Python is installed."""
    if not (setpriv := shutil.which("setpriv")):
        pytest.skip("setpriv (util-linux) is missing")
    reading = ["--inh-caps=-all,+dac_read_search", "--ambient-caps=-all,+dac_read_search"]
    return [setpriv, f"--reuid={uid}", f"--regid={uid}", "--clear-groups", *reading]
