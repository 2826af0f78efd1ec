"""Words of simulations: how far one is, and what would have happened to somebody."""

from enum import StrEnum


class SimulationState(StrEnum):
    """Where a simulation that somebody asked for stands."""

    WAITING = "waiting"
    DONE = "done"
    FAILED = "failed"


class SimulatedOutcome(StrEnum):
    """What a simulated sequence would have done, or not done."""

    ENROLLED = "enrolled"
    SENT = "sent"
    HELD = "held"
    SKIPPED = "skipped"
    SWAPPED = "swapped"
    REROUTED = "rerouted"
    TASK = "task"
    EXITED = "exited"
    COMPLETED = "completed"
    PARKED = "parked"
