"""`abm account`: everything known of one account."""

from typing import Any

import click

from abm.cli.options import act, json_option
from abm.cli.show import show
from abm.customers.find import find_account
from abm.reports.account import account_record


@click.command()
@click.argument("account")
@json_option
def account(account: str) -> None:
    """Show ACCOUNT: its record, owners, stage, people with their roles, and timeline.

    ACCOUNT is an id, corporate number, domain or exact name.
    """
    with act() as work:
        document: dict[str, Any] = account_record(work.session, find_account(work.session, account).id, work.at)
    show(document)
