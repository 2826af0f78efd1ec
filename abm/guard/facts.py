"""Gathering the facts the contact guard asks for, for many contacts in two statements."""

import uuid
from collections.abc import Collection
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.orm import Session

from abm.guard.guard import QUIET_AFTER_CONTACT, Facts
from abm.guard.records import gather_records
from abm.words import SALES_CONTACTS, ConsentBasis, ConsentPurpose, MessageState, Pace, Stage, TaskKind, TaskState

CONTACTS = ", ".join(f"'{kind}'" for kind in SALES_CONTACTS)
# A grant dated in the future does not count yet; a refusal always does.
# A hand-off without department, or a contact without one, concerns the whole account.
FACTS = text(
    f"""
    select c.id, c.email is not null, ledger.granted_at, ledger.opted_in_at, ledger.refused_at,
        c.refused_at is not null or exists (select from suppressions s where s.email = c.email),
        a.excluded_reason is not null or a.stage = '{Stage.EXCLUDED}',
        exists (
            select from tasks t
            where t.account_id = c.account_id and t.kind = '{TaskKind.HAND_OFF}'
              and t.state in ('{TaskState.ACCEPTED}', '{TaskState.WORKING}')
              and (t.department_id is null or c.department_id is null or t.department_id = c.department_id)
        ),
        c.archived_at is not null or a.archived_at is not null,
        (
            select max(i.happened_at) from timeline_items i
            where i.account_id = c.account_id and i.kind in ({CONTACTS})
              and i.happened_at > :quiet_since and i.happened_at <= :at
              and (i.department_id is null or c.department_id is null or i.department_id = c.department_id)
        ),
        case when p.paused_until > :at then p.paused_until end,
        case when paced.until > :at then paced.until end,
        coalesce(p.muted_topics, '{{}}')
    from contacts c
    join accounts a on a.id = c.account_id
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
            max(m.sent_at) filter (where m.state = '{MessageState.SENT}')
                + case p.pace when '{Pace.WEEKLY}' then interval '7 days' else interval '30 days' end,
            -- One that is just leaving has been sent in a moment, or has failed.
            max(cast(:at as timestamptz)) filter (where m.state = '{MessageState.SENDING}' and m.hash is not null)
                + interval '10 minutes') as until
        from messages m
        where m.contact_id = c.id and m.state in ('{MessageState.SENT}', '{MessageState.SENDING}') and not m.is_test
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


def lock_paced(session: Session, contact_ids: Collection[uuid.UUID]) -> set[uuid.UUID]:
    """Who of these wants a pace; others who mail them wait until we have marked what leaves."""
    return set(session.scalars(PACED, {"ids": list(contact_ids), "key": PACED_LOCK}))


def gather_facts(session: Session, contact_ids: Collection[uuid.UUID], at: datetime) -> dict[uuid.UUID, Facts]:
    """What the guard must know of these contacts at a business time; unknown ids are left out."""
    if not contact_ids:
        return {}
    rows = session.execute(FACTS, {"ids": list(contact_ids), "at": at, "quiet_since": at - QUIET_AFTER_CONTACT})
    known = gather_records(session, contact_ids, at)
    return {row[0]: Facts(*row[1:], **known.get(row[0], {})) for row in rows}
