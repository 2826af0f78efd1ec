"""`abm mailbox serve`: the local mailbox's SMTP server."""

import click

from abm.cli.options import json_option
from abm.connectors.mail.mailbox import serve as serve_mailbox
from abm.processes.start import begin, stop_signal
from abm.work import open_installation


@click.command()
@json_option
def serve() -> None:
    """Catch the mail that must not leave this installation, over SMTP on ABM_MAILBOX_PORT."""
    settings = begin("mailbox")
    serve_mailbox(open_installation(settings, application="abm-mailbox"), stop_signal())
