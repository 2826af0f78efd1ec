"""The child processes of a supervisor: started, started again with growing pauses, stopped with all they started."""

import os
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from abm.engines import Engines
from abm.engines.identity import PLAIN
from abm.engines.servers import fresh_log

FIRST_PAUSE, LONGEST_PAUSE = 1.0, 30.0
LIVED_WELL = 60.0  # after a minute of life a fall counts as the first one again
GRACE = 10.0
LOOK_EVERY = 0.05
LINES_SHOWN = 10


@dataclass(frozen=True)
class Child:
    """A process to keep running; `once` means its good end is not a fall."""

    name: str
    argv: tuple[str, ...]
    once: bool = False


@dataclass(frozen=True)
class Fall:
    """A child that ended unasked: how, how often in a row, when it is started again, and its last words."""

    name: str
    status: int
    count: int
    pause: float
    log: Path
    last_lines: list[str]


class Runner:
    """One child's process over its several lives; its output goes to its log."""

    def __init__(self, child: Child, engines: Engines, environ: Mapping[str, str], logs: Path) -> None:
        self.child, self._engines, self._environ = child, engines, environ
        self.log = fresh_log(logs / f"{child.name}.log")
        self.falls = 0
        self._again_at = 0.0
        self.start()

    def start(self) -> None:
        """Run it in a group of its own: Ctrl-C is for the supervisor, and the group can be ended as a whole."""
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                PLAIN.command(Path.cwd(), self.child.argv),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=dict(self._environ),
                start_new_session=True,
            )
        self._engines.adopt(self.process.pid)
        self._started, self._fallen = time.monotonic(), False

    @property
    def done(self) -> bool:
        """True when a child that runs once came to a good end."""
        return self.child.once and self.process.poll() == 0

    def look(self) -> Fall | None:
        """Start it again when its pause is over; tell of a fall the moment it is seen."""
        if self.process.poll() is None or self.done:
            return None
        now = time.monotonic()
        if not self._fallen:
            return self._fall(now)
        # Its pause is for those it left behind; after a first fall nobody waits longer than for them.
        if now >= self._again_at or (self.falls == 1 and not signal_group(self.process.pid, 0)):
            self._clear()
            self.start()
        return None

    def _fall(self, now: float) -> Fall:
        self._fallen = True
        self.falls = 1 if now - self._started > LIVED_WELL else self.falls + 1
        pause = min(FIRST_PAUSE * 2 ** (self.falls - 1), LONGEST_PAUSE)
        self._again_at = now + pause
        # What a killed child had started itself gets its pause to end well.
        signal_group(self.process.pid, signal.SIGTERM)
        return Fall(self.child.name, self.process.returncode, self.falls, pause, self.log, last_lines(self.log))

    def _clear(self) -> None:
        signal_group(self.process.pid, signal.SIGKILL)
        self._engines.release(self.process.pid)

    def stop(self, grace: float = GRACE) -> None:
        """Ask it to end, then make it; nothing of its group is left afterwards."""
        self.process.terminate()
        try:
            self.process.wait(grace)
        except subprocess.TimeoutExpired:
            signal_group(self.process.pid, signal.SIGKILL)
            self.process.wait()
        signal_group(self.process.pid, signal.SIGTERM)
        deadline = time.monotonic() + grace
        while signal_group(self.process.pid, 0) and time.monotonic() < deadline:
            time.sleep(LOOK_EVERY)
        self._clear()


def stop_all(runners: Sequence[Runner]) -> None:
    """Stop the last one started first."""
    for runner in reversed(runners):
        runner.stop()


def signal_group(group: int, number: int) -> bool:
    """Signal a whole process group; False when nobody is left in it."""
    try:
        os.killpg(group, number)
    except ProcessLookupError:
        return False
    return True


def last_lines(log: Path) -> list[str]:
    """The end of a log."""
    if not log.exists():
        return []
    return log.read_text(encoding="utf-8", errors="replace").rstrip().splitlines()[-LINES_SHOWN:]
