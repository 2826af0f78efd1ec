"""What follows when an address refused our mail or a person complained, whoever told us: servers or providers."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import text
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

# An address that refused so many mails within this for passing reasons does not pass.
SOFT_LIMIT = 5
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
    select count(distinct coalesce(message_id, event_id)) from provider_reports
    where kind = :bounced and not hard and at > :since and reason <> all(:ours)
      and (contact_id = :person or address = cast(:address as citext))
    """
)
# A sender that still settles this mail comes first: what it writes then is that the mail left.
_FAILED = text(
    """
    update messages set state = :failed, reason = :reason where id = :id and state in (:sent, :unknown)
    returning account_id, department_id, contact_id,
        (select i.detail from timeline_items i where i.subject_id = :id and i.kind = :mail_sent limit 1) as said
    """
)


def follow_bounces(session: Session, reports: Sequence[Report]) -> None:
    """Note the fate of each mail; an address that failed for good, or too often, is not mailed again."""
    for one in in_one_order(reports):
        why = _why(one)
        _note_fate(session, one, why)
        if one.hard:
            _give_up(session, one, one.evidence)
        elif why not in OF_OUR_MAKING and _soft_bounces(session, one) >= SOFT_LIMIT:
            _give_up(session, one, f"{SOFT_LIMIT} soft bounces within {SOFT_WITHIN.days} days, last {one.evidence}")


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


def _soft_bounces(session: Session, one: Report) -> int:
    asked = {
        "bounced": ProviderEventKind.BOUNCED.value,
        "since": one.at - SOFT_WITHIN,
        "ours": [reason.value for reason in OF_OUR_MAKING],
        "person": one.person.id if one.person else None,
        "address": one.address,
    }
    return int(session.scalar(_SOFT, asked) or 0)


def _note_fate(session: Session, one: Report, why: BounceReason) -> None:
    """The mail has failed after all; told once, in the history of whom it was for."""
    if one.mail is None:
        return
    words = {
        "failed": MessageState.FAILED.value,
        "sent": MessageState.SENT.value,
        "unknown": MessageState.UNKNOWN.value,
        "mail_sent": ItemKind.MAIL_SENT.value,
    }
    row = session.execute(_FAILED, {"id": one.mail.id, "reason": why.value, **words}).one_or_none()
    if row is None:
        return
    detail: dict[str, Any] = {**(row.said or {}), "reason": why.value}
    if one.status:
        detail["status"] = one.status
    item = Item(
        ItemKind.MAIL_FAILED,
        row.account_id,
        one.at,
        department_id=row.department_id,
        contact_id=row.contact_id,
        subject_id=one.mail.id,
        detail=detail,
    )
    add_items(session, [item])


def _why(one: Report) -> BounceReason:
    """Our word for a reason; providers give the server's."""
    try:
        return BounceReason(one.reason)
    except ValueError:
        return judge(one.reason, one.status or None).reason
