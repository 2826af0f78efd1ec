"""`abm token`: which other systems may ask of this installation, and what."""

import uuid

import click

from abm.api_tokens import list_api_tokens, make_api_token, revoke_api_token
from abm.cli.options import act, json_option, wants_json
from abm.cli.show import say, show
from abm.errors import Invalid
from abm.models import ApiToken
from abm.words import ApiScope

COLUMNS = ("id", "name", "scopes", "made_at", "seen_at", "revoked_at")


@click.group()
@json_option
def token() -> None:
    """Make, list and revoke tokens of other systems."""


@token.command("list")
@json_option
def list_() -> None:
    """List tokens, without their secrets."""
    with act() as work:
        show([_record(found) for found in list_api_tokens(work.session)], COLUMNS)


@token.command()
@click.argument("name")
@click.option(
    "--scope",
    "scopes",
    type=click.Choice([scope.value for scope in ApiScope]),
    multiple=True,
    required=True,
    help="What the token is good for; may be given several times.",
)
@json_option
def add(name: str, scopes: tuple[str, ...]) -> None:
    """Make a token for the system NAME; its secret is printed once."""
    with act() as work:
        made, secret = make_api_token(work.session, name, [ApiScope(scope) for scope in scopes], work.at)
        document = {**_record(made), "token": secret}
    if wants_json():
        show(document)
    else:
        click.echo(secret)
        say("this is shown once; send it as Authorization: Bearer TOKEN")


@token.command()
@click.argument("token_id", metavar="ID")
@json_option
def revoke(token_id: str) -> None:
    """Make a token worth nothing from now on."""
    with act() as work:
        show(_record(revoke_api_token(work.session, _read_id(token_id), work.at)))


def _read_id(text: str) -> uuid.UUID:
    try:
        return uuid.UUID(text)
    except ValueError as error:
        raise Invalid("this is no id; `abm token list` shows them", field="id", code="no_id") from error


def _record(found: ApiToken) -> dict[str, object]:
    return {
        "id": found.id,
        "name": found.name,
        "scopes": found.scopes,
        "made_at": found.made_at,
        "seen_at": found.seen_at,
        "revoked_at": found.revoked_at,
    }
