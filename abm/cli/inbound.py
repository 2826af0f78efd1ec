"""`abm inbound`: what other systems posted, and trying again what could not be read."""

from dataclasses import asdict

import click

from abm.cli.options import act, json_option, open_here
from abm.cli.show import say, show
from abm.reports.inbound import read_inbound
from tracking.effects import standards_of
from tracking.report_reading import retry_inbound
from tracking.webhooks import READERS

COLUMNS = ("name", "is_set", "last_at", "posts", "waiting", "failed", "taken", "evidence", "nobody", "unknown")


@click.group()
@json_option
def inbound() -> None:
    """See what other systems posted, and try again what could not be read."""


@inbound.command("list")
@json_option
def list_() -> None:
    """List the sources with what came of them in the last 30 days."""
    with act() as work:
        found = read_inbound(work.session, open_here().settings, work.at)
    show([asdict(source) for source in found.sources], COLUMNS)


@inbound.command()
@click.option("--source", type=click.Choice(list(READERS)), help="Only what this source posted.")
@json_option
def retry(source: str | None) -> None:
    """Try again posts that failed, and reports of people who are known by now."""
    with act() as work:
        posts, people = retry_inbound(work.session, source, standards_of(open_here().settings))
    show({"posts": posts, "people": people})
    say(f"{posts} posts are read again within seconds; {people} reports found their person")
