"""Many mails over several connections at once, in one thread: a server slow with one keeps nobody else.

A mail stands at the door, its recipient accepted, until the one who sends lets it go; all that stand are let go by one
decision. Only then does DATA begin.
"""

import select
import time
import uuid
from collections import Counter, OrderedDict, deque
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace

from abm.connectors.mail.connect import Broken
from abm.connectors.mail.pool import SmtpPool
from abm.connectors.mail.route import Route
from abm.connectors.mail.smtp import Envelope, Fate, Outcome, Stage, Talk, Try
from abm.words import SendReason

# So many openings fail, or mails break off, one after another before a server counts as away for this dialogue.
FAILURES_IN_A_ROW = 3
# So many mails to one domain are put off one after another before its others are put off unasked.
PUT_OFF_IN_A_ROW = 5
# An opening is looked at this often while other connections talk.
OPENING_SECONDS = 0.02
OPENERS = 2
MOST_CONNECTIONS = 64
# Those at the door wait so long for the next one to come: a decision about many costs little more than about one.
GATHER_SECONDS = 0.002


@dataclass(frozen=True)
class Offer:
    """A mail to be handed over, and what it is known by."""

    key: uuid.UUID
    route: Route
    envelope: Envelope
    is_second_try: bool = False
    # The group of domains that it is counted in; empty where its domain stands for itself.
    group: str = ""

    @property
    def domain(self) -> str:
        """Whose mail server shall have it in the end; the local mailbox is nobody's."""
        return "" if self.route.is_local else self.group or self.envelope.rcpt_to.rpartition("@")[2].lower()


@dataclass(frozen=True)
class Limits:
    """How many connections a sender holds to one server, and how many mails to one domain are under way on them."""

    connections: int = 20
    per_domain: int = 4
    # Of groups of domains that have a number of their own.
    groups: Mapping[str, int] = field(default_factory=dict)

    def at_once(self, domain: str) -> int:
        """How many mails to this domain or group may be under way."""
        return self.groups.get(domain, self.per_domain)


# Told which mails stand at the door; answers those which may go, and what it holds is held until their DATA has left.
LetGo = Callable[[Sequence[uuid.UUID]], AbstractContextManager[Collection[uuid.UUID]]]
# What became of a mail; None when it was not let go.
Ended = tuple[uuid.UUID, Outcome | None]


@dataclass
class Line:
    """One connection with the offers that are under way on it."""

    talk: Talk
    is_reused: bool
    offers: dict[Try, Offer] = field(default_factory=dict)

    @property
    def has_ended(self) -> bool:
        """Whether the fate of one of its mails is known, or of all of them."""
        return self.talk.broken is not None or any(one.outcome for one in self.offers)

    @property
    def may_hang_up(self) -> bool:
        """Whether its server has not been asked to take a mail over."""
        return all(one.outcome is None and one.stage in (Stage.OFFERED, Stage.STANDING) for one in self.offers)


class Lane:
    """Everything that goes to one server."""

    def __init__(self, route: Route) -> None:
        self.route = route
        self.waiting: OrderedDict[str, deque[Offer]] = OrderedDict()
        self.lines: list[Line] = []
        self.openings: list[Future[Talk]] = []
        self.under_way: Counter[str] = Counter()
        self.put_off: Counter[str] = Counter()
        # Whether a connection stands free, for nothing that waits may go yet: its domains have enough under way.
        self.is_short = False
        self.failures = 0
        self.away: Broken | None = None

    @property
    def waits(self) -> int:
        """How many offers wait for a connection."""
        return sum(map(len, self.waiting.values()))

    def add(self, offer: Offer) -> None:
        """Let it wait behind the others of its domain."""
        self.waiting.setdefault(offer.domain, deque()).append(offer)

    def next_offer(self, limits: Limits) -> Offer | None:
        """The oldest of a domain that has room, each domain in its turn."""
        for domain, offers in self.waiting.items():
            if not domain or self.under_way[domain] < limits.at_once(domain):
                offer = offers.popleft()
                self.waiting.move_to_end(domain)
                if not offers:
                    del self.waiting[domain]
                self.under_way[domain] += 1
                return offer
        return None

    def take_off(self, line: Line, one: Try) -> Offer:
        """Take a mail off its connection, whatever became of it: its domain has room for another one."""
        offer = line.offers.pop(one)
        self.under_way[offer.domain] -= 1
        return offer

    def drop(self, domain: str | None = None) -> list[Offer]:
        """Take the waiting offers out, all of them or those of one domain."""
        if domain is not None:
            return list(self.waiting.pop(domain, ()))
        dropped = [offer for offers in self.waiting.values() for offer in offers]
        self.waiting.clear()
        return dropped


