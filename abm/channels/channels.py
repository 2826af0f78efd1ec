"""Channels: adding, changing and taking them away, their secrets, their health, and sending again."""

import secrets
import uuid
from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from abm.channels.fates import is_worn_out
from abm.channels.planning import change_rows, plan_channel, read_changes
from abm.channels.sealed import address_of, keep_address, keep_secrets, seal_anew, secrets_of
from abm.connectors.chat import slack, teams
from abm.connectors.posting import read_url
from abm.errors import Conflict, Invalid, NotFound
from abm.models import AuditEntry, Channel, Delivery, Notice, TaskChange, User
from abm.seal import Seal
from abm.words import ChannelKind, DeliveryReason, DeliveryState, Language, NoticeKind, Role, TaskEvent

# Standard Webhooks asks for 24 to 64 bytes.
SECRET_BYTES = 32
LONGEST_TITLE = 80
ACCEPTS = {ChannelKind.SLACK: slack.accepts, ChannelKind.TEAMS: teams.accepts}
ENDED = (DeliveryState.SENT, DeliveryState.FAILED, DeliveryState.SKIPPED, DeliveryState.UNKNOWN)
NOT_ARRIVED = (DeliveryState.FAILED, DeliveryState.SKIPPED, DeliveryState.UNKNOWN)


@dataclass(frozen=True)
class Wish:
    """A channel as its form holds it; no events chosen means all of them."""

    kind: ChannelKind
    title: str
    url: str
    events: Sequence[TaskEvent]
    language: Language


@dataclass(frozen=True)
class Entering:
    """Who enters something when, which addresses this installation allows, and what secrets are sealed with."""

    by: uuid.UUID
    at: datetime
    seal: Seal
    allow_private: bool = False


def add_channel(session: Session, wish: Wish, entering: Entering) -> Channel:
    """A new channel; a webhook gets a secret, which is shown once."""
    _check(wish, allow_private=entering.allow_private)
    channel = Channel(
        kind=wish.kind,
        title=wish.title.strip(),
        events=[event.value for event in wish.events],
        language=wish.language,
        created_at=entering.at,
        created_by=entering.by,
    )
    keep_address(channel, wish.url.strip(), entering.seal)
    keep_secrets(channel, [new_secret()] if wish.kind is ChannelKind.WEBHOOK else [], entering.seal)
    session.add(channel)
    session.flush()
    _audit(session, "channel.added", channel, entering.by, entering.at)
    return channel


def change_channel(session: Session, channel_id: uuid.UUID, wish: Wish, entering: Entering) -> Channel:
    """What it listens to, and where it is; an empty address keeps the one it has."""
    channel = get_channel(session, channel_id, lock=True)
    url = wish.url.strip() or address_of(channel, entering.seal)
    wanted = Wish(ChannelKind(channel.kind), wish.title, url, wish.events, wish.language)
    _check(wanted, allow_private=entering.allow_private)
    keep_address(channel, url, entering.seal)
    channel.title, channel.language = wish.title.strip(), wish.language
    channel.events = [event.value for event in wish.events]
    _audit(session, "channel.changed", channel, entering.by, entering.at)
    return channel


def rotate_secret(session: Session, channel_id: uuid.UUID, entering: Entering) -> Channel:
    """A new secret; the one before signs beside it for a day, so that the receiver can change over."""
    channel = get_channel(session, channel_id, lock=True)
    if channel.kind != ChannelKind.WEBHOOK:
        raise Conflict("only webhooks are signed", "no_secret")
    keep_secrets(channel, [new_secret(), *secrets_of(channel, entering.seal)[:1]], entering.seal)
    channel.rotated_at = entering.at
    _audit(session, "channel.secret_rotated", channel, entering.by, entering.at)
    return channel


def remove_channel(session: Session, channel_id: uuid.UUID, *, by: uuid.UUID, at: datetime) -> None:
    """Nothing is sent there any more; what was sent stays to be looked at."""
    channel = get_channel(session, channel_id, lock=True)
    channel.archived_at, channel.url, channel.secrets = at, "", []
    _drop_planned(session, channel)
    _audit(session, "channel.removed", channel, by, at)


def enable_channel(session: Session, channel_id: uuid.UUID, *, by: uuid.UUID, at: datetime) -> Channel:
    """Let a channel that was switched off take deliveries again."""
    channel = get_channel(session, channel_id, lock=True)
    channel.disabled_at = channel.disabled_because = channel.failing_since = None
    _audit(session, "channel.enabled", channel, by, at)
    return channel


def get_channel(session: Session, channel_id: uuid.UUID, *, lock: bool = False) -> Channel:
    """A channel that was not taken away, or NotFound."""
    channel = session.get(Channel, channel_id, populate_existing=True, with_for_update=lock or None)
    if channel is None or channel.archived_at is not None:
        raise NotFound("no such channel")
    return channel


