"""Sending: claim, make parcels, hand them over on several connections, settle; no network inside a transaction."""

import math
import time
import uuid
from collections.abc import Collection, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress

import structlog
from sqlalchemy.exc import OperationalError, SQLAlchemyError

from abm.connectors.mail.calls import Calls
from abm.connectors.mail.dialogue import Dialogue, Ended, Limits, Offer
from abm.connectors.mail.mailbox import find_caught
from abm.connectors.mail.smtp import Fate, Outcome
from abm.crash import crash_point
from abm.customers.timeline import add_items
from abm.words import MailProvider, SendReason
from abm.work import unit_of_work
from campaigns.doors import Door
from campaigns.fates import put_off, rescued, settled_as, told
from campaigns.limits import limits_of_dialogue, read_limits
from campaigns.outbox import BATCH, Claims, claim_messages, claim_stranded, keep_claims, load_outgoing, settle
from campaigns.parcels import Parcel, Post, prepare, subject_for
from campaigns.pausing import find_pause
from campaigns.refusals import report_refusals
from campaigns.stops_first import must_wait

log = structlog.get_logger(__name__)

# More is claimed when fewer than this wait for a connection, so that none of these ever waits for a batch's last mail.
FEW = 20
# More is claimed, too, where these are all for domains that have enough under way; but no more than this in all.
MOST_HELD = 1_000
# Fates are written when so many are known, or the oldest has been known for so long: what a sender that is killed has
# not written by then is uncertain.
MOST_UNWRITTEN = 100
UNWRITTEN_SECONDS = 0.5
# Limits that were changed count within a minute.
LIMITS_AGAIN_SECONDS = 15.0
# While slow servers are waited for, new messages are looked for this often.
LOOK_AGAIN_SECONDS = 1.0
# What waits for slow servers is leased again this often, well within its lease.
KEEP_SECONDS = 40.0
# Servers and a service are both talked to only where some of the mails stay in the local mailbox.
TURN_SECONDS = 0.05
# A first batch is small: nobody knows yet how much the servers take.
FIRST_BATCH = 50
# Seconds between tries to write what became of a batch, within its lease.
RECORD_AGAIN = (0.5, 1, 2, 4, 8, 15, 30)

Outcomes = Sequence[tuple[Parcel, Outcome | None]]


def send_due(post: Post, ends: float = math.inf) -> bool:
    """Send until nothing is due; False when that takes longer than until `ends` by the monotonic clock."""
    batch, looked_at, is_empty = FIRST_BATCH, -math.inf, False
    with Run(post) as run:
        while True:
            now = time.monotonic()
            may_claim = now < ends and not run.is_shut and run.wants_more
            if may_claim and (not is_empty or now > looked_at + LOOK_AGAIN_SECONDS):
                claims, looked_at = _claim(post, batch), now
                is_empty, batch = not claims, BATCH
                run.take_in(claims)
            if not run.is_busy and (is_empty or run.is_shut or now >= ends):
                return is_empty or run.is_shut
            run.step()


def _claim(post: Post, limit: int) -> Claims:
    """Some of what is due; nothing while all sending is paused, or stops have to be heard first."""
    with unit_of_work(post.engine) as work:
        waits = find_pause(work.session) or must_wait(work.session, work.at)
        claims = {} if waits else claim_messages(work.session, work.at, limit)
    crash_point("claimed")
    return claims


