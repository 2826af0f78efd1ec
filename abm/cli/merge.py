"""`abm merge`: bringing one account to another, and taking that back."""

import uuid
from typing import Any

import click

from abm.cli.options import act, json_option
from abm.cli.show import show
from abm.customers.find import find_account
from abm.customers.merges import merge_accounts, undo_merge
from abm.errors import NotFound
from abm.models import AccountMerge
from abm.reports.matches import list_merges
from abm.users import find_user
from abm.work import Work

COLUMNS = ("id", "at", "account", "into", "undone_at")

user_option = click.option("--as", "user", metavar="USER", help="Who does it: the mail address of a user.")


@click.command()
@click.argument("words", nargs=-1, metavar="[ACCOUNT INTO | undo ID]")
@user_option
@json_option
def merge(words: tuple[str, ...], user: str | None) -> None:
    """Merge ACCOUNT into INTO, which stays; `abm merge undo ID` takes it back; without words, list the merges.

    Accounts are given by id, corporate number, domain or exact name. People, history, open work and scores move along
    and go back exactly, also months later.
    """
    if not words:
        return _list()
    if len(words) != 2:
        raise click.UsageError("give the account and the one it goes into, or: undo ID")
    with act() as work:
        made = _undo(work, words[1], user) if words[0] == "undo" else _merge(work, words[0], words[1], user)
    show(made)


def _list() -> None:
    with act() as work:
        found = list_merges(work.session, 1, length=1_000).rows
    rows = [
        {
            "id": row.id,
            "at": row.at,
            "account": row.gone,
            "into": {"id": row.stays_id, "name": row.stays},
            "undone_at": row.undone_at,
        }
        for row in found
    ]
    show(rows, COLUMNS)


def _merge(work: Work, account: str, into: str, user: str | None) -> dict[str, Any]:
    goes, stays = find_account(work.session, account), find_account(work.session, into)
    made = merge_accounts(work.session, goes.id, stays.id, by=_user(work, user), at=work.at)
    return _document(made)


def _undo(work: Work, text: str, user: str | None) -> dict[str, Any]:
    try:
        merge_id = uuid.UUID(text)
    except ValueError:
        raise NotFound(f"no merge {text!r}; `abm merge` lists the merges with their ids") from None
    return _document(undo_merge(work.session, merge_id, by=_user(work, user), at=work.at))


def _user(work: Work, email: str | None) -> uuid.UUID | None:
    if email is None:
        return None
    found = find_user(work.session, email)
    if found is None or found.disabled_at:
        raise NotFound(f"no user {email!r} can merge accounts; `abm user list` shows who there is")
    return found.id


def _document(made: AccountMerge) -> dict[str, Any]:
    return {
        "id": made.id,
        "account": made.account_id,
        "into": made.into_account_id,
        "at": made.at,
        "changed": sorted(made.changed),
        "joined_tasks": len(made.joined["tasks"]),
        "undone_at": made.undone_at,
    }
