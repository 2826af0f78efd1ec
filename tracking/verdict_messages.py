"""What stands beside a hit: within its message, and with colleagues on the same link."""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence

from abm.words import HitKind, Verdict
from abm.words import VerdictReason as Reason
from tracking.agents import agent_mark
from tracking.networks import network_of
from tracking.verdict_facts import FOLLOWED, Facts, Judgement

# What a scanner does to one mail it does within this.
NEAR_SECONDS = 60
# Nobody follows three different links so fast, or one so soon after the mail has come.
LINKS, LINKS_SECONDS = 3, 10
SOON_SECONDS = 10
# Nor do three colleagues follow the same link in the same moment.
PEOPLE, PEOPLE_SECONDS = 3, 5
# Nobody asks so often for what one mail holds.
HAMMERED, HAMMERED_SECONDS = 200, 60

Told = list[Judgement | None]


class Visits:
    """The hits of a set with their times, by message and person and by kind."""

    def __init__(self, hits: Sequence[Facts]) -> None:
        self.hits = hits
        self.times = [hit.at.timestamp() for hit in hits]
        messages: dict[tuple[Hashable, Hashable], list[int]] = {}
        kinds: dict[HitKind, list[int]] = {}
        for place, hit in enumerate(hits):
            kinds.setdefault(hit.kind, []).append(place)
            if hit.message is not None:
                messages.setdefault((hit.message, hit.contact), []).append(place)
        self._messages, self._kinds = messages, kinds
        for own in messages.values():
            if len(own) > 1:
                own.sort(key=self.times.__getitem__)

    def of_messages(self) -> Iterable[list[int]]:
        """The places of each message's hits at one person, in the order of time."""
        return self._messages.values()

    def of_kind(self, kind: HitKind) -> Sequence[int]:
        """The places of hits of this kind."""
        return self._kinds.get(kind, ())

    def delay(self, place: int) -> float | None:
        """Seconds since the mail was delivered, when that is known."""
        delivered = self.hits[place].delivered_at
        return None if delivered is None else self.times[place] - delivered.timestamp()

    def look(self, place: int) -> tuple[str, str]:
        """What one visitor cannot easily change between two requests."""
        hit = self.hits[place]
        return network_of(hit.ip), agent_mark(hit.user_agent)


def mark_message(own: Sequence[int], visits: Visits, told: Told, machine: Mapping[Reason, Judgement]) -> None:
    """Mark the machines among the hits of one message, given in the order of time."""
    if any(told[place] is not None for place in own):
        _mark_near(own, visits, told, machine[Reason.NEAR_MACHINE])
    followed = [place for place in own if told[place] is None and visits.hits[place].kind in FOLLOWED]
    if len(own) >= LINKS:
        # A link that was found out already counts as one of three.
        every = [place for place in own if visits.hits[place].kind in FOLLOWED]
        for place in _links_at_once(every, visits):
            told[place] = told[place] or machine[Reason.LINKS_AT_ONCE]
    for place in followed:
        if told[place] is None and (delay := visits.delay(place)) is not None and delay <= SOON_SECONDS:
            told[place] = machine[Reason.TOO_SOON]
    if len(own) >= HAMMERED:
        for place in _hammered(own, visits):
            if visits.hits[place].kind is not HitKind.STOP:
                told[place] = told[place] or machine[Reason.HAMMERED]


def colleagues_at_once(visits: Visits, told: Sequence[Judgement | None]) -> Iterator[int]:
    """Hits on a link that three people of one domain follow within moments."""
    links: dict[tuple[str, Hashable], list[int]] = defaultdict(list)
    for kind in FOLLOWED:
        for place in visits.of_kind(kind):
            hit = visits.hits[place]
            if hit.domain and hit.link is not None:
                links[hit.domain, hit.link].append(place)
    for places in links.values():
        if len(places) >= PEOPLE:
            places.sort(key=visits.times.__getitem__)
            who = [visits.hits[place].contact for place in places]
            found = _crowded(places, who, visits, PEOPLE, PEOPLE_SECONDS)
            yield from (place for place in found if told[place] is None)


def mark_neighbours(visits: Visits, told: Told, near: Judgement) -> None:
    """What looks the same as a machine in the same message and minute is that machine, fetching the picture, say."""
    for own in visits.of_messages():
        if len(own) < 2 or not any(told[place] is None for place in own):
            continue
        machines: dict[tuple[str, str], list[float]] = defaultdict(list)
        for place in own:
            if _tells_of_its_neighbours(told[place]):
                machines[visits.look(place)].append(visits.times[place])
        for place in own:
            if told[place] is None and machines:
                moments = machines.get(visits.look(place), ())
                if moments and _is_near(visits.times[place], moments):
                    told[place] = near


def _mark_near(own: Sequence[int], visits: Visits, told: Told, near: Judgement) -> None:
    sources = [visits.times[place] for place in own if _tells_of_its_neighbours(told[place])]
    if not sources:
        return
    for place in own:
        if told[place] is None and _is_near(visits.times[place], sources):
            told[place] = near


def _tells_of_its_neighbours(one: Judgement | None) -> bool:
    """A proxy that fetched the picture says nothing of the links, nor does what somebody said of one hit."""
    if not _is_machine(one):
        return False
    assert one is not None
    return one.reasons[0] not in (Reason.PICTURE_PROXY, Reason.OVERRULED)


def _is_machine(one: Judgement | None) -> bool:
    return one is not None and one.verdict is Verdict.MACHINE


def _is_near(moment: float, moments: Sequence[float]) -> bool:
    """Whether one of these moments, in order, is within a minute."""
    first = bisect_left(moments, moment - NEAR_SECONDS)
    return first < len(moments) and moments[first] <= moment + NEAR_SECONDS


def _links_at_once(places: Sequence[int], visits: Visits) -> set[int]:
    if len(places) < LINKS:
        return set()
    links = [visits.hits[place].link for place in places]
    if len(set(links)) < LINKS:
        return set()
    return _crowded(places, links, visits, LINKS, LINKS_SECONDS)


def _crowded(places: Sequence[int], names: Sequence[Hashable], visits: Visits, least: int, seconds: float) -> set[int]:
    """Places, in the order of time, that lie in a window of so many seconds with so many different names."""
    found: set[int] = set()
    inside: dict[Hashable, int] = defaultdict(int)
    first = marked = 0
    for last, place in enumerate(places):
        if names[last] is not None:
            inside[names[last]] += 1
        while visits.times[place] - visits.times[places[first]] > seconds:
            name = names[first]
            if name is not None:
                inside[name] -= 1
                if not inside[name]:
                    del inside[name]
            first += 1
        if len(inside) >= least:
            # What an earlier window has marked is not looked at again.
            found.update(places[max(first, marked) : last + 1])
            marked = last + 1
    return found


def _hammered(own: Sequence[int], visits: Visits) -> Iterator[int]:
    times = [visits.times[place] for place in own]
    marked = 0
    for first, moment in enumerate(times):
        end = bisect_right(times, moment + HAMMERED_SECONDS)
        if end - first >= HAMMERED:
            yield from own[max(first, marked) : end]
            marked = max(marked, end)
