"""What the guard leaves to the owner: a task with the mail as its reader would have seen it, to be written by hand."""

import re
import uuid
from collections.abc import Mapping, Sequence
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
from campaigns.addressing import Recipient
from campaigns.placeholders import split
from campaigns.preview import Filling
from campaigns.readers import read_readers

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


@dataclass(frozen=True)
class Drafting:
    """What drafts for some people are made of; whoever was erased meanwhile is no reader any more."""

    mails: Mapping[uuid.UUID, Mail]
    # By number of a link: where it leads, or what is to be enclosed.
    links: Mapping[int, Any]
    readers: Mapping[uuid.UUID, Recipient]
    sender: str

    def draft(self, mail_id: uuid.UUID, contact_id: uuid.UUID) -> dict[str, str]:
        """Subject and text of a compiled mail for this person: links as they are, files by name, no footer."""
        mail = self.mails[mail_id]
        numbers = mail.compiled["links"]
        filling = Filling({"sender.name": self.sender}, self.readers[contact_id], Language(mail.language))

        def said(place: re.Match[str]) -> str:
            link = self.links.get(numbers.get(place[1]))
            return _said(link, mail.language) if link else ""

        text = filling.fill(PLACE.sub(said, FOOTER.sub("", mail.compiled["text"])))
        return {"subject": filling.fill(mail.compiled["subject"]), "text": _without_rest(text).strip()}


def leave_to_owners(session: Session, rerouted: Sequence[Rerouted], sender: str, at: datetime, zone: ZoneInfo) -> None:
    """Open a task for whoever looks after each of these; the mail is its draft."""
    if not rerouted:
        return
    drafting = _prepare(session, rerouted, sender, at)
    people = select(Contact).where(Contact.id.in_(drafting.readers))
    by_id = {person.id: person for person in session.scalars(people)}
    asks = [_ask(one, by_id[one.contact_id], drafting) for one in rerouted if one.contact_id in by_id]
    open_step_tasks(session, asks, at, zone)


def _prepare(session: Session, rerouted: Sequence[Rerouted], sender: str, at: datetime) -> Drafting:
    named = {one.mail_id for one in rerouted}
    mails = {mail.id: mail for mail in session.scalars(select(Mail).where(Mail.id.in_(named)))}
    links = session.execute(
        select(Link.number, Link.kind, Link.url, Asset.title, Webinar.title.label("webinar"))
        .outerjoin(Asset, Asset.id == Link.asset_id)
        .outerjoin(Webinar, Webinar.id == Link.webinar_id)
        .where(Link.number.in_({number for mail in mails.values() for number in mail.compiled["links"].values()}))
    )
    readers = read_readers(session, {one.contact_id for one in rerouted}, at)
    return Drafting(mails, {link.number: link for link in links}, readers, sender)


def _ask(one: Rerouted, person: Contact, drafting: Drafting) -> StepAsk:
    draft = drafting.draft(one.mail_id, person.id)
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


def _said(row: Any, language: str) -> str:
    if row.kind == LinkKind.FILE and row.title:
        title = row.title.get(language) or next(iter(row.title.values()), "")
        return f"「{title}」" if language == Language.JAPANESE else f"“{title}”"
    return str(row.webinar or row.url)


def _without_rest(text: str) -> str:
    """What only a sent mail could say is left out."""
    return "".join(split(text)[::2])
