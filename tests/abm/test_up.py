"""The supervisor as a real process: start, restart, stop, and being killed."""

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
import redis

from abm.config import Settings
from abm.engines import Addresses, find_runtime
from abm.up import as_environment, missing
from tests.abm.processes import end_all, processes_of, until


class Run:
    """A supervisor on a state folder, and what it said so far."""

    def __init__(self, state: Path, *words: str, **environ: str) -> None:
        self.state = state
        self.said = state.parent / f"{state.name}.said"
        defaults = {"ABM_STATE_DIR": str(state), "ABM_PORT": "0", "ABM_LANGUAGE": "en"}
        with self.said.open("wb") as screen:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "tests.abm.stand_in_up", "up", *words],
                stdout=screen,
                stderr=screen,
                env=os.environ | defaults | environ,
                start_new_session=True,
            )

    @property
    def text(self) -> str:
        """Everything on the screen."""
        return self.said.read_text(encoding="utf-8")

    def wait_for(self, text: str) -> None:
        """Wait until a text is on the screen."""
        until(lambda: text in self.text or self.process.poll() is not None)
        assert text in self.text

    def stop(self) -> int:
        """End it the way `kill` does; the exit code."""
        self.process.terminate()
        return self.process.wait(30)


@pytest.fixture
def state(tmp_path: Path) -> Iterator[Path]:
    """A state folder whose processes are gone after the test, whatever happened in it."""
    yield tmp_path / "state"
    end_all(tmp_path)


@pytest.fixture
def running(state: Path) -> Run:
    """A supervisor that is ready."""
    run = Run(state, "--demo")
    run.wait_for("Ready")
    return run


def test_a_ready_installation_says_where_to_go_and_who_may_log_in(running: Run) -> None:
    running.wait_for("Log in   log in as first@user.example")

    runtime = find_runtime(Settings(state_dir=running.state))
    assert runtime is not None
    assert runtime.pages in running.text
    assert f"{runtime.pages}/mailbox" in running.text


def test_ctrl_c_stops_every_process_it_started(running: Run) -> None:
    running.process.send_signal(signal.SIGINT)

    assert running.process.wait(30) == 0
    assert processes_of(running.state) == []
    assert "Stopped." in running.text


def test_a_folder_in_use_is_said_and_left_alone(running: Run) -> None:
    second = subprocess.run(
        [sys.executable, "-m", "tests.abm.stand_in_up", "up"],
        env=os.environ | {"ABM_STATE_DIR": str(running.state), "ABM_PORT": "0", "ABM_LANGUAGE": "en"},
        capture_output=True,
        text=True,
        check=False,
    )

    assert second.returncode == 69
    assert f"{running.state} is in use by process {running.process.pid}" in second.stdout
    assert running.process.poll() is None


def test_a_killed_supervisor_leaves_nothing_running_and_the_next_start_works(running: Run) -> None:
    running.process.kill()
    running.process.wait()

    until(lambda: not processes_of(running.state))
    again = Run(running.state)
    again.wait_for("Ready")
    assert again.stop() == 0


def test_the_next_start_waits_for_what_a_killed_supervisor_left(running: Run) -> None:
    running.process.kill()
    running.process.wait()

    again = Run(running.state)
    again.wait_for("Ready")
    assert again.stop() == 0


def test_starting_twice_is_told_even_when_the_port_is_busy_too(running: Run) -> None:
    runtime = find_runtime(Settings(state_dir=running.state))
    assert runtime is not None

    second = Run(running.state, ABM_PORT=str(runtime.port))

    assert second.process.wait(30) == 69
    assert f"is in use by process {running.process.pid}" in second.text


def test_even_a_stubborn_child_ends_when_the_supervisor_is_killed(state: Path) -> None:
    run = Run(state, STAND_IN_STUBBORN="1")
    run.wait_for("Ready")
    until(lambda: worker_pids(state))

    run.process.kill()
    run.process.wait()

    until(lambda: not processes_of(state))


