"""`abm mailbox`: the mails that were caught here instead of leaving."""

from importlib import import_module
from typing import Any

import click
from sqlalchemy import select

from abm.cli.options import act, json_option
from abm.cli.show import show
from abm.models import CaughtMail

COLUMNS = ("number", "caught_at", "mail_from", "rcpt_to", "subject")
# Running the server is a process of its own, on the floor above.
SERVE = ("abm.processes.catching", "serve")


class Mailbox(click.Group):
    """The mailbox's commands; the server is loaded only when it is started."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Every command."""
        return [*super().list_commands(ctx), "serve"]

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        """The command of this name."""
        if name == "serve":
            command = getattr(import_module(SERVE[0]), SERVE[1])
            assert isinstance(command, click.Command)
            return command
        return super().get_command(ctx, name)


@click.group(cls=Mailbox, invoke_without_command=True)
@click.option("--to", metavar="MAIL", help="Only mails to this address.")
@click.option("--limit", type=click.IntRange(1), default=100, show_default=True, help="The newest so many.")
@json_option
@click.pass_context
def mailbox(ctx: click.Context, to: str | None, limit: int) -> None:
    """List the mails the local mailbox caught, newest first; --json carries each one's raw source.

    Mail of sample contacts and to reserved names (.example, .test, .invalid, example.com) always ends here, all other
    mail only while ABM_SMTP_URL is empty.
    """
    if ctx.invoked_subcommand is None:
        _list(to, limit)


@mailbox.command("list")
@click.option("--to", metavar="MAIL", help="Only mails to this address.")
@click.option("--limit", type=click.IntRange(1), default=100, show_default=True, help="The newest so many.")
@json_option
def list_(to: str | None, limit: int) -> None:
    """List caught mails, as `abm mailbox` does."""
    _list(to, limit)


def _list(to: str | None, limit: int) -> None:
    newest = select(CaughtMail).order_by(CaughtMail.number.desc()).limit(limit)
    with act() as work:
        caught = work.session.scalars(newest.where(CaughtMail.rcpt_to == to) if to else newest)
        show([_record(mail) for mail in caught], COLUMNS)


def _record(mail: CaughtMail) -> dict[str, Any]:
    return {
        "number": mail.number,
        "caught_at": mail.caught_at,
        "mail_from": mail.mail_from,
        "rcpt_to": mail.rcpt_to,
        "subject": mail.subject,
        "message_id": mail.message_id,
        "raw": mail.raw.decode("utf-8", "replace"),
    }
