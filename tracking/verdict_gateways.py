"""Gateways that look like people: told by where they come from and by how a group of mails was first visited.

A scanner visits every mail of its firm, soon after delivery and without having read it. People do so now and then, but
not nearly all of a firm's, so that the habit of a group says what one visit does not.
"""

from collections import Counter, defaultdict
from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from abm.words import HitKind, Verdict
from abm.words import VerdictReason as Reason
from tracking.agents import is_picture_proxy
from tracking.networks import NetworkKind
from tracking.verdict_facts import FOLLOWED, Judgement, Known, Person, Visit
from tracking.verdict_messages import Visits

# Scanners come within half an hour of delivery; most people later.
EARLY_SECONDS = 30 * 60
# People work on rented machines as well: from there only what comes sooner speaks for itself.
RENTED_SECONDS = 10 * 60
# Who reads a mail looks at it for a while before following a link.
LOOK_SECONDS = 20
# The pause after which another visit begins.
PAUSE_SECONDS = 60
# The mails of so many people must have been scanned, or so many scans found out otherwise, and such a share of all.
LEAST_PEOPLE = {"domain": 3, "both": 3, "network": 4}
LEAST_FOUND_OUT = 2
SHARE = 0.75
# In a small firm the same two people again and again, nearly without exception.
LEAST_SCANS, NEARLY_ALL = 4, 0.9
# One look stands for a gateway when so many of its scans have it: then who looks otherwise is somebody else.
SAME_LOOK = 0.6
# People live in a data centre's network if so many visits from it were not a scanner's.
PEOPLE = 2
# A gateway looks again at a mail within this of its last look; later the reader behind the same address has come.
AGAIN_SECONDS = 120
FOREVER = float("inf")
NOWHERE: frozenset[Hashable] = frozenset()

Group = tuple[str, ...]
Look = tuple[str, str]
Told = Sequence[Judgement | None]


@dataclass(slots=True)
class Habit:
    """How a group's mails were first visited, and what those looked like that a scanner may have made."""

    visits: int = 0
    scans: int = 0
    found_out: int = 0
    people: set[Person] = field(default_factory=set)
    networks: Counter[str] = field(default_factory=Counter)
    agents: Counter[str] = field(default_factory=Counter)

    def add(self, visit: Visit) -> None:
        """Count one more first visit."""
        self.visits += 1
        if visit.is_scan:
            self.scans += 1
            self.found_out += visit.is_found_out
            self.people.add(visit.person)
            self.networks[visit.network] += 1
            self.agents[visit.agent] += 1

    def is_scanner(self, least: int) -> bool:
        """Whether nearly all of these visits are a scanner's, and there are enough of them to say so."""
        if len(self.people) >= least or self.found_out >= LEAST_FOUND_OUT:
            return self.scans >= SHARE * self.visits
        return len(self.people) > 1 and self.scans >= max(LEAST_SCANS, NEARLY_ALL * self.visits)

    def looks_like(self, visit: Visit) -> bool:
        """Whether this visit looks as the scans do, in what most of them share."""
        return self._shares(self.networks, visit.network) and self._shares(self.agents, visit.agent)

    def _shares(self, looks: Counter[str], look: str) -> bool:
        common, times = looks.most_common(1)[0]
        return times < SAME_LOOK * self.scans or look == common


@dataclass(frozen=True, slots=True)
class Landscape:
    """What the set and earlier mails show: habits of groups, machines' looks, and where people are at home."""

    habits: Mapping[Group, Habit]
    machines: Mapping[tuple[str, Look], set[Hashable]]
    homes: frozenset[tuple[Person, Look]]

    def habit_of(self, visit: Visit) -> Reason | None:
        """The habit that makes this visit a gateway's."""
        for group, reason in _groups(visit):
            habit = self.habits[group]
            if habit.is_scanner(LEAST_PEOPLE[group[0]]) and habit.looks_like(visit):
                return reason
        return None

    def has_people(self, network: str) -> bool:
        """Whether people browse from this network."""
        habit = self.habits.get(("network", network))
        return habit is not None and PEOPLE <= habit.visits - habit.scans > habit.scans


def find_gateways(
    visits: Visits, told: Told, known: Known
) -> tuple[Mapping[int, Reason], Sequence[tuple[Visit, Sequence[int]]]]:
    """Hits, by place, that a gateway made though nothing about them alone says so; and how each message was visited.

    A visit comes with the places of its hits; the first of them began it.
    """
    looks = first_looks(visits, told)
    first = [made for own in visits.of_messages() if (made := _first_visit(own, visits, told, looks)) is not None]
    land = _landscape([visit for visit, _ in first], visits, told, known)
    found: dict[int, Reason] = {}
    for own in visits.of_messages():
        found.update(_by_place(own, visits, told, known, land, looks))
    for visit, places in first:
        if visit.is_found_out or not visit.is_scan or (visit.person, (visit.network, visit.agent)) in land.homes:
            continue
        if reason := land.habit_of(visit):
            for place in places:
                if told[place] is None:
                    found.setdefault(place, reason)
    return found, first


def first_looks(visits: Visits, told: Told) -> Mapping[Hashable, float]:
    """When each message was first looked at; a machine's look is none, nor is Apple's in advance."""
    looks: dict[Hashable, float] = {}
    for place in visits.of_kind(HitKind.OPEN):
        # Gmail's proxy fetches when somebody reads.
        if not _is_machine(told[place]) or _is_reading_proxy(visits.hits[place].user_agent):
            message = visits.hits[place].message
            looks[message] = min(visits.times[place], looks.get(message, FOREVER))
    return looks


