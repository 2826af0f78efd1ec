"""The local mailbox: what was caught, and one mail taken apart for reading."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from abm.errors import NotFound
from abm.models import CaughtMail
from abm.reports.paging import PAGE_LENGTH, Page, page_within
from abm.reports.searching import contains


@dataclass(frozen=True)
class CaughtRow:
    """One mail of the list."""

    number: int
    caught_at: datetime
    mail_from: str
    rcpt_to: str
    subject: str


@dataclass(frozen=True)
class ReadMail:
    """One mail as a reader sees it, and as it came."""

    row: CaughtRow
    headers: Sequence[tuple[str, str]]
    html: str
    text: str
    attachments: Sequence[str]
    raw: bytes


def list_caught_mails(session: Session, search: str, page: int, length: int = PAGE_LENGTH) -> Page[CaughtRow]:
    """One page of the caught mails that fit, newest first."""
    fitting = [contains(search, CaughtMail.rcpt_to, CaughtMail.subject)] if search.strip() else []
    total = session.scalar(select(func.count()).select_from(CaughtMail).where(*fitting)) or 0
    number = page_within(page, total, length)
    rows = _rows().where(*fitting).order_by(CaughtMail.number.desc()).limit(length).offset((number - 1) * length)
    return Page(tuple(CaughtRow(**row) for row in session.execute(rows).mappings()), total, number, length)


def read_mail(session: Session, number: int) -> ReadMail:
    """One mail, or NotFound."""
    found = session.get(CaughtMail, number)
    if found is None:
        raise NotFound("no such mail")
    row = CaughtRow(found.number, found.caught_at, found.mail_from, found.rcpt_to, found.subject)
    message = message_from_bytes(found.raw, policy=policy.default)
    headers = [(name, str(value)) for name, value in message.items()]
    names = [part.get_filename() or "" for part in message.iter_attachments()]
    return ReadMail(row, headers, _part(message, "html"), _part(message, "plain"), names, found.raw)


def _part(message: EmailMessage, kind: str) -> str:
    part = message.get_body(preferencelist=(kind,))
    return str(part.get_content()) if part else ""


def _rows() -> Select[*tuple[Any, ...]]:
    return select(CaughtMail.number, CaughtMail.caught_at, CaughtMail.mail_from, CaughtMail.rcpt_to, CaughtMail.subject)
