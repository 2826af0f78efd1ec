"""`abm mail`: compiling a mail from disk without an installation, and sending one to oneself to look at it."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from abm.cli.options import act, get_acting, json_option, open_here
from abm.cli.show import show, write_json
from abm.customers.find import find_contact
from abm.errors import Invalid
from abm.models import User
from abm.words import Language
from campaigns.mail_templates import get_written
from campaigns.preview import compile_file
from campaigns.trial import plan_trial


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


@mail.command()
@click.argument("name")
@click.option("--to", metavar="USER", required=True, help="Who gets it: the mail address of a user.")
@click.option("--contact", metavar="CONTACT", required=True, help="Whom it reads as for: an id or mail address.")
@click.option(
    "--language", type=click.Choice([one.value for one in Language]), help="Of the mail; default: the contact's."
)
@json_option
def trial(name: str, to: str, contact: str, language: str | None) -> None:
    """Send NAME to a user to look at it, as it would read to CONTACT.

    It is the newest text, published or not. Nothing goes to the contact; what is done in it counts nowhere.
    """
    domain = open_here().settings.sender_mail.rpartition("@")[2]
    with act() as work:
        user = work.session.get_one(User, get_acting(work.session, to))
        reader = find_contact(work.session, contact)
        written = get_written(work.session, name, Language(language or reader.language))
        message_id = plan_trial(work.session, written, reader.id, user.email, domain, work.at)
        told = {"to": user.email, "contact": reader.full_name, "mail": name, "language": written.language}
    show({"message": message_id, **told})


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
