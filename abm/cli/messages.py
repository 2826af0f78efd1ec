"""`abm messages`: every mail and its fate."""

import uuid

import click

from abm.cli.options import act, as_option, find_acting, json_option
from abm.cli.show import show
from abm.clock import rfc3339
from abm.customers.find import find_account, find_contact
from abm.words import MessageState
from campaigns.limits import change_limit, read_limits
from campaigns.messages import list_messages, message_json
from campaigns.pace import Limit
from campaigns.pausing import pause_sending, resume_sending, settle_unknown
from campaigns.sequences import get_sequence

LIMIT_COLUMNS = ("name", "domains", "per_minute", "at_once")
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
            sequence=get_sequence(work.session, sequence).name if sequence else None,
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


@messages.command()
@json_option
def limits() -> None:
    """How many mails leave a minute and at once: to all (*), to each other domain (-), to groups of domains."""
    with act() as work:
        found = read_limits(work.session)
    show([{"name": one.name, **_limit_json(one)} for one in found.every], LIMIT_COLUMNS)


@messages.command()
@click.argument("name")
@click.option("--domains", metavar="A,B", help="Of a group: its mail domains.")
@click.option("--per-minute", type=click.IntRange(0), help="At most so many in any minute; 0 for no limit.")
@click.option("--at-once", type=click.IntRange(1), help="At most so many under way.")
@click.option("--drop", is_flag=True, help="Take the group away.")
@as_option
@json_option
def limit(
    name: str, domains: str | None, per_minute: int | None, at_once: int | None, drop: bool, user: str | None
) -> None:
    """Change the limit of all mails (*), of each other domain (-), or of a group, which is made where there is none."""
    named = None if domains is None else tuple(one.strip().lower() for one in domains.split(",") if one.strip())
    changes = {"domains": named, "per_minute": per_minute, "at_once": at_once}
    with act() as work:
        by = find_acting(work.session, user)
        changed = change_limit(work.session, name, changes, drop=drop, by=by, at=work.at)
    show({"name": name, "dropped": True} if changed is None else {"name": name, **_limit_json(changed)})


def _limit_json(one: Limit) -> dict[str, object]:
    return {"domains": list(one.domains), "per_minute": one.per_minute, "at_once": one.at_once}
