"""Mails as they are written: drafts, published versions, and the ready-made ones of templates/email behind them."""

import re
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session

from abm.errors import Conflict, Invalid, NotFound
from abm.models import AuditEntry, MailTemplate
from abm.words import Language, MailKind, MailWarning
from campaigns.compile import Compiled, MailSource, Warn, compile_mail
from campaigns.placeholders import OWN, names_in

FOLDER = Path(__file__).parents[1] / "templates" / "email"
# Letters of our own to users; no recipient gets them.
LETTERS = frozenset({"task_notice"})
NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,59}")
LONGEST_SUBJECT = 500
# What compiling puts in; by hand it would only pretend to have been compiled.
RESERVED = OWN - {"stop_url", "why_url"}
# A mail with one of these would reach people with a hole in it, or harm them.
STOPS_PUBLISHING = frozenset(
    {
        MailWarning.UNKNOWN_PLACEHOLDER,
        MailWarning.UNKNOWN_ELEMENT,
        MailWarning.TEXT_DROPPED,
        MailWarning.UNSAFE_LINK,
        MailWarning.WEBINAR_NOT_LINKED,
    }
)


@dataclass(frozen=True)
class LinkAbout:
    """What a link is about."""

    topics: tuple[str, ...] = ()
    product: str | None = None


@dataclass(frozen=True)
class MailText:
    """What an author writes."""

    kind: MailKind
    subject: str
    preheader: str = ""
    body: str = ""
    text: str = ""

    @property
    def source(self) -> MailSource:
        """As it is compiled; a mail of plain text has no page of its own."""
        body = "" if self.kind == MailKind.TEXT else self.body
        return MailSource(self.subject, body, self.text, self.kind == MailKind.MJML, self.preheader)


@dataclass(frozen=True)
class Written:
    """A mail in one language: its newest text, and where that stands; number 0 is the library's."""

    name: str
    language: Language
    text: MailText
    number: int = 0
    links: Mapping[str, LinkAbout] | None = None
    changed_at: datetime | None = None
    published_at: datetime | None = None
    id: uuid.UUID | None = None

    @property
    def is_library(self) -> bool:
        """Whether nobody has changed it yet."""
        return self.number == 0

    @property
    def is_draft(self) -> bool:
        """Whether no sequence takes it up yet."""
        return self.number > 0 and self.published_at is None

    def about(self, url: str) -> LinkAbout:
        """What a link of this mail is about."""
        return (self.links or {}).get(url, LinkAbout())


def list_written(session: Session) -> list[Written]:
    """Every mail in every language as it stands now, by name."""
    newest = select(MailTemplate).ext(distinct_on(MailTemplate.name, MailTemplate.language))
    rows = session.scalars(newest.order_by(MailTemplate.name, MailTemplate.language, MailTemplate.number.desc()))
    found = {(row.name, row.language): _written(row) for row in rows}
    for name, language in library_mails():
        if (name, language) not in found:
            found[name, language] = read_library(name, language)
    return sorted(found.values(), key=lambda one: (one.name, list(Language).index(one.language)))


def library_mails(folder: Path = FOLDER) -> list[tuple[str, Language]]:
    """The ready-made mails with their languages."""
    names = sorted(one.name for one in folder.iterdir() if one.is_dir() and one.name not in LETTERS)
    return [(name, language) for name in names for language in Language if (folder / name / language).is_dir()]


def get_written(session: Session, name: str, language: Language) -> Written:
    """The newest text of a mail; NotFound when there is none."""
    row = _newest(session, name, language)
    return _written(row) if row else read_library(name, language)


def get_version(session: Session, name: str, language: Language, number: int) -> Written:
    """One version of a mail; 0 is the library's."""
    if number == 0:
        return read_library(name, language)
    row = session.scalars(_versions(name, language).where(MailTemplate.number == number)).one_or_none()
    if row is None:
        raise NotFound(f"mail {name} ({language}) has no version {number}")
    return _written(row)


