"""Delivering: claim, look once more, mark, hand over, settle; no network inside a transaction."""

import random
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import structlog
from sqlalchemy.exc import OperationalError

from abm.channels.channels import note_try
from abm.channels.fates import Settled, Try, rescue, settle_try
from abm.channels.letters import make_letter, message_id_of
from abm.channels.outbox import Stranded, claim_deliveries, claim_stranded, mark_leaving, put_back, settle
from abm.channels.posts import make_post, make_step_post, read_posted
from abm.channels.told import Reader, StepTold, Target, Told, load_step_told, load_told
from abm.clock import host_time
from abm.config import Settings
from abm.connectors.mail.calls import hand_over
from abm.connectors.mail.mailbox import find_caught
from abm.connectors.mail.pool import SmtpPool
from abm.connectors.mail.route import route_for
from abm.connectors.mail.smtp import Fate
from abm.connectors.posting import Posted, post
from abm.tokens import Signer
from abm.words import OPEN_TASK_STATES, ChannelKind, DeliveryReason, DeliveryState, SendReason, TaskEvent
from abm.work import Work, unit_of_work

log = structlog.get_logger(__name__)

# A receiver that did not answer is left alone for the rest of the batch.
LEAVE_ALONE = (DeliveryReason.UNREACHABLE, DeliveryReason.TIMED_OUT, DeliveryReason.UNSAFE)
# Seconds between tries to write what became of a delivery, within its lease.
RECORD_AGAIN = (0.5, 1, 2, 4, 8, 15, 30)
# What to tell of while it lasts: an owner who has answered already needs no reminder.
ONLY_WHILE_OPEN = (
    TaskEvent.ASSIGNED,
    TaskEvent.REASSIGNED,
    TaskEvent.REMINDED,
    TaskEvent.ESCALATED,
    TaskEvent.WOKEN,
)
SMTP_REASONS = {
    SendReason.SMTP_REFUSED: DeliveryReason.REFUSED,
    SendReason.SMTP_UNSAFE: DeliveryReason.UNSAFE,
    SendReason.SMTP_LOGIN: DeliveryReason.NO_SERVER,
    SendReason.SMTP_UNREACHABLE: DeliveryReason.NO_SERVER,
    SendReason.SMTP_DEFERRED: DeliveryReason.TOO_MANY,
    SendReason.PROVIDER_UNREACHABLE: DeliveryReason.NO_SERVER,
    SendReason.PROVIDER_LOGIN: DeliveryReason.NO_SERVER,
    SendReason.PROVIDER_BUSY: DeliveryReason.TOO_MANY,
    SendReason.PROVIDER_REFUSED: DeliveryReason.REFUSED,
    SendReason.PROVIDER_SUPPRESSED: DeliveryReason.REFUSED,
    SendReason.BROKEN_OFF: DeliveryReason.BROKEN_OFF,
}

# What is ready to leave: calling it is the only network there is.
Ready = Callable[[], Posted]


@dataclass(frozen=True)
class Outlet:
    """What delivering needs of a process."""

    settings: Settings
    signer: Signer
    pool: SmtpPool
    mailbox_port: int


@dataclass(frozen=True)
class Attempt:
    """One attempt at a delivery: what was told, if that much was known, what became of it, and how long that took."""

    delivery_id: uuid.UUID
    number: int
    told: Told | StepTold | None
    posted: Posted
    milliseconds: int | None = None


def deliver_next_batch(outlet: Outlet) -> bool:
    """Make some of the deliveries that are due; False when none was."""
    with unit_of_work() as work:
        claims = claim_deliveries(work.session, work.at)
    silent: set[uuid.UUID] = set()
    for delivery_id, attempts in claims.items():
        try:
            _deliver(outlet, delivery_id, attempts, silent)
        except OperationalError:
            raise
        except Exception as error:  # whatever a row holds, the others go out; this one waits and says why
            log.error("delivery_not_made", delivery=str(delivery_id), error=type(error).__name__)
            _record(outlet, Attempt(delivery_id, attempts, None, Posted(Fate.DEFERRED, DeliveryReason.NOT_MADE)))
    return bool(claims)


def settle_stranded(outlet: Outlet) -> None:
    """Deliveries whose sender died: never left, or known by its id → again; caught → sent; else unknown."""
    with unit_of_work() as work:
        stranded = claim_stranded(work.session)
        local = {message_id_of(one.id, outlet.settings): one.id for one in stranded if one.is_local}
        caught = {local[found] for found in find_caught(work.session, list(local))} if local else set()
        for one in stranded:
            settled = _rescued(one, one.id in caught, work.at)
            note = {"ms": None, "status": None} if settled.state is not DeliveryState.PLANNED else {}
            settle(work.session, one.id, one.attempts, settled, work.at, **note)


def _rescued(one: Stranded, is_caught: bool, at: datetime) -> Settled:
    """The local mailbox commits before it answers, so what it lacks never arrived."""
    return rescue(
        is_leaving=one.is_leaving,
        is_repeatable=one.kind == ChannelKind.WEBHOOK,
        is_caught=is_caught if one.kind is None and one.is_local else None,
        at=at,
    )


