"""Retention periods: what is dropped by itself when its time is over."""

import uuid
from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy import select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from abm.customers.erase import erase_person
from abm.customers.erased import Digests
from abm.errors import Invalid
from abm.models import AuditEntry, Retention
from abm.words import ConsentPurpose, ImportState, Kept

EVERY = timedelta(days=1)
LONGEST_DAYS = 36_500
# Raw addresses are needed while verdicts may still change; a file while somebody may want its rejected rows.
DEFAULT_DAYS: Mapping[Kept, int] = {
    Kept.NETWORK_ADDRESSES: 30,
    Kept.IMPORT_FILES: 180,
    Kept.CAUGHT_MAILS: 90,
    Kept.PROVIDER_REPORTS: 180,
    Kept.SIMULATIONS: 90,
    Kept.SILENT_CONTACTS: 0,
}
# Erasing a person takes some tenths of a second; nobody at these accounts waits longer than for so many.
BATCH = 50

DROPPING: Mapping[Kept, str] = {
    Kept.NETWORK_ADDRESSES: "update hits set ip = null where at < :before and ip is not null",
    Kept.IMPORT_FILES: (
        "update imports set content = '', file_gone = 'outlived'"
        " where created_at < :before and content <> '' and state not in (:planning, :applying)"
    ),
    Kept.CAUGHT_MAILS: "delete from caught_mails where caught_at < :before",
    # With them goes what makes a repeated report known again; their senders try again for a day at most.
    Kept.PROVIDER_REPORTS: (
        "with posts as (delete from inbound_posts where received_at < :before and state <> 'waiting')"
        " delete from provider_reports where received_at < :before"
    ),
    Kept.SIMULATIONS: "delete from simulations where asked_at < :before and state <> 'waiting'",
}
SILENT = text(
    """
    select c.id, exists (
        select from consents s where s.contact_id = c.id and s.purpose = :mail and not s.granted
    ) as refused
    from contacts c where c.archived_at is null and c.created_at < :before
      and coalesce(c.confirmed_at, c.created_at) < :before
      and coalesce(c.last_contacted_on, '-infinity'::date) < cast(:before as date)
      and not exists (select from events e where e.contact_id = c.id and e.happened_at >= :before)
      and not exists (select from timeline_items t where t.contact_id = c.id and t.happened_at >= :before)
      and not exists (select from next_actions n where n.contact_id = c.id and n.closed_at is null)
      and not exists (select from deals d where d.contact_id = c.id and d.stage not in ('won', 'lost'))
    order by c.account_id, c.id limit :limit
    """
)


def list_retentions(session: Session) -> dict[Kept, int]:
    """Days by what is kept; 0 keeps it for good."""
    kept = {Kept(row.kept): row.days for row in session.scalars(select(Retention))}
    return {what: kept.get(what, days) for what, days in DEFAULT_DAYS.items()}


def set_retention(session: Session, kept: Kept, days: int, *, by: uuid.UUID, at: datetime) -> None:
    """Keep this for so many days from now on; Invalid when that is no sensible number."""
    if not 0 <= days <= LONGEST_DAYS:
        raise Invalid(f"give days from 0 (for good) to {LONGEST_DAYS}", kept.value, "days_unreadable")
    row = insert(Retention).values(kept=kept, days=days, changed_at=at, by_user_id=by)
    changed = {"days": days, "changed_at": at, "by_user_id": by, "swept_at": None}
    session.execute(row.on_conflict_do_update(index_elements=["kept"], set_=changed))
    detail = {"kept": kept.value, "days": days}
    session.add(AuditEntry(at=at, user_id=by, act="retention.changed", subject="retention", detail=detail))


def has_outlived(session: Session, at: datetime) -> bool:
    """True once a day for everything that has a period."""
    return bool(_due(session, at))


def drop_outlived(session: Session, digests: Digests, at: datetime) -> dict[Kept, int]:
    """Drop what has outlived its period, of silent contacts a batch at a time; answers how many of each sort."""
    dropped: dict[Kept, int] = {}
    for kept, days in _due(session, at).items():
        before = at - timedelta(days=days)
        if kept is Kept.SILENT_CONTACTS:
            dropped[kept] = _erase_silent(session, before, digests, at)
        else:
            dropped[kept] = _drop(session, kept, before)
        if kept is not Kept.SILENT_CONTACTS or dropped[kept] < BATCH:
            row = insert(Retention).values(kept=kept, days=days, changed_at=at, swept_at=at)
            session.execute(row.on_conflict_do_update(index_elements=["kept"], set_={"swept_at": at}))
    return dropped


def _due(session: Session, at: datetime) -> dict[Kept, int]:
    """Days by what was not looked through within the last day, or only in what is now the future."""
    swept = {Kept(row.kept): row.swept_at for row in session.scalars(select(Retention)) if row.swept_at}
    return {
        kept: days
        for kept, days in list_retentions(session).items()
        if days > 0 and not (kept in swept and at - EVERY < swept[kept])
    }


def _drop(session: Session, kept: Kept, before: datetime) -> int:
    values = {"before": before, "planning": ImportState.PLANNING, "applying": ImportState.APPLYING}
    return len(session.execute(text(DROPPING[kept] + " returning 1"), values).all())


def _erase_silent(session: Session, before: datetime, digests: Digests, at: datetime) -> int:
    """Nobody of them asked for it: whoever is met again may be mailed again, unless they had refused."""
    people = session.execute(SILENT, {"before": before, "limit": BATCH, "mail": ConsentPurpose.MAIL}).all()
    for contact_id, refused in people:
        erase_person(session, contact_id, digests if refused else None, by=None, at=at)
    return len(people)
