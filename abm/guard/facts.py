"""Gathering the facts the contact guard asks for, for many contacts in a fixed number of statements."""

import uuid
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sqlalchemy import text
from sqlalchemy.orm import Session

from abm.customers.company_calendar import list_days
from abm.customers.working_hours import Span
from abm.guard.batch import Batch, Tally
from abm.guard.guard import DAY, Facts, MailAbout
from abm.guard.hours import SendHours
from abm.guard.live import live_policy
from abm.guard.policy import Policy
from abm.guard.records import gather_records
from abm.guard.sent import AT_THE_DOOR, Counting, gather_owned, gather_received, gather_recent
from abm.words import (
    ConsentBasis,
    ConsentPurpose,
    ExcludedReason,
    GuardReason,
    MessageState,
    Pace,
    Stage,
    SuppressionReason,
    TaskKind,
    TaskState,
)

# The zone of an installation that names none.
JAPAN = ZoneInfo("Asia/Tokyo")
# A grant dated in the future does not count yet; a refusal always does.
# A hand-off without department, or a contact without one, concerns the whole account.
FACTS = text(
    f"""
    select c.id, c.email is not null, ledger.granted_at, ledger.opted_in_at, ledger.refused_at,
        c.refused_at is not null or coalesce(s.reason <> '{SuppressionReason.BOUNCED}', false),
        coalesce(a.excluded_reason <> '{ExcludedReason.COMPETITOR}', a.stage = '{Stage.EXCLUDED}'),
        exists (
            select from tasks t
            where t.account_id = c.account_id and t.kind = '{TaskKind.HAND_OFF}'
              and t.state in ('{TaskState.ACCEPTED}', '{TaskState.WORKING}')
              and (t.department_id is null or c.department_id is null or t.department_id = c.department_id)
        ),
        c.archived_at is not null or a.archived_at is not null,
        (
            select max(i.happened_at) from timeline_items i
            where i.account_id = c.account_id and i.kind = any(:contact_kinds)
              and i.happened_at > :quiet_since and i.happened_at <= :at
              and (i.department_id is null or c.department_id is null or i.department_id = c.department_id)
        ),
        case when p.paused_until > :at then p.paused_until end,
        case when paced.until > :at then paced.until end,
        coalesce(p.muted_topics, '{{}}'),
        coalesce(s.reason = '{SuppressionReason.BOUNCED}', false),
        coalesce(a.excluded_reason = '{ExcludedReason.COMPETITOR}', false),
        c.id, c.account_id, c.department_id, c.time_zone
    from contacts c
    join accounts a on a.id = c.account_id
    left join suppressions s on s.email = c.email
    left join (
        select contact_id,
            max(at) filter (where granted and basis is not null and at <= :at) as granted_at,
            max(at) filter (where granted and basis = '{ConsentBasis.OPT_IN}' and at <= :at) as opted_in_at,
            max(at) filter (where not granted) as refused_at
        from consents
        where contact_id = any(:ids) and purpose = '{ConsentPurpose.MAIL}'
        group by contact_id
    ) ledger on ledger.contact_id = c.id
    left join preferences p on p.contact_id = c.id
    left join lateral (
        select greatest(
            -- One of which nobody knows whether it arrived may have.
            max(coalesce(m.sent_at, m.due_at)) filter (
                where m.state in ('{MessageState.SENT}', '{MessageState.UNKNOWN}'))
                + case p.pace when '{Pace.WEEKLY}' then interval '7 days' else interval '30 days' end,
            -- One that is just leaving has been sent in a moment, or has failed.
            max(cast(:at as timestamptz)) filter (
                where m.state = '{MessageState.SENDING}' and (m.hash is not null or m.guard ? 'leaving'))
                + interval '10 minutes') as until
        from messages m
        where m.contact_id = c.id and not m.is_test
          and m.state in ('{MessageState.SENT}', '{MessageState.SENDING}', '{MessageState.UNKNOWN}')
    ) paced on p.pace <> '{Pace.ANY}'
    where c.id = any(:ids)
    """  # noqa: S608 only our own words are put in
)


# One sender at a time for each of them. Not their rows: people change these, and would wait for us and we for them.
PACED_LOCK = 7_202_641
PACED = text(
    f"""
    select p.contact_id from (
        select contact_id from preferences where contact_id = any(:ids) and pace <> '{Pace.ANY}' order by contact_id
    ) p, lateral pg_advisory_xact_lock(:key, hashtext(cast(p.contact_id as text)))
    """  # noqa: S608 only our own words are put in
)


# One sender at a time for each account, too: what one lets through the next one must see.
MAILED_LOCK = 7_202_644
MAILED = text(
    """
    select pg_advisory_xact_lock(:key, hashtext(one)) from (
        select distinct unnest(cast(:accounts as text[])) as one order by one
    ) accounts
    """
)


