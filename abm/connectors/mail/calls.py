"""Many mails handed to a service by its API at once; each stands at the door, its connection open, until it is let go.

The twin of a dialogue over SMTP: no request is written before the one who sends has looked whether its mail may leave.
"""

import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from queue import Empty, SimpleQueue
from threading import Event

import structlog

from abm.connectors.mail import postmark, sendgrid, ses
from abm.connectors.mail.dialogue import FAILURES_IN_A_ROW, MOST_CONNECTIONS, Ended, LetGo, Limits, Offer
from abm.connectors.mail.pool import SmtpPool
from abm.connectors.mail.route import Route
from abm.connectors.mail.smtp import BROKEN_OFF, Envelope, Fate, Outcome
from abm.connectors.posting import Gate
from abm.crash import crash_point
from abm.words import MailProvider, SendReason

log = structlog.get_logger(__name__)

Send = Callable[[Route, Envelope, Gate | None, float], Outcome]
SENDERS: Mapping[MailProvider, Send] = {
    MailProvider.SES: ses.send,
    MailProvider.SENDGRID: sendgrid.send,
    MailProvider.POSTMARK: postmark.send,
}
# A service that asks us to wait is left alone for longer each time, and for the rest of this run after so many.
FIRST_REST_SECONDS = 1.0
LONGEST_REST_SECONDS = 10.0
MOST_RESTS = 6
# Why a service has not taken any mail just now.
NOT_THERE = (SendReason.PROVIDER_UNREACHABLE, SendReason.PROVIDER_LOGIN, SendReason.SMTP_UNSAFE)


def hand_over(pool: SmtpPool, route: Route, envelope: Envelope) -> Outcome:
    """Send one mail by its route and say what became of it, without a last look."""
    if route.provider is MailProvider.SMTP:
        return pool.send(route, envelope)
    return SENDERS[route.provider](route, envelope, None, pool.timeout)


class Call:
    """One mail on its way to a service, and the gate its request waits at."""

    def __init__(self, offer: Offer, news: "SimpleQueue[Call]") -> None:
        self.offer = offer
        self.outcome: Outcome | None = None
        self.has_ended = False
        self._has_come = False
        self._news = news
        self._may: Future[bool] = Future()
        self._left = Event()

    @property
    def is_standing(self) -> bool:
        """Whether it stands at the door and has not been answered yet."""
        return self._has_come and not self._may.done()

    def may_pass(self) -> bool:
        """Stand at the door until it is opened or shut."""
        crash_point("standing")
        self._has_come = True
        self._news.put(self)
        return self._may.result()

    def has_passed(self) -> None:
        """From here on silence means that nobody knows."""
        self._left.set()
        crash_point("poured")

    def let_go(self, allowed: bool) -> None:
        """Open the door, or shut it for good."""
        if not self._may.done():
            self._may.set_result(allowed)

    def wait_until_left(self) -> None:
        """Return when its request is written, or never will be; each post is cut off in time."""
        self._left.wait()

    def carry(self, within: float) -> None:
        """From the connection to the answer; never raises."""
        route = self.offer.route
        try:
            self.outcome = SENDERS[route.provider](route, self.offer.envelope, self, within)
        except Exception as error:  # whatever a mail or an answer holds, the others go out
            log.error("mail_not_called", message=str(self.offer.key), error=type(error).__name__)
            self.outcome = BROKEN_OFF if self._left.is_set() else Outcome(Fate.DEFERRED, SendReason.NOT_MADE)
        if self._may.done() and not self._may.result():
            self.outcome = None
        crash_point("answered")
        self.has_ended = True
        self._left.set()
        self._news.put(self)


class Calls:
    """Mails on their way to services; `step` moves them on and answers those that have ended."""

    def __init__(self, let_go: LetGo, limits: Limits, within: float) -> None:
        self._let_go = let_go
        self.limits = limits
        self._within = within
        self._waiting: deque[Offer] = deque()
        self._news: SimpleQueue[Call] = SimpleQueue()
        self._calling: set[Call] = set()
        self._callers = ThreadPoolExecutor(MOST_CONNECTIONS, thread_name_prefix="calls")
        self._failures = 0
        self._rests = 0
        self._rests_until = 0.0
        self._away: Outcome | None = None

    def __enter__(self) -> "Calls":
        return self

    def __exit__(self, *_: object) -> None:
        for call in self._calling:
            call.let_go(False)
        self._callers.shutdown(wait=False, cancel_futures=True)

    @property
    def under_way(self) -> int:
        """How many mails have not ended yet."""
        return self.waits + len(self._calling)

    @property
    def waits(self) -> int:
        """How many mails wait for a connection."""
        return len(self._waiting)

    def add(self, offers: Iterable[Offer]) -> None:
        """More mails to hand over."""
        self._waiting.extend(offers)

    def withdraw(self) -> list[Ended]:
        """Take back what waits for a connection: it does not leave now."""
        withdrawn = [(offer.key, None) for offer in self._waiting]
        self._waiting.clear()
        return list(withdrawn)

    def step(self, within: float = 1.0) -> list[Ended]:
        """Move everything on that can be; waits at most so long for something to happen."""
        if self._away:
            dropped = [(offer.key, self._away) for offer in self._waiting]
            self._waiting.clear()
            if dropped:
                return list(dropped)
        self._call()
        self._hear(within)
        # Asked of the calls themselves: of news that came when this was cut off nobody would hear again.
        if standing := [call for call in self._calling if call.is_standing]:
            self._open_doors(standing)
        return [self._end(call) for call in list(self._calling) if call.has_ended]

    def _call(self) -> None:
        while self._waiting and len(self._calling) < self.limits.connections and time.monotonic() >= self._rests_until:
            call = Call(self._waiting.popleft(), self._news)
            self._calling.add(call)
            self._callers.submit(call.carry, self._within)

    def _hear(self, within: float) -> None:
        """Return when a call has come to the door or ended, or after so long."""
        resting = self._rests_until - time.monotonic() if self._waiting else within
        try:
            self._news.get(timeout=max(0.0, min(within, resting) if resting > 0 else within))
            while True:
                self._news.get_nowait()
        except Empty:
            return

    def _open_doors(self, standing: Sequence[Call]) -> None:
        """One decision for all that stand; what is held for it is held until their requests are written."""
        with self._let_go([call.offer.key for call in standing]) as allowed:
            for call in standing:
                call.let_go(call.offer.key in allowed)
            for call in standing:
                call.wait_until_left()

    def _end(self, call: Call) -> Ended:
        self._calling.discard(call)
        if call.outcome:
            self._note(call.outcome)
        return call.offer.key, call.outcome

    def _note(self, outcome: Outcome) -> None:
        """Whoever asks us to wait gets a rest; whoever is not there is left alone for this run."""
        if outcome.fate in (Fate.ACCEPTED, Fate.REFUSED):
            self._failures = self._rests = 0
        elif outcome.reason is SendReason.PROVIDER_BUSY:
            self._rest(outcome)
        elif outcome.reason in NOT_THERE:
            self._failures += 1
            if self._failures >= FAILURES_IN_A_ROW:
                self._away = outcome

    def _rest(self, outcome: Outcome) -> None:
        now = time.monotonic()
        if now < self._rests_until:
            # It was asked before the rest began.
            return
        self._rests += 1
        if self._rests > MOST_RESTS:
            self._away = outcome
        seconds = outcome.wait or FIRST_REST_SECONDS * 2 ** (self._rests - 1)
        self._rests_until = now + min(seconds, LONGEST_REST_SECONDS)
