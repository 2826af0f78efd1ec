"""Mails compiled: from their template folders or as they were written, kept with a published version."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from abm.errors import Invalid
from abm.models import Link, Mail
from abm.tokens import TokenKind
from abm.words import Language, LinkKind
from campaigns.compile import Compiled, compile_mail, outline
from campaigns.mail_templates import FOLDER, LinkAbout, Written, compile_written, find_published, read_source
from campaigns.render import Stored

TOKEN_KINDS = {
    LinkKind.FILE: TokenKind.DOWNLOAD,
    LinkKind.URL: TokenKind.CLICK,
    LinkKind.WEBINAR: TokenKind.WEBINAR,
    LinkKind.HONEYPOT: TokenKind.CLICK,
}


@dataclass(frozen=True)
class CompiledMail:
    """A mail of a document in one language, compiled."""

    name: str
    language: Language
    compiled: Compiled
    # What its links are about, by address, as its author said.
    about: Mapping[str, LinkAbout] = field(default_factory=dict)
    template_id: uuid.UUID | None = None


def compile_mails(session: Session, name: str) -> list[CompiledMail]:
    """The mail as it is published in every language; Invalid names what is missing or cannot be read."""
    found = find_published(session, name)
    if not found:
        told = f"there is no published mail called {name!r}: write it under Mails and publish it"
        raise Invalid(told, field=f"mail.{name}", code="missing")
    return [compiled_of(found[language]) for language in Language if language in found]


def compiled_of(written: Written) -> CompiledMail:
    """A mail as it was written, compiled."""
    compiled = compile_written(written)
    return CompiledMail(written.name, written.language, compiled, written.links or {}, written.id)


def compile_folder(name: str, folder: Path = FOLDER) -> list[CompiledMail]:
    """The mail in every language its folder holds; Invalid names the file that is missing or unreadable."""
    found = [language for language in Language if (folder / name / language).is_dir()]
    if not found:
        raise Invalid(f"there is no mail called {name!r} in templates/email", field=f"mail.{name}", code="missing")
    return [CompiledMail(name, language, _compile(folder / name / language, language)) for language in found]


def load_stored(session: Session, mail_id: uuid.UUID) -> Stored:
    """A compiled mail with the keys of its links, as rendering wants it."""
    mail = session.get_one(Mail, mail_id)
    links = session.scalars(select(Link).where(Link.mail_id == mail_id)).all()
    keys = {link.number: link for link in links}
    texts: Mapping[str, Any] = mail.compiled
    return Stored(
        mail_id=mail_id,
        language=Language(mail.language),
        subject=texts["subject"],
        html=texts["html"],
        text=texts["text"],
        links={
            f"link.{n}": (TOKEN_KINDS[LinkKind(keys[number].kind)], keys[number].key)
            for n, number in texts["links"].items()
        },
        honeypot=keys[texts["honeypot"]].key,
        topics=frozenset(topic for link in links for topic in link.topics),
    )


def stored_form(compiled: Compiled, numbers: Mapping[int, int], honeypot: int) -> dict[str, Any]:
    """What lies in the database: the texts, and which link each {{link.n}} is."""
    return {**outline(compiled), "links": {str(n): number for n, number in numbers.items()}, "honeypot": honeypot}


def _compile(folder: Path, language: Language) -> Compiled:
    try:
        return compile_mail(read_source(folder), language)
    except Invalid as error:
        place = f"templates/email/{folder.parent.name}/{language}"
        raise Invalid(f"{place}: {error}", field=f"mail.{folder.parent.name}.{error.field}", code=error.code) from error
