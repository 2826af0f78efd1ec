"""Sending: claim, ask the guard once more, render, mark, hand over, settle; no network inside a transaction."""

import time
import uuid
from collections import OrderedDict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b
from threading import Lock
from typing import Any

import structlog
from sqlalchemy import Engine
from sqlalchemy.exc import OperationalError, SQLAlchemyError
from sqlalchemy.orm import Session

from abm.config import Settings
from abm.connectors.mail.mailbox import find_caught
from abm.connectors.mail.route import Route, route_for
from abm.connectors.mail.smtp import Envelope, Fate, Outcome, SmtpPool
from abm.customers.timeline import Item, add_items
from abm.errors import BadConfiguration
from abm.guard.facts import gather_facts, lock_paced
from abm.guard.guard import Decision, Facts, decide
from abm.tokens import Signer
from abm.words import GuardAnswer, ItemKind, MessageState, SendReason
from abm.work import unit_of_work
from campaigns.addressing import Recipient
from campaigns.mails import load_stored
from campaigns.mime import is_usable
from campaigns.moves import ASK_AGAIN, LEFT_OUT, skipped_as
from campaigns.outbox import (
    PATIENCE,
    PAUSED_PAUSE,
    Claims,
    Outgoing,
    Settled,
    Stranded,
    claim_messages,
    claim_stranded,
    load_outgoing,
    mark_leaving,
    may_leave,
    pause_after,
    settle,
)
from campaigns.render import Letter, Skeleton, make_skeleton, render, subject_of
from campaigns.stops_first import must_wait

log = structlog.get_logger(__name__)

KEPT_SKELETONS = 64
STATES = {Fate.ACCEPTED: MessageState.SENT, Fate.REFUSED: MessageState.FAILED, Fate.UNKNOWN: MessageState.UNKNOWN}
GONE = Facts(has_address=False)
# Nothing was said that concerns one mail only: the next one would fare the same.
NO_SERVER = (SendReason.SMTP_UNREACHABLE, SendReason.SMTP_LOGIN, SendReason.SMTP_UNSAFE)
# Far below the lease that `mark_leaving` takes, with room for one more slow mail.
BATCH_SECONDS = 120.0
# Seconds between tries to write what became of a batch, within its lease.
RECORD_AGAIN = (0.5, 1, 2, 4, 8, 15, 30)


@dataclass(frozen=True)
class Parcel:
    """A rendered mail with its way out."""

    outgoing: Outgoing
    subject: str
    envelope: Envelope
    route: Route

    @property
    def hash(self) -> bytes:
        """What the bytes are known by afterwards."""
        return blake2b(self.envelope.raw, digest_size=16).digest()


class Skeletons:
    """The mails being sent, prepared once per process; a published mail never changes."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._lock = Lock()
        self._kept: OrderedDict[uuid.UUID, Skeleton] = OrderedDict()

    def get(self, session: Session, mail_id: uuid.UUID) -> Skeleton:
        """The skeleton of this mail."""
        with self._lock:
            if mail_id in self._kept:
                self._kept.move_to_end(mail_id)
                return self._kept[mail_id]
        made = make_skeleton(load_stored(session, mail_id), self._settings)
        with self._lock:
            self._kept[mail_id] = made
            while len(self._kept) > KEPT_SKELETONS:
                self._kept.popitem(last=False)
        return made


@dataclass(frozen=True)
class Post:
    """What sending needs of a process: settings, tokens, connections, prepared mails, and the mailbox's port."""

    settings: Settings
    engine: Engine
    signer: Signer
    pool: SmtpPool
    skeletons: Skeletons
    mailbox_port: int


def send_next_batch(post: Post) -> bool:
    """Send some of what is due; False when nothing was, or when stops must be heard first."""
    with unit_of_work(post.engine) as work:
        claims = {} if must_wait(work.session, work.at) else claim_messages(work.session, work.at)
    if claims:
        _send_claimed(post, claims)
    return bool(claims)