def is_unread(visits: Visits, looks: Mapping[Hashable, float], place: int) -> bool:
    """Whether nobody had looked at the mail for a while before this: no picture was fetched, or in the same moment."""
    return visits.times[place] - looks.get(visits.hits[place].message, FOREVER) < LOOK_SECONDS


def _first_visit(
    own: Sequence[int], visits: Visits, told: Told, looks: Mapping[Hashable, float]
) -> tuple[Visit, list[int]] | None:
    """The first visit to the links of a message, whose hits are given in the order of time, with its places."""
    followed = [place for place in own if visits.hits[place].kind in FOLLOWED and not _was_overruled(told[place])]
    if not followed:
        return None
    start = followed[0]
    hit, delay = visits.hits[start], visits.delay(start)
    places, last = [], visits.times[start]
    for place in followed:
        if visits.times[place] - last > PAUSE_SECONDS:
            break
        if place == start or (told[place] is None and visits.hits[place].user_agent == hit.user_agent):
            places.append(place)
            last = visits.times[place]
    found_out = _is_found_out(told[start])
    is_scan = found_out or (delay is not None and delay <= EARLY_SECONDS and is_unread(visits, looks, start))
    return Visit(hit.contact, hit.domain, *visits.look(start), is_scan, found_out), places


def _landscape(first: Sequence[Visit], visits: Visits, told: Told, known: Known) -> Landscape:
    habits: dict[Group, Habit] = defaultdict(Habit)
    groups = {group for visit in first for group, _ in _groups(visit)}
    for visit in (*first, *known.visits):
        for group, _ in _groups(visit):
            if group in groups:
                habits[group].add(visit)
    machines: dict[tuple[str, Look], set[Hashable]] = defaultdict(set)
    homes = {(visit.person, (visit.network, visit.agent)) for visit in known.visits if not visit.is_scan}
    for place, one in enumerate(told):
        hit = visits.hits[place]
        if hit.kind in FOLLOWED and _is_found_out(one):
            if hit.domain and hit.ip:
                machines[hit.domain, visits.look(place)].add(hit.message)
        elif one is None and (visits.delay(place) or 0) > EARLY_SECONDS:
            homes.add((hit.contact, visits.look(place)))
    for visit in known.visits:
        if visit.is_found_out and visit.domain and visit.network:
            machines[visit.domain, (visit.network, visit.agent)].add(("before", visit.person))
    return Landscape(habits, machines, frozenset(homes))


def _groups(visit: Visit) -> Iterator[tuple[Group, Reason]]:
    """The groups whose habit a visit is one of, the narrowest first."""
    if visit.domain and visit.network:
        yield ("both", visit.domain, visit.network), Reason.SCANNED_DOMAIN
    if visit.domain:
        yield ("domain", visit.domain), Reason.SCANNED_DOMAIN
    if visit.network:
        yield ("network", visit.network), Reason.SCANNING_NETWORK


def _by_place(
    own: Sequence[int], visits: Visits, told: Told, known: Known, land: Landscape, looks: Mapping[Hashable, float]
) -> Iterator[tuple[int, Reason]]:
    """Hits of a message of which their place, beside how they came, says that a gateway made them."""
    scanned_at: float | None = None
    for place in own:
        hit, moment = visits.hits[place], visits.times[place]
        if told[place] is not None:
            scanned_at = moment if _is_machine(told[place]) else scanned_at
        elif hit.kind in FOLLOWED and hit.ip:
            is_again = scanned_at is not None and moment - scanned_at > AGAIN_SECONDS
            if reason := _place_of(place, visits, known, land, looks, is_again):
                yield place, reason


def _place_of(
    place: int, visits: Visits, known: Known, land: Landscape, looks: Mapping[Hashable, float], is_again: bool
) -> Reason | None:
    hit = visits.hits[place]
    kind = known.kind_of(hit.ip)
    if kind is NetworkKind.GATEWAY:
        return Reason.GATEWAY_NETWORK
    delay, look = visits.delay(place), visits.look(place)
    is_early = delay is None or delay <= EARLY_SECONDS
    if not is_early or (hit.contact, look) in land.homes or not is_unread(visits, looks, place):
        return None
    is_rented = kind is NetworkKind.DATA_CENTRE and delay is not None and delay <= RENTED_SECONDS
    if is_rented and not land.has_people(look[0]):
        return Reason.DATA_CENTRE
    # Where the gateway has been a while ago, it is the reader behind the same address who comes now.
    others = land.machines.get((hit.domain, look), NOWHERE) - {hit.message}
    if hit.domain and not is_again and len(others) >= (1 if delay is not None else LEAST_FOUND_OUT):
        return Reason.KNOWN_GATEWAY
    return None


def _is_reading_proxy(agent: str) -> bool:
    return is_picture_proxy(agent) and agent.casefold() != "mozilla/5.0"


def _is_machine(one: Judgement | None) -> bool:
    return one is not None and one.verdict is Verdict.MACHINE


def _is_found_out(one: Judgement | None) -> bool:
    """Whether a hit shows how its firm's gateway looks: colleagues who sit together look as their firm does."""
    return _is_machine(one) and one is not None and one.reasons[0] not in (Reason.OVERRULED, Reason.COLLEAGUES_AT_ONCE)


def _was_overruled(one: Judgement | None) -> bool:
    return one is not None and one.reasons[0] is Reason.OVERRULED
