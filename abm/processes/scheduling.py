"""`abm scheduler`: what notices that something is due."""

import click

from abm.cli.options import json_option
from abm.processes.start import begin_on_engines, stop_signal
from abm.scheduler import run_scheduler


@click.command()
@json_option
def scheduler() -> None:
    """Look every second for what is due. Run several: one leads, and another takes over when it falls."""
    run_scheduler(begin_on_engines("scheduler"), stop_signal())
