"""`abm bench`: measures the engine against plainer ways of doing the same work, on engines of its own."""

import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import click

import abm
from abm.cli.options import json_option, wants_json
from abm.cli.show import dump, say, show_table
from abm.config import Settings
from abm.db import migrate
from abm.engines import start_engines
from abm.errors import NotFound

CHECKOUT = Path(abm.__file__).parents[1]
SECRET = "measured with a key that protects nothing"
COLUMNS = ("name", "value", "unit", "reference", "reference_value", "ratio", "rows", "seconds", "limited_by")


@click.command()
@click.argument("names", metavar="[NAME|PREFIX]...", nargs=-1)
@click.option("--scale", type=click.Choice(["1", "full"]), default="1", show_default=True, help="How much data.")
@click.option("--list", "only_list", is_flag=True, help="Only say which benchmarks there are.")
@json_option
def bench(names: Sequence[str], scale: str, only_list: bool) -> None:
    """Measure, each figure beside a plainer way of doing the same work in the same run (its reference).

    Runs everything, or what is named: `tracking.click`, or `tracking` for all of tracking. Scale 1 takes at most two
    minutes each. Starts PostgreSQL and Valkey of its own in a folder of its own and touches no installation.
    """
    suite = _suite()
    chosen = choose(suite.load_benchmarks(), names)
    if only_list:
        click.echo("\n".join(sorted({name for named in chosen.values() for name in named})))
        return
    lines, failed = [], False
    for function, wanted in chosen.items():
        for line in _measure(suite, function, wanted, scale):
            failed |= "error" in line
            lines.append(line)
            if wants_json():
                click.echo(dump(line))
            elif "error" in line:
                say(f"{line['name']}: {line['error']['message']}")
    if not wants_json():
        show_table([line for line in lines if "error" not in line], COLUMNS)
    sys.exit(1 if failed else 0)


def choose(benchmarks: dict[str, Any], names: Sequence[str]) -> dict[Any, list[str]]:
    """The functions to call, each once, with the names wanted of it."""
    chosen: dict[Any, list[str]] = {}
    for asked in names or ("",):
        found = [name for name in benchmarks if name == asked or not asked or name.startswith(f"{asked.rstrip('.')}.")]
        if not found:
            raise NotFound(f"no benchmark {asked!r}; there are {', '.join(sorted(benchmarks))}")
        for name in found:
            chosen.setdefault(benchmarks[name], []).append(name)
    return chosen


def _suite() -> ModuleType:
    """The benchmarks lie beside the tests, which an installed package does not carry."""
    if not (CHECKOUT / "tests" / "bench" / "__init__.py").exists():
        raise NotFound("the benchmarks are part of the source checkout (tests/bench); run `make bench` there")
    sys.path.insert(0, str(CHECKOUT))
    return import_module("tests.bench")


def _measure(suite: ModuleType, function: Any, wanted: Sequence[str], scale: str) -> Iterator[dict[str, Any]]:
    """Figures of one benchmark; what goes wrong is one line and does not stop the others."""
    say(f"{', '.join(wanted)} …")
    try:
        with _context(suite, scale) as context:
            lines = (suite.line_of(figure) for figure in function(context))
            yield from (line for line in lines if line["name"] in wanted)
    except suite.MissingTool as error:
        yield from _failed(wanted, "tool_missing", str(error))
    except Exception as error:
        # One broken benchmark must not cost the figures of the others, whatever broke it.
        yield from _failed(wanted, "failed", f"{type(error).__name__}: {error}")


def _failed(wanted: Sequence[str], code: str, message: str) -> Iterator[dict[str, Any]]:
    """One line per figure that could not be measured."""
    for name in wanted:
        yield {"name": name, "error": {"code": code, "field": name, "message": message}}


@contextmanager
def _context(suite: ModuleType, scale: str) -> Iterator[Any]:
    """Engines and an empty, migrated database for one benchmark, gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="abm-bench-") as folder:
        own = Settings(state_dir=Path(folder), secret_key=SECRET)
        with start_engines(own) as engines:
            migrate(engines.addresses.database_url)
            yield suite.Context(scale, own, engines.addresses, Path(folder))
