"""The embedded PostgreSQL and Valkey: where they are, starting and stopping them, and whether engines in use fit."""

from abm.engines.check import Problem, check_engines, find_problems
from abm.engines.place import Addresses, addresses
from abm.engines.runtime import Runtime, as_it_runs, find_runtime, forget_runtime, write_runtime
from abm.engines.start import Engines, start_engines

__all__ = [
    "Addresses",
    "Engines",
    "Problem",
    "Runtime",
    "addresses",
    "as_it_runs",
    "check_engines",
    "find_problems",
    "find_runtime",
    "forget_runtime",
    "start_engines",
    "write_runtime",
]
