"""`abm front`, `abm web`, `abm tracking`: what answers HTTP."""

import click

from abm.cli.options import json_option
from abm.front import Part, serve, serve_tracking
from abm.processes.start import begin


@click.command()
@json_option
def front() -> None:
    """Serve tracking and pages together on ABM_HOST:ABM_PORT; run `abm loader` beside it."""
    serve(begin(Part.FRONT), Part.FRONT)


@click.command()
@json_option
def web() -> None:
    """Serve the pages only, for installations where tracking runs on hosts of its own."""
    serve(begin(Part.WEB), Part.WEB)


@click.command()
@json_option
def tracking() -> None:
    """Serve tracking only, together with the loader that brings this host's hits into the database."""
    serve_tracking(begin(Part.TRACKING))