def _send_claimed(post: Post, claims: Claims) -> None:
    """One mail that cannot be made must not keep the others: what fails together is tried one by one."""
    try:
        parcels = prepare(post, claims)
    except Exception as error:  # whatever a row holds, the others go out; this one waits and says why
        if len(claims) == 1:
            _put_off(post, claims, error)
            return
        for message_id, attempt in claims.items():
            _send_claimed(post, {message_id: attempt})
        return
    record(post, hand_over(post, parcels))


def _put_off(post: Post, claims: Claims, error: Exception) -> None:
    log.error("mail_not_made", message=str(next(iter(claims))), error=type(error).__name__)
    with unit_of_work(post.engine) as work:
        settled = [_later(one, SendReason.NOT_MADE, work.at) for one in load_outgoing(work.session, claims)]
        settle(work.session, settled, work.at)


def prepare(post: Post, claims: Claims) -> list[Parcel]:
    """Ask again whether each may leave, render those, mark them as leaving; the rest is settled here."""
    with unit_of_work(post.engine) as work:
        session, at = work.session, work.at
        outgoing = load_outgoing(session, claims)
        contacts = {one.contact_id for one in outgoing}
        paced = lock_paced(session, contacts)
        facts = gather_facts(session, contacts, at)
        decisions = {one.id: decide(_facts_of(post, session, one, facts)) for one in outgoing}
        parcels, settled = _sort(post, session, outgoing, decisions, at)
        parcels, later = _one_each(parcels, paced, at)
        leaving = mark_leaving(session, [(p.outgoing, p.hash, p.route.is_local) for p in parcels])
        mine = settle(session, [*settled, *later], at)
        add_items(session, _withheld_items([o for o in outgoing if o.id in mine], decisions, at))
    return [parcel for parcel in parcels if parcel.outgoing.id in leaving]


def _facts_of(post: Post, session: Session, one: Outgoing, facts: Mapping[uuid.UUID, Facts]) -> Facts:
    known = facts.get(one.contact_id, GONE)
    # Only who muted something makes us look what the mail is about.
    return known.of_mail(post.skeletons.get(session, one.mail_id).stored.topics) if known.muted_topics else known


def hand_over(post: Post, parcels: Sequence[Parcel]) -> list[tuple[Parcel, Outcome | None]]:
    """Give each mail to its server; None for one that was not: stopped in the last moment, or nobody could look.

    A server that did not answer is left alone for the rest of the batch, and a slow one cannot make the batch
    outlast its lease: what is left is tried again later.
    """
    deadline = time.monotonic() + BATCH_SECONDS
    silent: set[Route] = set()
    outcomes: dict[uuid.UUID, Outcome] = {}
    try:
        with post.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            for parcel in parcels:
                if parcel.route in silent or time.monotonic() > deadline:
                    outcomes[parcel.outgoing.id] = Outcome(Fate.DEFERRED, SendReason.SMTP_UNREACHABLE)
                elif may_leave(connection, parcel.outgoing):
                    outcome = outcomes[parcel.outgoing.id] = post.pool.send(parcel.route, parcel.envelope)
                    if outcome.reason in NO_SERVER:
                        silent.add(parcel.route)
    except SQLAlchemyError as error:
        # What has left must still be recorded as sent, or nobody would know.
        log.warning("sending_broken_off", error=type(error).__name__)
    return [(parcel, outcomes.get(parcel.outgoing.id)) for parcel in parcels]


def record(post: Post, outcomes: Sequence[tuple[Parcel, Outcome | None]]) -> None:
    """Write what became of each mail, with its line of the timeline; a database that is away is waited for."""
    for pause in RECORD_AGAIN:
        try:
            _record(post, outcomes)
            break
        except OperationalError as error:
            log.warning("fates_not_written", error=type(error).__name__, again_in=pause)
            time.sleep(pause)
    else:
        _record(post, outcomes)
    for parcel, outcome in outcomes:
        if outcome and outcome.fate != Fate.ACCEPTED:
            _log_failure(parcel, outcome)


