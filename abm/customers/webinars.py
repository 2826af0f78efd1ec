"""Webinars and what people did about them, told by a report's file or by the organiser's system as it happens.

A webinar is known by its title and time, a deed by webinar, person and kind, so that both tell of it once.
"""

import json
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from abm.customers.refolds import ask_refold
from abm.queue import enqueue
from abm.words import EventKind, EventReason, ItemKind, Verdict

# A report tells when a webinar really began, an invitation when it was to begin.
SAME_WITHIN = timedelta(hours=2)

NEAREST = text(
    """
    select id, title, held_at, topics from webinars
    where title = :title and held_at between :held_at - cast(:within as interval) and :held_at + :within
    order by abs(extract(epoch from held_at - :held_at)), held_at, id limit 1
    """
)
ADD = text("insert into webinars (id, title, held_at) values (:id, :title, :held_at) on conflict do nothing")
# Deeds of one statement belong to many webinars; who stays longer has more minutes, and nobody ever fewer.
TELL = text(
    """
    with said as (
        select v.*, w.title, w.topics, c.account_id, c.department_id
        from jsonb_to_recordset(cast(:deeds as jsonb)) as v (
            id uuid, kind text, happened_at timestamptz, contact_id uuid, webinar_id uuid, hit_id uuid,
            minutes float, verdict text, reasons jsonb)
        join contacts c on c.id = v.contact_id and c.erased_at is null join webinars w on w.id = v.webinar_id
    ), written as (
        insert into events (id, kind, happened_at, account_id, department_id, contact_id, webinar_id, hit_id,
                            verdict, reasons, minutes, topics, detail)
        select id, kind, happened_at, account_id, department_id, contact_id, webinar_id, hit_id,
               verdict, array(select jsonb_array_elements_text(reasons)), minutes, topics,
               jsonb_build_object('webinar', title)
        from said order by id
        on conflict (id) do update set minutes = excluded.minutes,
            verdict = case when :no_minutes = any(events.reasons) and events.verdict = :unknown then :proven
                           else events.verdict end,
            reasons = array_replace(events.reasons, :no_minutes, :with_minutes)
        where excluded.minutes > coalesce(events.minutes, 0)
        returning id, contact_id, minutes, verdict, xmax = 0 as is_new
    ), told as (
        insert into timeline_items (account_id, department_id, contact_id, kind, happened_at, body, detail, subject_id)
        select s.account_id, s.department_id, s.contact_id, :item, s.happened_at, s.title,
               jsonb_strip_nulls(jsonb_build_object('event', s.kind, 'verdict', s.verdict, 'webinar', s.title,
                                                    'minutes', round(cast(s.minutes as numeric), 1))), s.id
        from said s join written w on w.id = s.id and w.is_new
    ), corrected as (
        update timeline_items t set detail = t.detail || jsonb_build_object(
            'verdict', w.verdict, 'minutes', round(cast(w.minutes as numeric), 1))
        from written w
        where not w.is_new and t.contact_id = w.contact_id and t.subject_id = w.id and t.kind = :item
    )
    select contact_id from written where not is_new
    """
)
WITH_MINUTES, NO_MINUTES, REGISTERED = "attendance_with_minutes", "no_minutes", "organiser_report"
WORDS = {
    "with_minutes": WITH_MINUTES,
    "no_minutes": NO_MINUTES,
    "proven": Verdict.PROVEN.value,
    "unknown": Verdict.UNKNOWN.value,
    "item": ItemKind.EVENT.value,
}


@dataclass(frozen=True)
class KnownWebinar:
    """A webinar of ours."""

    id: uuid.UUID
    title: str
    held_at: datetime
    topics: tuple[str, ...] = ()
    is_new: bool = False


@dataclass(frozen=True)
class WebinarDeed:
    """What a person did about a webinar, as a report that came in told it."""

    webinar_id: uuid.UUID
    contact_id: uuid.UUID
    kind: EventKind
    happened_at: datetime
    hit_id: uuid.UUID
    minutes: float | None = None
    # What was told of it and cannot be true.
    marks: tuple[EventReason, ...] = ()


def find_webinar(session: Session, title: str, held_at: datetime) -> KnownWebinar:
    """The webinar of this title that was held about then; a new one, not yet written, when there is none."""
    asked = {"title": title, "held_at": held_at, "within": SAME_WITHIN}
    found = session.execute(NEAREST, asked).one_or_none()
    if found:
        return KnownWebinar(found.id, found.title, found.held_at, tuple(found.topics))
    id_ = uuid.uuid5(uuid.NAMESPACE_URL, f"webinar:{title}:{held_at.isoformat()}")
    return KnownWebinar(id_, title, held_at, is_new=True)


def get_webinar(session: Session, title: str, held_at: datetime) -> KnownWebinar:
    """The same, written when it is new."""
    webinar = find_webinar(session, title, held_at)
    if webinar.is_new:
        session.execute(ADD, {"id": webinar.id, "title": title, "held_at": held_at})
    return webinar


def deed_id(webinar_id: uuid.UUID, contact_id: object, kind: EventKind) -> uuid.UUID:
    """The id of what this person did; the same whoever tells of it, and however often."""
    return uuid.uuid5(webinar_id, f"{contact_id}:{kind.value}")


def judge_deed(kind: EventKind, minutes: float | None) -> tuple[Verdict, str]:
    """The organiser's word proves a registration, minutes prove an attendance; a name alone proves nothing."""
    if kind == EventKind.WEBINAR_REGISTERED:
        return Verdict.PROVEN, REGISTERED
    return (Verdict.PROVEN, WITH_MINUTES) if minutes else (Verdict.UNKNOWN, NO_MINUTES)


def tell_deeds(session: Session, deeds: Sequence[WebinarDeed]) -> None:
    """Write these deeds and their lines on the timeline; one that is known gets the minutes that have come since."""
    # The first of a kind counts: who comes back has attended once.
    rows = {
        row["id"]: row for deed in sorted(deeds, key=lambda one: one.happened_at, reverse=True) if (row := _row(deed))
    }
    if rows:
        values = {"deeds": json.dumps(list(rows.values())), **WORDS}
        ask_refold(session, session.scalars(TELL, values).all())
        enqueue(session, "fold_events")


def _row(deed: WebinarDeed) -> dict[str, Any]:
    verdict, reason = judge_deed(deed.kind, deed.minutes)
    return {
        "id": str(deed_id(deed.webinar_id, deed.contact_id, deed.kind)),
        "kind": deed.kind.value,
        "happened_at": deed.happened_at.isoformat(),
        "contact_id": str(deed.contact_id),
        "webinar_id": str(deed.webinar_id),
        "hit_id": str(deed.hit_id),
        "minutes": deed.minutes,
        "verdict": verdict.value,
        "reasons": [reason, *deed.marks],
    }
