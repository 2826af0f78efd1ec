"""How mails arrive: by day and recipients' domain what left, came back, was complained about, waits or is unknown."""

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import RowMapping, text
from sqlalchemy.orm import Session

from abm.clock import day_start, local_day
from abm.words import Level, SendReason

# Google, "Email sender guidelines" (support.google.com/mail/answer/81126): keep reported spam below 0.1 %, and never
# reach 0.3 %.
COMPLAINTS = (0.001, 0.003)
# Amazon SES, "Sending review process FAQs" (docs.aws.amazon.com/ses): from 5 % of bounces an account is under review,
# from 10 % it may be paused; a list that is looked after stays below 2 %.
BOUNCES = (0.02, 0.05)
# A share of fewer mails says nothing.
FEWEST_SENT = 50
DOMAINS_SHOWN = 30
UNKNOWN_SHOWN = 50
# Was due and comes again by itself; what a pause or the contact guard holds is not among it.
DEFERRED = (
    SendReason.SMTP_UNREACHABLE,
    SendReason.SMTP_LOGIN,
    SendReason.SMTP_UNSAFE,
    SendReason.SMTP_DEFERRED,
    SendReason.PROVIDER_UNREACHABLE,
    SendReason.PROVIDER_LOGIN,
    SendReason.PROVIDER_BUSY,
    SendReason.DOMAIN_RESTS,
    SendReason.DOMAIN_PACED,
    SendReason.NO_MAILBOX,
    SendReason.SENDER_INCOMPLETE,
    SendReason.NOT_MADE,
)

# What came back counts for the day on which the mail left, so that shares never exceed what was sent.
_MAILS = text(
    """
    with told as (
        select message_id, bool_or(kind = 'delivered') as delivered, bool_or(kind = 'bounced' and hard) as hard,
            bool_or(kind = 'bounced' and not hard) as soft, bool_or(kind = 'complained') as complained
        from provider_reports where received_at >= :since and message_id is not null group by message_id
    ), stopped as (
        select distinct message_id from events
        where kind = 'unsubscribe' and verdict in ('proven', 'likely') and happened_at >= :since
          and message_id is not null
    ), mails as (
        select id, message_id, email, state, sent_at as at from messages where not is_test and sent_at >= :since
        union all
        select id, message_id, email, state, due_at from messages
        where not is_test and sent_at is null and due_at >= :since
          and state in ('failed', 'unknown')
    )
    select cast(m.at at time zone :zone as date) as on_day,
        lower(split_part(m.email, '@', 2)) as domain,
        count(*) filter (where m.state = 'sent') as sent,
        count(*) filter (where told.delivered) as delivered,
        count(*) filter (where told.hard) as hard,
        count(*) filter (where told.soft and not told.hard) as soft,
        count(*) filter (where told.complained) as complaints,
        count(stopped.message_id) as stops,
        count(*) filter (where m.state = 'failed') as failed,
        count(*) filter (where m.state = 'unknown') as unknown
    from mails m
    left join told on told.message_id = m.message_id
    left join stopped on stopped.message_id = m.id
    group by 1, 2
    """
)
_WAITING = text(
    """
    select lower(split_part(email, '@', 2)) as domain, count(*) as waiting, min(due_at) as oldest_due_at,
        count(*) filter (where reason = any(:deferred)) as deferred
    from messages
    where state in ('planned', 'sending') and not is_test and (due_at <= :at or reason = any(:deferred))
    group by 1
    """
)
_UNKNOWN = text(
    """
    select m.id, m.contact_id, c.full_name as contact, m.account_id, a.name as account, m.step, m.due_at,
        coalesce(s.name, '') as sequence, coalesce(s.title, '{}') as title, count(*) over () as together
    from messages m
    join contacts c on c.id = m.contact_id
    join accounts a on a.id = m.account_id
    left join enrollments e on e.id = m.enrollment_id
    left join sequences s on s.id = e.sequence_id
    where m.state = 'unknown' order by m.due_at desc, m.id limit :limit
    """
)
# Of a sequence that is paused the last one who paused it; the breaker has no user and says what it saw.
_BROKEN = text(
    """
    select s.name, s.title, last.at, last.detail
    from sequences s
    cross join lateral (
        select at, user_id, detail from audit_entries
        where subject = 'sequence' and subject_id = s.id and act = 'sequence.paused' order by at desc, id desc limit 1
    ) last
    where s.state = 'paused' and last.user_id is null and last.detail ? 'bounced'
    order by last.at desc, s.name
    """
)


