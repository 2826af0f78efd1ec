"""`abm up`: the whole installation from one command."""

import sys

import click

from abm.cli.options import json_option
from abm.processes.start import begin
from abm.up import run


@click.command()
@click.option("--demo/--no-demo", default=None, help="Fill a new database with the sample company (default: ABM_DEMO).")
@json_option
def up(demo: bool | None) -> None:
    """Start everything: engines, migrations and every process. Ctrl-C stops all of it.

    PostgreSQL and Valkey of its own run in ABM_STATE_DIR unless DATABASE_URL and REDIS_URL name yours.
    Exits 69 when the folder or the port is already in use.
    """
    settings = begin("up")
    sys.exit(run(settings, settings.demo if demo is None else demo))
