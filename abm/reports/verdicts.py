"""People and machines side by side, by sequence and recipient domain; the hits behind; and what was overruled."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from abm.errors import NotFound
from abm.reports.paging import PAGE_LENGTH, Page

PERIODS = (7, 30, 90)
REASONS_SHOWN = 3
OVERRULES_SHOWN = 50

_DOMAIN = "lower(split_part(cast(m.email as text), '@', 2))"
# An open says nothing of who did it, so what was followed is counted.
_FOLLOWED = f"""
    select h.verdict, h.reasons, {_DOMAIN} as domain, s.id as sequence_id
    from hits h
    join messages m on m.key = h.message_key and not m.is_test
    join mails l on l.id = m.mail_id
    join sequence_versions v on v.id = l.sequence_version_id
    join sequences s on s.id = v.sequence_id
    where h.at > :since and h.at <= :at and h.kind in ('click', 'download', 'join') and h.set_aside is null
"""  # noqa: S608 only our own words are put in
_COUNTS = """
    count(*) filter (where f.verdict in ('proven', 'likely')) as people,
    count(*) filter (where f.verdict = 'unknown') as unknown,
    count(*) filter (where f.verdict = 'machine') as machines
"""
_SEQUENCES = text(
    f"""
    select s.name, s.title, nullif(g.name, s.name) as campaign, f.* from (
        select f.sequence_id, {_COUNTS} from ({_FOLLOWED}) f group by f.sequence_id
    ) f join sequences s on s.id = f.sequence_id left join campaigns g on g.id = s.campaign_id
    order by g.name, people + unknown + machines desc, s.name
    """  # noqa: S608
)
_DOMAINS = text(
    f"""
    select f.domain, {_COUNTS}, count(*) over () as total from ({_FOLLOWED}) f group by f.domain
    order by machines desc, people desc, f.domain limit :limit offset :offset
    """  # noqa: S608
)
_REASONS = {
    "domain": text(
        f"""
        select f.domain as name, reason, count(*) as times from ({_FOLLOWED}) f, unnest(f.reasons) as reason
        where f.verdict = 'machine' and f.domain = any(:names) group by 1, 2 order by times desc, reason
        """  # noqa: S608
    ),
    "sequence": text(
        f"""
        select f.sequence_id as name, reason, count(*) as times from ({_FOLLOWED}) f, unnest(f.reasons) as reason
        where f.verdict = 'machine' and f.sequence_id = any(:names) group by 1, 2 order by times desc, reason
        """  # noqa: S608
    ),
}
_HIT_COLUMNS = f"""
    h.id, h.at, h.kind, h.method, h.verdict, h.reasons, h.rules, h.user_agent, h.ip, h.honeypot,
    {_DOMAIN} as domain, c.id as contact_id, c.full_name as contact, a.id as account_id, a.name as account,
    s.name as sequence, s.title as sequence_title, k.label as link,
    extract(epoch from h.at - m.delivered_at) as after_delivery
"""
_HIT_TABLES = """
    from hits h
    left join messages m on m.key = h.message_key
    left join contacts c on c.id = coalesce(h.contact_id, m.contact_id)
    left join accounts a on a.id = c.account_id
    left join mails l on l.id = m.mail_id
    left join sequence_versions v on v.id = l.sequence_version_id
    left join sequences s on s.id = v.sequence_id
    left join links k on k.key = h.link_key