def list_versions(session: Session, name: str, language: Language) -> list[Written]:
    """Every version, newest first, the library's last."""
    rows = [_written(row) for row in session.scalars(_versions(name, language))]
    has_library = (name, language) in library_mails()
    return [*rows, read_library(name, language)] if has_library else rows


def find_published(session: Session, name: str) -> dict[Language, Written]:
    """What sequences take up of a mail today, by language; the library where nothing was published."""
    published = _versions(name).where(MailTemplate.published_at.is_not(None)).order_by(None)
    rows = session.scalars(
        published.ext(distinct_on(MailTemplate.language)).order_by(MailTemplate.language, MailTemplate.number.desc())
    )
    found = {one: read_library(name, one) for known, one in library_mails() if known == name}
    return found | {Language(row.language): _written(row) for row in rows}


def read_library(name: str, language: Language, folder: Path = FOLDER) -> Written:
    """A ready-made mail; NotFound when there is none of this name and language."""
    if (name, language) not in library_mails(folder):
        raise NotFound(f"there is no mail {name} in {language}")
    source = read_source(folder / name / language)
    kind = source.kind
    return Written(name, language, MailText(kind, (source.subject or "").strip(), "", source.html, source.text))


def read_source(folder: Path) -> MailSource:
    """The texts of one mail in one language, from its folder."""
    is_mjml = (folder / "body.mjml").exists()
    html = read_text(folder / ("body.mjml" if is_mjml else "body.html"))
    text = read_text(folder / "body.txt") if (folder / "body.txt").exists() else ""
    return MailSource(read_text(folder / "subject.txt"), html, text, is_mjml)


def read_text(file: Path) -> str:
    """A template's text; Invalid when it is missing or no UTF-8."""
    try:
        return file.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise Invalid(f"{file.name} is missing", field=file.name, code="missing") from error
    except (OSError, UnicodeDecodeError) as error:
        raise Invalid(f"{file.name} cannot be read as UTF-8", field=file.name, code="unreadable") from error


def create_mail(
    session: Session, name: str, language: Language, text: MailText, *, at: datetime, by: uuid.UUID | None
) -> Written:
    """A new mail, or one in a further language, as a draft."""
    if not NAME.fullmatch(name):
        told = "give a name of small letters, digits, - and _, at most 60"
        raise Invalid(told, field="name", code="mail_name")
    if _newest(session, name, language) or (name, language) in library_mails() or name in LETTERS:
        raise Invalid(f"there is a mail {name} in {language} already", field="name", code="mail_known")
    return _add(session, name, language, text, {}, 1, at, by)


def save_mail_text(
    session: Session,
    name: str,
    language: Language,
    text: MailText,
    *,
    seen: datetime | None,
    at: datetime,
    by: uuid.UUID | None,
    links: Mapping[str, LinkAbout] | None = None,
) -> Written:
    """Keep a text as the draft; what was published, or came with the library, is copied first.

    `seen` is when what the author looked at had been changed; somebody else's later change is never written over.
    """
    _ensure_sound(text)
    row = _newest(session, name, language, lock=True)
    if row is not None and row.changed_at != seen:
        raise Conflict(f"mail {name} ({language}) was changed meanwhile; open it again and take your change over")
    before = _written(row) if row else read_library(name, language)
    kept = dict(before.links or {}) if links is None else dict(links)
    if before.text == text and kept == dict(before.links or {}):
        return before
    if row is None or row.published_at is not None:
        return _add(session, name, language, text, kept, before.number + 1, at, by)
    _fill(row, text, kept, at, by)
    session.flush()
    return _written(row)


