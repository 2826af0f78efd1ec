"""The lock on a state folder: one installation runs there at a time, and a dead one's engines are waited for."""

import fcntl
import os
import time
from contextlib import suppress
from pathlib import Path

import psutil

from abm.engines.texts import word
from abm.errors import ServiceDown

# A killed owner leaves a guardian that stops everything in order; it and the engines hold the lock until then.
WAIT_FOR_THE_DEAD = 45.0
LOOK_EVERY = 0.05


def hold(lock: Path, language: str) -> int:
    """The locked file, to be handed on to whoever must be gone before the next start; raises ServiceDown."""
    file = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    deadline = time.monotonic() + WAIT_FOR_THE_DEAD
    while not _try(file):
        owner = find_owner(lock)
        if owner is not None or time.monotonic() > deadline:
            os.close(file)
            who = word(language, "process", pid=owner) if owner else word(language, "leftover")
            raise ServiceDown(word(language, "in_use", folder=lock.parent, who=who))
        time.sleep(LOOK_EVERY)
    os.ftruncate(file, 0)
    os.pwrite(file, f"{os.getpid()}\n".encode(), 0)
    return file


def await_free(lock: Path, language: str) -> None:
    """Wait for what a dead installation left in a folder; ServiceDown when a living one runs there. Makes nothing."""
    # A lock that cannot be opened says nothing about its use; preparing the folder names what is wrong with it.
    with suppress(OSError):
        if lock.exists():
            os.close(hold(lock, language))


def find_owner(lock: Path) -> int | None:
    """The living process that wrote itself into the lock, if any."""
    try:
        pid = int(lock.read_text())
        return pid if psutil.Process(pid).status() != psutil.STATUS_ZOMBIE else None
    except (OSError, ValueError, psutil.NoSuchProcess):
        return None


def _try(file: int) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
