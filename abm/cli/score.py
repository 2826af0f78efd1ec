"""`abm score`: a score with the receipt that adds up to it."""

import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import click

from abm.cli.options import Moment, act, json_option, zone
from abm.cli.show import show
from abm.customers.find import find_account, find_contact, find_department
from abm.scoring.evaluate import foresee
from abm.scoring.live import ensure_model
from abm.scoring.report import score_report
from abm.work import Work


@click.command()
@click.argument("account")
@click.option("--department", metavar="D", help="Only what one department did: its id or exact name.")
@click.option("--contact", metavar="C", help="Only what one contact did: its id or mail address.")
@click.option("--at", type=Moment(), help="As of this time; of one to come, as it stands then if nothing happens.")
@json_option
def score(account: str, department: str | None, contact: str | None, at: datetime | None) -> None:
    """Show ACCOUNT's points, the rows they are made of, its stage and whether it is an MQA, at any time."""
    if department and contact:
        raise click.UsageError("give --department or --contact, not both")
    with act() as work:
        found = find_account(work.session, account)
        document = score_report(
            work.session,
            found.id,
            department_id=find_department(work.session, found, department).id if department else None,
            contact_id=find_contact(work.session, contact, account=found).id if contact else None,
            at=at or work.at,
        )
        foreseen = _foresee(work, found.id, at) if at and at > work.at else {}
    show({**document, **foreseen})


def _foresee(work: Work, account_id: uuid.UUID, at: datetime) -> Mapping[str, Any]:
    """Stage and MQA as they will be then, and that they are foreseen; without these the stage of today says so."""
    outcome = foresee(work.session, account_id, at, work.at, ensure_model(work.session), zone())
    return {"stage": outcome.stage.value, "mqa": outcome.is_mqa, "foreseen": True} if outcome else {"foreseen": False}
