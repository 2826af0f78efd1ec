"""What a running installation tells the commands of the same state folder: its process and its ports."""

import json
import os
from dataclasses import asdict, dataclass, replace

import psutil

from abm.config import Settings
from abm.engines.place import place_of

FILE = "runtime.json"


@dataclass(frozen=True)
class Runtime:
    """Process and ports of the installation that runs on a state folder."""

    pid: int
    port: int
    mailbox_port: int
    pages: str

    @property
    def alive(self) -> bool:
        """False when it was killed and could not take its note back."""
        return psutil.pid_exists(self.pid)


def write_runtime(settings: Settings, runtime: Runtime) -> None:
    """Leave the note, whole or not at all."""
    file = place_of(settings).state / FILE
    unfinished = file.with_suffix(".new")
    unfinished.write_text(json.dumps(asdict(runtime)), encoding="utf-8")
    os.replace(unfinished, file)


def find_runtime(settings: Settings) -> Runtime | None:
    """The installation running on this state folder, if any."""
    try:
        runtime = Runtime(**json.loads((place_of(settings).state / FILE).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None
    return runtime if runtime.alive else None


def as_it_runs(settings: Settings) -> Settings:
    """The settings with the ports of the installation that runs here: it may have been started on others."""
    runtime = find_runtime(settings)
    return replace(settings, port=runtime.port, mailbox_port=runtime.mailbox_port) if runtime else settings


def forget_runtime(settings: Settings) -> None:
    """Take the note back."""
    (place_of(settings).state / FILE).unlink(missing_ok=True)