def _record(post: Post, outcomes: Sequence[tuple[Parcel, Outcome | None]]) -> None:
    with unit_of_work(post.engine) as work:
        settled = [_fate(parcel.outgoing, outcome, work.at) for parcel, outcome in outcomes]
        mine = settle(work.session, settled, work.at)
        lines = [
            _told(parcel.outgoing, parcel.subject, one, work.at)
            for (parcel, _), one in zip(outcomes, settled, strict=True)
            if parcel.outgoing.id in mine
        ]
        add_items(work.session, [line for line in lines if line])


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
        settled = {one.id: _rescued(one, one.message_id in caught, work.at) for one in stranded}
        outgoing = load_outgoing(work.session, {one.id: one.attempts for one in stranded})
        settle(work.session, list(settled.values()), work.at)
        lines = [_told(one, _subject(post, work.session, one), settled[one.id], work.at) for one in outgoing]
        add_items(work.session, [line for line in lines if line])


def _rescued(one: Stranded, is_caught: bool, at: datetime) -> Settled:
    """The local mailbox commits before it answers, so what it lacks never arrived."""
    if is_caught:
        return Settled(one.id, one.attempts, MessageState.SENT)
    if one.is_local or not one.may_have_left:
        return Settled(one.id, one.attempts, MessageState.PLANNED, due_at=at)
    return Settled(one.id, one.attempts, MessageState.UNKNOWN, SendReason.BROKEN_OFF)


def _sort(
    post: Post,
    session: Session,
    outgoing: Sequence[Outgoing],
    decisions: Mapping[uuid.UUID, Decision],
    at: datetime,
) -> tuple[list[Parcel], list[Settled]]:
    """What leaves, and what does not with its state."""
    parcels: list[Parcel] = []
    settled: list[Settled] = []
    for one in outgoing:
        made = _stopped(one, decisions[one.id], at) or _pack(post, session, one, at)
        if isinstance(made, Parcel):
            parcels.append(made)
        else:
            settled.append(made)
    return parcels, settled


def _one_each(
    parcels: Sequence[Parcel], paced: Collection[uuid.UUID], at: datetime
) -> tuple[list[Parcel], list[Settled]]:
    """Of several mails to somebody who wants a pace one leaves; the guard is asked about the others after it."""
    leaving: list[Parcel] = []
    later: list[Settled] = []
    met: set[uuid.UUID] = set()
    for parcel in parcels:
        one = parcel.outgoing
        if one.contact_id in met:
            later.append(Settled(one.id, one.attempts, MessageState.PLANNED, due_at=at))
        else:
            leaving.append(parcel)
        if one.contact_id in paced:
            met.add(one.contact_id)
    return leaving, later


def _stopped(one: Outgoing, decision: Decision, at: datetime) -> Settled | None:
    """Why this message does not leave now, if so."""
    if one.is_archived:
        return Settled(one.id, one.attempts, MessageState.CANCELLED, SendReason.ARCHIVED)
    if decision.answer != GuardAnswer.SEND:
        return _withheld(one, decision, at)
    if one.is_paused:
        return Settled(one.id, one.attempts, MessageState.PLANNED, SendReason.PAUSED, at + PAUSED_PAUSE)
    if not is_usable(one.email):
        return Settled(one.id, one.attempts, MessageState.FAILED, SendReason.ADDRESS_UNUSABLE)
    return None


def _withheld(one: Outgoing, decision: Decision, at: datetime) -> Settled:
    """A hold at the door stays planned and is asked about again; the journey has gone on already."""
    reason = decision.reasons[0]
    if decision.answer in LEFT_OUT:
        state = skipped_as(decision.reasons)
        return Settled(one.id, one.attempts, state, reason, answer=decision.answer, reasons=decision.reasons)
    until = decision.until or at + ASK_AGAIN
    return Settled(
        one.id, one.attempts, MessageState.PLANNED, reason, until, answer=decision.answer, reasons=decision.reasons
    )


