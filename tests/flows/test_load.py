"""Whoever keeps a server busy without wanting anything keeps nobody else from an answer."""

import resource
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import replace

import pytest

from abm.up import free_port
from abm.work import Installation
from tests.abm.processes import until
from tests.abm.test_front import get, started

IDLE = 2_000
SLOW = 200
PICTURE = "/o/picture.gif"
BEGUN = b"POST %b HTTP/1.1\r\nHost: sender.example\r\nContent-Length: 100000\r\n\r\n{"


@pytest.fixture
def port(installation: Installation) -> Iterator[int]:
    """Where a front answers."""
    settings = replace(installation.settings, port=free_port())
    with started(settings, "front"):
        until(lambda: get(settings, "/healthz"), within=90)
        yield settings.port


def test_a_front_answers_whatever_is_held_open_or_thrown_at_it(port: int) -> None:
    with connected(port, IDLE):
        assert status_of(port, asking(PICTURE)) == 200

    with connected(port, SLOW, b"GET /o/picture.gif HTTP/1.1\r\nX: "):
        assert status_of(port, asking(PICTURE)) == 200

    # More than there are threads, at the doors and at the pages.
    with connected(port, SLOW, BEGUN % b"/hook/generic"), connected(port, SLOW, BEGUN % b"/login"):
        assert status_of(port, asking(PICTURE)) == 200
        assert status_of(port, asking("/healthz")) == 200

    assert status_of(port, asking(PICTURE, "X: " + "a" * 1_000_000)) == 431
    assert status_of(port, posting("/hook/generic", b"[" * 5_000_000)) == 413
    assert status_of(port, posting("/u/token", b"x" * 5_000_000)) == 404
    assert status_of(port, asking(PICTURE)) == 200


@contextmanager
def connected(port: int, count: int, said: bytes = b"") -> Iterator[None]:
    """So many who say this and then nothing more."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < 2 * IDLE:
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(2 * IDLE, hard), hard))
    with ExitStack() as stack:
        for _ in range(count):
            connection = stack.enter_context(socket.create_connection(("127.0.0.1", port), timeout=30))
            connection.sendall(said)
        yield


def asking(path: str, *headers: str) -> bytes:
    return "\r\n".join((f"GET {path} HTTP/1.1", "Host: sender.example", *headers, "", "")).encode()


def posting(path: str, body: bytes) -> bytes:
    return f"POST {path} HTTP/1.1\r\nHost: sender.example\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body


def status_of(port: int, request: bytes) -> int:
    """What the server answers, also when it does not read all that is said."""
    with socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
        with suppress(BrokenPipeError, ConnectionResetError):
            connection.sendall(request)
        return int(connection.makefile("rb").readline().split()[1])
