"""A small name server on loopback, over UDP and TCP: answers what a test tells it, or falls silent."""

import socket
import struct
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import dns.rrset

SILENCE = "silence"
FAILS = "fails"
# What fits into a datagram without extensions (RFC 1035, 4.2.1); more is asked for over TCP.
DATAGRAM = 512

# Name and type → values, silence, or a failure of the server; a name that is nowhere does not exist.
Zone = Mapping[tuple[str, str], Sequence[str] | str]


@dataclass
class DnsServer:
    """Where it listens, and what it was asked."""

    address: str
    zone: Zone
    asked: list[tuple[str, str]] = field(default_factory=list)
    by_tcp: int = 0


@contextmanager
def name_server(zone: Zone) -> Iterator[DnsServer]:
    """A server with these records."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp, socket.socket() as tcp:
        tcp.bind(("127.0.0.1", 0))
        udp.bind(tcp.getsockname())
        tcp.listen()
        server = DnsServer("{}:{}".format(*tcp.getsockname()), zone)
        for serve, listener in ((_serve_udp, udp), (_serve_tcp, tcp)):
            threading.Thread(target=serve, args=(server, listener), daemon=True).start()
        try:
            yield server
        finally:
            # Whoever listens is woken, or it would never see that its socket is closed.
            tcp.shutdown(socket.SHUT_RDWR)
            udp.sendto(b"", udp.getsockname())


def _serve_udp(server: DnsServer, udp: socket.socket) -> None:
    with suppress(OSError):
        while raw := udp.recvfrom(DATAGRAM * 8):
            asked, peer = raw
            if not asked:
                return
            reply = _reply(server, asked)
            if reply and len(reply.to_wire()) > DATAGRAM:
                reply.answer.clear()
                reply.flags |= dns.flags.TC
            if reply:
                udp.sendto(reply.to_wire(), peer)


def _serve_tcp(server: DnsServer, tcp: socket.socket) -> None:
    with suppress(OSError):
        while True:
            connection, _ = tcp.accept()
            with connection, connection.makefile("rb") as given:
                (length,) = struct.unpack("!H", given.read(2))
                reply = _reply(server, given.read(length))
                server.by_tcp += 1
                if reply:
                    wire = reply.to_wire()
                    connection.sendall(struct.pack("!H", len(wire)) + wire)


def _reply(server: DnsServer, raw: bytes) -> dns.message.Message | None:
    query = dns.message.from_wire(raw)
    asked = query.question[0]
    name, kind = asked.name.to_text(omit_final_dot=True).lower(), dns.rdatatype.to_text(asked.rdtype)
    server.asked.append((name, kind))
    values = server.zone.get((name, kind), ())
    reply = dns.message.make_response(query)
    if values == SILENCE:
        return None
    if values == FAILS:
        reply.set_rcode(dns.rcode.SERVFAIL)
    elif values:
        texts = [_pieces(value) for value in values] if kind == "TXT" else list(values)
        reply.answer.append(dns.rrset.from_text_list(asked.name, 60, "IN", kind, texts))
    elif not any(known == name for known, _ in server.zone):
        reply.set_rcode(dns.rcode.NXDOMAIN)
    return reply


def _pieces(text: str) -> str:
    """A text in strings of at most 255 signs, as records hold it."""
    return " ".join(f'"{text[place : place + 255]}"' for place in range(0, len(text), 255))
