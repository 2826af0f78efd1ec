"""`abm demo`: the sample company's month."""

import click

import abm.actors  # noqa: F401  the demo waits for every sweep to be quiet
from abm.cli.options import json_option
from abm.demo.play import Play
from abm.processes.start import begin
from abm.work import open_installation


@click.command()
@json_option
def demo() -> None:
    """Play a month of the sample company on this installation, in about a minute.

    For a new database: business time starts 30 days back and runs to now, while imports, mails, clicks and tasks go
    through the real doors. Its data is marked as sample, so none of its mail leaves the local mailbox.
    """
    Play(open_installation(begin("demo"), application="abm-demo")).run()
