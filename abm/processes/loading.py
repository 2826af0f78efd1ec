"""`abm loader`: from this host's spool into the database."""

import click

from abm.cli.options import json_option
from abm.processes.start import begin, stop_signal
from abm.work import open_installation
from tracking.loader import run_loader


@click.command()
@json_option
def loader() -> None:
    """Bring the hits of this host's spool into the database. One per host; `abm tracking` starts its own."""
    settings = begin("loader")
    run_loader(open_installation(settings, application="abm-loader"), stop_signal())
