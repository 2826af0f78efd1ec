"""What follows from reports of providers: deliveries, refusals, stops, attendances, and what people did elsewhere.

A provider's own opens and clicks are kept and count for nothing: our own picture and links stand in the same mail,
and what is seen twice was done once.
"""

import hashlib
import json
import uuid
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from abm.config import Settings
from abm.customers.suppression import suppress
from abm.customers.webinars import KnownWebinar, WebinarDeed, get_webinar, tell_deeds
from abm.queue import enqueue
from abm.words import (
    Applied,
    EventKind,
    EventReason,
    ItemKind,
    ProviderEventKind,
    SuppressionReason,
    Verdict,
)
from tracking.judging import Places, judge_again, make_places, places_of
from tracking.refusals import follow_bounces, follow_complaints, in_one_order
from tracking.reports import Report
from tracking.stays import Passage, minutes_there

K = ProviderEventKind
# One act at a time: two would not see each other's comings and goings.
EFFECTS_LOCK = 7_202_615

_DELIVERED = text(
    """
    with said as (
        select * from jsonb_to_recordset(cast(:rows as jsonb)) as v (
            id uuid, message_id text, address text, person uuid, at timestamptz)
    ), meant as (
        select m.id, min(v.at) as at from said v join messages m on m.message_id = v.message_id group by m.id
        union all
        -- Some providers keep no Message-ID of ours: then it is the newest mail to this address of the day before.
        (select distinct on (v.id) m.id, v.at
         from said v join messages m on m.contact_id = v.person and m.email = cast(v.address as citext)
         where v.message_id = '' and m.sent_at between v.at - interval '1 day' and v.at + interval '5 minutes'
         order by v.id, m.sent_at desc, v.at)
    ), first as (select id, min(at) as at from meant group by id)
    update messages m set delivered_at = f.at,
        -- Whose fate a crash had left uncertain has arrived after all.
        sent_at = case when m.state = 'unknown' then f.at else m.sent_at end,
        reason = case when m.state = 'unknown' then null else m.reason end,
        state = case when m.state = 'unknown' then 'sent' else m.state end
    from first f
    where m.id = f.id and (m.delivered_at is null or m.delivered_at > f.at) returning m.key
    """
)
_PASSAGES = text(
    """
    select r.contact_id, r.detail ->> 'sitting' as sitting, coalesce(r.detail ->> 'seat', '') as seat, r.at,
           r.kind = :joined as came
    from provider_reports r
    where r.contact_id = any(:people) and r.kind in (:joined, :left) and r.detail ->> 'sitting' = any(:sittings)
    """
)
_KNOW = text("update provider_reports set contact_id = :person where id = :id")
_EVENTS = text(
    """
    with said as (
        select v.*, c.account_id, c.department_id
        from jsonb_to_recordset(cast(:rows as jsonb)) as v (
            id uuid, kind text, at timestamptz, person uuid, mail uuid, hit_id uuid, verdict text, reasons jsonb,
            minutes float, topics jsonb, product text, detail jsonb)
        join contacts c on c.id = v.person and c.erased_at is null
    ), fresh as (
        insert into events (id, kind, happened_at, account_id, department_id, contact_id, message_id, hit_id, verdict,
                            reasons, minutes, topics, product, detail)
        select id, kind, at, account_id, department_id, person, mail, hit_id, verdict,
               array(select jsonb_array_elements_text(reasons)), minutes,
               array(select jsonb_array_elements_text(topics)), product, detail
        from said order by id on conflict (id) do nothing returning id
    )
    insert into timeline_items (account_id, department_id, contact_id, kind, happened_at, detail, subject_id)
    select s.account_id, s.department_id, s.person, :item, s.at,
           s.detail || jsonb_strip_nulls(jsonb_build_object(
               'event', s.kind, 'verdict', s.verdict, 'minutes', s.minutes,
               'topics', case when s.topics <> '[]' then s.topics end)),
           s.id
    from said s join fresh on fresh.id = s.id
    -- A stop is told by its suppression.
    where s.kind <> :unsubscribe
    """
)
_WEBINAR_KINDS = (EventKind.WEBINAR_REGISTERED, EventKind.WEBINAR_ATTENDED)
# What was told and cannot be true: the event is bounded, marked so, and keeps it.
MARKED_BY = {"told_at": EventReason.IMPLAUSIBLE_TIME, "told_minutes": EventReason.IMPLAUSIBLE_MINUTES}
# What another system tells of pages and files may have been a machine there; what people said or signed was not.
LIKELY = frozenset(
    (
        EventKind.DOWNLOAD,
        EventKind.PREMIUM_DOWNLOAD,
        EventKind.PAGE,
        EventKind.KEY_PAGE,
        EventKind.CAREERS_PAGE,
        EventKind.WEBINAR_ON_DEMAND,
        EventKind.WEBINAR_ATTENDED,
        EventKind.UNSUBSCRIBE,
    )
)


