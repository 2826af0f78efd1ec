"""A person's preferences in the database: what is known of them, and what a visit of their page changes."""

import json
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, select, text
from sqlalchemy.orm import Session

from abm.customers.freshness import mark_stale
from abm.models import AuditEntry, Contact
from abm.words import ConsentBasis, ConsentPurpose, ItemKind, Pace, StaleReason
from tracking.wishes import News, Wanted, Wish, fold, from_detail, to_detail

ACT = "contact.preferences"
STALE = {News.MOVED: StaleReason.MOVED, News.LEFT: StaleReason.LEFT_COMPANY}

# A test send speaks for nobody; a merged person is who they are now.
_WHO = text(
    """
    select coalesce(c.merged_into_id, c.id) from messages m join contacts c on c.id = m.contact_id
    where m.key = :key and not m.is_test and c.erased_at is null
    """
)
_SAID = text(
    """
    select h.at, h.id, h.detail from hits h join messages m on m.key = h.message_key
    join contacts c on c.id = m.contact_id
    where coalesce(c.merged_into_id, c.id) = :contact and h.kind = 'preferences'
    """
)
_KNOWN = text(
    """
    select coalesce(p.pace, 'any') as pace, p.paused_until, coalesce(p.muted_topics, '{}') as muted,
        coalesce((select o.granted from consents o where o.contact_id = c.id and o.purpose = 'open_tracking'
                  order by o.at desc, o.granted limit 1), false) as open_tracking
    from contacts c left join preferences p on p.contact_id = c.id where c.id = :contact
    """
)
# What mail is about: the topics of the links that went out, those of files among them.
_TOPICS = text(
    """
    select distinct topic from (
        select unnest(topics) as topic from links union select unnest(topics) from assets
    ) t order by topic limit :most
    """
)
_KEEP = text(
    """
    insert into preferences (contact_id, pace, paused_until, muted_topics, said_at, hit_id)
    values (:contact, :pace, :paused_until, :muted, :at, :hit)
    on conflict (contact_id) do update set pace = excluded.pace, paused_until = excluded.paused_until,
        muted_topics = excluded.muted_topics, said_at = excluded.said_at, hit_id = excluded.hit_id
    """
)
# Once a hit, however often it is applied.
_CONSENT = text(
    """
    with said as (
        insert into consents (id, contact_id, purpose, granted, basis, evidence, at)
        values (:id, :contact, :purpose, :granted, :basis, :evidence, :at) on conflict (id) do nothing returning id
    )
    insert into timeline_items (account_id, department_id, contact_id, kind, happened_at, body, detail)
    select c.account_id, c.department_id, c.id, :item, :at, :evidence, cast(:detail as jsonb)
    from contacts c, said where c.id = :contact
    """
)
_PENDING = text(
    "select id, at, message_key, detail from hits where id = any(:ids) and kind = 'preferences' order by at, id"
)


@dataclass(frozen=True)
class Known:
    """What the page shows as it is now."""

    pace: Pace
    paused_until: datetime | None
    muted: frozenset[str]
    open_tracking: bool
    topics: tuple[str, ...]


def known_preferences(session: Session, message_key: bytes, most_topics: int = 50) -> Known | None:
    """What we know of the recipient of a message; None for a test send or somebody who is gone."""
    contact = session.scalar(_WHO, {"key": message_key})
    if contact is None:
        return None
    row = session.execute(_KNOWN, {"contact": contact}).one()
    topics = tuple(session.scalars(_TOPICS, {"most": most_topics}))
    return Known(Pace(row.pace), row.paused_until, frozenset(row.muted), row.open_tracking, topics)


def apply_wish(session: Session, hit_id: str, message_key: bytes, wish: Wish, at: datetime) -> None:
    """Do what a visit of the page asked for; doing it again, or in another order, ends the same."""
    contact = _lock_recipient(session, message_key)
    if contact is None:
        return
    said = [(row.at, str(row.id), from_detail(row.detail)) for row in _said(session, contact.id)]
    if hit_id not in {id_ for _, id_, _ in said}:
        said.append((at, hit_id, wish))
    _keep(session, contact.id, fold(said), *max(one[:2] for one in said))
    if _was_applied(session, contact.id, hit_id):
        return
    if wish.open_tracking is not None:
        _say_consent(session, contact.id, hit_id, wish.open_tracking, at)
    if wish.news and (contact.confirmed_at is None or contact.confirmed_at < at):
        mark_stale(session, contact.id, STALE[wish.news], by=None, at=at)
    detail = {"hit": hit_id, **to_detail(wish)}
    session.add(AuditEntry(at=at, user_id=None, act=ACT, subject="contact", subject_id=contact.id, detail=detail))
    session.flush()


def apply_pending(session: Session, hit_ids: Sequence[uuid.UUID]) -> None:
    """Apply those of these hits that are visits of the preferences page."""
    for row in session.execute(_PENDING, {"ids": list(hit_ids)}).all():
        if row.message_key:
            apply_wish(session, str(row.id), bytes(row.message_key), from_detail(row.detail), row.at)


def _lock_recipient(session: Session, message_key: bytes) -> Contact | None:
    contact = session.scalar(_WHO, {"key": message_key})
    living = select(Contact).where(Contact.id == contact, Contact.archived_at.is_(None))
    return session.scalar(living.with_for_update()) if contact else None


def _said(session: Session, contact: uuid.UUID) -> Sequence[Row[tuple[Any, ...]]]:
    return session.execute(_SAID, {"contact": contact}).all()


def _keep(session: Session, contact: uuid.UUID, wanted: Wanted, at: datetime, hit_id: str) -> None:
    values = {
        "contact": contact,
        "pace": wanted.pace.value,
        "paused_until": wanted.paused_until,
        "muted": sorted(wanted.muted),
        "at": at,
        "hit": hit_id,
    }
    session.execute(_KEEP, values)


def _was_applied(session: Session, contact: uuid.UUID, hit_id: str) -> bool:
    done = select(AuditEntry.id).where(
        AuditEntry.subject == "contact",
        AuditEntry.subject_id == contact,
        AuditEntry.act == ACT,
        AuditEntry.detail["hit"].astext == hit_id,
    )
    return session.scalar(done.limit(1)) is not None


def _say_consent(session: Session, contact: uuid.UUID, hit_id: str, granted: bool, at: datetime) -> None:
    basis = ConsentBasis.OPT_IN.value if granted else None
    detail = {"granted": granted, "basis": basis, "purpose": ConsentPurpose.OPEN_TRACKING.value}
    values = {
        "id": uuid.uuid5(uuid.UUID(hit_id), "open tracking"),
        "contact": contact,
        "purpose": ConsentPurpose.OPEN_TRACKING.value,
        "granted": granted,
        "basis": basis,
        "evidence": f"preferences page, hit {hit_id}",
        "at": at,
        "item": ItemKind.CONSENT_CHANGED.value,
        "detail": json.dumps(detail),
    }
    session.execute(_CONSENT, values)
