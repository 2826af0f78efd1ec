"""Labels of simulations: how far one is, and what would have happened."""

from enum import StrEnum

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l

from abm.words import SimulatedOutcome, SimulationState

SIMULATED: dict[type[StrEnum], dict[str, LazyString]] = {
    SimulationState: {
        SimulationState.WAITING: _l("Under way"),
        SimulationState.DONE: _l("Done"),
        SimulationState.FAILED: _l("Failed"),
    },
    SimulatedOutcome: {
        SimulatedOutcome.ENROLLED: _l("Taken on"),
        SimulatedOutcome.SENT: _l("Sent"),
        SimulatedOutcome.HELD: _l("On hold"),
        SimulatedOutcome.SKIPPED: _l("Skipped"),
        SimulatedOutcome.SWAPPED: _l("Another mail instead"),
        SimulatedOutcome.REROUTED: _l("Left to the owner"),
        SimulatedOutcome.TASK: _l("Sales task"),
        SimulatedOutcome.EXITED: _l("Left"),
        SimulatedOutcome.COMPLETED: _l("Completed"),
        SimulatedOutcome.PARKED: _l("Needs attention"),
    },
}