class Run:
    """One sender at work: its parcels under way, and fates that are not written yet."""

    def __init__(self, post: Post) -> None:
        self._post = post
        self._parcels: dict[uuid.UUID, Parcel] = {}
        self._unwritten: list[tuple[Parcel, Outcome | None]] = []
        self._unwritten_since = 0.0
        self._limits_until = -math.inf
        self._kept_at = time.monotonic()
        self._stack = ExitStack()
        self._door = Door(post.engine)
        limits = post.limits or Limits()
        self._dialogue = Dialogue(post.pool, self._let_go, limits)
        self._calls = Calls(self._let_go, limits, post.pool.timeout)

    def __enter__(self) -> "Run":
        self._stack.enter_context(self._door)
        self._stack.enter_context(self._dialogue)
        self._stack.enter_context(self._calls)
        # What has left must be recorded as sent, or nobody would know.
        self._stack.callback(self._finish)
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    @property
    def is_busy(self) -> bool:
        """Whether a mail is under way."""
        return bool(self._parcels)

    @property
    def is_shut(self) -> bool:
        """Whether nothing may leave any more, for nobody can look whether it may."""
        return self._door.is_shut

    @property
    def wants_more(self) -> bool:
        """Whether connections are, or soon will be, without a mail that they may take."""
        if self._dialogue.waits + self._calls.waits < FEW:
            return True
        return self._dialogue.is_short and len(self._parcels) < MOST_HELD

    @property
    def limits(self) -> Limits:
        """What its connections go by now."""
        return self._dialogue.limits

    def take_in(self, claims: Claims) -> None:
        """Make parcels of these. One mail that cannot be made must not keep the others: they are tried one by one."""
        if not claims:
            return
        try:
            self.hand_over(prepare(self._post, claims))
        except OperationalError:
            # The database is away, and no mail's fault: their leases run out, and others claim them.
            raise
        except Exception as error:  # whatever a row holds, the others go out; this one waits and says why
            if len(claims) == 1:
                _put_off(self._post, claims, error)
                return
            for message_id, attempt in claims.items():
                self.take_in({message_id: attempt})

    def hand_over(self, parcels: Sequence[Parcel]) -> None:
        """Let these be on their way."""
        self._parcels.update((parcel.outgoing.id, parcel) for parcel in parcels)
        offers = [Offer(parcel.outgoing.id, parcel.route, parcel.envelope, group=parcel.group) for parcel in parcels]
        self._dialogue.add(offer for offer in offers if offer.route.provider is MailProvider.SMTP)
        self._calls.add(offer for offer in offers if offer.route.provider is not MailProvider.SMTP)
        crash_point("prepared")

    def step(self, within: float = 1.0) -> None:
        """Move everything on, and write what has been known for long enough."""
        self._heed_limits()
        self._note(self._move_on(within))
        age = time.monotonic() - self._unwritten_since
        if len(self._unwritten) >= MOST_UNWRITTEN or (self._unwritten and age > UNWRITTEN_SECONDS):
            self._write()
        if self._parcels and time.monotonic() - self._kept_at > KEEP_SECONDS:
            self._keep()

    def _keep(self) -> None:
        """Let nobody else claim what waits here, as long as this sender lives."""
        with unit_of_work(self._post.engine) as work:
            keep_claims(work.session, {key: parcel.outgoing.attempts for key, parcel in self._parcels.items()})
        self._kept_at = time.monotonic()

    def _heed_limits(self) -> None:
        """Go on by what people have set since; while the database is away, by what was known."""
        now = time.monotonic()
        if self._post.limits or self.is_shut or now < self._limits_until:
            return
        self._limits_until = now + LIMITS_AGAIN_SECONDS
        with suppress(SQLAlchemyError), unit_of_work(self._post.engine) as work:
            self._dialogue.limits = self._calls.limits = limits_of_dialogue(read_limits(work.session))

    def _move_on(self, within: float) -> list[Ended]:
        """What has ended on either way; where both are in use neither waits long for the other."""
        if not self._calls.under_way:
            return self._dialogue.step(within)
        if not self._dialogue.under_way:
            return self._calls.step(within)
        return [*self._dialogue.step(TURN_SECONDS), *self._calls.step(TURN_SECONDS)]

    def _note(self, ended: Sequence[Ended]) -> None:
        if ended and not self._unwritten:
            self._unwritten_since = time.monotonic()
        self._unwritten.extend((self._parcels.pop(key), outcome) for key, outcome in ended)

    @contextmanager
    def _let_go(self, keys: Sequence[uuid.UUID]) -> Iterator[Collection[uuid.UUID]]:
        with self._door.let_go([self._parcels[key].leaving for key in keys]) as allowed:
            yield allowed

    def _write(self) -> None:
        # Forgotten only when written: whoever is cut off in the middle of it writes again, which changes nothing.
        record(self._post, self._unwritten)
        self._unwritten = []

    def _finish(self) -> None:
        """Nothing new leaves, and what is known is written first: a process that must end has seconds.

        Only what is being taken over is waited for; what merely waits goes back. A mail whose fate was lost when this
        was cut off is under way no more: its lease runs out.
        """
        self._door.is_shut = True
        self._write()
        while self._dialogue.under_way or self._calls.under_way:
            self._dialogue.withdraw()
            self._note([*self._calls.withdraw(), *self._move_on(TURN_SECONDS)])
            self._write()


def _put_off(post: Post, claims: Claims, error: Exception) -> None:
    log.error("mail_not_made", message=str(next(iter(claims))), error=type(error).__name__)
    with unit_of_work(post.engine) as work:
        settled = [put_off(one, SendReason.NOT_MADE, work.at) for one in load_outgoing(work.session, claims)]
        settle(work.session, settled, work.at)


def record(post: Post, outcomes: Outcomes) -> None:
    """Write what became of each mail, with its line of the timeline; a database that is away is waited for."""
    if not outcomes:
        return
    crash_point("settling")
    for pause in RECORD_AGAIN:
        try:
            _record(post, outcomes)
            break
        except OperationalError as error:
            log.warning("fates_not_written", error=type(error).__name__, again_in=pause)
            time.sleep(pause)
    else:
        _record(post, outcomes)
    crash_point("settled")
    for parcel, outcome in outcomes:
        if outcome and outcome.fate != Fate.ACCEPTED:
            _log_failure(parcel, outcome)


def _record(post: Post, outcomes: Outcomes) -> None:
    with unit_of_work(post.engine) as work:
        settled = [settled_as(parcel.outgoing, outcome, work.at) for parcel, outcome in outcomes]
        mine = settle(work.session, settled, work.at)
        lines = [
            told(parcel.outgoing, parcel.subject, one, work.at)
            for (parcel, _), one in zip(outcomes, settled, strict=True)
            if parcel.outgoing.id in mine
        ]
        add_items(work.session, [line for line in lines if line])
        report_refusals(work, [(parcel, outcome) for parcel, outcome in outcomes if parcel.outgoing.id in mine])


def _log_failure(parcel: Parcel, outcome: Outcome) -> None:
    log.warning(
        "mail_not_sent",
        message=str(parcel.outgoing.id),
        fate=outcome.fate,
        reason=outcome.reason,
        code=outcome.code,
        server=f"{parcel.route.host}:{parcel.route.port}",
    )


def settle_stranded(post: Post) -> None:
    """Messages whose sender died: never left → planned again; caught → sent; else unknown, for people to see."""
    with unit_of_work(post.engine) as work:
        stranded = claim_stranded(work.session)
        if not stranded:
            return
        caught = find_caught(work.session, [one.message_id for one in stranded])
        settled = {one.id: rescued(one, one.message_id in caught, work.at) for one in stranded}
        outgoing = load_outgoing(work.session, {one.id: one.attempts for one in stranded})
        settle(work.session, list(settled.values()), work.at)
        lines = [told(one, subject_for(post, work.session, one), settled[one.id], work.at) for one in outgoing]
        add_items(work.session, [line for line in lines if line])
