"""`abm hits`: what tracking accepted."""

from datetime import datetime

import click

from abm.cli.options import Moment, act, json_option
from abm.cli.show import stream
from tracking.hits import list_hits


@click.command()
@click.option("--since", type=Moment(), help="Only hits at or after this time.")
@json_option
def hits(since: datetime | None) -> None:
    """List accepted hits as JSON lines; `id` is the X-Hit of the answer."""
    with act() as work:
        stream(list_hits(work.session, since))
