"""What the guard leaves to the owner: a task with the mail as its reader would have seen it, to be written by hand."""

import re
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from abm.guard.task_facts import Subject
from abm.handoff.steps import StepAsk, open_step_tasks
from abm.models import Asset, Contact, Link, Mail, Webinar
from abm.words import Language, LinkKind
from campaigns.placeholders import split
from campaigns.preview import Filling
from campaigns.readers import read_reader

# A mail that is left to its owner shall be written soon, or not at all.
REROUTED_HOURS = 16
# Where a link of ours stands in the plain text of a compiled mail.
PLACE = re.compile(r"\{\{base\}\}/\w+/\{\{link\.(\d+)\}\}")
# The sender's address and the stop link follow this line; a mail by hand has its own.
FOOTER = re.compile(r"\n-- ?\n(?:(?!\n-- ?\n).)*\Z", re.DOTALL)


@dataclass(frozen=True)
class Rerouted:
    """A mail that is not sent: of which step and visit, to whom, and why not."""

    enrollment_id: uuid.UUID
    step: str
    occurrence: int
    account_id: uuid.UUID
    contact_id: uuid.UUID
    mail_id: uuid.UUID
    sequence_title: dict[str, str]
    reasons: tuple[str, ...]


def leave_to_owners(session: Session, rerouted: Sequence[Rerouted], sender: str, at: datetime, zone: ZoneInfo) -> None:
    """Open a task for whoever looks after each of these; the mail is its draft."""
    if not rerouted:
        return
    names = {one.contact_id for one in rerouted}
    people = {row.id: row for row in session.scalars(select(Contact).where(Contact.id.in_(names)))}
    asks = [_ask(session, one, people[one.contact_id], sender, at) for one in rerouted]
    open_step_tasks(session, asks, at, zone)


def _ask(session: Session, one: Rerouted, person: Contact, sender: str, at: datetime) -> StepAsk:
    draft = draft_of(session, one.mail_id, person.id, sender, at)
    why: list[dict[str, Any]] = [
        {
            "code": "mail_rerouted",
            "person": {"name": person.full_name, "title": person.title},
            "subject": draft["subject"],
        },
        {"code": "rerouted_because", "guard_reasons": list(one.reasons)},
        {"code": "of_sequence", "title": one.sequence_title},
    ]
    subject = Subject(one.account_id, person.department_id, person.id)
    return StepAsk(
        one.enrollment_id,
        one.step,
        one.occurrence,
        subject,
        why,
        REROUTED_HOURS,
        brief={"draft": draft},
        is_for_deal_owner=True,
    )


def draft_of(session: Session, mail_id: uuid.UUID, contact_id: uuid.UUID, sender: str, at: datetime) -> dict[str, str]:
    """Subject and text of a compiled mail for this person: links as they are, files by name, no footer."""
    mail = session.get_one(Mail, mail_id)
    places = _places(session, mail)
    text = PLACE.sub(lambda found: places.get(found[1], ""), FOOTER.sub("", mail.compiled["text"]))
    filling = Filling({"sender.name": sender}, read_reader(session, contact_id, at), Language(mail.language))
    return {"subject": filling.fill(mail.compiled["subject"]), "text": _without_rest(filling.fill(text)).strip()}


def _places(session: Session, mail: Mail) -> dict[str, str]:
    """By number of the mail's links: where they lead, or what is to be enclosed."""
    numbers = mail.compiled["links"]
    rows = session.execute(
        select(Link.number, Link.kind, Link.url, Asset.title, Webinar.title.label("webinar"))
        .outerjoin(Asset, Asset.id == Link.asset_id)
        .outerjoin(Webinar, Webinar.id == Link.webinar_id)
        .where(Link.number.in_(numbers.values()))
    )
    said = {row.number: _said(row, mail.language) for row in rows}
    return {n: said.get(number, "") for n, number in numbers.items()}


def _said(row: Any, language: str) -> str:
    if row.kind == LinkKind.FILE and row.title:
        title = row.title.get(language) or next(iter(row.title.values()), "")
        return f"「{title}」" if language == Language.JAPANESE else f"“{title}”"
    return str(row.webinar or row.url)


def _without_rest(text: str) -> str:
    """What only a sent mail could say is left out."""
    return "".join(split(text)[::2])