def test_a_busy_port_is_named_before_anything_is_started(state: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = str(other.getsockname()[1])
        run = Run(state, ABM_PORT=port)

        assert run.process.wait(30) == 69
    assert f"port {port} is in use" in run.text
    assert "ABM_PORT" in run.text
    assert not state.exists()


def test_a_killed_child_is_started_again_and_nothing_of_the_old_one_stays(running: Run) -> None:
    first = worker_pids(running.state)[0]
    family = [first, *(child.pid for child in psutil.Process(first).children())]

    os.kill(first, signal.SIGKILL)

    running.wait_for("worker ended with -9")
    until(lambda: len(worker_pids(running.state)) == 2)
    until(lambda: not any(psutil.pid_exists(pid) for pid in family))
    assert running.stop() == 0


def test_the_last_words_of_a_child_that_keeps_falling_are_shown(state: Path) -> None:
    run = Run(state, STAND_IN_CRASH="1")

    run.wait_for("it is started again within 2 s")
    run.wait_for("    last words of the worker")
    assert run.stop() == 0


def test_a_migration_that_fails_ends_the_start(state: Path) -> None:
    run = Run(state, STAND_IN_MIGRATE="3")

    assert run.process.wait(30) == 1
    assert "“migrate” failed with 3" in run.text
    assert processes_of(state) == []


def test_a_dead_guardian_ends_the_run_and_the_engines(running: Run) -> None:
    guardian = next(p for p in processes_of(running.state) if "guardian.py" in " ".join(p.cmdline()))

    guardian.kill()

    assert running.process.wait(30) == 69
    until(lambda: not processes_of(running.state))


def test_the_demo_is_played_once_on_a_new_database(running: Run) -> None:
    until(lambda: (running.state / "demo.played").exists())
    until(lambda: not (running.state / "demo.unfinished").exists())

    assert running.stop() == 0


def test_an_evicting_queue_of_ones_own_is_refused_before_anything_is_migrated(state: Path, engines: Addresses) -> None:
    with redis.Redis.from_url(engines.redis_url) as client:
        client.config_set("maxmemory-policy", "allkeys-lru")
        run = Run(state, REDIS_URL=engines.redis_url, DATABASE_URL=engines.database_url)
        status = run.process.wait(30)
        client.config_set("maxmemory-policy", "noeviction")

    assert status == 78
    assert "allkeys-lru" in run.text
    assert not (state / "logs" / "migrate.log").exists()


def test_with_servers_of_ones_own_none_is_started(state: Path, engines: Addresses) -> None:
    run = Run(state, REDIS_URL=engines.redis_url, DATABASE_URL=engines.database_url)

    run.wait_for("Ready")
    assert not (state / "postgres").exists()
    assert run.stop() == 0


def test_a_log_in_is_shown_but_not_kept(running: Run) -> None:
    running.wait_for("log in as first@user.example")

    until(lambda: not any("log in as" in log.read_text() for log in (running.state / "logs").iterdir()))


def test_what_is_still_missing_is_said_in_words() -> None:
    answer = json.dumps(
        {
            "ok": False,
            "checks": [
                {"name": "postgres", "ok": True, "message": "works"},
                {"name": "worker", "ok": False, "message": "no sign of work yet"},
            ],
        }
    )

    assert missing(answer) == "worker: no sign of work yet"
    assert missing("Bad Gateway") == "Bad Gateway"


def test_a_read_only_folder_is_named(tmp_path: Path) -> None:
    # Nobody, not even root, makes folders in /proc.
    run = Run(tmp_path / "said", ABM_STATE_DIR="/proc/abm-state")

    assert run.process.wait(30) == 78
    assert "/proc/abm-state" in run.text
    assert "ABM_STATE_DIR" in run.text


def test_children_get_the_same_settings_but_no_key() -> None:
    settings = Settings(port=8123, shared_domains=("a.example", "b.example"), secret_key="very secret", log_json=False)

    environ = as_environment(settings)

    assert environ["ABM_PORT"] == "8123"
    assert environ["ABM_SHARED_DOMAINS"] == "a.example,b.example"
    assert environ["ABM_LOG_JSON"] == "0"
    assert "very secret" not in json.dumps(environ)


def worker_pids(state: Path) -> list[int]:
    """Every worker that was ever started in this run."""
    lines = (state / "logs" / "worker.log").read_text().splitlines()
    return [int(line.split()[1]) for line in lines if line.startswith("worker ")]
