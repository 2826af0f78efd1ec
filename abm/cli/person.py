"""`abm export person` and `abm erase person`: what the law lets a person ask for."""

import uuid

import click
from sqlalchemy import select
from sqlalchemy.orm import Session

from abm.cli.options import act, as_option, find_acting, json_option, open_here
from abm.cli.show import say, show, write_json
from abm.customers.erase import erase_person
from abm.customers.export import export_person
from abm.errors import NotFound
from abm.models import AuditEntry, Contact


@click.group()
@json_option
def export() -> None:
    """Write what is kept, as JSON."""


@export.command(name="person")
@click.argument("contact")
@as_option
@json_option
def export_contact(contact: str, user: str | None) -> None:
    """Write everything kept about CONTACT (an id or mail address, archived people included)."""
    with act() as work:
        person_id = _find_person(work.session, contact)
        found = export_person(work.session, person_id, work.at)
        by = find_acting(work.session, user)
        what = {"act": "contact.exported", "subject": "contact", "subject_id": person_id}
        work.session.add(AuditEntry(at=work.at, user_id=by, **what))
    write_json(found)


@click.group()
@json_option
def erase() -> None:
    """Erase for good what somebody asked to be erased."""


@erase.command(name="person")
@click.argument("contact")
@click.option("--yes", "sure", is_flag=True, help="Do it: nobody can take this back.")
@as_option
@json_option
def erase_contact(contact: str, sure: bool, user: str | None) -> None:
    """Erase CONTACT (an id or mail address): numbers stay; a list that brings the person back does not mail them."""
    with act() as work:
        person_id = _find_person(work.session, contact)
        if not sure:
            raise click.UsageError(f"this erases contact {person_id} for good; add --yes to do it")
        by = find_acting(work.session, user)
        erase_person(work.session, person_id, open_here().signer.digests, by=by, at=work.at)
    say("erased")
    show({"contact": str(person_id), "erased": True})


def _find_person(session: Session, text: str) -> uuid.UUID:
    """The person of this id or address, the living before the archived, whom nobody erased."""
    try:
        meant = Contact.id == uuid.UUID(text)
    except ValueError:
        meant = Contact.email == text.strip()
    found = select(Contact.id).where(meant, Contact.erased_at.is_(None))
    person_id = session.scalar(found.order_by(Contact.archived_at.nulls_first(), Contact.id).limit(1))
    if person_id is None:
        raise NotFound("no such contact; give an id or mail address")
    return person_id
