"""Words of replays: how far one is."""

from enum import StrEnum


class ReplayState(StrEnum):
    """Where a replay that somebody asked for stands."""

    WAITING = "waiting"
    DONE = "done"
    FAILED = "failed"