def publish_mail(session: Session, name: str, language: Language, *, at: datetime, by: uuid.UUID | None) -> Written:
    """Let sequences take the draft up from their next publishing on; Invalid names what it must not be sent with."""
    row = _newest(session, name, language, lock=True)
    if row is None or row.published_at is not None:
        raise Conflict(f"mail {name} ({language}) has no draft to publish")
    compiled = compile_written(_written(row))
    for warning in compiled.warnings:
        if warning.code in STOPS_PUBLISHING:
            place = f"line {warning.line}: " if warning.line else ""
            raise Invalid(f"{place}{warning.message}", field="body", code=warning.code)
    row.published_at = at
    detail = {"name": name, "language": language, "version": row.number}
    session.add(AuditEntry(at=at, user_id=by, act="mail.published", subject="mail", subject_id=row.id, detail=detail))
    session.flush()
    return _written(row)


def compile_written(written: Written) -> Compiled:
    """The mail compiled; Invalid names the mail and the line."""
    try:
        _ensure_unpretending(written.text)
        return compile_mail(written.text.source, written.language)
    except Invalid as error:
        place = f"mail {written.name} ({written.language})"
        raise Invalid(f"{place}: {error}", field=f"mail.{written.name}.{error.field}", code=error.code) from error


def must_be_mended(warnings: Sequence[Warn]) -> list[Warn]:
    """What a mail cannot be published with."""
    return [warning for warning in warnings if warning.code in STOPS_PUBLISHING]


def _ensure_sound(text: MailText) -> None:
    """Raise Invalid for what no draft may be either: without subject, or far too long."""
    if not text.subject.strip():
        raise Invalid("a mail needs a subject", field="subject", code="mail_subject")
    if len(text.subject) > LONGEST_SUBJECT or len(text.preheader) > LONGEST_SUBJECT:
        raise Invalid(f"at most {LONGEST_SUBJECT} signs", field="subject", code="mail_long")


def _ensure_unpretending(text: MailText) -> None:
    """Raise Invalid where an author wrote what only compiling puts in."""
    said = f"{text.subject}\n{text.body}\n{text.text}"
    for name in names_in(said):
        if name in RESERVED or name.startswith("link."):
            told = f"{{{{{name}}}}} is put in when the mail is compiled; take it out"
            raise Invalid(told, field="body", code="reserved_placeholder")


def _versions(name: str, language: Language | None = None) -> Any:
    found = select(MailTemplate).where(MailTemplate.name == name).order_by(MailTemplate.number.desc())
    return found if language is None else found.where(MailTemplate.language == language)


def _newest(session: Session, name: str, language: Language, *, lock: bool = False) -> MailTemplate | None:
    newest = _versions(name, language).limit(1)
    row: MailTemplate | None = session.scalars(newest.with_for_update() if lock else newest).one_or_none()
    return row


def _add(
    session: Session,
    name: str,
    language: Language,
    text: MailText,
    links: Mapping[str, LinkAbout],
    number: int,
    at: datetime,
    by: uuid.UUID | None,
) -> Written:
    _ensure_sound(text)
    row = MailTemplate(name=name, language=language, number=number, created_at=at)
    _fill(row, text, links, at, by)
    session.add(row)
    session.flush()
    return _written(row)


def _fill(
    row: MailTemplate, text: MailText, links: Mapping[str, LinkAbout], at: datetime, by: uuid.UUID | None
) -> None:
    row.kind, row.subject, row.preheader = text.kind, " ".join(text.subject.split()), " ".join(text.preheader.split())
    row.body, row.text = text.body, text.text
    row.links = {url: {"topics": list(one.topics), "product": one.product} for url, one in links.items()}
    row.changed_at, row.changed_by = at, by


def _written(row: MailTemplate) -> Written:
    text = MailText(MailKind(row.kind), row.subject, row.preheader, row.body, row.text)
    links = {url: LinkAbout(tuple(one.get("topics") or ()), one.get("product")) for url, one in row.links.items()}
    return Written(row.name, Language(row.language), text, row.number, links, row.changed_at, row.published_at, row.id)