@dataclass(frozen=True)
class Standards:
    """What an installation goes by: its networks and shared domains, and how many soft bounces are too many."""

    places: Places = field(default_factory=make_places)
    soft_limit: int = Settings.soft_bounces


def standards_of(settings: Settings) -> Standards:
    """What an installation's settings say of reports."""
    return Standards(places_of(settings), settings.soft_bounces)


Outcomes = list[tuple[Report, Applied]]
Effect = Callable[[Session, Sequence[Report], Standards], Outcomes]


def apply_reports(session: Session, reports: Sequence[Report], standards: Standards | None = None) -> Outcomes:
    """Let what was reported have its effects, a kind at a time; answers what became of each."""
    standards = standards or Standards()
    session.execute(text("select pg_advisory_xact_lock(:key)"), {"key": EFFECTS_LOCK})
    outcomes: Outcomes = []
    for kinds, effect in EFFECTS:
        if those := [report for report in reports if report.kind in kinds]:
            outcomes.extend(effect(session, those, standards))
    handled = {report.id for report, _ in outcomes}
    rest = [report for report in reports if report.id not in handled]
    return [*outcomes, *((one, Applied.UNKNOWN_EVENT if one.kind is K.UNKNOWN else Applied.EVIDENCE) for one in rest)]


def _take_deliveries(session: Session, reports: Sequence[Report], standards: Standards) -> Outcomes:
    """When a mail arrived tells whether a click came too soon for a person."""
    rows = [
        {
            "id": str(one.id),
            "message_id": one.message_id,
            "address": one.address,
            "person": str(one.person.id) if one.person else None,
            "at": one.at.isoformat(),
        }
        for one in reports
    ]
    if keys := [bytes(key) for key in session.scalars(_DELIVERED, {"rows": json.dumps(rows)})]:
        judge_again(session, sorted(keys), standards.places)
    return [(one, Applied.TAKEN if one.mail or not one.message_id else Applied.EVIDENCE) for one in reports]


def _take_bounces(session: Session, reports: Sequence[Report], standards: Standards) -> Outcomes:
    """An address that failed for good, or too often, is not mailed again."""
    follow_bounces(session, reports, standards.soft_limit)
    if any(one.hard for one in reports):
        enqueue(session, "break_sequences")
    return _taken_if(reports, lambda one: bool(one.address))


def _take_complaints(session: Session, reports: Sequence[Report], standards: Standards) -> Outcomes:
    """Whoever complains is not mailed again."""
    follow_complaints(session, reports)
    enqueue(session, "break_sequences")
    return _taken_if(reports, lambda one: bool(one.address))


def _take_stops(session: Session, reports: Sequence[Report], standards: Standards) -> Outcomes:
    """Whoever stopped elsewhere is not mailed from here either: not at this address, not at the present one."""
    for one in in_one_order(reports):
        for email in sorted({address.lower() for address in (one.address, one.person and one.person.email) if address}):
            suppress(session, email, SuppressionReason.UNSUBSCRIBED, one.at, one.evidence)
    _tell(session, ((one, EventKind.UNSUBSCRIBE, _stop_id(one)) for one in reports))
    return _taken_if(reports, lambda one: bool(one.address))


def _take_deeds(session: Session, reports: Sequence[Report], standards: Standards) -> Outcomes:
    """What people did elsewhere; about a webinar that is named it is the same as a report's file tells."""
    known = [one for one in reports if one.person]
    kinds = {one.id: EventKind(one.detail["kind"]) for one in known}
    about = [one for one in known if kinds[one.id] in _WEBINAR_KINDS and one.detail.get("webinar")]
    _tell_webinars(session, ((one, kinds[one.id], one.detail.get("minutes")) for one in about))
    rest = [one for one in known if one not in about]
    _tell(session, ((one, kinds[one.id], _event_id(one)) for one in rest))
    return _taken_if(reports, lambda one: one.person is not None)


def _take_registrations(session: Session, reports: Sequence[Report], standards: Standards) -> Outcomes:
    _tell_webinars(session, ((one, EventKind.WEBINAR_REGISTERED, None) for one in reports))
    return _taken_if(reports, lambda one: one.person is not None)