def _deliver(outlet: Outlet, delivery_id: uuid.UUID, attempts: int, silent: set[uuid.UUID]) -> None:
    with unit_of_work() as work:
        told = _load(outlet, work, delivery_id, attempts)
        if told is None:
            return
        if told.target and told.target.id in silent:
            put_back(work.session, delivery_id, attempts, work.at)
            return
        ready = _prepare(outlet, work, told)
    if ready is None:
        return
    began = time.monotonic()
    posted = ready()
    if told.target and posted.reason in LEAVE_ALONE:
        silent.add(told.target.id)
    _record(outlet, Attempt(delivery_id, attempts, told, posted, round((time.monotonic() - began) * 1000)))


def _load(outlet: Outlet, work: Work, delivery_id: uuid.UUID, attempts: int) -> Told | StepTold | None:
    """What a delivery tells: a change of a task, or what a step of a sequence says."""
    asked = (work.session, delivery_id, attempts, work.at, outlet.signer.seal)
    return load_told(*asked) or load_step_told(*asked)


def _prepare(outlet: Outlet, work: Work, told: Told | StepTold) -> Ready | None:
    """What is ready to leave, marked as leaving; None when it does not: skipped, or somebody else's by now."""
    if skipped := _skipped(told):
        settle(work.session, told.id, told.attempts, Settled(DeliveryState.SKIPPED, skipped), work.at)
        return None
    if told.target:
        ready, is_local = _ready_post(outlet, work, told, told.target), False
    else:
        assert isinstance(told, Told)
        assert told.reader is not None
        ready, is_local = _ready_mail(outlet, work, told, told.reader)
    return ready if mark_leaving(work.session, told.id, told.attempts, work.at, is_local=is_local) else None


def _skipped(told: Told | StepTold) -> DeliveryReason | None:
    """Why this is not told any more."""
    if told.target:
        return DeliveryReason.CHANNEL_OFF if told.target.is_off else None
    assert isinstance(told, Told)
    if told.reader is None or told.reader.is_disabled:
        return DeliveryReason.NOBODY
    if not told.reader.wants_mails:
        return DeliveryReason.UNWANTED
    if told.event in ONLY_WHILE_OPEN and told.state not in OPEN_TASK_STATES:
        return DeliveryReason.MOVED_ON
    return None


def _ready_post(outlet: Outlet, work: Work, told: Told | StepTold, target: Target) -> Ready:
    if isinstance(told, StepTold):
        parcel = make_step_post(told, outlet.settings, host_time())
    else:
        parcel = make_post(work.session, told, target, outlet.settings, host_time())
    allow_private = outlet.settings.allow_private_targets
    return lambda: read_posted(target, post(parcel, allow_private=allow_private))


def _ready_mail(outlet: Outlet, work: Work, told: Told, reader: Reader) -> tuple[Ready, bool]:
    route = route_for(reader.email, reader.is_sample, outlet.settings, outlet.mailbox_port)
    if route is None:
        return lambda: Posted(Fate.DEFERRED, DeliveryReason.NO_SERVER), True
    envelope = make_letter(told, reader, outlet.settings, outlet.signer, work.at.astimezone(outlet.settings.zone))

    def send() -> Posted:
        outcome = hand_over(outlet.pool, route, envelope)
        reason = SMTP_REASONS.get(outcome.reason) if outcome.reason else None
        return Posted(outcome.fate, reason, outcome.code)

    return send, route.is_local


def _record(outlet: Outlet, attempt: Attempt) -> None:
    """Write what became of it; a database that is away is waited for, for what has left must be known as sent."""
    for pause in RECORD_AGAIN:
        try:
            _write(outlet, attempt)
            return
        except OperationalError as error:
            log.warning("delivery_not_written", error=type(error).__name__, again_in=pause)
            time.sleep(pause)
    _write(outlet, attempt)


def _write(outlet: Outlet, attempt: Attempt) -> None:
    posted, told = attempt.posted, attempt.told
    target = told.target if told else None
    with unit_of_work() as work:
        tried = Try(
            is_taken=posted.fate is Fate.ACCEPTED,
            is_final=posted.fate is Fate.REFUSED,
            is_uncertain=posted.fate is Fate.UNKNOWN,
            is_repeatable=target is not None and target.kind is ChannelKind.WEBHOOK,
            reason=posted.reason,
            attempts=attempt.number,
            tried_since=told.tried_since if told else None,
            wait=posted.wait,
        )
        # Jitter, not secrecy: receivers that come back are not met by everybody at once.
        settled = settle_try(tried, work.at, random.random())
        note = {"status": posted.status, "ms": attempt.milliseconds}
        settle(work.session, attempt.delivery_id, attempt.number, settled, work.at, **note)
        if target:
            seal = outlet.signer.seal
            note_try(work.session, target.id, posted.reason, work.at, is_taken=tried.is_taken, seal=seal)
    if not tried.is_taken:
        log.warning("delivery_failed", delivery=str(attempt.delivery_id), reason=posted.reason, status=posted.status)