def lock_accounts(session: Session, account_ids: Collection[uuid.UUID]) -> None:
    """Others who mail these accounts wait until our commit tells what we let through."""
    session.execute(MAILED, {"key": MAILED_LOCK, "accounts": [str(account_id) for account_id in account_ids]})


def lock_paced(session: Session, contact_ids: Collection[uuid.UUID]) -> set[uuid.UUID]:
    """Who of these wants a pace; others who mail them wait until we have marked what leaves."""
    return set(session.scalars(PACED, {"ids": list(contact_ids), "key": PACED_LOCK}))


@dataclass(frozen=True)
class Question:
    """What is asked besides the people: about which mails, where days are counted, and what counts as sent."""

    mails: Collection[MailAbout] = ()
    # The installation's, for whoever has none of their own.
    zone: ZoneInfo = JAPAN
    counting: Counting = AT_THE_DOOR


PLAIN = Question()


def gather_facts(
    session: Session, contact_ids: Collection[uuid.UUID], at: datetime, question: Question = PLAIN
) -> Mapping[uuid.UUID, Facts]:
    """What the guard must know of these contacts at a business time; unknown ids are left out."""
    return open_batch(session, contact_ids, at, question).facts


def open_batch(
    session: Session,
    contact_ids: Collection[uuid.UUID],
    at: datetime,
    question: Question = PLAIN,
    tally: Tally | None = None,
) -> Batch:
    """The guard for these contacts under the live policy, ready to be asked; with a tally it goes on counting there."""
    policy = live_policy(session)
    if not contact_ids:
        return Batch({}, policy)
    gathered = _gather(session, list(contact_ids), at, policy, question)
    hours = _hours(session, policy)
    zones = {contact_id: zone_of(row[-1], question.zone) for contact_id, (row, _) in gathered.items()}
    opens = {zone: hours.opens_at(at, zone) if hours else at for zone in set(zones.values())}
    facts = {
        contact_id: Facts(*row[1:-1], **{**known, "at": at, "opens_at": _later(opens[zones[contact_id]], at)})
        for contact_id, (row, known) in gathered.items()
    }

    # Of many holds the ends are few.
    opened: dict[tuple[ZoneInfo, datetime], datetime] = {}

    def opening(contact_id: uuid.UUID, until: datetime) -> datetime:
        key = zones[contact_id], until
        if key not in opened:
            opened[key] = hours.opens_at(until, key[0]) if hours else until
        return opened[key]

    return Batch(facts, policy, opening, tally or Tally())


Gathered = dict[uuid.UUID, tuple[tuple[Any, ...], dict[str, Any]]]


def _gather(session: Session, ids: list[uuid.UUID], at: datetime, policy: Policy, question: Question) -> Gathered:
    values = {
        "ids": ids,
        "at": at,
        "quiet_since": at - policy.contacted_days * DAY,
        "contact_kinds": [kind.value for kind in policy.contact_kinds],
    }
    rows = {row[0]: row for row in session.execute(FACTS, values)}
    records = gather_records(session, ids, at, policy)
    recent = gather_recent(session, {row.account_id for row in rows.values()}, at, policy, question.counting)
    mails = _with_swaps(question.mails)
    products = frozenset().union(*(mail.products for mail in mails)) if policy.asks(GuardReason.PRODUCT_OWNED) else ()
    assets = frozenset().union(*(mail.assets for mail in mails)) if policy.asks(GuardReason.ASSET_RECEIVED) else ()
    owned = gather_owned(session, ids, products, at.astimezone(question.zone).date())
    received = gather_received(session, ids, assets, at)
    return {
        contact_id: (
            tuple(row),
            {
                **records.get(contact_id, {}),
                "recent": recent.get(row.account_id, ()),
                "owned": owned.get(contact_id, frozenset()),
                "received": received.get(contact_id, frozenset()),
            },
        )
        for contact_id, row in rows.items()
    }


def _with_swaps(mails: Collection[MailAbout]) -> list[MailAbout]:
    return [*mails, *(mail.swap for mail in mails if mail.swap)]


def _hours(session: Session, policy: Policy) -> SendHours | None:
    if not policy.asks(GuardReason.SEND_WINDOW):
        return None
    days = list_days(session) if policy.window.holidays else ()
    return SendHours(policy.window, tuple(Span(d.from_on, d.until_on, d.is_working, d.every_year) for d in days))


def _later(opens_at: datetime, at: datetime) -> datetime | None:
    return opens_at if opens_at > at else None


@cache
def _known_zone(name: str) -> ZoneInfo | None:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None


def zone_of(name: str | None, otherwise: ZoneInfo) -> ZoneInfo:
    """The zone of this name; the other one where there is none, or none that is known."""
    return (_known_zone(name) if name else None) or otherwise
