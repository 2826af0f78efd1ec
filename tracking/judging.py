"""Hits judged beside all that bears on them, and again when later evidence comes; events and scores follow.

The work is bounded by what is new: of a message's hits the first few hundred are looked at, and those around the new
ones. What was found to be a machine stays one unless somebody said otherwise or the day of delivery was set right:
evidence is only ever added, so hits give the same verdicts in whatever order they come.
"""

import uuid
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from functools import lru_cache

from sqlalchemy import Row, text
from sqlalchemy.orm import Session

from abm.config import Settings
from abm.customers.domains import SharedDomains
from abm.customers.refolds import ask_refold
from abm.words import HitKind, ItemKind, Verdict
from tracking.learning import known_of, learn_visits
from tracking.networks import Networks, read_networks
from tracking.verdict import Facts, Judgement, judge_fully
from tracking.verdict_facts import FOLLOWED

# Of a message, and of a person's pages. A person comes nowhere near; around new hits of a hammered one so many more.
LOOKED_AT = 300
AROUND = timedelta(minutes=2)
# What one round of later evidence makes judged again.
CONTACTS_AT_ONCE = 200
SUSPECTS = 50

_COLUMNS = """
    h.id, h.kind, h.at, h.method, h.message_key, h.link_key, h.honeypot, h.user_agent, h.ip, h.verdict, h.reasons,
    h.rules, h.recorded_at, m.id as message_id, coalesce(h.contact_id, m.contact_id) as contact_id, m.email,
    -- A mail that was caught here never passed a gateway, and whoever reads it sits before the page that shows it.
    case when not m.is_local then m.delivered_at end as delivered_at
"""
_FRESH = text(
    """
    select message_key, contact_id, kind from hits
    where id = any(:ids) and set_aside is null and kind <> 'webhook'
    """
)
_HITS_OF = text(
    """
    select h.id from unnest(cast(:keys as bytea[])) as w(key)
    cross join lateral (select id from hits where message_key = w.key order by at, id limit :limit) h
    """
)
# Three people of one domain on the same link within five seconds: those that are not new yet.
_COLLEAGUES = text(
    """
    with fresh as (
        select link_key, at from hits
        where id = any(:ids) and kind = any(:followed) and link_key is not null and set_aside is null
    ), spans as (
        select link_key, unnest(range_agg(tstzrange(at - interval '5 s', at + interval '5 s', '[]'))) as span
        from fresh group by link_key
    )
    select array_agg(distinct h.message_key) from spans s
    cross join lateral (
        select message_key from hits
        where link_key = s.link_key and at between lower(s.span) and upper(s.span) and kind = any(:followed)
    ) h
    join messages m on m.key = h.message_key
    group by s.link_key, lower(split_part(cast(m.email as text), '@', 2))
    having count(distinct m.contact_id) >= 3
    """
)
# A page that was looked at proves the download after it.
_DOWNLOADS = text(
    """
    select distinct d.message_key from hits p
    join messages m on m.contact_id = p.contact_id and m.sent_at > p.at - interval '60 days'
    join hits d on d.message_key = m.key and d.at between p.at and p.at + interval '30 minutes'
    where p.id = any(:ids) and p.contact_id is not null and p.kind in ('page', 'form') and d.kind = 'download'
    """
)
_OF_MESSAGES = text(
    f"""
    select {_COLUMNS}
    from unnest(cast(:keys as bytea[])) as w(key)
    join messages m on m.key = w.key and not m.is_test
    cross join lateral (
        select * from hits where message_key = w.key and kind <> 'webhook' order by at, id limit :limit
    ) h
    """  # noqa: S608 only our own columns are put in
)
_AROUND_FRESH = text(
    f"""
    with spans as (
        select message_key as key, min(at) as first, max(at) as last from hits
        where id = any(:ids) and message_key = any(:keys) group by message_key
    ), beside as (
        select h.id from spans s cross join lateral (
            (select id from hits where message_key = s.key and at >= s.first - :around and at < s.first
             order by at desc limit :limit)
            union all
            (select id from hits where message_key = s.key and at > s.last and at <= s.last + :around
             order by at limit :limit)
        ) h
    )
    select {_COLUMNS} from hits h join messages m on m.key = h.message_key and not m.is_test
    where (h.id in (select id from beside) or h.id = any(:ids) and h.message_key = any(:keys)) and h.kind <> 'webhook'
    """  # noqa: S608
)
_OF_PEOPLE = text(
    f"""
    select {_COLUMNS}
    from unnest(cast(:people as uuid[])) as w(person)
    cross join lateral (
        select * from hits where contact_id = w.person and message_key is null and kind <> 'webhook'
        order by at desc, id limit :limit
    ) h
    left join messages m on false
    """  # noqa: S608
)
_UNWEIGHED = text(
    """
    select id, contact_id from events where verdict = 'proven' and weighed_at is null
    order by id limit :limit for update skip locked
    """
)
_WEIGHED = text("update events set weighed_at = clock_timestamp() where id = any(:ids)")
_BESIDE_PROVEN = text(
    """
    select distinct h.message_key from events e
    join messages m on m.contact_id = e.contact_id and m.sent_at between e.happened_at - interval '74 days'
        and e.happened_at + interval '14 days'
    join hits h on h.message_key = m.key
        and h.at between e.happened_at - interval '14 days' and e.happened_at + interval '14 days'
    where e.id = any(:ids) and h.verdict = 'unknown'
    """
)
# Mails of a domain that were visited as a scanner does, while too few to say so.
_SUSPECTS = text(
    """
    select m.key from unnest(cast(:domains as text[])) as w(domain)
    cross join lateral (
        select message_id from first_visits where domain = w.domain and is_scan and not is_found_out
        order by at desc limit :limit
    ) v
    join messages m on m.id = v.message_id
    where not m.key = any(cast(:keys as bytea[])) and exists (
        select from hits h where h.message_key = m.key and h.kind = any(:followed) and h.verdict <> 'machine'
    )
    """
)
# Recorder, deliveries and people may judge the same hits at once: in one order nobody waits for the other in a circle.
_IN_ORDER = text("select from hits where id = any(:ids) order by id for no key update")
_REJUDGE = text(
    """
    update hits h set verdict = new.verdict, reasons = string_to_array(new.reasons, ','), rules = new.rules
    from unnest(cast(:ids as uuid[]), cast(:verdicts as text[]), cast(:reasons as text[]), cast(:rules as text[]))
         as new(id, verdict, reasons, rules)
    where h.id = new.id
    """
)
# Scores that counted the old verdict are folded again; what the timeline shows is the verdict as it is now. What sales
# called a false signal stays one.
_FOLLOW = text(
    """
    with changed as (
        update events e set verdict = h.verdict, reasons = h.reasons,
            weighed_at = case when h.verdict = 'proven' then null else e.weighed_at end
        from hits h
        where h.id = any(:ids) and e.hit_id = h.id and (e.verdict, e.reasons) is distinct from (h.verdict, h.reasons)
          and not 'false_signal' = any(e.reasons)
        returning e.id, e.contact_id, e.verdict, old.verdict as before
    ), told as (
        update timeline_items t set detail = t.detail || jsonb_build_object('verdict', c.verdict)
        from changed c where t.contact_id = c.contact_id and t.subject_id = c.id and t.kind = :item
          and c.verdict <> c.before
    )
    select distinct contact_id from changed where verdict <> before
    """
)


