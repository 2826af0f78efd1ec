"""What follows when an address refused our mail or a person complained, whoever told us: servers or providers."""

import json
import uuid
from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta

from sqlalchemy import Row, text
from sqlalchemy.orm import Session

from abm.customers.freshness import mark_stale
from abm.customers.suppression import suppress
from abm.customers.timeline import Item, add_items
from abm.words import (
    BounceReason,
    ItemKind,
    MessageState,
    ProviderEventKind,
    StaleReason,
    SuppressionReason,
)
from tracking.bounce.status import judge
from tracking.reports import Report

# An address that refused too many mails within this for passing reasons does not pass.
SOFT_WITHIN = timedelta(days=30)
# What says something of our mail or our server, and nothing of the address: never counted against it.
OF_OUR_MAKING = (
    BounceReason.BLOCKED_SPAM,
    BounceReason.BLOCKED_POLICY,
    BounceReason.RATE_LIMITED,
    BounceReason.TOO_LARGE,
    BounceReason.CONTENT,
    BounceReason.RELAY,
)

_SOFT = text(
    """
    select a.id, r.times
    from jsonb_to_recordset(cast(:rows as jsonb)) as a (id uuid, since timestamptz, person uuid, address text)
    cross join lateral (
        select count(distinct coalesce(message_id, event_id)) as times from provider_reports
        where kind = :bounced and not hard and at > a.since and reason <> all(:ours)
          and (contact_id = a.person or address = cast(a.address as citext))
    ) r
    """
)
# A sender that still settles this mail comes first: what it writes then is that the mail left.
_FAILED = text(
    """
    with told as (
        select distinct on (id) * from jsonb_to_recordset(cast(:rows as jsonb)) as v (
            id uuid, reason text, at timestamptz, status text) order by id, at
    )
    update messages m set state = :failed, reason = t.reason from told t
    where m.id = t.id and m.state in (:sent, :unknown)
    returning m.id, m.account_id, m.department_id, m.contact_id, t.at, t.reason, t.status,
        (select i.detail from timeline_items i where i.subject_id = m.id and i.kind = :mail_sent limit 1) as said
    """
)


def follow_bounces(session: Session, reports: Sequence[Report], soft_limit: int) -> None:
    """Note the fate of each mail; an address that failed for good, or too often, is not mailed again."""
    named = in_one_order(reports)
    why = {one.id: _why(one) for one in named}
    _note_fates(session, named, why)
    times = _soft_bounces(session, [one for one in named if not one.hard and why[one.id] not in OF_OUR_MAKING])
    for one in named:
        if one.hard:
            _give_up(session, one, one.evidence)
        elif times.get(one.id, 0) >= soft_limit:
            _give_up(session, one, f"{soft_limit} soft bounces within {SOFT_WITHIN.days} days, last {one.evidence}")


def follow_complaints(session: Session, reports: Sequence[Report]) -> None:
    """Whoever complains is not mailed again: not at this address, not at the present one."""
    for one in in_one_order(reports):
        present = {one.person.email.lower()} if one.person and one.person.email else set()
        for address in sorted(_addresses(one) | present):
            suppress(session, address, SuppressionReason.COMPLAINED, one.at, one.evidence)


def in_one_order(reports: Sequence[Report]) -> list[Report]:
    """Those with an address, in one order, so that two acts never wait for each other's addresses."""
    return sorted((one for one in reports if one.address), key=lambda one: one.address.lower())


def _give_up(session: Session, one: Report, evidence: str) -> None:
    failed = _addresses(one)
    for address in sorted(failed):
        suppress(session, address, SuppressionReason.BOUNCED, one.at, evidence)
    if one.person and (one.person.email or "").lower() in failed:
        mark_stale(session, one.person.id, StaleReason.BOUNCED, by=None, at=one.at)


def _addresses(one: Report) -> set[str]:
    """What the report names, and where our mail went: behind a forward they differ, and both are of no use."""
    return {address.lower() for address in (one.address, one.mail and one.mail.address) if address}


def _soft_bounces(session: Session, reports: Iterable[Report]) -> Mapping[uuid.UUID, int]:
    """How many mails each of these addresses, or its person, has refused for passing reasons, by report."""
    rows = [
        {
            "id": str(one.id),
            "since": (one.at - SOFT_WITHIN).isoformat(),
            "person": str(one.person.id) if one.person else None,
            "address": one.address,
        }
        for one in reports
    ]
    if not rows:
        return {}
    asked = {"rows": json.dumps(rows), "bounced": ProviderEventKind.BOUNCED.value, "ours": list(OF_OUR_MAKING)}
    return {row.id: row.times for row in session.execute(_SOFT, asked)}


def _note_fates(session: Session, reports: Iterable[Report], why: Mapping[uuid.UUID, BounceReason]) -> None:
    """These mails have failed after all; told once, in the history of whom each was for."""
    rows = [
        {"id": str(one.mail.id), "reason": why[one.id].value, "at": one.at.isoformat(), "status": one.status}
        for one in reports
        if one.mail
    ]
    if rows:
        words = {
            "failed": MessageState.FAILED.value,
            "sent": MessageState.SENT.value,
            "unknown": MessageState.UNKNOWN.value,
            "mail_sent": ItemKind.MAIL_SENT.value,
        }
        failed = session.execute(_FAILED, {"rows": json.dumps(rows), **words}).all()
        add_items(session, [_item(row) for row in failed])


def _item(row: Row[tuple[object, ...]]) -> Item:
    status = {"status": row.status} if row.status else {}
    return Item(
        ItemKind.MAIL_FAILED,
        row.account_id,
        row.at,
        department_id=row.department_id,
        contact_id=row.contact_id,
        subject_id=row.id,
        detail={**(row.said or {}), "reason": row.reason, **status},
    )


def _why(one: Report) -> BounceReason:
    """Our word for a reason; providers give the server's."""
    try:
        return BounceReason(one.reason)
    except ValueError:
        return judge(one.reason, one.status or None).reason
