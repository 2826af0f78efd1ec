"""Posting to an address somebody entered: to the very address that was looked at, once, without following anything."""

# What is guarded against is named in the OWASP cheat sheet "Server-Side Request Forgery Prevention".

import http.client
import ipaddress
import socket
import ssl
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from http import HTTPStatus
from typing import Protocol
from urllib.parse import SplitResult, urlsplit

from abm.connectors.mail.smtp import Fate
from abm.words import DeliveryReason

# Nobody has to wait for somebody else's slow server: this long in all, whatever it drips.
WITHIN_SECONDS = 10.0
# The cut is never quite punctual.
CLOSE = 0.1
READ_BYTES = 4_096
LONGEST_URL = 2_000
PORTS = {"https": 443, "http": 80}
# NAT64: the last four bytes are an address of the old kind.
NAT64 = ipaddress.ip_network("64:ff9b::/96")
LONGEST_WAIT_ASKED = 6 * 3600.0


@dataclass(frozen=True)
class Parcel:
    """What is posted, and where."""

    url: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True)
class Posted:
    """What became of a post: only `unknown` may have arrived without our knowing."""

    fate: Fate
    reason: DeliveryReason | None = None
    status: int | None = None
    # What the other side said, cut off; it is compared with what providers document and never kept.
    said: bytes = b""
    # Seconds it asked us to stay away.
    wait: float | None = None
    # The headers of the answer, their names in lower case.
    headers: Mapping[str, str] = field(default_factory=dict, compare=False)


class Gate(Protocol):
    """Whoever has the last word before a post leaves."""

    def may_pass(self) -> bool:
        """Asked when the connection stands and nothing has been said; may keep the post waiting."""

    def has_passed(self) -> None:
        """Told when everything is written."""


def post(
    parcel: Parcel, *, allow_private: bool = False, within: float = WITHIN_SECONDS, gate: Gate | None = None
) -> Posted:
    """Post once and say what became of it; never raises for what an address, a network or a server does."""
    parts = read_url(parcel.url, allow_private=allow_private)
    if parts is None:
        return Posted(Fate.REFUSED, DeliveryReason.BAD_ADDRESS)
    ends = time.monotonic() + within
    try:
        connection = _connect(parts, allow_private=allow_private, within=within)
    except _Private:
        return Posted(Fate.DEFERRED, DeliveryReason.PRIVATE_ADDRESS)
    except TimeoutError:
        return Posted(Fate.DEFERRED, DeliveryReason.TIMED_OUT)
    except (OSError, ValueError):
        return Posted(Fate.DEFERRED, DeliveryReason.UNREACHABLE)
    cut = threading.Timer(max(0.1, ends - time.monotonic()), _hang_up, [connection.sock])
    cut.daemon = True
    cut.start()
    try:
        if failed := _shake_hands(connection):
            return failed
        if gate and not gate.may_pass():
            return Posted(Fate.DEFERRED)
        return _write(connection, parts, parcel, ends) or _read(connection, ends, gate)
    finally:
        cut.cancel()
        connection.close()


def read_url(url: str, *, allow_private: bool = False) -> SplitResult | None:
    """The parts of an address we may post to: https, a host, no password; None for anything else."""
    if not url.isascii() or not url.isprintable() or " " in url or len(url) > LONGEST_URL:
        return None
    try:
        parts = urlsplit(url)
        is_whole = bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        return None
    schemes = ("https", "http") if allow_private else ("https",)
    return parts if is_whole and parts.scheme in schemes and "@" not in parts.netloc else None


