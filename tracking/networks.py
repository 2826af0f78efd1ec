"""Whose network an address is in: a file of ranges of mail gateways and data centres that the operator can replace."""

from bisect import bisect_right
from collections.abc import Iterable
from enum import StrEnum
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from pathlib import Path

from abm.errors import BadConfiguration

Network = IPv4Network | IPv6Network
# A version of the protocol and an address as a number.
Edge = tuple[int, int]
SHIPPED = Path(__file__).with_name("networks.txt")


class NetworkKind(StrEnum):
    """What is known of a network."""

    GATEWAY = "gateway"
    DATA_CENTRE = "data_centre"


class Networks:
    """Ranges of addresses; where one lies within another, the smaller one is right."""

    def __init__(self, ranges: Iterable[tuple[NetworkKind, str]]) -> None:
        edges = _edges((kind, ip_network(text, strict=False)) for kind, text in ranges)
        self._edges = sorted(edges)
        self._kinds = [edges[edge] for edge in self._edges]
        self.kind_of = lru_cache(maxsize=65_536)(self._kind_of)

    def _kind_of(self, ip: str) -> NetworkKind | None:
        try:
            address = ip_address(ip)
        except ValueError:
            return None
        place = bisect_right(self._edges, (address.version, int(address))) - 1
        if place < 0 or self._edges[place][0] != address.version:
            return None
        return self._kinds[place]


def read_networks(path: str = "") -> Networks:
    """The ranges of this file, or of the one that is shipped; BadConfiguration names the line that cannot be read."""
    place = Path(path) if path else SHIPPED
    try:
        lines = place.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise BadConfiguration(f"ABM_NETWORKS_FILE: {place} cannot be read: {type(error).__name__}") from error
    return Networks(
        _range(line, f"{place}, line {number}")
        for number, line in enumerate(lines, 1)
        if line.strip() and not line.lstrip().startswith("#")
    )


def _edges(ranges: Iterable[tuple[NetworkKind, Network]]) -> dict[Edge, NetworkKind | None]:
    """Where another kind begins; ranges lie within each other or apart, never across."""
    edges: dict[Edge, NetworkKind | None] = {}
    around: list[tuple[Edge, NetworkKind]] = []

    def leave(before: Edge | None) -> None:
        while around and (before is None or around[-1][0] <= before):
            end, _ = around.pop()
            edges[end] = around[-1][1] if around else None

    for kind, one in sorted(
        ranges, key=lambda pair: (pair[1].version, int(pair[1].network_address), pair[1].prefixlen)
    ):
        start = one.version, int(one.network_address)
        leave(start)
        edges[start] = kind
        around.append(((one.version, int(one.broadcast_address) + 1), kind))
    leave(None)
    return edges


def _range(line: str, place: str) -> tuple[NetworkKind, str]:
    words = line.split()
    try:
        kind, text = NetworkKind(words[0]), words[1]
        ip_network(text, strict=False)
    except (ValueError, IndexError) as error:
        raise BadConfiguration(
            f"{place}: write `gateway` or `data_centre`, then a range such as 192.0.2.0/24"
        ) from error
    return kind, text


@lru_cache(maxsize=65_536)
def network_of(ip: str) -> str:
    """The neighbourhood of an address: /24, or /48 of version 6; empty for what is no address."""
    try:
        address = ip_address(ip)
    except ValueError:
        return ""
    return str(ip_network((address, 24 if address.version == 4 else 48), strict=False))
