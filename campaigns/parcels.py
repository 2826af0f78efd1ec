"""Parcels: whether each claimed message may leave is asked once more; those that may are rendered, with their way."""

import uuid
from collections import OrderedDict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256
from threading import Lock

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from abm.clock import FOREVER
from abm.config import Settings
from abm.connectors.mail.dialogue import Limits
from abm.connectors.mail.dkim import DkimKey, signed
from abm.connectors.mail.pool import SmtpPool
from abm.connectors.mail.return_path import write_return_path
from abm.connectors.mail.route import Route, route_for
from abm.connectors.mail.smtp import Envelope
from abm.customers.timeline import add_items
from abm.errors import BadConfiguration
from abm.guard.facts import lock_paced
from abm.guard.guard import Decision
from abm.tokens import Signer
from abm.words import GuardAnswer, MailProvider, MessageState, SendReason
from abm.work import unit_of_work
from campaigns.addressing import Recipient
from campaigns.asking_again import DoorGuard, open_door, rerouted, swap_mails
from campaigns.doors import Leaving
from campaigns.fates import put_off, withheld, withheld_items
from campaigns.feedback import feedback_id
from campaigns.limits import put_off_by_pace, read_limits
from campaigns.mails import load_stored
from campaigns.mime import is_usable
from campaigns.outbox import (
    PAUSED_PAUSE,
    Claims,
    Outgoing,
    Settled,
    load_outgoing,
    mark_decided,
    settle,
)
from campaigns.readers import with_traits
from campaigns.render import Letter, Skeleton, make_skeleton, render, subject_of
from campaigns.rerouted import leave_to_owners

KEPT_SKELETONS = 64


@dataclass(frozen=True)
class Parcel:
    """A rendered mail with its way out."""

    outgoing: Outgoing
    subject: str
    envelope: Envelope
    route: Route
    # The group of domains whose limits count for it; empty for its own domain.
    group: str = ""

    @property
    def hash(self) -> bytes:
        """What the bytes are known by afterwards."""
        return sha256(self.envelope.raw).digest()

    @property
    def domain(self) -> str:
        """Whose mail server shall have it; the local mailbox is nobody's."""
        return "" if self.route.is_local else self.outgoing.email.rpartition("@")[2].lower()

    @property
    def leaving(self) -> Leaving:
        """What is looked at before it leaves."""
        one = self.outgoing
        return Leaving(one.id, one.attempts, one.email, self.hash, self.route.is_local)


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
    # None: those that people have set.
    limits: Limits | None = None
    dkim: DkimKey | None = None


def prepare(post: Post, claims: Claims) -> list[Parcel]:
    """Ask again whether each may leave, render those; the rest is settled here."""
    with unit_of_work(post.engine) as work:
        session, at = work.session, work.at
        # When caps bite, what matters more has gone before, and of the same weight what was planned first.
        outgoing = sorted(load_outgoing(session, claims), key=lambda one: (one.priority, one.id))
        paced = lock_paced(session, {one.contact_id for one in outgoing})
        guard = open_door(session, outgoing, at, post.settings.zone)
        decisions: dict[uuid.UUID, Decision] = {}
        parcels, settled = _sort(post, session, outgoing, guard, decisions, at)
        parcels, later = _one_each(parcels, paced, at)
        parcels, slowed = _in_pace(session, parcels, at)
        mark_decided(session, [parcel.outgoing.id for parcel in parcels])
        mine = settle(session, [*settled, *later, *slowed], at)
        ours = [one for one in outgoing if one.id in mine & decisions.keys()]
        swap_mails(session, [one.id for one in ours if decisions[one.id].answer is GuardAnswer.SWAP])
        left = [rerouted(one, decisions[one.id]) for one in ours if decisions[one.id].answer is GuardAnswer.REROUTE]
        leave_to_owners(session, left, post.settings.sender_name, at, post.settings.zone)
        add_items(session, withheld_items(ours, decisions, at))
    return parcels


def _sort(
    post: Post,
    session: Session,
    outgoing: Sequence[Outgoing],
    guard: DoorGuard,
    decisions: dict[uuid.UUID, Decision],
    at: datetime,
) -> tuple[list[Parcel], list[Settled]]:
    """What leaves, and what does not with its state; what the guard says of each is noted in `decisions`."""
    parcels: list[Parcel] = []
    settled: list[Settled] = []
    people = _recipients(post, session, outgoing, at)
    for one in outgoing:
        if called_off := _called_off(one):
            settled.append(called_off)
            continue
        decisions[one.id] = guard.ask(one)
        made = _stopped(one, decisions[one.id], at) or _pack(post, session, one, people[one.id], at)
        if isinstance(made, Parcel):
            guard.note(one)
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


