"""The connections to SMTP servers that lie idle, and one mail carried over one of them."""

import select
import threading
import time
from collections import defaultdict

from abm.connectors.mail.connect import Broken
from abm.connectors.mail.route import Route
from abm.connectors.mail.smtp import Envelope, Fate, Outcome, Talk
from abm.words import SendReason

TIMEOUT_SECONDS = 30.0


class SmtpPool:
    """Connections kept open between mails, per server; every thread of a worker may use it."""

    def __init__(self, timeout: float = TIMEOUT_SECONDS) -> None:
        self.timeout = timeout
        self._lock = threading.Lock()
        self._idle: dict[Route, list[Talk]] = defaultdict(list)

    def send(self, route: Route, envelope: Envelope) -> Outcome:
        """Send one mail and say what became of it; never raises for what a server or network does."""
        talk = self.take(route)
        if talk:
            outcome = self._carry(route, talk, envelope)
            # A server may have closed what lay idle: one try on a new connection, the mail was not taken.
            if not talk.broken or outcome.fate is Fate.UNKNOWN:
                return outcome
        try:
            return self._carry(route, self.open(route), envelope)
        except Broken as broken:
            return Outcome(Fate.DEFERRED, broken.reason, broken.code)

    def take(self, route: Route) -> Talk | None:
        """A connection that lies idle."""
        with self._lock:
            while self._idle[route]:
                talk = self._idle[route].pop()
                if talk.is_fresh:
                    return talk
                talk.close()
        return None

    def open(self, route: Route) -> Talk:
        """A new connection; Broken says why there is none."""
        return Talk(route, self.timeout)

    def give_back(self, route: Route, talk: Talk) -> None:
        """Keep a connection for the next mail, or hang up when it has served enough."""
        if not talk.is_fresh:
            talk.close()
            return
        with self._lock:
            self._idle[route].append(talk)

    def close(self) -> None:
        """Close everything that lies idle."""
        with self._lock:
            talks = [talk for idle in self._idle.values() for talk in idle]
            self._idle.clear()
        for talk in talks:
            talk.close()

    def _carry(self, route: Route, talk: Talk, envelope: Envelope) -> Outcome:
        """One mail from its offer to its end."""
        one = talk.offer(envelope)
        while one.outcome is None and not talk.broken:
            if talk.is_standing:
                talk.ask()
            if not talk.broken:
                _await(talk)
        if talk.broken:
            talk.lost()
        self.give_back(route, talk)
        assert one.outcome
        return one.outcome


def _await(talk: Talk) -> None:
    """One turn as soon as there is something to read or room to write; silence breaks it."""
    poll = select.poll()
    poll.register(talk.sock, select.POLLIN | (select.POLLOUT if talk.has_unwritten else 0))
    if poll.poll(max(0.0, talk.patience_ends - time.monotonic()) * 1000):
        talk.turn()
    else:
        talk.fail(Broken(SendReason.SMTP_UNREACHABLE))
