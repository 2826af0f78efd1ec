"""`abm guard`: may this person be mailed now?"""

import click

from abm.cli.options import act, json_option
from abm.cli.show import show
from abm.customers.find import find_contact
from abm.guard.ask import ask_guard


@click.command()
@click.argument("contact")
@json_option
def guard(contact: str) -> None:
    """Ask the contact guard whether CONTACT (an id or mail address) may be mailed now, and why not."""
    with act() as work:
        decision = ask_guard(work.session, find_contact(work.session, contact).id, work.at)
    show({"answer": decision.answer, "until": decision.until, "reasons": list(decision.reasons)})
