"""Writing results: JSON for programs, tables for people, both on stdout; progress goes to stderr."""

import json
import uuid
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from abm.cli.options import wants_json
from abm.clock import rfc3339

NOTHING = "–"
UNCUT = 10_000


def show(document: Any, columns: Sequence[str] = ()) -> None:
    """One result: JSON when asked for, else a table of a list or the fields of one thing."""
    if wants_json():
        write_json(document)
    elif isinstance(document, Mapping):
        show_fields(document)
    else:
        show_table(list(document), columns)


def stream(lines: Iterable[Mapping[str, Any]]) -> None:
    """JSON Lines, each written as soon as it is known."""
    for line in lines:
        click.echo(dump(line))


def write_json(document: Any) -> None:
    """One JSON document."""
    click.echo(dump(document, indent=2))


def dump(document: Any, indent: int | None = None) -> str:
    """JSON with ids as strings and times as RFC 3339 UTC."""
    return json.dumps(document, ensure_ascii=False, indent=indent, default=_plain)


def show_fields(document: Mapping[str, Any]) -> None:
    """One thing, a line a field; lists of things become tables under their name."""
    grid = Table.grid(padding=(0, 2))
    below = {name: value for name, value in document.items() if _is_table(value)}
    for name, value in document.items():
        if name not in below:
            grid.add_row(Text(_label(name), style="bold"), Text(_cell(value)))
    console().print(grid)
    for name, rows in below.items():
        console().print(Text(f"\n{_label(name)}", style="bold"))
        # Ids of parts are for programs; --json has them.
        show_table(rows, [name for name in _filled(rows) if name != "id"])


def show_table(rows: Sequence[Mapping[str, Any]], columns: Sequence[str]) -> None:
    """Rows of one kind under the names of their fields."""
    if not rows:
        click.echo("nothing found", err=True)
        return
    names = list(columns) or _filled(rows)
    table = Table(box=None, header_style="bold", pad_edge=False)
    for name in names:
        table.add_column(_label(name), overflow="fold")
    for row in rows:
        table.add_row(*(Text(_cell(row.get(name))) for name in names))
    console().print(table)


def console() -> Console:
    """Where people read; what goes into a file or another program is never cut to the width of a screen."""
    screen = Console(highlight=False, emoji=False, markup=False)
    return screen if screen.is_terminal else Console(highlight=False, emoji=False, markup=False, width=UNCUT)


def say(text: str) -> None:
    """Progress and remarks, on stderr."""
    click.echo(text, err=True)


def _is_table(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(row, Mapping) for row in value)


def _filled(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """The fields in which at least one row has something."""
    return [name for name in rows[0] if any(not _is_empty(row.get(name)) for row in rows)]


def _is_empty(value: Any) -> bool:
    return value is None or value in ("", [], {})


def _label(name: str) -> str:
    return name.replace("_", " ")


def _cell(value: Any) -> str:
    if _is_empty(value):
        return NOTHING
    if isinstance(value, float):
        return f"{value:.1f}"
    if isinstance(value, Mapping):
        return str(value["name"]) if "name" in value else ", ".join(f"{k} {_cell(v)}" for k, v in value.items())
    if isinstance(value, list | tuple):
        return " · ".join(_cell(part) for part in value)
    return _plain(value) if isinstance(value, uuid.UUID | datetime | date) else str(value)


def _plain(value: Any) -> str:
    if isinstance(value, datetime):
        return rfc3339(value)
    return value.isoformat() if isinstance(value, date) else str(value)
