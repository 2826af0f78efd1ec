"""Asking the DNS: values, no values, or nobody to ask; always within a bounded time."""

from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from ipaddress import ip_address

import dns.exception
import dns.resolver
from dns.rdtypes.txtbase import TXTBase

from abm.errors import BadConfiguration

WITHIN_SECONDS = 3.0
AT_ONCE = 8
DNS_PORT = 53

Question = tuple[str, str]


def make_resolver(address: str, within: float = WITHIN_SECONDS) -> dns.resolver.Resolver:
    """What asks the name server at this address, or those of the system."""
    try:
        resolver = dns.resolver.Resolver(configure=not address)
        if address:
            host, port = _split(address)
            resolver.nameservers, resolver.port = [host], port
    except (ValueError, dns.exception.DNSException) as error:
        raise BadConfiguration(f"dns_resolver {address!r}: {error}; give an address such as 192.0.2.53:53") from error
    resolver.lifetime = within
    resolver.timeout = within / 2
    return resolver


def ask(resolver: dns.resolver.Resolver, questions: Iterable[Question]) -> Mapping[Question, Sequence[str] | None]:
    """The answer to each; None where no name server answered, or none would say."""
    wanted = list(questions)
    with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="names") as askers:
        return dict(zip(wanted, askers.map(lambda one: _ask(resolver, *one), wanted), strict=True))


def _ask(resolver: dns.resolver.Resolver, name: str, kind: str) -> Sequence[str] | None:
    try:
        found = resolver.resolve(f"{name}.", kind, raise_on_no_answer=False, search=False)
    except dns.resolver.NXDOMAIN:
        return ()
    except (dns.exception.DNSException, OSError, UnicodeError):
        return None
    return tuple(
        # A long text is cut into pieces, which belong together without a blank (RFC 7208, 3.3).
        b"".join(one.strings).decode("utf-8", "replace") if isinstance(one, TXTBase) else one.to_text()
        for one in found.rrset or ()
    )


def _split(address: str) -> tuple[str, int]:
    """Host and port; an IPv6 address with a port stands in brackets."""
    if address.startswith("["):
        host, _, port = address[1:].partition("]")
        port = port.removeprefix(":")
    elif address.count(":") == 1:
        host, _, port = address.partition(":")
    else:
        host, port = address, ""
    return str(ip_address("127.0.0.1" if host == "localhost" else host)), int(port or DNS_PORT)
