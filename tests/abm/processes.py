"""Looking at real processes: who belongs to a state folder, and waiting for what they do."""

import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

import psutil

T = TypeVar("T")
WITHIN = 30.0


def until(condition: Callable[[], T], within: float = WITHIN) -> T:
    """The first true answer of a condition; fails when there is none in time."""
    deadline = time.monotonic() + within
    while not (answer := condition()):
        assert time.monotonic() < deadline, f"never happened: {condition}"
        time.sleep(0.02)
    return answer


def processes_of(state: Path) -> list[psutil.Process]:
    """Every living process that works for a state folder: by its command, its folder or its environment."""
    return [process for process in psutil.process_iter() if _belongs(process, str(state))]


def end_all(folder: Path) -> None:
    """Kill whatever still works for a folder."""
    for process in processes_of(folder):
        with suppress(psutil.NoSuchProcess):
            process.kill()


def _belongs(process: psutil.Process, state: str) -> bool:
    try:
        if process.status() == psutil.STATUS_ZOMBIE:
            return False
        told = [process.cwd(), *process.cmdline(), process.environ().get("ABM_STATE_DIR", "")]
    except (psutil.NoSuchProcess, psutil.AccessDenied):
        return False
    return any(state in text for text in told)
