"""`abm guard`: may this person be mailed now; and `abm guard policy`: the rules of that as a document."""

import sys
from typing import Any

import click
from sqlalchemy import select

from abm.cli.documents import faults_told, show_document
from abm.cli.imports import Nameless
from abm.cli.options import act, as_option, find_acting, json_option, open_here, read_bytes, wants_json
from abm.cli.show import say, show, show_table
from abm.customers.find import find_contact
from abm.guard.ask import ask_guard
from abm.guard.batch import NOTHING
from abm.guard.live import get_version
from abm.guard.policy import in_order
from abm.guard.publish import Publishing, list_versions, publish_policy
from abm.guard.validate import check_yaml
from abm.models import User
from campaigns.named_step import about_named_step


class PersonOrPolicy(click.Group):
    """`abm guard CONTACT` and `abm guard policy …` under one name."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Whatever is not `policy` is a person."""
        words = [word for word in args if word != "--json"]
        if words[:1] != ["policy"]:
            args = ["person", *args]
        return super().parse_args(ctx, args)


@click.group(cls=PersonOrPolicy)
@json_option
def guard() -> None:
    """Ask the contact guard, or look at and change its policy."""


@guard.command(cls=Nameless, epilog="`abm guard policy` shows and publishes the rules.")
@click.argument("contact")
@click.option("--step", metavar="STEP", help="About this mail step: STEP, or SEQUENCE/STEP where several have one.")
@json_option
def person(contact: str, step: str | None) -> None:
    """Ask the contact guard whether CONTACT (an id or mail address) may be mailed now, and why not."""
    with act() as work:
        found = find_contact(work.session, contact)
        about = about_named_step(work.session, found, step) if step else NOTHING
        decision = ask_guard(work.session, found.id, work.at, about, open_here().settings.zone)
    show({"answer": decision.answer, "until": decision.until, "reasons": list(decision.reasons)})


@guard.group()
@json_option
def policy() -> None:
    """Check, change and publish the contact guard's policy.

    FILE is a YAML document, as `abm guard policy show` writes it; - is standard input.
    """


@policy.command(name="show")
@click.option("--version", type=int, metavar="N", help="This version instead of the live one.")
@json_option
def show_policy(version: int | None) -> None:
    """Write the live policy as a document that can be changed and given back."""
    with act() as work:
        found = get_version(work.session, version)
        document = in_order(found.document)
    show_document(found, document)


@policy.command()
@click.argument("file")
@json_option
def validate(file: str) -> None:
    """Check a policy without keeping it; exits 1 and names every fault with its line, its place and the remedy."""
    told = faults_told(check_yaml(read_bytes(file)).faults)
    show(told)
    sys.exit(0 if told["valid"] else 1)


@policy.command()
@click.argument("file")
@click.option("--note", metavar="TEXT", help="What it is for, shown beside the version.")
@as_option
@json_option
def publish(file: str, note: str | None, user: str | None) -> None:
    """Make FILE the live policy. Mail that is held is decided again by it."""
    checked = check_yaml(read_bytes(file))
    checked.sound()
    with act() as work:
        by = find_acting(work.session, user)
        based_on = get_version(work.session).version
        version = publish_policy(work.session, checked.document, Publishing(based_on, work.at, by, note))
    say("published; everybody whose mail is held is asked about again by it")
    show({"version": version, "is_live": True})


@policy.command()
@json_option
def versions() -> None:
    """List every version that was published."""
    with act() as work:
        names: dict[Any, str] = {one.id: one.name for one in work.session.scalars(select(User))}
        rows = [
            {
                "version": one.version,
                "is_live": one.is_live,
                "published_at": one.published_at,
                "published_by": names.get(one.published_by),
                "note": one.note,
            }
            for one in list_versions(work.session)
        ]
    if wants_json():
        show({"versions": rows})
    else:
        show_table(rows, list(rows[0]))
