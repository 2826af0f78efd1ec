"""Handing mails to an SMTP server over reused connections, with one honest answer per mail."""

import smtplib
import socket
import ssl
import threading
import time
from collections import defaultdict
from dataclasses import dataclass
from enum import StrEnum

from abm.connectors.mail.route import Route
from abm.words import SendReason

TIMEOUT_SECONDS = 30.0
# Servers close idle connections after minutes; one that is older is not trusted any more.
IDLE_SECONDS = 45.0
# Servers limit mails per connection; a fresh one costs little.
MAILS_PER_CONNECTION = 200


class Fate(StrEnum):
    """What became of a mail: only `unknown` may have arrived without our knowing."""

    ACCEPTED = "accepted"
    REFUSED = "refused"
    DEFERRED = "deferred"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Outcome:
    """A mail's fate, its reason, and the server's reply code where there was one."""

    fate: Fate
    reason: SendReason | None = None
    code: int | None = None


@dataclass(frozen=True)
class Envelope:
    """One mail for one recipient, as bytes with CRLF line ends."""

    mail_from: str
    rcpt_to: str
    raw: bytes


ACCEPTED = Outcome(Fate.ACCEPTED)


class _Broken(Exception):
    """The connection is of no use any more; the mail has certainly not been taken."""

    def __init__(self, reason: SendReason, code: int | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.code = code


class _Connection:
    """An open session with a server."""

    def __init__(self, route: Route, timeout: float) -> None:
        self.used_at = time.monotonic()
        self.mails = 0
        self._smtp = _connect(route, timeout)

    @property
    def is_fresh(self) -> bool:
        return self.mails < MAILS_PER_CONNECTION and time.monotonic() - self.used_at < IDLE_SECONDS

    def offer(self, envelope: Envelope) -> Outcome | None:
        """Envelope and DATA command; None when the server waits for the mail itself."""
        for command, accepted in (
            (f"MAIL FROM:<{envelope.mail_from}>", (250,)),
            (f"RCPT TO:<{envelope.rcpt_to}>", (250, 251)),
            ("DATA", (354,)),
        ):
            code = self._command(command)
            if code not in accepted:
                self._reset()
                return _refusal(code)
        return None

    def deliver(self, raw: bytes) -> Outcome:
        """The mail itself; from its final dot on, silence means that nobody knows."""
        body = raw.replace(b"\r\n.", b"\r\n..")
        body = b"." + body if body.startswith(b".") else body
        try:
            self._smtp.send(body if body.endswith(b"\r\n") else body + b"\r\n")
        except (OSError, smtplib.SMTPException) as error:
            raise _Broken(SendReason.SMTP_UNREACHABLE) from error
        try:
            self._smtp.send(b".\r\n")
            code, _ = self._smtp.getreply()
        except (OSError, smtplib.SMTPException):
            self.close()
            return Outcome(Fate.UNKNOWN, SendReason.BROKEN_OFF)
        self.mails += 1
        self.used_at = time.monotonic()
        if 200 <= code <= 299:
            return ACCEPTED
        if 400 <= code <= 599:
            return _refusal(code)
        # No words of SMTP: who can tell what was done with the mail?
        self.close()
        return Outcome(Fate.UNKNOWN, SendReason.BROKEN_OFF)

    def close(self) -> None:
        self._smtp.close()

    def _command(self, line: str) -> int:
        try:
            code, _ = self._smtp.docmd(line)
        except (OSError, smtplib.SMTPException) as error:
            raise _Broken(SendReason.SMTP_UNREACHABLE) from error
        if code == 421:
            raise _Broken(SendReason.SMTP_DEFERRED, code)
        return code

    def _reset(self) -> None:
        if self._command("RSET") != 250:
            raise _Broken(SendReason.SMTP_UNREACHABLE)


class SmtpPool:
    """Connections kept open between mails, per server; every thread of a worker may use it."""

    def __init__(self, timeout: float = TIMEOUT_SECONDS) -> None:
        self._timeout = timeout
        self._lock = threading.Lock()
        self._idle: dict[Route, list[_Connection]] = defaultdict(list)

    def send(self, route: Route, envelope: Envelope) -> Outcome:
        """Send one mail and say what became of it; never raises for what a server or network does."""
        connection, is_reused = None, False
        try:
            connection, is_reused = self._take(route)
            outcome = self._send_on(connection, envelope)
        except _Broken as broken:
            if connection is not None:
                connection.close()
            # A server may have closed what lay idle: one try on a new connection, the mail was not taken.
            return self._send_afresh(route, envelope) if is_reused else _deferral(broken)
        if outcome.fate != Fate.UNKNOWN:
            self._give_back(route, connection)
        return outcome

    def close(self) -> None:
        """Close everything that lies idle."""
        with self._lock:
            connections = [connection for idle in self._idle.values() for connection in idle]
            self._idle.clear()
        for connection in connections:
            connection.close()

    def _send_afresh(self, route: Route, envelope: Envelope) -> Outcome:
        try:
            connection = _Connection(route, self._timeout)
        except _Broken as broken:
            return _deferral(broken)
        try:
            outcome = self._send_on(connection, envelope)
        except _Broken as broken:
            connection.close()
            return _deferral(broken)
        if outcome.fate != Fate.UNKNOWN:
            self._give_back(route, connection)
        return outcome

    @staticmethod
    def _send_on(connection: _Connection, envelope: Envelope) -> Outcome:
        return connection.offer(envelope) or connection.deliver(envelope.raw)

    def _take(self, route: Route) -> tuple[_Connection, bool]:
        with self._lock:
            while self._idle[route]:
                connection = self._idle[route].pop()
                if connection.is_fresh:
                    return connection, True
                connection.close()
        return _Connection(route, self._timeout), False

    def _give_back(self, route: Route, connection: _Connection) -> None:
        with self._lock:
            self._idle[route].append(connection)


def _connect(route: Route, timeout: float) -> smtplib.SMTP:
    """A session ready for MAIL: greeted, encrypted where it must be, logged in."""
    context = ssl.create_default_context()
    try:
        if route.implicit_tls:
            smtp: smtplib.SMTP = smtplib.SMTP_SSL(route.host, route.port, timeout=timeout, context=context)
        else:
            smtp = smtplib.SMTP(route.host, route.port, timeout=timeout)
            smtp.ehlo_or_helo_if_needed()
            _encrypt(smtp, route, context)
        if route.user:
            smtp.login(route.user, route.password)
        # A mail and its final dot are written apart: held back by Nagle, each mail would take 40 ms longer.
        assert smtp.sock is not None
        smtp.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    except smtplib.SMTPAuthenticationError as error:
        raise _Broken(SendReason.SMTP_LOGIN, error.smtp_code) from error
    except smtplib.SMTPResponseException as error:
        raise _Broken(SendReason.SMTP_DEFERRED, error.smtp_code) from error
    except ssl.SSLError as error:
        raise _Broken(SendReason.SMTP_UNSAFE) from error
    except smtplib.SMTPNotSupportedError as error:
        raise _Broken(SendReason.SMTP_LOGIN) from error
    except (OSError, smtplib.SMTPException) as error:
        raise _Broken(SendReason.SMTP_UNREACHABLE) from error
    return smtp


def _encrypt(smtp: smtplib.SMTP, route: Route, context: ssl.SSLContext) -> None:
    """TLS wherever it is offered; a password never travels in the clear over a network."""
    if smtp.has_extn("starttls"):
        smtp.starttls(context=context)
        smtp.ehlo()
    elif route.user and not route.is_loopback:
        smtp.close()
        raise _Broken(SendReason.SMTP_UNSAFE)


def _refusal(code: int) -> Outcome:
    if 500 <= code <= 599:
        return Outcome(Fate.REFUSED, SendReason.SMTP_REFUSED, code)
    return Outcome(Fate.DEFERRED, SendReason.SMTP_DEFERRED, code)


def _deferral(broken: _Broken) -> Outcome:
    return Outcome(Fate.DEFERRED, broken.reason, broken.code)
