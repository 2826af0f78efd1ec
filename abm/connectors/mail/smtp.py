"""One SMTP connection's dialogue, step by step and without waiting.

Commands are written as they come and replies are read when they are there, so that one thread can hold many dialogues
(RFC 5321); where the server offers PIPELINING (RFC 2920), sender and recipient travel in one piece, behind the mail
before them if there is one.
"""

import re
import ssl
import time
from collections import deque
from dataclasses import dataclass, field
from enum import StrEnum

from abm.connectors.mail.connect import Broken, connect
from abm.connectors.mail.route import Route
from abm.crash import crash_point
from abm.words import SendReason

# RFC 5321 gives a server ten minutes to take a mail over; hanging up earlier leaves its fate unknown.
PATIENCE_AFTER_DOT = 4
# Servers close idle connections after minutes; one that is older is not trusted any more.
IDLE_SECONDS = 45.0
# Servers limit mails per connection; a fresh one costs little.
MAILS_PER_CONNECTION = 200
READ_BYTES = 65_536
# No reply is longer (RFC 5321 says 512 to a line); what babbles on is no server of mail.
LONGEST_REPLY = 16_384
# Words may be missing behind the code, and then the space, too (RFC 5321, 4.2.1).
REPLY = re.compile(rb"(\d{3})(?:([ -])(.*?))?\r?\n")
STATUS = re.compile(r"\b([245]\.\d{1,3}\.\d{1,3})\b")
LONGEST_SAID = 300


class Fate(StrEnum):
    """What became of a mail: only `unknown` may have arrived without our knowing."""

    ACCEPTED = "accepted"
    REFUSED = "refused"
    DEFERRED = "deferred"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Outcome:
    """A mail's fate, its reason, and what the server replied where it did: the code, and its words."""

    fate: Fate
    reason: SendReason | None = None
    code: int | None = None
    said: str = field(default="", compare=False)
    # Seconds a service asked us to stay away.
    wait: float | None = field(default=None, compare=False)


@dataclass(frozen=True)
class Envelope:
    """One mail for one recipient, as bytes with CRLF line ends."""

    mail_from: str
    rcpt_to: str
    raw: bytes


ACCEPTED = Outcome(Fate.ACCEPTED)
BROKEN_OFF = Outcome(Fate.UNKNOWN, SendReason.BROKEN_OFF)


class Stage(StrEnum):
    """How far a mail has come on its connection."""

    OFFERED = "offered"
    STANDING = "standing"
    ASKED = "asked"
    POURED = "poured"


@dataclass(eq=False)
class Try:
    """One mail on one connection; `outcome` is there once it has ended. No try is equal to another one."""

    envelope: Envelope
    stage: Stage = Stage.OFFERED
    outcome: Outcome | None = None
    # Where its final dot ends among all that was ever written here.
    dot_at: int = 0


@dataclass(frozen=True)
class Awaited:
    """A command whose reply is still to come, and the mail it belongs to."""

    command: str
    of: Try | None = None


