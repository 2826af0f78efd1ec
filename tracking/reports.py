"""Reports of providers as rows: each kept once, found again with whom they are about, and settled."""

import json
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from abm.connectors.provider_event import ProviderEvent
from abm.words import Applied, ProviderEventKind

_KEEP = text(
    """
    insert into provider_reports (source, event_id, hit_id, kind, at, received_at, address, message_id, hard,
                                  reason, status, detail)
    select source, event_id, hit_id, kind, least(at, received_at), received_at, nullif(address, ''),
           nullif(message_id, ''), hard, reason, status,
           -- A clock may be ahead a little; what lies beyond was told wrong, and is kept as it was told.
           case when at > received_at + interval '1 day' then detail || jsonb_build_object('told_at', at)
               else detail end
    from jsonb_to_recordset(cast(:rows as jsonb)) as v (
        source text, event_id text, hit_id uuid, kind text, at timestamptz, received_at timestamptz, address text,
        message_id text, hard boolean, reason text, status text, detail jsonb)
    order by source, event_id
    on conflict (source, event_id) do nothing returning id
    """
)
# Whom a report is about: whose address it is now, whose it was before a merge, or to whom the mail went.
_LOCATE = text(
    """
    select r.id, r.source, r.event_id, r.hit_id, r.kind, r.at, r.received_at, r.address, r.message_id, r.hard,
           r.reason, r.status, r.detail, m.id as mail_id, m.key as mail_key, m.email as mail_address,
           p.id as person, p.email, p.account_id, p.department_id
    from provider_reports r
    left join messages m on m.message_id = r.message_id and not m.is_test
    left join lateral (
        select c.id, c.email, c.account_id, c.department_id, 1 as place
        from contacts c where c.email = r.address and c.archived_at is null
        union all
        select k.id, k.email, k.account_id, k.department_id, 2
        from contacts c join contacts k on k.id = c.merged_into_id and k.archived_at is null
        where c.email = r.address and c.merged_into_id is not null
        union all
        select c.id, c.email, c.account_id, c.department_id, 3
        from contacts c where c.id = m.contact_id and c.archived_at is null
        order by place limit 1
    ) p on true
    where r.id = any(:ids) order by r.at, r.event_id
    """
)
# An address is kept only while it is nobody's.
_SETTLE = text(
    """
    update provider_reports r set applied = v.applied, contact_id = v.person,
        address = case when v.person is null then r.address end
    from jsonb_to_recordset(cast(:rows as jsonb)) as v (id uuid, applied text, person uuid) where r.id = v.id
    """
)
_NOBODYS = text(
    """
    select r.id from provider_reports r
    where r.applied = :nobody and (cast(:source as text) is null or r.source = :source) and exists (
        select from contacts c where c.email = r.address and (c.archived_at is null or c.merged_into_id is not null)
    )
    order by r.id limit :limit
    """
)


@dataclass(frozen=True)
class Told:
    """An event as it was read from a post."""

    source: str
    hit_id: uuid.UUID
    received_at: datetime
    event: ProviderEvent


@dataclass(frozen=True)
class Person:
    """The contact whom a report is about, and where that contact belongs."""

    id: uuid.UUID
    email: str | None
    account_id: uuid.UUID
    department_id: uuid.UUID | None


@dataclass(frozen=True)
class Mail:
    """The mail of ours that a report is about."""

    id: uuid.UUID
    key: bytes
    address: str


@dataclass(frozen=True)
class Report:
    """One report with whom and what it is about, as far as we know."""

    id: uuid.UUID
    source: str
    event_id: str
    hit_id: uuid.UUID
    kind: ProviderEventKind
    at: datetime
    address: str
    message_id: str
    hard: bool
    reason: str
    status: str
    detail: Mapping[str, Any]
    mail: Mail | None
    person: Person | None

    @property
    def evidence(self) -> str:
        """By what it is found again."""
        return f"report {self.event_id} of {self.source}"


def keep_reports(session: Session, told: Iterable[Told]) -> list[uuid.UUID]:
    """Keep what was told; answers the ids of what we had not been told before."""
    rows = [_row(one) for one in told]
    return list(session.scalars(_KEEP, {"rows": json.dumps(rows)})) if rows else []


def locate(session: Session, ids: Sequence[uuid.UUID]) -> list[Report]:
    """These reports with whom they are about, in the order in which it happened."""
    return [_report(row) for row in session.execute(_LOCATE, {"ids": list(ids)})]


def settle(session: Session, outcomes: Iterable[tuple[Report, Applied]]) -> None:
    """Write down what became of each."""
    rows = [
        {"id": str(report.id), "applied": applied.value, "person": str(report.person.id) if report.person else None}
        for report, applied in outcomes
    ]
    if rows:
        session.execute(_SETTLE, {"rows": json.dumps(rows)})


def find_nobodys(session: Session, source: str | None, limit: int) -> list[uuid.UUID]:
    """Reports about people we did not know then and know now."""
    asked = {"nobody": Applied.NOBODY.value, "source": source, "limit": limit}
    return list(session.scalars(_NOBODYS, asked))


def _row(told: Told) -> dict[str, Any]:
    event = told.event
    return {
        "source": told.source,
        "event_id": event.id,
        "hit_id": str(told.hit_id),
        "kind": event.kind.value,
        "at": event.at.isoformat(),
        "received_at": told.received_at.isoformat(),
        "address": event.address,
        "message_id": event.message_id,
        "hard": event.hard,
        "reason": event.reason,
        "status": event.status,
        "detail": dict(event.detail),
    }


def _report(row: Any) -> Report:
    mail = Mail(row.mail_id, bytes(row.mail_key), row.mail_address) if row.mail_id else None
    person = Person(row.person, row.email, row.account_id, row.department_id) if row.person else None
    return Report(
        id=row.id,
        source=row.source,
        event_id=row.event_id,
        hit_id=row.hit_id,
        kind=ProviderEventKind(row.kind),
        at=row.at,
        address=row.address or (mail.address if mail else ""),
        message_id=row.message_id or "",
        hard=row.hard,
        reason=row.reason,
        status=row.status,
        detail=row.detail,
        mail=mail,
        person=person,
    )
