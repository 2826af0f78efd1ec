"""An SMTP server that keeps a ledger of every mail that was begun with it, and treats some of them as badly as any may.

One thread reads whatever has arrived before it answers anybody, so that its ledger is true at any moment.
"""

import selectors
import socket
import threading
import time
from collections import Counter, deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from enum import StrEnum
from random import Random

END = b"\r\n.\r\n"
SILENCE_SECONDS = 0.7


class Trouble(StrEnum):
    """What a mail may meet here."""

    BUSY = "451 at the recipient"
    BUSY_LATE = "451 behind the final dot"
    SILENT = "no answer to the recipient"
    CUT = "cut at the recipient"
    CUT_AT_DATA = "cut before the mail has come"
    CUT_TAKEN = "cut behind the final dot, taken"
    CUT_LOST = "cut behind the final dot, not taken"
    SILENT_TAKEN = "no answer to the final dot, taken"


# A sender cannot know what became of these.
UNCERTAIN = (Trouble.CUT_TAKEN, Trouble.CUT_LOST, Trouble.SILENT_TAKEN)
TAKEN = (Trouble.CUT_TAKEN, Trouble.SILENT_TAKEN)


@dataclass
class Begun:
    """A mail whose DATA has arrived: whose it is, what it met, and what was taken of it."""

    email: str
    met: Trouble | None
    message_id: str | None = None
    taken: EmailMessage | None = None


@dataclass
class Guest:
    """One connection: what it said and is not read yet, and what it will be answered, and when."""

    socket: socket.socket
    said: bytes = b""
    # None hangs up.
    answers: deque[tuple[float, bytes | None]] = field(default_factory=deque)
    begun: Begun | None = None
    email: str = ""
    met: Trouble | None = None
    is_ignored: bool = False