class Talk:
    """An open session with a server: at most one mail is being taken over, and one more stands behind it."""

    def __init__(self, route: Route, timeout: float) -> None:
        self._smtp = connect(route, timeout)
        assert self._smtp.sock is not None
        self.sock = self._smtp.sock
        self.sock.setblocking(False)
        self.timeout = timeout
        self.mails = 0
        self.moved_at = time.monotonic()
        self._pipelines = self._smtp.has_extn("pipelining")
        self._awaited: deque[Awaited] = deque()
        self._commands: deque[tuple[bytes, Awaited]] = deque()
        self._said = b""
        self._unwritten = b""
        self._written = 0
        self._queued = 0
        self._needs_reset = False
        self.offered: Try | None = None
        self.poured: Try | None = None
        self.broken: Broken | None = None

    @property
    def is_fresh(self) -> bool:
        """Whether it may be used for one more mail."""
        return (
            self.broken is None
            and self.mails < MAILS_PER_CONNECTION
            and time.monotonic() - self.moved_at < IDLE_SECONDS
        )

    @property
    def has_room(self) -> bool:
        """Whether the next mail can be offered: at once, or behind the one that is being taken over."""
        if self.broken or self.offered or self.mails + bool(self.poured) >= MAILS_PER_CONNECTION:
            return False
        return self._pipelines or (self.poured is None and not self._awaited)

    @property
    def is_standing(self) -> bool:
        """Whether its recipient was accepted and nothing else is under way: DATA may follow."""
        return self.offered is not None and self.offered.stage is Stage.STANDING and self.poured is None

    @property
    def has_unwritten(self) -> bool:
        """Whether the server has not taken all that was written to it."""
        return bool(self._unwritten)

    @property
    def patience_ends(self) -> float:
        """When this server has been silent for too long."""
        return self.moved_at + self.timeout * (PATIENCE_AFTER_DOT if self.poured else 1)

    def offer(self, envelope: Envelope) -> Try:
        """Name sender and recipient; the mail waits at the door until DATA is asked for."""
        self.offered = one = Try(envelope)
        if self._needs_reset:
            self._commands.append((b"RSET\r\n", Awaited("RSET")))
            self._needs_reset = False
        self._commands.append((f"MAIL FROM:<{envelope.mail_from}>\r\n".encode("ascii"), Awaited("MAIL", one)))
        self._commands.append((f"RCPT TO:<{envelope.rcpt_to}>\r\n".encode("ascii"), Awaited("RCPT", one)))
        self._send_commands()
        crash_point("offered")
        return one

    def ask(self) -> None:
        """Ask to hand the standing mail over; where DATA does not leave at once it never does, and this is broken."""
        one = self.offered
        assert one
        one.stage = Stage.ASKED
        self._awaited.append(Awaited("DATA", one))
        self._write(b"DATA\r\n")
        if self._unwritten and not self.broken:
            self.fail(Broken(SendReason.SMTP_UNREACHABLE))

    def withdraw(self) -> None:
        """Take the standing mail back: it does not leave now."""
        self.offered = None
        self._needs_reset = True

    def turn(self) -> None:
        """Write and read what goes without waiting."""
        is_gone = not self._exchange()
        # What was said before it hung up still holds.
        while not self.broken and (reply := self._next_reply()):
            self._take(*reply)
        if is_gone:
            self.fail(Broken(SendReason.SMTP_UNREACHABLE))

    def fail(self, broken: Broken) -> None:
        """Give this connection up; what becomes of its mails is told by `lost`."""
        self.broken = self.broken or broken
        self._smtp.close()

    def lost(self) -> list[Try]:
        """The mails that were under way when it broke: unknown only where the final dot had been written."""
        assert self.broken is not None
        outcome = Outcome(Fate.DEFERRED, self.broken.reason, self.broken.code)
        left = []
        if self.poured:
            self.poured.outcome = BROKEN_OFF if self._written >= self.poured.dot_at else outcome
            left.append(self.poured)
        if self.offered:
            self.offered.outcome = outcome
            left.append(self.offered)
        self.poured = self.offered = None
        return left

    def close(self) -> None:
        """Hang up."""
        self._smtp.close()

    def _send_commands(self) -> None:
        """As many as may travel together: all of them, or one after each reply."""
        lines = []
        while self._commands and (self._pipelines or not self._awaited):
            line, awaited = self._commands.popleft()
            lines.append(line)
            self._awaited.append(awaited)
        if lines:
            self._write(b"".join(lines))

    def _pour(self, one: Try) -> None:
        """The mail itself; from its final dot on, silence means that nobody knows."""
        body = one.envelope.raw.replace(b"\r\n.", b"\r\n..")
        body = b"." + body if body.startswith(b".") else body
        crash_point("pouring")
        self.offered, self.poured = None, one
        one.stage = Stage.POURED
        one.dot_at = self._queued + len(body) + (5 if not body.endswith(b"\r\n") else 3)
        self._awaited.append(Awaited("DOT", one))
        self._write(body + (b".\r\n" if body.endswith(b"\r\n") else b"\r\n.\r\n"))
        crash_point("poured")

    def _write(self, data: bytes) -> None:
        # Nearly always all of it leaves at once: a mail is not copied for that.
        self._unwritten = self._unwritten + data if self._unwritten else data
        self._queued += len(data)
        try:
            self._flush()
        except OSError:
            self.fail(Broken(SendReason.SMTP_UNREACHABLE))

    def _exchange(self) -> bool:
        """Write and read; False when the other side is gone."""
        try:
            self._flush()
            self._read()
        except OSError:
            return False
        return True

    def _flush(self) -> None:
        while self._unwritten and not self.broken:
            try:
                count = self.sock.send(self._unwritten)
            except (BlockingIOError, ssl.SSLWantWriteError, ssl.SSLWantReadError):
                return
            self._written += count
            self._unwritten = self._unwritten[count:]
            self.moved_at = time.monotonic()

    def _read(self) -> None:
        while not self.broken:
            try:
                data = self.sock.recv(READ_BYTES)
            except (BlockingIOError, ssl.SSLWantWriteError, ssl.SSLWantReadError):
                return
            if not data or len(self._said) > LONGEST_REPLY:
                raise ConnectionResetError
            self._said += data
            self.moved_at = time.monotonic()
            if len(data) < READ_BYTES and not isinstance(self.sock, ssl.SSLSocket):
                return

    def _next_reply(self) -> tuple[int, str] | None:
        """The next whole reply, of one line or several; Broken when it is no words of SMTP."""
        end, words = 0, []
        while b"\n" in self._said[end:]:
            line = REPLY.match(self._said, end)
            if line is None:
                self.fail(Broken(SendReason.SMTP_UNREACHABLE))
                return None
            end = line.end()
            words.append((line[3] or b"").decode("ascii", "replace"))
            if line[2] != b"-":
                self._said = self._said[end:]
                return int(line[1]), " ".join(words)[:LONGEST_SAID]
        return None

    def _take(self, code: int, said: str) -> None:
        """A reply has come."""
        if not self._awaited or (code == 421 and self._awaited[0].command != "DOT"):
            self.fail(Broken(SendReason.SMTP_DEFERRED, code))
            return
        self._follow(self._awaited.popleft(), code, said)
        if code == 421:
            self.fail(Broken(SendReason.SMTP_DEFERRED, code))
        self._send_commands()

    def _follow(self, awaited: Awaited, code: int, said: str) -> None:
        one = awaited.of
        if one is None:
            if code != 250:
                self.fail(Broken(SendReason.SMTP_UNREACHABLE, code))
        elif one.outcome:
            # Its sender was refused already, and this is what is said of the recipient behind it.
            return
        elif awaited.command == "DOT":
            self._settle_poured(one, code, said)
        elif awaited.command == "DATA" and code == 354:
            self._pour(one)
        elif awaited.command == "RCPT" and code in (250, 251):
            one.stage = Stage.STANDING
            crash_point("standing")
        elif awaited.command != "MAIL" or code != 250:
            self._turn_away(one, code, said)

    def _settle_poured(self, one: Try, code: int, said: str) -> None:
        self.poured = None
        self.mails += 1
        crash_point("answered")
        if 200 <= code <= 299:
            one.outcome = ACCEPTED
        elif 400 <= code <= 599:
            one.outcome = refusal(code, said)
        else:
            # No words of SMTP: who can tell what was done with the mail?
            one.outcome = BROKEN_OFF
            self.fail(Broken(SendReason.SMTP_UNREACHABLE, code))

    def _turn_away(self, one: Try, code: int, said: str) -> None:
        one.outcome = refusal(code, said)
        self.offered = None
        self._needs_reset = True
        self._commands = deque(wait for wait in self._commands if wait[1].of is not one)


def refusal(code: int, said: str = "") -> Outcome:
    """What a refusing reply means for the mail."""
    if 500 <= code <= 599:
        return Outcome(Fate.REFUSED, SendReason.SMTP_REFUSED, code, said)
    return Outcome(Fate.DEFERRED, SendReason.SMTP_DEFERRED, code, said)