@dataclass(frozen=True)
class Places:
    """What the installation knows of networks and of domains that many firms share."""

    networks: Networks
    shared: SharedDomains


@dataclass
class Docket:
    """What is to be judged together, and which of it may be judged freely."""

    keys: set[bytes] = field(default_factory=set)
    people: set[uuid.UUID] = field(default_factory=set)
    fresh: set[uuid.UUID] = field(default_factory=set)
    # What may be taken back though it was a machine: its evidence was withdrawn.
    anew: set[bytes] = field(default_factory=set)
    anew_people: set[uuid.UUID] = field(default_factory=set)


@lru_cache(maxsize=8)
def make_places(networks_file: str = "", shared: tuple[str, ...] = ()) -> Places:
    """The networks of this file, read once a process, and the shared domains."""
    return Places(read_networks(networks_file), SharedDomains(shared))


def places_of(settings: Settings) -> Places:
    """What an installation's settings say of networks and domains."""
    return make_places(settings.networks_file, settings.shared_domains)


def judge_recorded(session: Session, ids: Sequence[uuid.UUID], places: Places | None = None) -> None:
    """Judge hits that have just come, and whatever they throw another light on."""
    fresh = session.execute(_FRESH, {"ids": ids}).all()
    docket = Docket(
        keys={bytes(row.message_key) for row in fresh if row.message_key},
        people={row.contact_id for row in fresh if row.contact_id},
        fresh=set(ids),
    )
    docket.keys |= _beside_colleagues(session, ids)
    if any(row.contact_id for row in fresh):
        docket.keys.update(bytes(key) for key in session.scalars(_DOWNLOADS, {"ids": ids}))
    _judge(session, docket, places or make_places())


