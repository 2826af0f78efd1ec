"""What verdicts are made of: the facts of a hit, what is known besides, and the judgement."""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from abm.words import HitKind, Verdict
from abm.words import VerdictReason as Reason
from tracking.agents import agent_mark
from tracking.networks import NetworkKind, Networks, network_of

# Raised whenever a rule changes, so that an old verdict can be told from a new one.
RULES = "2026.12"
FOLLOWED = frozenset((HitKind.CLICK, HitKind.DOWNLOAD, HitKind.JOIN))
Person = Hashable | None


class Facts(NamedTuple):
    """What the rules look at; without a domain of its own nobody has colleagues."""

    id: str
    kind: HitKind
    at: datetime
    method: str
    message: Hashable | None
    user_agent: str
    honeypot: bool = False
    contact: Person = None
    domain: str = ""
    ip: str = ""
    link: Hashable | None = None
    delivered_at: datetime | None = None
    minutes: float | None = None


@dataclass(frozen=True, slots=True)
class Judgement:
    """A verdict with its reasons under a version of the rules."""

    verdict: Verdict
    reasons: tuple[Reason, ...]
    rules: str = RULES


@dataclass(frozen=True, slots=True)
class Visit:
    """The first time that links of a message were followed: whose, by what, and whether a scanner may have done it.

    The agent is given as its mark.
    """

    person: Person
    domain: str
    network: str
    agent: str
    # Soon after delivery and without a look at the mail before; or found out by the rules.
    is_scan: bool
    is_found_out: bool


@dataclass(frozen=True, slots=True)
class Overrule:
    """What a person said of one hit, or of a gateway's hits on a recipient domain; empty means any.

    The agent is given as its mark.
    """

    verdict: Verdict
    hit: str = ""
    domain: str = ""
    network: str = ""
    agent: str = ""

    def is_about(self, hit: Facts) -> bool:
        """Whether this hit is meant."""
        if self.hit:
            return self.hit == hit.id
        return (
            self.domain == hit.domain
            and self.network in ("", network_of(hit.ip))
            and self.agent in ("", agent_mark(hit.user_agent))
        )


@dataclass(frozen=True, slots=True)
class Known:
    """What is known besides the hits that are judged: learnt of earlier mails, read from a file, or said by people."""

    # First visits to earlier mails of the same domains and networks.
    visits: Sequence[Visit] = ()
    proven: Mapping[Person, Sequence[datetime]] = field(default_factory=dict)
    # Later ones are asked first.
    overrules: Sequence[Overrule] = ()
    networks: Networks | None = None

    def overruled(self, hit: Facts) -> Judgement | None:
        """What was said of this hit: of itself before its kind, the latest first."""
        said = [one for one in self.overrules if one.is_about(hit)]
        said.sort(key=lambda one: not one.hit)
        return Judgement(said[0].verdict, (Reason.OVERRULED,)) if said else None

    def kind_of(self, ip: str) -> NetworkKind | None:
        """What is known of the network an address is in."""
        return self.networks.kind_of(ip) if self.networks and ip else None


NOTHING_KNOWN = Known()