@dataclass(frozen=True)
class Counted:
    """What became of some mails."""

    sent: int = 0
    delivered: int = 0
    hard: int = 0
    soft: int = 0
    complaints: int = 0
    stops: int = 0
    failed: int = 0
    unknown: int = 0

    def __add__(self, other: "Counted") -> "Counted":
        return Counted(*(getattr(self, one.name) + getattr(other, one.name) for one in fields(Counted)))

    @property
    def bounced_share(self) -> float:
        """How many of 1 came back for good, those refused at the door among them."""
        return self.hard / tried if (tried := max(self.sent + self.failed, self.hard)) else 0.0

    @property
    def complaint_share(self) -> float:
        """How many of 1 were reported as spam."""
        return self.complaints / self.sent if self.sent else 0.0

    @property
    def bounces(self) -> Level:
        """How the share of bounces is to be taken."""
        return level(self.bounced_share, BOUNCES, self.sent + self.failed)

    @property
    def complained(self) -> Level:
        """How the share of complaints is to be taken."""
        return level(self.complaint_share, COMPLAINTS, self.sent)


@dataclass(frozen=True)
class Waiting:
    """What is due to a domain and has not left, and what of it was put off."""

    waiting: int = 0
    deferred: int = 0
    oldest_due_at: datetime | None = None


@dataclass(frozen=True)
class DomainLine:
    """A recipients' domain; an empty one stands for all that are not shown."""

    domain: str
    counted: Counted
    waits: Waiting


@dataclass(frozen=True)
class UnknownMail:
    """A mail of which nobody knows whether it arrived."""

    id: uuid.UUID
    contact_id: uuid.UUID
    contact: str
    account_id: uuid.UUID
    account: str
    step: str
    due_at: datetime
    sequence: str
    title: dict[str, str]


@dataclass(frozen=True)
class Broken:
    """A sequence that was paused by itself, and what had come back."""

    name: str
    title: dict[str, str]
    at: datetime
    detail: dict[str, Any]


@dataclass(frozen=True)
class MailHealth:
    """How mails went in some days, and what stands still now."""

    days: Sequence[tuple[date, Counted]]
    domains: Sequence[DomainLine]
    total: Counted
    waits: Waiting
    unknown: Sequence[UnknownMail]
    unknown_together: int
    broken: Sequence[Broken]

    @property
    def is_empty(self) -> bool:
        """Whether no mail has left yet, and none waits."""
        return not self.domains


def level(share: float, limits: tuple[float, float], of: int) -> Level:
    """How a share is to be taken; of a few mails nothing can be said."""
    if of < FEWEST_SENT or share < limits[0]:
        return Level.WELL
    return Level.BAD if share >= limits[1] else Level.WATCH


def mail_health(session: Session, at: datetime, zone: ZoneInfo, days: int) -> MailHealth:
    """How mails went since the start of so many days ago."""
    today = local_day(at, zone)
    first = today - timedelta(days=days - 1)
    asked = {"since": day_start(first, zone), "zone": zone.key}
    rows = session.execute(_MAILS, asked).mappings().all()
    by_day = _summed(rows, "on_day")
    by_domain = _summed(rows, "domain")
    waits = _waiting(session, at)
    unknown = session.execute(_UNKNOWN, {"limit": UNKNOWN_SHOWN}).all()
    return MailHealth(
        [(day, by_day.get(day, Counted())) for day in (first + timedelta(days=n) for n in range(days))],
        _lines(by_domain, waits),
        _sum(by_domain.values()),
        _together(waits.values()),
        [UnknownMail(*row[:-1]) for row in unknown],
        unknown[0].together if unknown else 0,
        [Broken(*row) for row in session.execute(_BROKEN)],
    )


def _summed(rows: Sequence[RowMapping], name: str) -> dict[Any, Counted]:
    found: dict[Any, Counted] = {}
    for row in rows:
        counted = Counted(*(row[one.name] for one in fields(Counted)))
        found[row[name]] = found.get(row[name], Counted()) + counted
    return found


def _waiting(session: Session, at: datetime) -> dict[str, Waiting]:
    rows = session.execute(_WAITING, {"at": at, "deferred": list(DEFERRED)})
    return {row.domain: Waiting(row.waiting, row.deferred, row.oldest_due_at) for row in rows}


def _lines(counted: Mapping[str, Counted], waits: Mapping[str, Waiting]) -> list[DomainLine]:
    """The domains with most mails first; those that are not shown together in the last line."""

    def mails(domain: str) -> tuple[int, str]:
        one = counted.get(domain, Counted())
        return -(one.sent + one.failed + waits.get(domain, Waiting()).waiting), domain

    names = sorted(counted.keys() | waits.keys(), key=mails)
    lines = [DomainLine(name, counted.get(name, Counted()), waits.get(name, Waiting())) for name in names]
    shown, rest = lines[:DOMAINS_SHOWN], lines[DOMAINS_SHOWN:]
    if rest:
        shown.append(DomainLine("", _sum(one.counted for one in rest), _together(one.waits for one in rest)))
    return shown


def _sum(counted: Iterable[Counted]) -> Counted:
    return sum(counted, Counted())


def _together(waits: Iterable[Waiting]) -> Waiting:
    every = list(waits)
    oldest = min((one.oldest_due_at for one in every if one.oldest_due_at), default=None)
    return Waiting(sum(one.waiting for one in every), sum(one.deferred for one in every), oldest)