class Sink:
    """The server at work; `chances` are what each mail's lot is drawn by, `unknown` addresses are refused for good."""

    def __init__(self, listener: socket.socket, random: Random) -> None:
        self.port: int = listener.getsockname()[1]
        self.ledger: list[Begun] = []
        self.chances: Mapping[Trouble, float] = {}
        self.unknown: set[str] = set()
        self._random, self._listener = random, listener
        self._selector = selectors.DefaultSelector()
        self._selector.register(listener, selectors.EVENT_READ)
        self._waker, self._woken = socket.socketpair()
        self._selector.register(self._woken, selectors.EVENT_READ)
        self._guests: dict[int, Guest] = {}
        self._passes, self._passed = 0, threading.Condition()
        self._is_over = threading.Event()

    def catch_up(self) -> int:
        """How many mails have begun, once all that had arrived before this call is read."""
        with self._passed:
            goal = self._passes + 2
            self._waker.send(b".")
            assert self._passed.wait_for(lambda: self._passes >= goal, timeout=30)
            return len(self.ledger)

    def held(self) -> Counter[str]:
        """How often it holds each mail."""
        return Counter(str(one.message_id) for one in self.ledger if one.taken)

    def run(self) -> None:
        """Serve until the end."""
        while not self._is_over.is_set():
            for key, _ in self._selector.select(self._patience()):
                if key.fileobj is self._listener:
                    self._welcome()
                elif key.fileobj is self._woken:
                    self._woken.recv(1024)
                else:
                    self._read(self._guests[key.fd])
            for guest in list(self._guests.values()):
                self._answer(guest)
            with self._passed:
                self._passes += 1
                self._passed.notify_all()
        for guest in list(self._guests.values()):
            self._part(guest)

    def stop(self) -> None:
        """End it."""
        self._is_over.set()
        self._waker.send(b".")

    def _patience(self) -> float:
        due = [guest.answers[0][0] for guest in self._guests.values() if guest.answers]
        return max(0.0, min(due) - time.monotonic()) if due else 0.1

    def _welcome(self) -> None:
        connection, _ = self._listener.accept()
        connection.setblocking(False)
        self._guests[connection.fileno()] = guest = Guest(connection)
        self._selector.register(connection, selectors.EVENT_READ)
        self._say(guest, "220 sink.example")

    def _part(self, guest: Guest) -> None:
        self._selector.unregister(guest.socket)
        del self._guests[guest.socket.fileno()]
        guest.socket.close()

    def _read(self, guest: Guest) -> None:
        try:
            while data := guest.socket.recv(65_536):
                guest.said += data
        except BlockingIOError:
            self._understand(guest)
        except OSError:
            self._part(guest)
        else:
            self._understand(guest)
            self._part(guest)

    def _understand(self, guest: Guest) -> None:
        while not guest.is_ignored and (mark := END if guest.begun else b"\r\n") in guest.said:
            heard, _, guest.said = guest.said.partition(mark)
            if guest.begun:
                self._take(guest, guest.begun, heard)
            else:
                self._obey(guest, heard.decode())

    def _obey(self, guest: Guest, line: str) -> None:
        command = line[:4].upper()
        if command == "RCPT":
            self._recipient(guest, line.partition("<")[2].partition(">")[0].lower())
        elif command == "DATA":
            guest.begun = Begun(guest.email, guest.met)
            self.ledger.append(guest.begun)
            if guest.met is Trouble.CUT_AT_DATA:
                self._hang_up(guest)
            else:
                self._say(guest, "354 go on")
        else:
            self._say(guest, "250-sink.example\r\n250 PIPELINING" if command == "EHLO" else "250 OK")

    def _recipient(self, guest: Guest, email: str) -> None:
        guest.email, guest.met = email, self._draw()
        if email in self.unknown:
            self._say(guest, "550 5.1.1 no such user")
        elif guest.met is Trouble.BUSY:
            self._say(guest, "451 4.3.2 busy")
        elif guest.met in (Trouble.CUT, Trouble.SILENT):
            self._hang_up(guest, SILENCE_SECONDS if guest.met is Trouble.SILENT else 0.0)
        else:
            self._say(guest, "250 OK")

    def _draw(self) -> Trouble | None:
        lots: list[Trouble | None] = [*self.chances, None]
        return self._random.choices(lots, [*self.chances.values(), 1 - sum(self.chances.values())])[0]

    def _take(self, guest: Guest, begun: Begun, raw: bytes) -> None:
        mail = message_from_bytes(raw.replace(b"\r\n..", b"\r\n."), policy=policy.default)
        assert isinstance(mail, EmailMessage)
        begun.message_id = mail["Message-ID"]
        begun.taken = mail if begun.met is None or begun.met in TAKEN else None
        guest.begun = None
        if begun.met in UNCERTAIN:
            self._hang_up(guest, SILENCE_SECONDS if begun.met is Trouble.SILENT_TAKEN else 0.0)
        else:
            self._say(guest, "451 4.3.0 later" if begun.met is Trouble.BUSY_LATE else "250 taken")

    def _say(self, guest: Guest, answer: str) -> None:
        guest.answers.append((time.monotonic() + self._random.random() / 100, answer.encode() + b"\r\n"))

    def _hang_up(self, guest: Guest, after: float = 0.0) -> None:
        guest.is_ignored = True
        guest.answers.append((time.monotonic() + after, None))

    def _answer(self, guest: Guest) -> None:
        while guest.answers and guest.answers[0][0] <= time.monotonic():
            _, answer = guest.answers.popleft()
            try:
                if answer is not None:
                    guest.socket.sendall(answer)
                    continue
            except OSError:
                pass
            self._part(guest)
            return


@contextmanager
def sink(random: Random) -> Iterator[Sink]:
    """A sink on a free port."""
    with socket.create_server(("127.0.0.1", 0), backlog=128) as listener:
        server = Sink(listener, random)
        thread = threading.Thread(target=server.run)
        thread.start()
        try:
            yield server
        finally:
            server.stop()
            thread.join()