def public_address(host: str, port: int, *, allow_private: bool = False) -> tuple[str, int]:
    """An address of a host that lies on the public Internet; OSError when one of its addresses does not."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    addresses = [str(address[0]) for *_, address in found]
    if not addresses or not (allow_private or all(is_public(one) for one in addresses)):
        raise _Private("the host has no public address")
    return addresses[0], port


def is_public(address: str) -> bool:
    """Whether this address, and any other hidden inside it, lies on the public Internet."""
    one = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(one, ipaddress.IPv6Address):
        inner = one.ipv4_mapped or one.sixtofour or (one.teredo[1] if one.teredo else None)
        if one in NAT64:
            inner = ipaddress.IPv4Address(int(one) & 0xFFFF_FFFF)
        if inner is not None:
            return is_public(str(inner))
    return one.is_global and not one.is_multicast


class _Private(OSError):
    """The address lies in our own network, where nobody outside may send us."""


class _Plain(http.client.HTTPConnection):
    """A connection whose socket is open already."""

    def connect(self) -> None:
        """Nothing: a second look-up of the name might answer another address."""


def _connect(parts: SplitResult, *, allow_private: bool, within: float) -> _Plain:
    host, port = str(parts.hostname), parts.port or PORTS[parts.scheme]
    place = public_address(host, port, allow_private=allow_private)
    connection = _Plain(host, port, timeout=within)
    connection.sock = socket.create_connection(place, within)
    if parts.scheme == "https":
        # Nothing is said yet: whoever drips the handshake is cut off like anybody else.
        connection.sock = _trust().wrap_socket(connection.sock, server_hostname=host, do_handshake_on_connect=False)
    return connection


def _shake_hands(connection: _Plain) -> Posted | None:
    """What went wrong before anything of ours was said."""
    try:
        if isinstance(connection.sock, ssl.SSLSocket):
            connection.sock.do_handshake()
    except ssl.SSLError:
        return Posted(Fate.DEFERRED, DeliveryReason.UNSAFE)
    except TimeoutError:
        return Posted(Fate.DEFERRED, DeliveryReason.TIMED_OUT)
    except (OSError, ValueError):
        return Posted(Fate.DEFERRED, DeliveryReason.UNREACHABLE)
    return None


@cache
def _trust() -> ssl.SSLContext:
    """Whom this process trusts; reading the certificates takes longer than a post."""
    return ssl.create_default_context()


def _write(connection: _Plain, parts: SplitResult, parcel: Parcel, ends: float) -> Posted | None:
    """Say it all; what broke off before its last byte is of no use to anybody, and can be said again."""
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    headers = {"Host": parts.netloc, "Content-Length": str(len(parcel.body)), "Connection": "close", **parcel.headers}
    try:
        connection.putrequest("POST", target, skip_host=True, skip_accept_encoding=True)
        for name, value in headers.items():
            connection.putheader(name, value)
        connection.endheaders(parcel.body)
    except (OSError, http.client.HTTPException, ValueError):
        return Posted(Fate.DEFERRED, DeliveryReason.TIMED_OUT if _is_late(ends) else DeliveryReason.UNREACHABLE)
    return None


def _read(connection: _Plain, ends: float, gate: Gate | None) -> Posted:
    """Once everything is written, silence means that nobody knows."""
    if gate:
        gate.has_passed()
    try:
        answer = connection.getresponse()
        said = _read_some(answer)
    except (OSError, http.client.HTTPException, ValueError):
        return Posted(Fate.UNKNOWN, DeliveryReason.TIMED_OUT if _is_late(ends) else DeliveryReason.BROKEN_OFF)
    headers = {name.lower(): value for name, value in answer.getheaders()}
    return replace(judge(answer.status, said, _wait_asked(headers.get("retry-after", ""))), headers=headers)


def _is_late(ends: float) -> bool:
    return time.monotonic() >= ends - CLOSE


def _read_some(answer: http.client.HTTPResponse) -> bytes:
    """The beginning of what was said; the status alone is an answer too."""
    try:
        return answer.read(READ_BYTES)
    except (OSError, http.client.HTTPException, ValueError):
        return b""


def judge(status: int, said: bytes = b"", wait: float | None = None) -> Posted:
    """What a status code means for whoever posts."""
    if 200 <= status <= 299:
        return Posted(Fate.ACCEPTED, None, status, said)
    if status == HTTPStatus.GONE:
        return Posted(Fate.REFUSED, DeliveryReason.GONE, status, said)
    if status in (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE):
        return Posted(Fate.DEFERRED, DeliveryReason.TOO_MANY, status, said, wait)
    if 300 <= status <= 399:
        return Posted(Fate.DEFERRED, DeliveryReason.REDIRECTED, status, said)
    if status >= 500:
        return Posted(Fate.DEFERRED, DeliveryReason.THEIR_FAULT, status, said)
    return Posted(Fate.DEFERRED, DeliveryReason.REFUSED, status, said)


def _wait_asked(text: str) -> float | None:
    return min(float(text), LONGEST_WAIT_ASKED) if text.isascii() and text.isdigit() else None


def _hang_up(sock: socket.socket) -> None:
    try:
        sock.shutdown(socket.SHUT_RDWR)
    except OSError:
        sock.close()
