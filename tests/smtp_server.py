"""A scripted SMTP server: answers what a test tells it to, goes silent or hangs up where it is told to."""

import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import BinaryIO

SILENCE = "silence"
HANG_UP = "hang up"
DEFAULT = {
    "EHLO": "250 server.example",
    "MAIL": "250 OK",
    "RCPT": "250 OK",
    "DATA": "354 go on",
    ".": "250 taken",
    "RSET": "250 OK",
}


@dataclass
class ScriptedServer:
    """What it answers to each command (`.` is the end of the mail), and what it has taken."""

    port: int
    script: Mapping[str, str]
    taken: list[bytes] = field(default_factory=list)
    connections: int = 0
    open: list[socket.socket] = field(default_factory=list)
    stop: threading.Event = field(default_factory=threading.Event)


@contextmanager
def scripted(**script: str) -> Iterator[ScriptedServer]:
    """A server on a free port; `dot=` scripts the answer to the end of the mail, `slow=` whose recipient gets none."""
    answers = {**DEFAULT, **{("." if name == "dot" else name.upper()): answer for name, answer in script.items()}}
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(0.05)
        server = ScriptedServer(listener.getsockname()[1], answers)
        thread = threading.Thread(target=_listen, args=(server, listener), daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.stop.set()
            thread.join()


def _listen(server: ScriptedServer, listener: socket.socket) -> None:
    talks = []
    while not server.stop.is_set():
        with suppress(TimeoutError):
            connection, _ = listener.accept()
            server.connections += 1
            server.open.append(connection)
            talks.append(threading.Thread(target=_talk, args=(server, connection), daemon=True))
            talks[-1].start()
    for connection in server.open:
        # Clients keep connections for the next mail: nobody waits for that.
        with suppress(OSError):
            connection.shutdown(socket.SHUT_RDWR)
    for talk in talks:
        talk.join()


def _talk(server: ScriptedServer, connection: socket.socket) -> None:
    with suppress(OSError, EOFError), connection, connection.makefile("rb") as lines:
        connection.settimeout(5)
        _say(server, connection, server.script.get("GREETING", "220 server.example"))
        for line in lines:
            command = line[:4].strip().upper().decode()
            if command == "RCPT" and server.script.get("SLOW", "@@") in line.decode():
                _say(server, connection, SILENCE)
            _say(server, connection, server.script.get(command, "502 unknown"))
            if command == "DATA" and server.script["DATA"].startswith("354"):
                mail = b"".join(_body(lines))
                if server.script["."].startswith("250") or server.script["."] == HANG_UP:
                    server.taken.append(mail)
                _say(server, connection, server.script["."])


def _body(lines: BinaryIO) -> Iterator[bytes]:
    """The lines of a mail up to its final dot; one that breaks off before was not taken."""
    for line in iter(lines.readline, b".\r\n"):
        if not line:
            raise EOFError
        yield line


def _say(server: ScriptedServer, connection: socket.socket, answer: str) -> None:
    if answer == HANG_UP:
        raise EOFError
    if answer == SILENCE:
        server.stop.wait(5)
        raise EOFError
    connection.sendall(answer.encode() + b"\r\n")
