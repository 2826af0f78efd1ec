"""`abm worker`: what does the work that was asked for."""

import click

from abm.cli.options import json_option
from abm.processes.start import begin_on_engines, stop_signal
from abm.worker import give_way, run_worker


@click.command()
@json_option
def worker() -> None:
    """Run the work that is asked for, with ABM_WORKER_THREADS threads; as many of these as you like, on any host."""
    give_way()
    run_worker(begin_on_engines("worker"), stop_signal())
