"""`abm model`: the scoring model as a document, its versions, and how a new one comes to count."""

import click

from abm.cli.options import act, json_option, wants_json
from abm.cli.show import show
from abm.scoring.document import write_yaml
from abm.scoring.live import get_version


@click.group()
@json_option
def model() -> None:
    """Check, change and publish the scoring model.

    FILE is a YAML document, as `abm model show` writes it. Nothing but `publish` changes a score.
    """


@model.command(name="show")
@click.option("--version", type=int, metavar="N", help="This version instead of the live one.")
@json_option
def show_model(version: int | None) -> None:
    """Write the live model as a document that can be changed and given back."""
    with act() as work:
        found = get_version(work.session, version)
        answer = {"version": found.version, "is_live": found.is_live, "document": found.document}
    if wants_json():
        show(answer)
    else:
        click.echo(write_yaml(found.document), nl=False)
