"""`abm messages`: every mail and its fate."""

import click

from abm.cli.options import act, json_option
from abm.cli.show import show
from abm.customers.find import find_account, find_contact
from abm.words import MessageState
from campaigns.messages import list_messages, message_json

COLUMNS = ("id", "state", "reason", "account", "contact", "sequence", "step", "due_at", "sent_at")


@click.command()
@click.option("--state", type=click.Choice([state.value for state in MessageState]), help="Only messages of this fate.")
@click.option("--account", metavar="ACCOUNT", help="Only messages to people of this account.")
@click.option("--contact", metavar="CONTACT", help="Only messages to this person: an id or mail address.")
@click.option("--sequence", metavar="NAME", help="Only messages of this sequence.")
@click.option("--limit", type=click.IntRange(1), default=1000, show_default=True, help="The newest so many.")
@json_option
def messages(state: str | None, account: str | None, contact: str | None, sequence: str | None, limit: int) -> None:
    """List messages with their fate: sent, failed, suppressed, cancelled, skipped, unknown, or still under way."""
    with act() as work:
        found = list_messages(
            work.session,
            state=MessageState(state) if state else None,
            account_id=find_account(work.session, account).id if account else None,
            contact_id=find_contact(work.session, contact).id if contact else None,
            sequence=sequence,
            limit=limit,
        )
    show([message_json(row) for row in found], COLUMNS)
