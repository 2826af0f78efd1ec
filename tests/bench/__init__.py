"""Benchmarks: each a function registered under its names, measured beside a plainer way of doing the same work.

A module of this folder declares its functions with `@benchmark("tracking.click", "tracking.open")`; `abm bench`
imports every module here, starts engines of its own and calls each function with a `Context`. What a function yields
are `Figure`s (or mappings of the same keys, without `ratio`).
"""

import importlib
import pkgutil
import shutil
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

from abm.config import Settings
from abm.engines import Addresses

Scale = Literal["1", "full"]


@dataclass(frozen=True)
class Figure:
    """One measured value beside its reference; `limited_by` voids it when the client or the sink was the limit."""

    name: str
    value: float
    unit: str
    better: Literal["higher", "lower"]
    reference: str
    reference_value: float
    rows: int
    seconds: float
    limited_by: Literal["client", "sink"] | None = None
    # What else was seen during the measurement, under further keys.
    more: Mapping[str, float] = field(default_factory=dict)


# What a line of `abm bench --json` holds, in this order.
KEYS = ("name", "value", "unit", "better", "reference", "reference_value", "ratio", "rows", "seconds", "limited_by")


@dataclass(frozen=True)
class Context:
    """What a benchmark gets: engines of its own with an empty database, and a folder that may be filled."""

    scale: Scale
    settings: Settings
    addresses: Addresses
    folder: Path

    def rows(self, small: int, full: int) -> int:
        """The number of rows at this scale."""
        return full if self.scale == "full" else small


class MissingTool(Exception):
    """A program that makes the load or takes it is not installed; it is named, never replaced."""


Function = Callable[[Context], Iterable[Figure | Mapping[str, Any]]]
BENCHMARKS: dict[str, Function] = {}


def benchmark(*names: str) -> Callable[[Function], Function]:
    """Register a function under the names of the figures it yields."""

    def register(function: Function) -> Function:
        BENCHMARKS.update(dict.fromkeys(names, function))
        return function

    return register


def load_benchmarks() -> dict[str, Function]:
    """Every benchmark by name, after importing every module of this folder."""
    for module in sorted(info.name for info in pkgutil.iter_modules(__path__) if not info.name.startswith("test_")):
        importlib.import_module(f"{__name__}.{module}")
    return BENCHMARKS


def require(*programs: str) -> None:
    """Raise MissingTool unless every program is installed."""
    if missing := [program for program in programs if not shutil.which(program)]:
        raise MissingTool(f"{', '.join(missing)} not installed; `make bench` as root installs wrk and postfix")


def timed(function: Callable[[], object]) -> float:
    """Seconds one call takes."""
    started = time.perf_counter()
    function()
    return time.perf_counter() - started


def line_of(found: Figure | Mapping[str, Any]) -> dict[str, Any]:
    """A figure as it is printed: its ratio is value ÷ reference value, whichever direction is better."""
    line = asdict(found) if isinstance(found, Figure) else {"limited_by": None, **found}
    reference = line["reference_value"]
    line["ratio"] = line["value"] / reference if reference else None
    return {name: line[name] for name in KEYS} | dict(line.get("more", {}))