def _pack(post: Post, session: Session, one: Outgoing, at: datetime) -> Parcel | Settled:
    settings = post.settings
    try:
        route = route_for(one.email, one.is_sample, settings, post.mailbox_port)
    except BadConfiguration:
        return _later(one, SendReason.SMTP_UNREACHABLE, at)
    if route is None:
        return _later(one, SendReason.NO_MAILBOX, at)
    if not route.is_local and not settings.sender_address.strip():
        # The law wants a postal address in every mail; the local mailbox is nobody's inbox.
        return _later(one, SendReason.SENDER_INCOMPLETE, at)
    skeleton = post.skeletons.get(session, one.mail_id)
    who = _recipient(one)
    letter = Letter(who, one.key, one.message_id, one.counts_opens)
    raw = render(skeleton, letter, post.signer, at.astimezone(settings.zone))
    return Parcel(one, subject_of(skeleton, who), Envelope(settings.sender_mail, one.email, raw), route)


def _recipient(one: Outgoing) -> Recipient:
    return Recipient(
        one.email, one.account_name, one.full_name, one.family_name, one.given_name, one.title, one.department
    )


def _subject(post: Post, session: Session, one: Outgoing) -> str:
    return subject_of(post.skeletons.get(session, one.mail_id), _recipient(one))


def _fate(one: Outgoing, outcome: Outcome | None, at: datetime) -> Settled:
    if outcome is None:
        # Due at once: the guard says why, in the one place where that is said.
        return Settled(one.id, one.attempts, MessageState.PLANNED, due_at=at)
    if outcome.fate == Fate.DEFERRED:
        return _later(one, outcome.reason or SendReason.SMTP_DEFERRED, at, outcome.code)
    return Settled(one.id, one.attempts, STATES[outcome.fate], outcome.reason, code=outcome.code)


def _later(one: Outgoing, reason: SendReason, at: datetime, code: int | None = None) -> Settled:
    """Try again after a while; given up when it has been tried for days."""
    since = one.tried_since or at
    if at - since > PATIENCE:
        return Settled(one.id, one.attempts, MessageState.FAILED, SendReason.GAVE_UP, code=code)
    again_at = at + pause_after(at - since)
    return Settled(one.id, one.attempts, MessageState.PLANNED, reason, again_at, code, since)


def _withheld_items(outgoing: Sequence[Outgoing], told: Mapping[uuid.UUID, Decision], at: datetime) -> list[Item]:
    """One line per message and reason, not one per hour."""
    return [
        _line(
            one,
            ItemKind.MAIL_WITHHELD,
            at,
            {
                "answer": told[one.id].answer,
                "reasons": list(told[one.id].reasons),
                "until": None,
                "sequence": one.sequence,
                "step": one.step,
            },
        )
        for one in outgoing
        if told[one.id].answer != GuardAnswer.SEND and one.reason != told[one.id].reasons[0]
    ]


def _told(one: Outgoing, subject: str, settled: Settled, at: datetime) -> Item | None:
    """The line that tells a mail's end; one that is tried again has none yet."""
    said = {"subject": subject, "sequence": one.sequence, "step": one.step}
    if settled.state == MessageState.SENT:
        return _line(one, ItemKind.MAIL_SENT, at, said)
    if settled.state in (MessageState.FAILED, MessageState.UNKNOWN):
        return _line(one, ItemKind.MAIL_FAILED, at, {**said, "reason": settled.reason, "smtp": settled.code})
    return None


def _line(one: Outgoing, kind: ItemKind, at: datetime, detail: dict[str, Any]) -> Item:
    return Item(
        kind=kind,
        account_id=one.account_id,
        department_id=one.department_id,
        contact_id=one.contact_id,
        happened_at=at,
        subject_id=one.id,
        detail=detail,
    )
