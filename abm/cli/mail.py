"""`abm mail`: compiling a mail from disk, without an installation."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from abm.cli.options import json_option
from abm.cli.show import write_json
from abm.errors import Invalid
from abm.words import Language
from campaigns.preview import compile_file


@click.group()
@json_option
def mail() -> None:
    """Look at a mail before it is used."""


@mail.command("compile")
@click.argument("place", metavar="FILE|FOLDER", type=click.Path(path_type=Path))
@click.option("--data", metavar="JSON", help="Fill in who it goes to: contact, account and sender, as JSON.")
@click.option("--base", metavar="URL", help="Fill in where links lead: the installation's public address.")
@click.option(
    "--language", type=click.Choice([one.value for one in Language]), help="Of the footer; default: as the mail's."
)
@json_option
def compile_(place: Path, data: str | None, base: str | None, language: str | None) -> None:
    """Compile a page (HTML or MJML), or a folder of subject.txt, body.txt and body.html or body.mjml.

    Writes JSON: the texts with their links rewritten, every link with its place, and warnings. A missing footer is
    added. Compiling the HTML it wrote again changes nothing.
    """
    chosen = Language(language) if language else None
    write_json(compile_file(place, language=chosen, data=read_data(data), base=base))


def read_data(data: str | None) -> Mapping[str, Any]:
    """The merge values given as JSON."""
    if data is None:
        return {}
    try:
        found = json.loads(data)
    except json.JSONDecodeError as error:
        raise Invalid(f"this is no JSON: {error}", field="data", code="not_json") from error
    if not isinstance(found, dict):
        raise Invalid('give a mapping such as {"contact": {"family_name": "田中"}}', field="data", code="not_a_mapping")
    return found