class Dialogue:
    """Mails on their way to their servers; `step` moves them on and answers those that have ended."""

    def __init__(self, pool: SmtpPool, let_go: LetGo, limits: Limits | None = None) -> None:
        self._pool = pool
        self._let_go = let_go
        # Whoever sends may change them while mails are under way.
        self.limits = limits or Limits()
        self._lanes: dict[Route, Lane] = {}
        # Kept here until `step` is through: whoever is cut off in the middle of it is told the next time.
        self._ended: list[Ended] = []
        self._openers = ThreadPoolExecutor(OPENERS, thread_name_prefix="smtp")

    def __enter__(self) -> "Dialogue":
        return self

    def __exit__(self, *_: object) -> None:
        self._openers.shutdown(wait=False, cancel_futures=True)
        for lane in self._lanes.values():
            for line in lane.lines:
                if line.offers:
                    line.talk.close()
                else:
                    self._pool.give_back(lane.route, line.talk)
            lane.lines.clear()

    @property
    def under_way(self) -> int:
        """How many mails have not ended yet, or nobody was told of their end."""
        lanes = self._lanes.values()
        return len(self._ended) + sum(lane.waits + sum(len(line.offers) for line in lane.lines) for lane in lanes)

    @property
    def waits(self) -> int:
        """How many mails wait for a connection."""
        return sum(lane.waits for lane in self._lanes.values())

    @property
    def is_short(self) -> bool:
        """Whether connections stand free that mails to other domains could use."""
        return any(lane.is_short for lane in self._lanes.values())

    def add(self, offers: Iterable[Offer]) -> None:
        """More mails to hand over."""
        for offer in offers:
            if offer.route not in self._lanes:
                self._lanes[offer.route] = Lane(offer.route)
            self._lanes[offer.route].add(offer)

    def withdraw(self) -> None:
        """Take back what no server has been asked to take over: it does not leave now, and `step` says so."""
        for lane in self._lanes.values():
            self._ended.extend((offer.key, None) for offer in lane.drop())
            for line in [one for one in lane.lines if one.offers and one.may_hang_up]:
                line.talk.close()
                lane.lines.remove(line)
                self._ended.extend((lane.take_off(line, one).key, None) for one in list(line.offers))

    def step(self, within: float = 1.0) -> list[Ended]:
        """Move everything on that can be; waits at most so long for something to happen."""
        for lane in self._lanes.values():
            self._admit(lane)
            self._offer_all(lane)
            # One may have broken at its first word, for its server had hung up while it lay idle.
            self._settle_all(lane)
        lines = [(lane, line) for lane in self._lanes.values() for line in lane.lines if line.offers]
        standing = [(lane, line) for lane, line in lines if line.talk.is_standing]
        gathering = GATHER_SECONDS if len(standing) < len(lines) else 0.0
        ready = self._ready(lines, 0.0 if self._ended else gathering if standing else within)
        for _, line in lines:
            if line.talk.sock.fileno() in ready:
                line.talk.turn()
            elif time.monotonic() > line.talk.patience_ends and not line.talk.is_standing:
                line.talk.fail(Broken(SendReason.SMTP_UNREACHABLE))
        if standing and not ready:
            self._open_doors(standing)
        for lane in self._lanes.values():
            self._settle_all(lane)
        ended, self._ended = self._ended, []
        return ended

    def _admit(self, lane: Lane) -> None:
        """Take in the connections that have been opened, and open as many as are of use."""
        for opening in [one for one in lane.openings if one.done()]:
            lane.openings.remove(opening)
            if error := opening.exception():
                self._note_failure(lane, error if isinstance(error, Broken) else Broken(SendReason.SMTP_UNREACHABLE))
            else:
                lane.lines.append(Line(opening.result(), is_reused=False))
        for line in [one for one in lane.lines if not one.offers and not one.talk.is_fresh]:
            # It has served enough, or lain idle for too long: others take its place.
            lane.lines.remove(line)
            line.talk.close()
        if lane.away or lane.openings or not lane.waits:
            return
        if any(line.talk.has_room for line in lane.lines) or len(lane.lines) >= self.limits.connections:
            return
        idle = self._pool.take(lane.route)
        if idle:
            lane.lines.append(Line(idle, is_reused=True))
        else:
            lane.openings.append(self._openers.submit(self._pool.open, lane.route))

    def _note_failure(self, lane: Lane, broken: Broken) -> None:
        lane.failures += 1
        # Some servers allow fewer connections than we would like: then those that stand do the work.
        if not lane.lines or lane.failures >= FAILURES_IN_A_ROW:
            lane.away = broken

    def _offer_all(self, lane: Lane) -> None:
        if lane.away and not lane.lines:
            outcome = Outcome(Fate.DEFERRED, lane.away.reason, lane.away.code)
            self._ended.extend((offer.key, outcome) for offer in lane.drop())
            return
        lane.is_short = False
        for line in lane.lines[: self.limits.connections]:
            if not line.talk.has_room:
                continue
            offer = lane.next_offer(self.limits)
            if offer is None:
                lane.is_short = True
                break
            line.offers[line.talk.offer(offer.envelope)] = offer

    def _ready(self, lines: Sequence[tuple[Lane, Line]], within: float) -> set[int]:
        """The sockets at which something can be done; an opening is waited for, too."""
        openings = [one for lane in self._lanes.values() for one in lane.openings]
        if not lines:
            if openings:
                wait(openings, within, FIRST_COMPLETED)
            return set()
        poll = select.poll()
        for _, line in lines:
            poll.register(line.talk.sock, select.POLLIN | (select.POLLOUT if line.talk.has_unwritten else 0))
        patience = min(line.talk.patience_ends for _, line in lines) - time.monotonic()
        seconds = min(within, max(0.0, patience), OPENING_SECONDS if openings else within)
        return {number for number, _ in poll.poll(seconds * 1000)}

    def _open_doors(self, standing: Sequence[tuple[Lane, Line]]) -> None:
        """One decision for all that stand; DATA follows for those that may go, the others are taken back."""
        there = [(lane, line, one, line.offers[one].key) for lane, line in standing if (one := line.talk.offered)]
        with self._let_go([key for *_, key in there]) as allowed:
            for lane, line, one, key in there:
                if key in allowed:
                    line.talk.ask()
                else:
                    self._take_back(lane, line, one)

    def _take_back(self, lane: Lane, line: Line, one: Try) -> None:
        self._ended.append((lane.take_off(line, one).key, None))
        line.talk.withdraw()

    def _settle_all(self, lane: Lane) -> None:
        for line in [one for one in lane.lines if one.has_ended]:
            self._settle(lane, line)

    def _settle(self, lane: Lane, line: Line) -> None:
        """What ended on a connection, with what was lost when it broke."""
        lost = line.talk.lost() if line.talk.broken else []
        if line.talk.broken:
            lane.lines.remove(line)
        for one in [one for one in line.offers if one.outcome]:
            offer = lane.take_off(line, one)
            assert one.outcome
            if one in lost and self._may_try_again(line, one, offer):
                lane.add(replace(offer, is_second_try=True))
            else:
                self._ended.append((offer.key, one.outcome))
                self._note(lane, offer, one.outcome, is_lost=one in lost)

    @staticmethod
    def _may_try_again(line: Line, one: Try, offer: Offer) -> bool:
        """A server may have closed what lay idle, or had enough of us: what it has not been given goes to another."""
        had_use = line.is_reused or line.talk.mails > 0
        return had_use and not offer.is_second_try and one.stage in (Stage.OFFERED, Stage.STANDING)

    def _note(self, lane: Lane, offer: Offer, outcome: Outcome, *, is_lost: bool) -> None:
        """Whoever puts off one mail after another is left alone with the others for now."""
        if outcome.fate is Fate.ACCEPTED:
            lane.failures = lane.put_off[offer.domain] = 0
            return
        if is_lost:
            self._note_failure(lane, Broken(outcome.reason or SendReason.SMTP_UNREACHABLE, outcome.code))
        if outcome.fate is not Fate.DEFERRED or not offer.domain:
            return
        lane.put_off[offer.domain] += 1
        if lane.put_off[offer.domain] >= PUT_OFF_IN_A_ROW:
            resting = replace(outcome, reason=SendReason.DOMAIN_RESTS)
            self._ended.extend((other.key, resting) for other in lane.drop(offer.domain))