def note_try(
    session: Session, channel_id: uuid.UUID, reason: DeliveryReason | None, at: datetime, *, is_taken: bool, seal: Seal
) -> None:
    """Remember how a channel does; one that has taken nothing for days is switched off, and administrators are told."""
    channel = session.get(Channel, channel_id, populate_existing=True, with_for_update=True)
    if channel is None or channel.disabled_at is not None:
        return
    seal_anew(channel, seal)
    if is_taken:
        channel.failing_since = None
        return
    channel.failing_since = channel.failing_since or at
    if is_worn_out(channel.failing_since, reason, at):
        channel.disabled_at, channel.disabled_because = at, reason
        _drop_planned(session, channel)
        _tell_administrators(session, channel, at)
        _audit(session, "channel.disabled", channel, None, at, reason=reason)


def send_again(session: Session, delivery_id: uuid.UUID, *, by: uuid.UUID, at: datetime) -> Delivery:
    """Make this delivery once more, under the same id; Conflict while it is under way."""
    delivery = session.get(Delivery, delivery_id, populate_existing=True, with_for_update=True)
    if delivery is None or delivery.channel_id is None:
        raise NotFound("no such delivery")
    channel = _taking(session, delivery.channel_id)
    if delivery.state not in ENDED:
        raise Conflict("this delivery is under way", "under_way")
    _plan_again(session, [delivery.id], at)
    _audit(session, "channel.sent_again", channel, by, at, deliveries=1)
    return delivery


def send_all_again(
    session: Session, channel_id: uuid.UUID, since: datetime, *, also_sent: bool, by: uuid.UUID, at: datetime
) -> int:
    """Make all deliveries of changes since then that did not arrive, or were never planned; answers how many."""
    channel = _taking(session, channel_id)
    states = ENDED if also_sent else NOT_ARRIVED
    made = select(Delivery.id).join(TaskChange, TaskChange.id == Delivery.change_id)
    made = made.where(Delivery.channel_id == channel.id, TaskChange.at >= since, Delivery.state.in_(states))
    again = session.scalars(made).all()
    # Changes of a time in which the channel was off, or not there.
    told = change_rows().where(TaskChange.at >= since, TaskChange.told_at.is_not(None))
    missed = plan_channel(session, channel, read_changes(session, told), at)
    _plan_again(session, again, at)
    _audit(session, "channel.sent_again", channel, by, at, deliveries=len(again) + missed)
    return len(again) + missed


def masked(url: str) -> str:
    """An address by which one tells it again, but cannot use it."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.hostname or ''}/…{url[-4:]}"


def new_secret() -> str:
    """A fresh secret, written as Standard Webhooks wants it."""
    return "whsec_" + b64encode(secrets.token_bytes(SECRET_BYTES)).decode()


def _check(wish: Wish, *, allow_private: bool) -> None:
    if not wish.title.strip() or len(wish.title.strip()) > LONGEST_TITLE:
        raise Invalid(f"give the channel a name of at most {LONGEST_TITLE} signs", "title", "channel_title")
    url = wish.url.strip()
    if read_url(url, allow_private=allow_private) is None:
        raise Invalid("the address must begin with https:// and hold no password", "url", "channel_url")
    accepts = ACCEPTS.get(wish.kind)
    if accepts and not allow_private and not accepts(url):
        raise Invalid(f"this is no address of an incoming webhook of {wish.kind}", "url", f"channel_{wish.kind}")


def _taking(session: Session, channel_id: uuid.UUID) -> Channel:
    channel = get_channel(session, channel_id, lock=True)
    if channel.disabled_at is not None:
        raise Conflict("the channel is switched off: switch it on first", "channel_off")
    return channel


def _plan_again(session: Session, ids: Sequence[uuid.UUID], at: datetime) -> None:
    fresh = {"state": DeliveryState.PLANNED, "reason": None, "due_at": at, "leased_until": None}
    again = update(Delivery).where(Delivery.id.in_(ids), Delivery.state.in_(ENDED))
    session.execute(again.values(**fresh, attempts=0, tried_since=None, done_at=None))


def _drop_planned(session: Session, channel: Channel) -> None:
    waiting = update(Delivery).where(Delivery.channel_id == channel.id, Delivery.state == DeliveryState.PLANNED)
    session.execute(waiting.values(state=DeliveryState.FAILED, reason=DeliveryReason.CHANNEL_OFF))


def _tell_administrators(session: Session, channel: Channel, at: datetime) -> None:
    admins = session.scalars(select(User.id).where(User.role == Role.ADMIN, User.disabled_at.is_(None)))
    detail = {"channel": channel.title, "kind": channel.kind}
    rows = [{"user_id": user, "kind": NoticeKind.CHANNEL_OFF.value, "at": at, "detail": detail} for user in admins]
    if rows:
        session.execute(insert(Notice), rows)


def _audit(session: Session, act: str, channel: Channel, by: uuid.UUID | None, at: datetime, **detail: Any) -> None:
    """Who did what to which channel; never its address or secrets."""
    said = {"title": channel.title, "kind": channel.kind, **detail}
    entry = AuditEntry(at=at, user_id=by, act=act, subject="channel", subject_id=channel.id, detail=said)
    session.add(entry)
