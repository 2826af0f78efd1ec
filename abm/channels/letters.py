"""Mails to users about their tasks: made from the three templates of `templates/email/task_notice`."""

from collections.abc import Mapping
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from functools import cache
from pathlib import Path
from typing import Any
from uuid import UUID

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from abm.channels.links import GOOD_FOR, write_link
from abm.channels.told import Reader, Told
from abm.channels.wording import say_facts, say_headline, say_moment, say_subject
from abm.config import Settings
from abm.connectors.mail.smtp import Envelope
from abm.handoff.wording import say_do_not_say, say_opening, say_why
from abm.tokens import Signer
from abm.words import Language, TaskKind, TaskState

TEMPLATES = Path(__file__).parents[2] / "templates" / "email" / "task_notice"
# What a link in a mail may answer: later states are answered where one sees what was done meanwhile.
ANSWERABLE = frozenset((TaskState.ASSIGNED,))


def message_id_of(delivery_id: UUID, settings: Settings) -> str:
    """The Message-ID of a delivery's mail: always the same, so that it can be looked for."""
    return f"<task-{delivery_id.hex}@{settings.sender_mail.rpartition('@')[2]}>"


def make_letter(told: Told, reader: Reader, settings: Settings, signer: Signer, sent_at: datetime) -> Envelope:
    """The mail as it goes over the wire, in the reader's language."""
    language = Language(reader.language or settings.language)
    said = _say(told, reader, language, settings, signer)
    message = EmailMessage(policy=SMTP)
    message["Subject"] = " ".join(_template(language, "subject.txt", said).split())
    message["From"] = _address(settings.sender_name, settings.sender_mail)
    message["To"] = _address(reader.name, reader.email)
    message["Date"] = format_datetime(sent_at)
    message["Message-ID"] = message_id_of(told.id, settings)
    # RFC 3834: nobody's out-of-office answers it.
    message["Auto-Submitted"] = "auto-generated"
    message["X-Auto-Response-Suppress"] = "All"
    message.set_content(_template(language, "body.txt", said))
    message.add_alternative(_template(language, "body.html", said), subtype="html")
    return Envelope(settings.sender_mail, reader.email, message.as_bytes())


def _say(told: Told, reader: Reader, language: Language, settings: Settings, signer: Signer) -> Mapping[str, Any]:
    zone, base = settings.zone, settings.public_url
    may_answer = told.kind == TaskKind.HAND_OFF and told.state in ANSWERABLE and told.owner_id == reader.id
    link = write_link(signer, base, told.key, language) if may_answer and told.key else None
    return {
        "reader": reader.name,
        "headline": say_headline(told.event, told.kind, language),
        "subject": say_subject(told.account, told.department, language),
        "facts": say_facts(told, language, zone),
        "why": say_why(told.why, language, zone),
        "opening": say_opening(told.brief, language),
        "not_to_say": say_do_not_say(told.brief, language),
        "accept": f"{link}?press=accept" if link else "",
        "reject": f"{link}?press=reject" if link else "",
        "until": say_moment(told.created_at + GOOD_FOR, language, zone),
        "link": f"{base}/tasks/{told.task_id}",
        "sender": settings.sender_name,
    }


def _address(name: str, address: str) -> Address:
    """A name that holds whatever somebody typed, and an address it cannot break."""
    user, _, domain = address.rpartition("@")
    return Address(" ".join(name.split()), user, domain)


def _template(language: Language, name: str, said: Mapping[str, Any]) -> str:
    return _templates().get_template(f"{language.value}/{name}").render(said)


@cache
def _templates() -> Environment:
    return Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=lambda name: bool(name) and str(name).endswith(".html"),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