def _take_passages(session: Session, reports: Sequence[Report], standards: Standards) -> Outcomes:
    """Who came has attended; how long is told by all comings and goings of that sitting."""
    known = [one for one in reports if one.person]
    if known:
        there = _passages(session, known)
        _tell_webinars(
            session,
            (
                (one, EventKind.WEBINAR_ATTENDED, minutes_there(there[one.person.id, one.detail.get("sitting", "")]))
                for one in known
                if one.person
            ),
        )
    return _taken_if(reports, lambda one: one.person is not None)


EFFECTS: tuple[tuple[tuple[ProviderEventKind, ...], Effect], ...] = (
    # Stops before everything else.
    ((K.UNSUBSCRIBED,), _take_stops),
    ((K.COMPLAINED,), _take_complaints),
    ((K.BOUNCED,), _take_bounces),
    ((K.DELIVERED,), _take_deliveries),
    ((K.REGISTERED,), _take_registrations),
    ((K.JOINED, K.LEFT), _take_passages),
    ((K.DID,), _take_deeds),
)


def _taken_if(reports: Iterable[Report], is_taken: Callable[[Report], bool]) -> Outcomes:
    return [(one, Applied.TAKEN if is_taken(one) else Applied.NOBODY) for one in reports]


def _passages(session: Session, reports: Sequence[Report]) -> Mapping[tuple[uuid.UUID, str], list[Passage]]:
    """Every coming and going of these people in these sittings, also those told earlier."""
    session.execute(_KNOW, [{"id": one.id, "person": one.person.id if one.person else None} for one in reports])
    asked = {
        "people": [one.person.id for one in reports if one.person],
        "sittings": [one.detail.get("sitting", "") for one in reports],
        "joined": K.JOINED.value,
        "left": K.LEFT.value,
    }
    found: dict[tuple[uuid.UUID, str], list[Passage]] = defaultdict(list)
    for row in session.execute(_PASSAGES, asked):
        found[row.contact_id, row.sitting].append(Passage(row.seat, row.at, row.came))
    return found


def _tell_webinars(session: Session, told: Iterable[tuple[Report, EventKind, float | None]]) -> None:
    webinars: dict[tuple[str, str], KnownWebinar] = {}
    deeds = []
    for one, kind, minutes in told:
        if one.person is None:
            continue
        named = one.detail["webinar"], one.detail["held_at"]
        if named not in webinars:
            webinars[named] = get_webinar(session, named[0], datetime.fromisoformat(named[1]))
        deeds.append(WebinarDeed(webinars[named].id, one.person.id, kind, one.at, one.hit_id, minutes, _marks(one)))
    tell_deeds(session, deeds)


def _tell(session: Session, told: Iterable[tuple[Report, EventKind, uuid.UUID]]) -> None:
    """Write these as engagement events of the people they are about."""
    rows = [_event(one, kind, id_) for one, kind, id_ in told if one.person]
    if rows:
        words = {"item": ItemKind.EVENT.value, "unsubscribe": EventKind.UNSUBSCRIBE.value}
        session.execute(_EVENTS, {"rows": json.dumps(rows), **words})
        enqueue(session, "fold_events")


def _event(one: Report, kind: EventKind, id_: uuid.UUID) -> dict[str, Any]:
    minutes = one.detail.get("minutes")
    is_likely = kind in LIKELY and not (kind is EventKind.WEBINAR_ATTENDED and minutes)
    detail = {name: one.detail[name] for name in ("title", "url", "webinar", *MARKED_BY) if name in one.detail}
    return {
        "id": str(id_),
        "kind": kind.value,
        "at": one.at.isoformat(),
        "person": str(one.person.id) if one.person else None,
        "mail": str(one.mail.id) if one.mail else None,
        "hit_id": str(one.hit_id),
        "verdict": (Verdict.LIKELY if is_likely else Verdict.PROVEN).value,
        "reasons": [EventReason.REPORTED, *_marks(one)],
        "minutes": minutes,
        "topics": one.detail.get("topics", []),
        "product": one.detail.get("product"),
        "detail": {**detail, "source": one.source},
    }


def _marks(one: Report) -> tuple[EventReason, ...]:
    return tuple(mark for told, mark in MARKED_BY.items() if told in one.detail)


def _event_id(one: Report) -> uuid.UUID:
    return uuid.uuid5(uuid.NAMESPACE_URL, f"report:{one.source}:{one.event_id}")


def _stop_id(one: Report) -> uuid.UUID:
    """The stop of a mail is one, whether its own link or the provider tells of it (see `tracking.record`)."""
    if one.mail is None:
        return _event_id(one)
    return uuid.UUID(hashlib.md5(f"unsubscribe by {one.mail.id}".encode(), usedforsecurity=False).hexdigest())
