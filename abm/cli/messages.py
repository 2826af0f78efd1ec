"""`abm messages`: every mail and its fate."""

import uuid

import click

from abm.cli.options import act, as_option, find_acting, json_option
from abm.cli.show import show
from abm.clock import rfc3339
from abm.customers.find import find_account, find_contact
from abm.words import MessageState
from campaigns.messages import list_messages, message_json
from campaigns.pausing import pause_sending, resume_sending, settle_unknown

COLUMNS = ("id", "state", "reason", "account", "contact", "sequence", "step", "due_at", "sent_at")


@click.group(invoke_without_command=True)
@click.option("--state", type=click.Choice([state.value for state in MessageState]), help="Only messages of this fate.")
@click.option("--account", metavar="ACCOUNT", help="Only messages to people of this account.")
@click.option("--contact", metavar="CONTACT", help="Only messages to this person: an id or mail address.")
@click.option("--sequence", metavar="NAME", help="Only messages of this sequence.")
@click.option("--limit", type=click.IntRange(1), default=1000, show_default=True, help="The newest so many.")
@json_option
@click.pass_context
def messages(
    context: click.Context,
    state: str | None,
    account: str | None,
    contact: str | None,
    sequence: str | None,
    limit: int,
) -> None:
    """List messages with their fate: sent, failed, suppressed, cancelled, skipped, unknown, or still under way."""
    if context.invoked_subcommand:
        return
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


@messages.command()
@click.option("--why", default="", help="What people read beside it.")
@as_option
@json_option
def pause(why: str, user: str | None) -> None:
    """Let no mail of any sequence leave until `abm messages resume`."""
    with act() as work:
        begun = pause_sending(work.session, work.at, find_acting(work.session, user), why)
    show({"paused_at": rfc3339(begun.paused_at), "why": begun.why})


@messages.command()
@as_option
@json_option
def resume(user: str | None) -> None:
    """Let mails leave again, as far as the contact guard still lets them."""
    with act() as work:
        resume_sending(work.session, work.at, find_acting(work.session, user))
        resumed_at = rfc3339(work.at)
    show({"resumed_at": resumed_at})


@messages.command()
@click.argument("message", type=click.UUID)
@click.argument("fate", type=click.Choice(["sent", "failed"]))
@as_option
@json_option
def settle(message: uuid.UUID, fate: str, user: str | None) -> None:
    """Say what became of a message of unknown fate; it is never sent again."""
    with act() as work:
        by = find_acting(work.session, user)
        settled = settle_unknown(work.session, message, arrived=fate == "sent", at=work.at, by=by)
    show({"id": str(settled.id), "state": settled.state, "reason": settled.reason})
