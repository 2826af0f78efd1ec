"""A whole installation as a user runs it: `abm up` in a folder of its own, asked through the real command."""

import json
import os
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from abm.config import load_settings
from abm.db import make_engine
from abm.engines import addresses
from abm.up import free_port
from abm.work import set_clock_offset, unit_of_work
from tests.abm.processes import until

# One of everything on two cores that other tests may share.
READY_WITHIN = 90


@dataclass(frozen=True)
class Running:
    """An installation that is up: its address, its folder, and how to ask it."""

    url: str
    environ: Mapping[str, str]

    def abm(self, *words: object, code: int = 0, stdin: str = "") -> Any:
        """Run one command with --json; its answer, after its exit code was as expected."""
        argv = [sys.executable, "-m", "abm", *map(str, words), "--json"]
        done = subprocess.run(argv, env=self.environ, capture_output=True, text=True, input=stdin, timeout=120)
        assert done.returncode == code, done.stderr
        return json.loads(done.stdout) if done.stdout.strip() else None

    def set_business_time(self, at: datetime) -> None:
        """Let business time be `at` from now on."""
        engine = make_engine(addresses(load_settings(self.environ)).database_url)
        with unit_of_work(engine) as work:
            set_clock_offset(work.session, at - datetime.now(UTC))
        engine.dispose()


@contextmanager
def running_installation(folder: Path, **settings: str) -> Iterator[Running]:
    """Start everything, wait until it is ready, and stop it again."""
    port = free_port()
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("ABM_", "DATABASE_", "REDIS_"))}
    environ = {**kept, "ABM_STATE_DIR": str(folder / "state"), "ABM_PORT": str(port), "ABM_DEMO": "0", **settings}
    with (folder / "up.log").open("w") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "abm", "up"], env=environ, cwd=folder, stdout=log, stderr=log, start_new_session=True
        )
        try:
            running = Running(f"http://127.0.0.1:{port}", environ)
            until(lambda: _is_ready(running, process), within=READY_WITHIN)
            yield running
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(60)


def _is_ready(running: Running, process: subprocess.Popen[bytes]) -> bool:
    assert process.poll() is None, "it ended before it was ready"
    try:
        with urllib.request.urlopen(f"{running.url}/readyz", timeout=5) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False