"""
_HITS = text(
    f"""
    select {_HIT_COLUMNS}, count(*) over () as total {_HIT_TABLES}
    where h.at > :since and h.at <= :at and h.kind in ('click', 'download', 'join') and h.set_aside is null
      and not m.is_test
      and (cast(:domain as text) is null or {_DOMAIN} = :domain)
      and (cast(:sequence as uuid) is null or s.id = :sequence)
      and (cast(:verdicts as text[]) is null or h.verdict = any(:verdicts))
    order by h.at desc, h.id limit :limit offset :offset
    """
)
_HIT = text(f"select {_HIT_COLUMNS} {_HIT_TABLES} where h.id = :id and h.set_aside is null")
_OVERRULES = text(
    """
    select o.id, o.hit_id, o.domain, o.network, o.verdict, o.reason, o.said_at, u.name as said_by,
           cast(coalesce(o.judging ->> 'judged', '0') as int) as judged, o.judging is not null as is_judging
    from verdict_overrules o join users u on u.id = o.said_by
    where o.withdrawn_at is null and (cast(:hit as uuid) is null or o.hit_id = :hit)
    order by o.said_at desc, o.id limit :limit
    """
)


@dataclass(frozen=True)
class Sides:
    """Visits of people and of machines to what one sequence or domain got, and why the latter were found to be some."""

    people: int
    unknown: int
    machines: int
    reasons: tuple[tuple[str, int], ...] = ()
    domain: str = ""
    sequence_id: uuid.UUID | None = None
    name: str = ""
    title: dict[str, str] = field(default_factory=dict)
    # Where it is called otherwise than the sequence.
    campaign: str = ""

    @property
    def total(self) -> int:
        """All visits."""
        return self.people + self.unknown + self.machines


@dataclass(frozen=True)
class HitRow:
    """One hit with all that its verdict was made of."""

    id: uuid.UUID
    at: datetime
    kind: str
    method: str
    verdict: str
    reasons: list[str]
    rules: str
    user_agent: str
    ip: str | None
    honeypot: bool
    domain: str | None
    contact_id: uuid.UUID | None
    contact: str | None
    account_id: uuid.UUID | None
    account: str | None
    sequence: str | None
    sequence_title: dict[str, str] | None
    link: str | None
    # Seconds; nothing where the delivery is not known.
    after_delivery: Any


@dataclass(frozen=True)
class OverruleRow:
    """What somebody said, of one hit or of a domain's, and still holds."""

    id: uuid.UUID
    hit_id: uuid.UUID | None
    domain: str | None
    network: str
    verdict: str
    reason: str
    said_at: datetime
    said_by: str
    # Mails of the domain that were judged again so far, while that goes on.
    judged: int
    is_judging: bool


def sides_by_sequence(session: Session, days: int, at: datetime) -> list[Sides]:
    """Every sequence whose mails were followed in these days, those of one campaign together."""
    span = {"since": at - timedelta(days=days), "at": at}
    rows = session.execute(_SEQUENCES, span).all()
    why = _reasons(session, "sequence", [row.sequence_id for row in rows], span)
    return [
        Sides(
            row.people,
            row.unknown,
            row.machines,
            why.get(row.sequence_id, ()),
            sequence_id=row.sequence_id,
            name=row.name,
            title=row.title,
            campaign=row.campaign or "",
        )
        for row in rows
    ]


def sides_by_domain(session: Session, days: int, number: int, at: datetime) -> Page[Sides]:
    """One page of the recipient domains, those with most machines first."""
    span = {"since": at - timedelta(days=days), "at": at}
    rows = session.execute(_DOMAINS, {**span, "limit": PAGE_LENGTH, "offset": (number - 1) * PAGE_LENGTH}).all()
    why = _reasons(session, "domain", [row.domain for row in rows], span)
    sides = (Sides(row.people, row.unknown, row.machines, why.get(row.domain, ()), domain=row.domain) for row in rows)
    return Page(tuple(sides), rows[0].total if rows else 0, number)


def list_judged(
    session: Session,
    days: int,
    number: int,
    at: datetime,
    *,
    domain: str | None = None,
    sequence_id: uuid.UUID | None = None,
    verdicts: Sequence[str] = (),
) -> Page[HitRow]:
    """One page of the visits behind the counts, the newest first."""
    asked = {
        "since": at - timedelta(days=days),
        "at": at,
        "domain": domain,
        "sequence": sequence_id,
        "verdicts": list(verdicts) or None,
        "limit": PAGE_LENGTH,
        "offset": (number - 1) * PAGE_LENGTH,
    }
    rows = [dict(row) for row in session.execute(_HITS, asked).mappings()]
    total = rows[0]["total"] if rows else 0
    for row in rows:
        del row["total"]
    return Page(tuple(HitRow(**row) for row in rows), total, number)


def read_judged(session: Session, hit_id: uuid.UUID) -> HitRow:
    """One hit; NotFound when there is none that counts."""
    row = session.execute(_HIT, {"id": hit_id}).mappings().one_or_none()
    if row is None:
        raise NotFound("no such hit")
    return HitRow(**row)


def list_overrules(session: Session, hit_id: uuid.UUID | None = None) -> list[OverruleRow]:
    """What people said and have not withdrawn, of this hit or of anything, the latest first."""
    rows = session.execute(_OVERRULES, {"hit": hit_id, "limit": OVERRULES_SHOWN}).mappings()
    return [OverruleRow(**row) for row in rows]


def _reasons(
    session: Session, group: str, names: list[Any], span: dict[str, datetime]
) -> dict[Any, tuple[tuple[str, int], ...]]:
    found: dict[Any, list[tuple[str, int]]] = {}
    if names:
        for row in session.execute(_REASONS[group], {**span, "names": names}):
            found.setdefault(row.name, []).append((row.reason, row.times))
    return {name: tuple(reasons[:REASONS_SHOWN]) for name, reasons in found.items()}
