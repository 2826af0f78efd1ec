"""`abm tasks`: the sales tasks, and answering one."""

import uuid
from datetime import date

import click

from abm.cli.options import Day, act, get_acting, json_option, open_here, zone
from abm.cli.show import show
from abm.customers.find import find_account, find_product
from abm.handoff.answers import Said, answer_task
from abm.handoff.closing import close_task
from abm.handoff.tasks import list_tasks
from abm.words import AnswerCode, Language, TaskKind, TaskState, WakeChoice

COLUMNS = ("id", "kind", "state", "account", "department", "owner", "points", "due_at", "why")


# What ends a task that is no hand-off.
CLOSING = (TaskState.DONE.value, TaskState.DISMISSED.value)


@click.group(invoke_without_command=True)
@click.option("--state", type=click.Choice([state.value for state in TaskState]), help="Only tasks in this state.")
@click.option("--account", metavar="ACCOUNT", help="Only tasks of this account.")
@click.option("--kind", type=click.Choice([kind.value for kind in TaskKind]), help="Only tasks of this kind.")
@json_option
@click.pass_context
def tasks(ctx: click.Context, state: str | None, account: str | None, kind: str | None) -> None:
    """List sales tasks, or answer one with `abm tasks answer`."""
    if ctx.invoked_subcommand:
        return
    settings = open_here().settings
    with act() as work:
        found = list_tasks(
            work.session,
            state=TaskState(state) if state else None,
            account_id=find_account(work.session, account).id if account else None,
            kind=TaskKind(kind) if kind else None,
            at=work.at,
            language=Language(settings.language),
            zone=settings.zone,
        )
    show(found, COLUMNS)


@tasks.command()
@click.argument("task", metavar="ID", type=click.UUID)
@click.argument("code", type=click.Choice([code.value for code in AnswerCode] + list(CLOSING)))
@click.option("--as", "user", metavar="USER", required=True, help="Who answers: the mail address of a user.")
@click.option("--until", type=Day(), help="When to come back to it; not_now asks for this or --when.")
@click.option(
    "--when", type=click.Choice([choice.value for choice in WakeChoice]), help="The same, by the account's fiscal year."
)
@click.option("--text", help="What to say besides; other asks for it.")
@click.option(
    "--event", "events", type=click.UUID, multiple=True, help="With false_signal: the event that was none; repeatable."
)
@click.option("--product", help="With meeting, opportunity or already_customer: the code of the product it is about.")
@click.option("--no-phone", is_flag=True, help="The person of the task asked not to be phoned any more.")
@json_option
def answer(
    task: uuid.UUID,
    code: str,
    user: str,
    until: date | None,
    when: str | None,
    text: str | None,
    events: tuple[uuid.UUID, ...],
    product: str | None,
    no_phone: bool,
) -> None:
    """Answer task ID with CODE, as the buttons of its page do.

    Tasks that are no hand-off are done, or dismissed with a --text that says why.
    """
    with act() as work:
        by = get_acting(work.session, user)
        if code in CLOSING:
            answered = close_task(work.session, task, done=code == TaskState.DONE, by=by, at=work.at, text=text)
        else:
            answered = answer_task(
                work.session,
                task,
                Said(
                    AnswerCode(code),
                    by=by,
                    at=work.at,
                    until=until,
                    when=WakeChoice(when) if when else None,
                    text=text,
                    events=events,
                    product_id=find_product(work.session, product) if product else None,
                    no_phone=no_phone,
                ),
                zone(),
            )
        document = {"id": answered.id, "state": answered.state, "answer": answered.answer}
    show(document)