def _in_pace(session: Session, parcels: Sequence[Parcel], at: datetime) -> tuple[list[Parcel], list[Settled]]:
    """What leaves within the limits of its domain, and what comes later for them; the local mailbox has none."""
    limits = read_limits(session)
    counted = [replace(one, group=limits.group_of(one.domain)) for one in parcels] if limits.groups else list(parcels)
    if not limits.has_pace:
        return counted, []
    asked = [(one.domain, one.outgoing.reason == SendReason.DOMAIN_PACED) for one in counted]
    timed = list(zip(counted, put_off_by_pace(session, asked, limits, at), strict=True))
    slowed = [_slowed(parcel.outgoing, due_at) for parcel, due_at in timed if due_at]
    return [parcel for parcel, due_at in timed if due_at is None], slowed


def _slowed(one: Outgoing, due_at: datetime) -> Settled:
    return Settled(
        one.id, one.attempts, MessageState.PLANNED, SendReason.DOMAIN_PACED, due_at, tried_since=one.tried_since
    )


def _called_off(one: Outgoing) -> Settled | None:
    """What becomes of a message whose way has ended or was paused since; the guard has no say in it."""
    if one.has_left:
        return Settled(one.id, one.attempts, MessageState.CANCELLED, SendReason.LEFT)
    if one.waits_for_resuming:
        return Settled(one.id, one.attempts, MessageState.PLANNED, SendReason.PAUSED, FOREVER)
    return None


def _stopped(one: Outgoing, decision: Decision, at: datetime) -> Settled | None:
    """Why this message does not leave now, if so."""
    if one.is_archived:
        return Settled(one.id, one.attempts, MessageState.CANCELLED, SendReason.ARCHIVED)
    if decision.answer != GuardAnswer.SEND:
        return withheld(one, decision, at)
    if one.is_paused:
        return Settled(one.id, one.attempts, MessageState.PLANNED, SendReason.PAUSED, at + PAUSED_PAUSE)
    if not is_usable(one.email):
        return Settled(one.id, one.attempts, MessageState.FAILED, SendReason.ADDRESS_UNUSABLE)
    return None


def _pack(post: Post, session: Session, one: Outgoing, who: Recipient, at: datetime) -> Parcel | Settled:
    settings = post.settings
    try:
        route = route_for(one.email, one.is_sample, settings, post.mailbox_port)
    except BadConfiguration:
        by_smtp = settings.mail_provider == MailProvider.SMTP
        return put_off(one, SendReason.SMTP_UNREACHABLE if by_smtp else SendReason.PROVIDER_LOGIN, at)
    if route is None:
        return put_off(one, SendReason.NO_MAILBOX, at)
    if not route.is_local and not settings.sender_address.strip():
        # The law wants a postal address in every mail; the local mailbox is nobody's inbox.
        return put_off(one, SendReason.SENDER_INCOMPLETE, at)
    skeleton = post.skeletons.get(session, one.mail_id)
    feedback = feedback_id(one.campaign, one.sequence, one.step, settings.sender_mail)
    letter = Letter(who, one.key, one.message_id, one.counts_opens, feedback)
    raw = render(skeleton, letter, post.signer, at.astimezone(settings.zone))
    raw = seal(post, raw, route)
    return Parcel(one, subject_of(skeleton, who), Envelope(_return_path(post, one), one.email, raw), route)


def seal(post: Post, raw: bytes, route: Route) -> bytes:
    """The mail signed by us; a service writes some of the signed headers anew, and signs itself."""
    return signed(raw, post.dkim) if route.provider is MailProvider.SMTP else raw


def _return_path(post: Post, one: Outgoing) -> str:
    """Where this mail comes back to: an address of its own where a domain is kept for that."""
    domain = post.settings.bounce_domain
    return write_return_path(post.signer, one.key, domain) if domain else post.settings.sender_mail


def _recipients(post: Post, session: Session, outgoing: Sequence[Outgoing], at: datetime) -> dict[uuid.UUID, Recipient]:
    """Who each message goes to; what blocks choose by is looked up only where a mail has some."""
    plain = {one.id: recipient_of(one) for one in outgoing}
    choosing = [one for one in outgoing if post.skeletons.get(session, one.mail_id).branches]
    known = with_traits(session, {one.contact_id: plain[one.id] for one in choosing}, at)
    return plain | {one.id: known[one.contact_id] for one in choosing}


def recipient_of(one: Outgoing) -> Recipient:
    """Whom this mail addresses, as far as its names and titles say."""
    return Recipient(
        one.email, one.account_name, one.full_name, one.family_name, one.given_name, one.title, one.department
    )


def subject_for(post: Post, session: Session, one: Outgoing) -> str:
    """The subject this recipient reads."""
    return subject_of(post.skeletons.get(session, one.mail_id), recipient_of(one))
