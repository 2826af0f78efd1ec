"""What bears on hits besides themselves: what earlier mails taught of gateways, proven acts, and what people said."""

import uuid
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from abm.words import Verdict
from tracking.networks import Networks, network_of
from tracking.verdict_facts import Facts, Known, Overrule, Visit

# A firm changes its gateway now and then; and so many mails are enough to know a habit.
REMEMBERED = timedelta(days=90)
ENOUGH = 40
BESIDE_PROVEN = timedelta(days=14)

_VISITS = text(
    """
    select distinct on (v.message_id) v.*, m.contact_id
    from (
        select f.* from unnest(cast(:domains as text[])) as w(domain) cross join lateral (
            select * from first_visits where domain = w.domain and domain <> '' and at > :since
            order by at desc limit :enough
        ) f
        union all
        select f.* from unnest(cast(:networks as text[])) as w(network) cross join lateral (
            select * from first_visits where network = w.network and network <> '' and at > :since
            order by at desc limit :enough
        ) f
    ) v
    join messages m on m.id = v.message_id
    where not v.message_id = any(cast(:messages as uuid[]))
    """
)
# What the hits at hand prove, they prove themselves.
_PROVEN = text(
    """
    select contact_id, happened_at from events
    where contact_id = any(:people) and verdict = 'proven' and happened_at between :since and :until
      and (hit_id is null or not hit_id = any(cast(:hits as uuid[])))
    """
)
_OVERRULES = text(
    """
    select hit_id, domain, network, agent, verdict from verdict_overrules
    where withdrawn_at is null and (hit_id = any(cast(:hits as uuid[])) or domain = any(:domains))
    order by said_at desc, id desc
    """
)
_LEARN = text(
    """
    insert into first_visits (message_id, at, domain, network, agent, is_scan, is_found_out)
    select * from unnest(
        cast(:messages as uuid[]), cast(:ats as timestamptz[]), cast(:domains as text[]), cast(:networks as text[]),
        cast(:agents as text[]), cast(:scans as boolean[]), cast(:found as boolean[])
    )
    on conflict (message_id) do update set at = excluded.at, network = excluded.network, agent = excluded.agent,
        domain = excluded.domain, is_scan = excluded.is_scan, is_found_out = excluded.is_found_out
    where (first_visits.at, first_visits.is_scan, first_visits.is_found_out)
        is distinct from (excluded.at, excluded.is_scan, excluded.is_found_out)
    """
)


def known_of(session: Session, facts: Sequence[Facts], messages: Collection[uuid.UUID], networks: Networks) -> Known:
    """What bears on these hits besides themselves."""
    first, last = min(one.at for one in facts), max(one.at for one in facts)
    domains = sorted({one.domain for one in facts if one.domain})
    hits = [one.id for one in facts]
    return Known(
        visits=_visits(session, facts, domains, list(messages), last - REMEMBERED),
        proven=_proven(session, facts, hits, first - BESIDE_PROVEN, last + BESIDE_PROVEN),
        overrules=[
            Overrule(Verdict(row.verdict), str(row.hit_id or ""), row.domain or "", row.network, row.agent)
            for row in session.execute(_OVERRULES, {"hits": hits, "domains": domains})
        ],
        networks=networks,
    )


def learn_visits(session: Session, visits: Iterable[tuple[datetime, uuid.UUID, Visit]]) -> None:
    """Keep how each message was first visited."""
    # Somebody else's known browser may have followed the same message: the earlier visit is the first.
    first = {
        message: (at, message, visit) for at, message, visit in sorted(visits, key=lambda one: one[0], reverse=True)
    }
    if not first:
        return
    ordered = [first[message] for message in sorted(first)]
    values: dict[str, Any] = {
        "messages": [message for _, message, _ in ordered],
        "ats": [at for at, _, _ in ordered],
        "domains": [visit.domain for *_, visit in ordered],
        "networks": [visit.network for *_, visit in ordered],
        "agents": [visit.agent for *_, visit in ordered],
        "scans": [visit.is_scan for *_, visit in ordered],
        "found": [visit.is_found_out for *_, visit in ordered],
    }
    session.execute(_LEARN, values)


def _visits(
    session: Session, facts: Sequence[Facts], domains: list[str], messages: list[uuid.UUID], since: datetime
) -> list[Visit]:
    places = sorted({network_of(one.ip) for one in facts if one.ip})
    asked = {"domains": domains, "networks": places, "messages": messages, "since": since, "enough": ENOUGH}
    return [
        Visit(row.contact_id, row.domain, row.network, row.agent, row.is_scan, row.is_found_out)
        for row in session.execute(_VISITS, asked)
    ]


def _proven(
    session: Session, facts: Sequence[Facts], hits: list[str], since: datetime, until: datetime
) -> dict[Any, list[datetime]]:
    people = [one for one in {one.contact for one in facts} if one]
    found: dict[Any, list[datetime]] = defaultdict(list)
    for row in session.execute(_PROVEN, {"people": people, "since": since, "until": until, "hits": hits}):
        found[row.contact_id].append(row.happened_at)
    return found