def judge_again(session: Session, keys: Collection[bytes], places: Places | None = None) -> None:
    """Judge all hits of these messages anew: when they were delivered has become known, or somebody said otherwise."""
    ids = session.scalars(_HITS_OF, {"keys": list(keys), "limit": LOOKED_AT}).all()
    beside = _beside_colleagues(session, ids) if ids else set()
    _judge(session, Docket(keys={*keys, *beside}, anew=set(keys)), places or make_places())


def judge_people_again(session: Session, people: Collection[uuid.UUID], places: Places | None = None) -> None:
    """Judge anew what these people did without a message."""
    _judge(session, Docket(people=set(people), anew_people=set(people)), places or make_places())


def has_unweighed(session: Session) -> bool:
    """Whether a proven act waits to make likely what the same person did around it."""
    waiting = "select exists (select from events where verdict = 'proven' and weighed_at is null)"
    return bool(session.scalar(text(waiting)))


def weigh_proven(session: Session, places: Places | None = None) -> int:
    """Judge what people did within two weeks of proven acts not yet looked at; answers how many acts there were."""
    acts = session.execute(_UNWEIGHED, {"limit": CONTACTS_AT_ONCE}).all()
    if not acts:
        return 0
    ids = {"ids": [act.id for act in acts]}
    keys = {bytes(key) for key in session.scalars(_BESIDE_PROVEN, ids)}
    _judge(session, Docket(keys=keys, people={act.contact_id for act in acts}), places or make_places())
    session.execute(_WEIGHED, ids)
    return len(acts)


def _beside_colleagues(session: Session, ids: Sequence[uuid.UUID]) -> set[bytes]:
    asked = {"ids": list(ids), "followed": [kind.value for kind in FOLLOWED]}
    return {bytes(key) for keys in session.scalars(_COLLEAGUES, asked) for key in keys}


def _judge(session: Session, docket: Docket, places: Places) -> None:
    """Judge these, and once more the mails of domains that were just seen to be scanned."""
    scanned = _judge_once(session, docket, places)
    if not scanned:
        return
    asked = {"domains": sorted(scanned), "limit": SUSPECTS, "keys": list(docket.keys)}
    asked["followed"] = [kind.value for kind in FOLLOWED]
    suspects = {bytes(key) for key in session.scalars(_SUSPECTS, asked)}
    if suspects:
        _judge_once(session, Docket(keys=suspects), places)


def _judge_once(session: Session, docket: Docket, places: Places) -> set[str]:
    rows, hammered = _load(session, docket)
    if not rows:
        return set()
    domains = {row.email: places.shared.own_domain(row.email) or "" for row in rows if row.email}
    facts = [_facts(row, domains) for row in rows]
    known = known_of(session, facts, {row.message_id for row in rows if row.message_id}, places.networks)
    judged, visits = judge_fully(facts, known)
    learn_visits(session, [(facts[place].at, rows[place].message_id, visit) for place, visit in visits])
    _write(session, docket, rows, judged, hammered)
    return _newly_scanned(facts, judged, rows)


