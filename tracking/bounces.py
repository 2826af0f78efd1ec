"""Mails that came back, taken: each is kept as reports, once, and has the effects that reports of providers have."""

import uuid
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from hashlib import blake2b

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from abm.connectors.mail.return_path import find_message_key
from abm.connectors.provider_event import ProviderEvent
from abm.models import InboundPost, Message
from abm.tokens import Signer
from abm.words import BounceKind, BounceStrength, PostReason, PostState, ProviderEventKind
from tracking.bounce import Reading, Recipient
from tracking.effects import Outcomes, Standards, apply_reports
from tracking.reports import Told, keep_reports, locate, settle

MAIL = "mail"
KINDS = {
    BounceKind.BOUNCE: ProviderEventKind.BOUNCED,
    BounceKind.DELAY: ProviderEventKind.DEFERRED,
    BounceKind.COMPLAINT: ProviderEventKind.COMPLAINED,
}
DIGEST_BYTES = 16


def take_bounce(
    session: Session,
    reading: Reading,
    at: datetime,
    source: str = MAIL,
    *,
    raw: bytes = b"",
    standards: Standards | None = None,
) -> Outcomes:
    """Let a reading have its effects; the same one again has none.

    A reading is told from others by the mail it is about; where that has no Message-ID, by the bytes it was read from.
    """
    fresh = keep_reports(session, told_by(reading, at, source, raw))
    outcomes = apply_reports(session, locate(session, fresh), standards)
    settle(session, outcomes)
    return outcomes


def told_by(reading: Reading, at: datetime, source: str = MAIL, raw: bytes = b"") -> list[Told]:
    """What a reading says of each address; nothing when it is no bounce, delay or complaint."""
    return [_told(source, event, at) for event in _events(reading, at, raw)]


def with_return_path(session: Session, reading: Reading, signer: Signer, raw: bytes) -> Reading:
    """The reading with the Message-ID of the mail whose own return path it came to; only we can have written that."""
    key = find_message_key(signer, raw)
    found = key and session.scalar(select(Message.message_id).where(Message.key == key))
    return replace(reading, message_id=found) if found else reading


def keep_unread(session: Session, raw: bytes, at: datetime) -> None:
    """Keep a mail that nobody could make sense of, once, for people to look at."""
    values = {
        "hit_id": uuid.uuid5(uuid.NAMESPACE_URL, f"mail:{_digest(raw)}"),
        "source": MAIL,
        "received_at": at,
        "body": raw,
        "state": PostState.FAILED,
        "reason": PostReason.UNREADABLE,
    }
    session.execute(insert(InboundPost).values(**values).on_conflict_do_nothing())


def _events(reading: Reading, at: datetime, raw: bytes) -> Iterator[ProviderEvent]:
    kind = KINDS.get(reading.kind)
    if kind is None:
        return
    for one in reading.recipients:
        yield _event(reading, kind, one, at, raw)
    if not reading.recipients and reading.message_id:
        # Whom it is about was left out; whom the mail went to is known here.
        yield _event(reading, kind, None, at, raw)


def _event(reading: Reading, kind: ProviderEventKind, one: Recipient | None, at: datetime, raw: bytes) -> ProviderEvent:
    if kind is ProviderEventKind.BOUNCED and one and one.strength is None:
        kind = ProviderEventKind.DEFERRED
    address = one.address if one else ""
    about = reading.message_id or _digest(raw)
    return ProviderEvent(
        kind=kind,
        id=_digest(f"{about} {kind.value} {address.lower()}".encode()),
        at=at,
        address=address,
        message_id=reading.message_id or "",
        hard=one is not None and one.strength is BounceStrength.HARD,
        reason=one.reason.value if one else "",
        status=(one.status if one else None) or "",
    )


def _told(source: str, event: ProviderEvent, at: datetime) -> Told:
    return Told(source, uuid.uuid5(uuid.NAMESPACE_URL, f"{source}:{event.id}"), at, event)


def _digest(raw: bytes) -> str:
    return blake2b(raw, digest_size=DIGEST_BYTES).hexdigest()
