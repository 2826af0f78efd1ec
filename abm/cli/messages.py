"""`abm messages`: every mail and its fate."""

import click
from campaigns.messages import list_messages

from abm.cli.options import act, json_option
from abm.cli.show import show
from abm.customers.find import find_account
from abm.words import MessageState

COLUMNS = ("id", "state", "reason", "account", "contact", "sequence", "step", "due_at", "sent_at")


@click.command()
@click.option("--state", type=click.Choice([state.value for state in MessageState]), help="Only messages of this fate.")
@click.option("--account", metavar="ACCOUNT", help="Only messages to people of this account.")
@json_option
def messages(state: str | None, account: str | None) -> None:
    """List messages with their fate: sent, failed, suppressed, cancelled, skipped, unknown, or still under way."""
    with act() as work:
        found = list_messages(
            work.session,
            state=MessageState(state) if state else None,
            account_id=find_account(work.session, account).id if account else None,
        )
    show(found, COLUMNS)
