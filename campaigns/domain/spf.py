"""Reading an SPF record with all it includes (RFC 7208): how many look-ups, which networks, what its end says."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

from campaigns.domain.facts import Book

# RFC 7208, 4.6.4: more than ten terms that look something up are an error for good.
MOST_LOOKUPS = 10
VERSION = "v=spf1"
QUALIFIERS = "+-~?"
LOOKING_UP = ("include", "a", "mx", "ptr", "exists")
Network = IPv4Network | IPv6Network


@dataclass
class Spf:
    """What a domain's record says, all in all."""

    # The record itself; empty where there is none.
    text: str = ""
    count: int = 0
    lookups: int = 0
    networks: list[Network] = field(default_factory=list)
    # Every name whose record was read on the way.
    names: set[str] = field(default_factory=set)
    end: str = ""
    unreadable: list[str] = field(default_factory=list)
    # Names that were included and have no record, which is an error for good.
    broken: list[str] = field(default_factory=list)
    unasked: list[str] = field(default_factory=list)

    def holds(self, address: str) -> bool:
        """Whether mail from this address passes."""
        there = ip_address(address)
        return any(there.version == network.version and there in network for network in self.networks)


def read_spf(book: Book, domain: str) -> Spf:
    """The record of a domain with everything that it includes; stops where it looks up too much."""
    spf = Spf()
    records = _records(book, domain)
    if records is None:
        spf.unasked.append(domain)
        return spf
    spf.count = len(records)
    if len(records) == 1:
        spf.text = records[0]
        spf.names.add(domain)
        spf.end = _read(book, domain, records[0], spf)
    return spf


def with_term(text: str, term: str) -> str:
    """The record with one more term, before its end; a new one where there is none."""
    words = text.split() or [VERSION, "~all"]
    place = next((n for n, word in enumerate(words) if is_end(word) or _is_redirect(word)), len(words))
    return " ".join([*words[:place], term, *words[place:]])


def is_end(word: str) -> bool:
    """Whether this term speaks of all other hosts; names of terms are the same in capitals."""
    return word.lstrip(QUALIFIERS).lower() == "all"


def _is_redirect(word: str) -> bool:
    return word.lower().startswith("redirect=")


def _records(book: Book, domain: str) -> list[str] | None:
    found = book.look(domain, "TXT")
    if found is None:
        return None
    return [one for one in found if one.lower() == VERSION or one.lower().startswith(f"{VERSION} ")]


def _read(book: Book, domain: str, text: str, spf: Spf) -> str:
    """Note what the terms say; answers the qualifier of the end."""
    redirect = ""
    for word in text.split()[1:]:
        if _is_redirect(word):
            redirect = word.partition("=")[2]
        elif "=" in word.partition(":")[0]:
            continue
        elif is_end(word):
            return word[0] if word[0] in QUALIFIERS else "+"
        else:
            _read_term(book, domain, word, spf)
    if not redirect:
        return ""
    spf.lookups += 1
    return _follow(book, redirect, spf)


def _read_term(book: Book, domain: str, word: str, spf: Spf) -> None:
    passes = word[0] not in "-~?"
    mechanism, _, value = word.lstrip(QUALIFIERS).partition(":")
    name, _, mask = mechanism.lower().partition("/")
    target, _, bits = value.partition("/")
    if name in LOOKING_UP:
        spf.lookups += 1
    if "%" in value or name in ("ptr", "exists"):
        # What it means depends on each mail; no address can be told from it.
        return
    if name in ("ip4", "ip6"):
        _add(spf, word, value, passes=passes)
    elif name == "include" and value:
        _follow(book, value, spf)
    elif name in ("a", "mx"):
        width = (bits or mask).partition("/")[0]
        for host in _hosts(book, name, target or domain, spf):
            for address in _addresses(book, host, spf):
                value = f"{address}/{width}" if width and ":" not in address else address
                _add(spf, word, value, passes=passes)
    else:
        spf.unreadable.append(word)


def _follow(book: Book, name: str, spf: Spf) -> str:
    """Read the record of another name; nothing is read twice, nor beyond what receivers read."""
    name = name.lower().rstrip(".")
    if spf.lookups > MOST_LOOKUPS or name in spf.names:
        return ""
    spf.names.add(name)
    records = _records(book, name)
    if records is None:
        spf.unasked.append(name)
        return ""
    if len(records) != 1:
        spf.broken.append(name)
        return ""
    return _read(book, name, records[0], spf)


def _hosts(book: Book, name: str, target: str, spf: Spf) -> list[str]:
    if name == "a":
        return [target]
    found = book.look(target, "MX")
    if found is None:
        spf.unasked.append(target)
    return [one.split()[-1].rstrip(".") for one in found or ()]


def _addresses(book: Book, host: str, spf: Spf) -> Iterator[str]:
    found = [book.look(host, kind) for kind in ("A", "AAAA")]
    if None in found:
        spf.unasked.append(host)
    yield from (address for values in found for address in values or ())


def _add(spf: Spf, word: str, value: str, *, passes: bool) -> None:
    try:
        network = ip_network(value, strict=False)
    except ValueError:
        spf.unreadable.append(word)
        return
    if passes:
        spf.networks.append(network)
