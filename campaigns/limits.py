"""The limits of sending: what people set, kept and audited, and the pace of every sender together."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import delete, insert, select, text
from sqlalchemy.orm import Session

from abm.config import DOMAIN
from abm.connectors.mail.dialogue import MOST_CONNECTIONS, Limits
from abm.errors import Invalid, NotFound
from abm.models import AuditEntry, SendingLimit, SendingPace
from abm.queue import enqueue
from abm.words import LimitSort, SendReason
from campaigns.pace import ALL, ALL_BY_DEFAULT, OTHERS, OTHERS_BY_DEFAULT, Asking, Limit, Pace, SendingLimits, decide

MOST_PER_MINUTE = 100_000
MOST_GROUPS = 100
LONGEST_NAME = 60

# Whoever was put off asks again at once, by the new numbers.
_ASK_AGAIN = text("update messages set due_at = :at where state = 'planned' and reason = :reason and due_at > :at")
_KEEP = text(
    """
    insert into sending_paces (name, free_at, spread_at)
    select * from unnest(cast(:names as text[]), cast(:free as timestamptz[]), cast(:spread as timestamptz[]))
    on conflict (name) do update set free_at = excluded.free_at, spread_at = excluded.spread_at
    """
)
# One at a time looks and takes, or looks and changes: what two took at once would be more than the limit, and what one
# of two changed at once would be lost.
_LOCK = text("select pg_advisory_xact_lock(:key)")
PACE_LOCK = 7_202_611


def read_limits(session: Session) -> SendingLimits:
    """The limits that count now."""
    rows = session.scalars(select(SendingLimit).order_by(SendingLimit.name)).all()
    every = [Limit(row.name, LimitSort(row.sort), row.at_once, row.per_minute, tuple(row.domains)) for row in rows]
    known = {one.name: one for one in every}
    groups = tuple(one for one in every if one.sort is LimitSort.GROUP)
    return SendingLimits(known.get(ALL, ALL_BY_DEFAULT), known.get(OTHERS, OTHERS_BY_DEFAULT), groups)


def limits_of_dialogue(limits: SendingLimits) -> Limits:
    """What of it a sender's own connections heed."""
    return Limits(limits.all.at_once, limits.others.at_once, {one.name: one.at_once for one in limits.groups})


def save_limits(session: Session, limits: SendingLimits, *, by: uuid.UUID | None, at: datetime) -> None:
    """Let these count from now on; Invalid names the limit and the number."""
    _check(limits)
    _lock(session)
    before = read_limits(session)
    session.execute(delete(SendingLimit))
    session.execute(insert(SendingLimit), _told(limits))
    session.execute(delete(SendingPace))
    session.execute(_ASK_AGAIN, {"at": at, "reason": SendReason.DOMAIN_PACED})
    detail = {"before": _told(before), "after": _told(limits)}
    session.add(AuditEntry(at=at, user_id=by, act="sending.limits_changed", subject="sending", detail=detail))
    session.flush()
    enqueue(session, "send_messages")


def change_limit(
    session: Session, name: str, changes: Mapping[str, Any], *, drop: bool, by: uuid.UUID | None, at: datetime
) -> Limit | None:
    """Change what is named of one limit, or make or drop a group; a pace of 0 is none."""
    _lock(session)
    limits = read_limits(session)
    known = {one.name: one for one in limits.every}
    if drop and (name not in known or known[name].sort is not LimitSort.GROUP):
        raise NotFound(f"there is no group {name!r}; `abm messages limits` lists them")
    given = {key: value for key, value in changes.items() if value is not None}
    new = replace(known.get(name) or Limit(name, LimitSort.GROUP, limits.others.at_once), **given)
    new = replace(new, per_minute=new.per_minute or None)
    known |= {name: new}
    groups = tuple(one for one in known.values() if one.sort is LimitSort.GROUP and not (drop and one.name == name))
    save_limits(session, SendingLimits(known[ALL], known[OTHERS], groups), by=by, at=at)
    return None if drop else new


def put_off_by_pace(
    session: Session, mails: Sequence[tuple[str, bool]], limits: SendingLimits, at: datetime
) -> list[datetime | None]:
    """When each mail, by its domain and whether it was put off before, asks again; None leaves now and is counted."""
    asking = [Asking(_counted_as(domain, limits), was_put_off) for domain, was_put_off in mails]
    names = {name for one in asking for name, _number in one.counted_as}
    if not names:
        return [None] * len(mails)
    _lock(session)
    rows = session.scalars(select(SendingPace).where(SendingPace.name.in_(names)))
    later, paces = decide(asking, {row.name: Pace(row.free_at, row.spread_at) for row in rows}, at)
    values = list(paces.items())
    free, spread = [pace.free_at for _name, pace in values], [pace.spread_at for _name, pace in values]
    session.execute(_KEEP, {"names": [name for name, _pace in values], "free": free, "spread": spread})
    return later


def _lock(session: Session) -> None:
    session.execute(_LOCK, {"key": PACE_LOCK})


def _counted_as(domain: str, limits: SendingLimits) -> tuple[tuple[str, int], ...]:
    if not domain:
        return ()
    name, limit = limits.of(domain)
    return tuple((key, one.per_minute) for key, one in ((name, limit), (ALL, limits.all)) if one.per_minute)


def _check(limits: SendingLimits) -> None:
    if len(limits.groups) > MOST_GROUPS:
        raise Invalid(f"there are more than {MOST_GROUPS} groups", "groups", "too_many")
    taken: set[str] = set()
    for one in limits.every:
        _check_numbers(one)
        if one.sort is LimitSort.GROUP:
            _check_group(one, taken)
            taken |= {one.name, *one.domains}


def _check_numbers(one: Limit) -> None:
    most = MOST_CONNECTIONS if one.sort is LimitSort.ALL else MOST_PER_MINUTE
    if not 1 <= one.at_once <= most:
        raise Invalid(f"{one.name}: at once lies between 1 and {most}", f"at_once.{one.name}", "at_once")
    if one.per_minute is not None and not 1 <= one.per_minute <= MOST_PER_MINUTE:
        told = f"{one.name}: a minute's mails lie between 1 and {MOST_PER_MINUTE}"
        raise Invalid(told, f"per_minute.{one.name}", "per_minute")


def _check_group(one: Limit, taken: set[str]) -> None:
    if not one.name.strip() or one.name in (ALL, OTHERS) or len(one.name) > LONGEST_NAME:
        raise Invalid(f"give the group a name of at most {LONGEST_NAME} signs", f"name.{one.name}", "group_name")
    if one.name in taken:
        raise Invalid(f"{one.name} is named twice", f"name.{one.name}", "named_twice")
    if not one.domains:
        raise Invalid(f"{one.name} names no domain", f"domains.{one.name}", "required")
    for domain in one.domains:
        if not DOMAIN.fullmatch(domain):
            raise Invalid(f"{domain!r} is no domain", f"domains.{one.name}", "domain_unreadable")
        if domain in taken:
            raise Invalid(f"{domain} is named twice", f"domains.{one.name}", "named_twice")


def _told(limits: SendingLimits) -> list[dict[str, Any]]:
    return [vars(one) | {"domains": list(one.domains)} for one in limits.every]