def _load(session: Session, docket: Docket) -> tuple[list[Row[tuple[object, ...]]], set[bytes]]:
    """The hits to look at, each once; and the messages of which not all are among them."""
    asked = {"keys": list(docket.keys), "limit": LOOKED_AT}
    rows = {row.id: row for row in session.execute(_OF_MESSAGES, asked)} if docket.keys else {}
    counts: dict[bytes, int] = {}
    for row in rows.values():
        counts[bytes(row.message_key)] = counts.get(bytes(row.message_key), 0) + 1
    hammered = {key for key, count in counts.items() if count >= LOOKED_AT}
    if hammered and docket.fresh:
        more = {"ids": list(docket.fresh), "keys": list(hammered), "around": AROUND, "limit": 2 * LOOKED_AT}
        rows.update((row.id, row) for row in session.execute(_AROUND_FRESH, more))
    people = docket.people | {row.contact_id for row in rows.values() if row.contact_id}
    if people:
        of_people = session.execute(_OF_PEOPLE, {"people": list(people), "limit": LOOKED_AT})
        rows.update((row.id, row) for row in of_people)
    return sorted(rows.values(), key=lambda row: (row.at, row.id)), hammered


def _write(
    session: Session,
    docket: Docket,
    rows: Sequence[Row[tuple[object, ...]]],
    judged: Sequence[Judgement],
    hammered: Collection[bytes],
) -> None:
    changed = [
        (row, judgement)
        for row, judgement in zip(rows, judged, strict=True)
        if (row.verdict, row.reasons, row.rules) != (judgement.verdict, list(judgement.reasons), judgement.rules)
        and _may_change(row, judgement, docket, hammered)
    ]
    if not changed:
        return
    ids: list[uuid.UUID] = [row.id for row, _ in changed]
    values: Mapping[str, object] = {
        "ids": ids,
        "verdicts": [judgement.verdict.value for _, judgement in changed],
        "reasons": [",".join(judgement.reasons) for _, judgement in changed],
        "rules": [judgement.rules for _, judgement in changed],
    }
    session.execute(_IN_ORDER, {"ids": ids})
    session.execute(_REJUDGE, values)
    ask_refold(session, session.scalars(_FOLLOW, {"ids": ids, "item": ItemKind.EVENT.value}))


def _may_change(
    row: Row[tuple[object, ...]], judgement: Judgement, docket: Docket, hammered: Collection[bytes]
) -> bool:
    if row.id in docket.fresh or judgement.verdict is Verdict.MACHINE:
        return True
    if row.message_key is None:
        return row.contact_id in docket.anew_people or row.verdict != Verdict.MACHINE
    if bytes(row.message_key) in docket.anew:
        return True
    is_whole = bytes(row.message_key) not in hammered
    return row.verdict != Verdict.MACHINE and (is_whole or row.verdict == Verdict.UNKNOWN)


def _newly_scanned(
    facts: Iterable[Facts], judged: Iterable[Judgement], rows: Iterable[Row[tuple[object, ...]]]
) -> set[str]:
    """Domains at which a visit was just found to be a scanner's."""
    return {
        one.domain
        for one, judgement, row in zip(facts, judged, rows, strict=True)
        if judgement.verdict is Verdict.MACHINE and row.recorded_at is None and one.kind in FOLLOWED and one.domain
    }


def _facts(row: Row[tuple[object, ...]], domains: Mapping[str, str]) -> Facts:
    return Facts(
        str(row.id),
        HitKind(row.kind),
        row.at,
        row.method,
        bytes(row.message_key) if row.message_key else None,
        row.user_agent,
        row.honeypot,
        row.contact_id,
        domains.get(row.email, ""),
        row.ip or "",
        bytes(row.link_key) if row.link_key else None,
        row.delivered_at,
    )
