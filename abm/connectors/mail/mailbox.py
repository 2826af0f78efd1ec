"""The local mailbox: an SMTP server that catches every mail into the database, and reading what it caught."""

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any, Protocol

import structlog
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from sqlalchemy import Engine, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session as DatabaseSession

from abm.config import Settings
from abm.errors import NotFound

log = structlog.get_logger(__name__)

HOST = "127.0.0.1"
BIGGEST_MAIL = 10_000_000
# One mail to a crowd is kept once per recipient; more than this is no mail of ours.
MOST_RECIPIENTS = 100
COLUMNS = "number, caught_at, mail_from, rcpt_to, subject, message_id"

# Business time, for the mailbox is part of what the demo plays through.
CATCH = text(
    """
    insert into caught_mails (caught_at, mail_from, rcpt_to, subject, message_id, raw)
    select now() + coalesce((select clock_offset from business_clock), interval '0'),
        :mail_from, rcpt, :subject, :message_id, :raw
    from unnest(cast(:rcpts as text[])) rcpt
    """
)


class Place(Protocol):
    """What the mailbox needs of an installation."""

    @property
    def settings(self) -> Settings:
        """Where it listens."""

    @property
    def engine(self) -> Engine:
        """Where it writes."""


@dataclass(frozen=True)
class CaughtMail:
    """A caught mail as a list shows it."""

    number: int
    caught_at: datetime
    mail_from: str
    rcpt_to: str
    subject: str
    message_id: str | None


@dataclass(frozen=True)
class OpenedMail:
    """A caught mail taken apart for reading; `raw` is its source."""

    caught: CaughtMail
    headers: Sequence[tuple[str, str]]
    html: str | None
    text: str | None
    raw: bytes


class Catcher:
    """Takes every mail for any address."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Accept any recipient, up to a crowd."""
        if len(envelope.rcpt_tos) >= MOST_RECIPIENTS:
            return "452 4.5.3 too many recipients"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        """Committed before it is answered: what was accepted can be looked up."""
        raw = envelope.content if isinstance(envelope.content, bytes) else str(envelope.content).encode()
        try:
            await server.loop.run_in_executor(None, self._catch, envelope, raw)
        except SQLAlchemyError as error:
            log.error("mail_not_caught", error=type(error).__name__)
            return "451 4.3.0 the mailbox cannot write to its database"
        return "250 2.0.0 caught"

    def _catch(self, envelope: Envelope, raw: bytes) -> None:
        headers = parse(raw)
        values = {
            "mail_from": _storable(envelope.mail_from or ""),
            "rcpts": [_storable(address) for address in envelope.rcpt_tos],
            "subject": _storable(str(headers.get("Subject", ""))),
            "message_id": _storable(str(headers.get("Message-ID", "")).strip()) or None,
            "raw": raw,
        }
        with self._engine.begin() as connection:
            connection.execute(CATCH, values)


class _Listener(Controller):
    """The library's server, which knows its own port also when it was given a free one."""

    def _trigger_server(self) -> None:
        server: Any = self.server
        self.port = server.sockets[0].getsockname()[1]
        super()._trigger_server()  # type: ignore[no-untyped-call]  # the library is untyped here


class MailboxServer:
    """The SMTP server in a thread of its own."""

    def __init__(self, engine: Engine, port: int) -> None:
        self._controller = _Listener(
            Catcher(engine), hostname=HOST, port=port, data_size_limit=BIGGEST_MAIL, enable_SMTPUTF8=True
        )

    def __enter__(self) -> "MailboxServer":
        self._controller.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._controller.stop()

    @property
    def port(self) -> int:
        """Where it listens."""
        return self._controller.port


def serve(installation: Place, stop: threading.Event) -> None:
    """Catch mails on the installation's mailbox port until told to stop."""
    with MailboxServer(installation.engine, installation.settings.mailbox_port) as server:
        log.info("mailbox_listens", port=server.port)
        stop.wait()


def list_caught(session: DatabaseSession, limit: int = 100, to: str | None = None) -> list[CaughtMail]:
    """The newest caught mails, optionally those to one address."""
    statement = text(
        f"select {COLUMNS} from caught_mails"  # noqa: S608 a constant
        " where cast(:to as text) is null or lower(rcpt_to) = lower(:to) order by number desc limit :limit"
    )
    return [CaughtMail(*row) for row in session.execute(statement, {"to": to, "limit": limit})]


def get_caught(session: DatabaseSession, number: int) -> OpenedMail:
    """One caught mail, taken apart."""
    statement = text(f"select {COLUMNS}, raw from caught_mails where number = :number")  # noqa: S608 a constant
    row = session.execute(statement, {"number": number}).one_or_none()
    if row is None:
        raise NotFound(f"the mailbox holds no mail {number}")
    *columns, raw = row
    mail = parse(raw)
    headers = [(name, str(value)) for name, value in mail.items()]
    return OpenedMail(CaughtMail(*columns), headers, _part(mail, "html"), _part(mail, "plain"), raw)


def find_caught(session: DatabaseSession, message_ids: Sequence[str]) -> set[str]:
    """Which of these Message-IDs have been caught."""
    statement = text("select message_id from caught_mails where message_id = any(:ids)")
    return set(session.scalars(statement, {"ids": list(message_ids)}))


def parse(raw: bytes) -> EmailMessage:
    """The mail as the standard library reads it; it never refuses one."""
    message = message_from_bytes(raw, policy=policy.default)
    assert isinstance(message, EmailMessage)
    return message


def words_of(raw: bytes) -> str:
    """Everything a mail says: its headers and its text in either form."""
    mail = parse(raw)
    headers = [str(value) for value in mail.values()]
    return "\n".join((*headers, _part(mail, "html") or "", _part(mail, "plain") or ""))


def _part(mail: EmailMessage, kind: str) -> str | None:
    part = mail.get_body(preferencelist=(kind,))
    if part is None:
        return None
    try:
        content = part.get_content()
    except (LookupError, ValueError):
        payload = part.get_payload(decode=True)
        return payload.decode("utf-8", "replace") if isinstance(payload, bytes) else None
    return content if isinstance(content, str) else None


def _storable(value: str) -> str:
    """Text that PostgreSQL takes: no NUL, no half characters of undecodable bytes."""
    return value.replace("\x00", "").encode("utf-8", "replace").decode()
