"""Folding what happened into enrollments: a batch of occasions, all sequences that listen, in a few statements.

An occasion is taken off in the same commit as what follows from it, so it works once however often this runs.
"""

import json
import uuid
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from abm.words import LeaveReason, ListenRole, OccasionKind, TriggerKind, WebinarPart
from campaigns.exits import Leaving, leave
from campaigns.starting import Brought, hold_sequences, start_people
from campaigns.waking import Waited, wake

BATCH = 1_000
# A file of old visits or an event judged anew after weeks starts nothing any more.
OUTDATED = timedelta(days=30)
# Who was not there is known once the organiser's report is in; that is asked so often, for so long.
WEBINAR_OVER = timedelta(days=1)
REPORT_AGAIN = timedelta(hours=6)
REPORT_AWAITED = timedelta(days=14)

CLAIM = text(
    """
    delete from occasions where number = any(array(
        select number from occasions where due_at <= :at order by due_at, number limit :limit for update skip locked
    )) returning kind, source_id
    """
)
# What each occasion means to each sequence that listens. People and accounts are asked here, for a merge may have come
# in between; whoever is archived by now is nobody. One branch for each kind of source.
HEAR = text(
    """
    with told as materialized (
        select kind, source_id from json_to_recordset(cast(:rows as json)) v (kind text, source_id uuid)
    )
    select t.sequence_id, t.role, t.kind, t.asked, e.id, c.account_id, c.id, e.happened_at,
        case when t.asked ->> 'part' = 'registered_only' then w.held_at end,
        t.asked ->> 'part' = 'registered_only' and exists (
            select from events x where x.contact_id = c.id and x.webinar_id = e.webinar_id and x.kind = any(:there)),
        t.asked ->> 'part' = 'registered_only' and exists (
            select from events x where x.webinar_id = e.webinar_id and x.kind = :attended)
    from told o join events e on e.id = o.source_id
    join contacts c on c.id = e.contact_id
    join sequence_triggers t on e.kind = any(t.words) and (o.kind = 'registration' or e.happened_at >= t.since)
    left join assets a on a.id = e.asset_id
    left join webinars w on w.id = e.webinar_id
    where o.kind in ('event', 'registration') and e.verdict in ('proven', 'likely')
      and (o.kind = 'event' or t.asked ->> 'part' = 'registered_only')
      and (t.asked ->> 'topic' is null or t.asked ->> 'topic' = any(e.topics))
      and (t.asked ->> 'product' is null or t.asked ->> 'product' = e.product)
      -- A file exists once for each language.
      and (t.asked ->> 'asset' is null or t.asked ->> 'asset' in (a.name, split_part(a.name, '/', 1)))
      and (t.asked ->> 'webinar' is null or t.asked ->> 'webinar' = w.title)
      and (t.kind <> 'form' or exists (
        select from hits h where h.id = e.hit_id and h.kind = 'form'
          and (t.asked ->> 'form' is null or t.asked ->> 'form' = h.detail ->> 'form')))
    union all
    select t.sequence_id, t.role, t.kind, t.asked, s.id, s.account_id, c.id, s.at, null, false, false
    from told o join stage_changes s on s.id = o.source_id
    join sequence_triggers t on t.kind = 'stage' and s.new = any(t.words)
        and (t.asked -> 'from' is null or t.asked -> 'from' ? s.old)
    join contacts c on c.account_id = s.account_id and c.archived_at is null
    where o.kind = 'stage'
    union all
    select t.sequence_id, t.role, t.kind, t.asked, c.id, c.account_id, c.id, c.created_at, null, false, false
    from told o join contacts c on c.id = o.source_id join sequence_triggers t on t.kind = 'new_contact'
    where o.kind = 'contact'
    union all
    select t.sequence_id, t.role, t.kind, t.asked, i.id, c.account_id, c.id, cast(:at as timestamptz),
        null, false, false
    from told o join imports i on i.id = o.source_id and i.state = 'applied'
    join sequence_triggers t on t.kind = 'import'
    join import_rows r on r.import_id = i.id join contacts c on c.id = r.contact_id
    where o.kind = 'import'
    union all
    select t.sequence_id, t.role, t.kind, t.asked, x.id, x.account_id, null, x.at, null, false, false
    from told o join lateral (
        select id, account_id, 'open_deal' as cause, cast(:at as timestamptz) as at from deals
        where o.kind = 'deal' and id = o.source_id
        union all select id, account_id, 'contract', :at from contracts where o.kind = 'contract' and id = o.source_id
        union all select id, account_id, 'meeting', happened_at from timeline_items
        where o.kind = 'meeting' and id = o.source_id
        union all select id, account_id, 'meeting', :at from tasks where o.kind = 'task' and id = o.source_id
    ) x on true
    join sequence_triggers t on t.kind = x.cause
    -- As it happened; what both ends a way and reaches its goal has reached it.
    order by 8, 5, 2 desc, 1, 3, 4, 7
    """
)
AGAIN = text(
    """
    insert into occasions (kind, source_id, due_at)
    select kind, source_id, due_at
    from json_to_recordset(cast(:rows as json)) v (kind text, source_id uuid, due_at timestamptz)
    """
)


@dataclass(frozen=True)
class Heard:
    """What one occasion means to one sequence that listens; the last three are of webinars somebody registered for."""

    sequence_id: uuid.UUID
    role: ListenRole
    kind: str
    asked: Mapping[str, Any]
    cause_id: uuid.UUID
    account_id: uuid.UUID
    contact_id: uuid.UUID | None
    at: datetime
    held_at: datetime | None = None
    was_there: bool = False
    is_reported: bool = False


def has_due_occasions(session: Session, at: datetime) -> bool:
    """Whether something happened that has not been folded."""
    return bool(session.scalar(text("select exists (select from occasions where due_at <= :at)"), {"at": at}))


def fold_occasions(session: Session, at: datetime, limit: int = BATCH) -> int:
    """Fold the next occasions: end what they end, begin what they begin; answers how many there were."""
    claimed = session.execute(CLAIM, {"at": at, "limit": limit}).all()
    if claimed:
        heard = hear(session, [(kind, source_id) for kind, source_id in claimed], at)
        # Before their people, as by whoever pauses, ends or moves a sequence.
        hold_sequences(session, {one.sequence_id for one in heard if one.role == ListenRole.START})
        leave(session, [_leaving(one) for one in heard if one.role in (ListenRole.EXIT, ListenRole.GOAL)], at)
        wake(session, [_waited(one) for one in heard if one.role == ListenRole.WAIT], at)
        _begin(session, [one for one in heard if one.role == ListenRole.START], at)
    return len(claimed)


def hear(session: Session, told: Sequence[tuple[str, uuid.UUID]], at: datetime) -> list[Heard]:
    """What these occasions mean, to every sequence that listens, in the order in which they happened."""
    rows = json.dumps([{"kind": kind, "source_id": str(source_id)} for kind, source_id in told])
    there = ["webinar_attended", "webinar_on_demand"]
    values = {"rows": rows, "at": at, "there": there, "attended": there[0]}
    return [
        Heard(row[0], ListenRole(row[1]), row[2], row[3], row[4], row[5], row[6], row[7], *row[8:])
        for row in session.execute(HEAR, values)
    ]


def _waited(heard: Heard) -> Waited:
    return Waited(heard.sequence_id, heard.account_id, heard.contact_id, heard.asked["steps"])


def _leaving(heard: Heard) -> Leaving:
    goal = heard.asked["key"] if heard.role is ListenRole.GOAL else None
    return Leaving(
        heard.sequence_id, heard.account_id, LeaveReason.GOAL if goal else LeaveReason(heard.kind), heard.at, goal
    )


def _begin(session: Session, heard: Sequence[Heard], at: datetime) -> None:
    """Take on whom these bring, a sequence and a trigger at a time; who may have been at a webinar is asked again."""
    later = {one.cause_id: again for one in heard if (again := ask_again(one, at))}
    rows = [{"kind": OccasionKind.REGISTRATION, "source_id": id_, "due_at": again} for id_, again in later.items()]
    if rows:
        session.execute(AGAIN, {"rows": json.dumps(rows, default=str)})
    brought: defaultdict[tuple[uuid.UUID, str], list[Brought]] = defaultdict(list)
    # Who did two things in one batch came by the first of them.
    for one in heard:
        if one.contact_id and ask_again(one, at) is None and counts(one, at):
            brought[one.sequence_id, one.kind].append((one.contact_id, one.cause_id))
    intakes = hold_sequences(session, {sequence_id for sequence_id, _ in brought})
    for (sequence_id, kind), people in sorted(brought.items()):
        if intake := intakes.get(sequence_id):
            start_people(session, intake, people, TriggerKind(kind), at)


def ask_again(heard: Heard, at: datetime) -> datetime | None:
    """When to ask again whether somebody who registered was there; None when that is known, or nobody will say."""
    if heard.held_at is None or heard.was_there:
        return None
    over = heard.held_at + WEBINAR_OVER
    # Some report who comes while it goes on: before it is over nobody has missed it.
    if at < over:
        return over
    return at + REPORT_AGAIN if not heard.is_reported and at < heard.held_at + REPORT_AWAITED else None


def counts(heard: Heard, at: datetime) -> bool:
    """Whether what happened still starts something; of a registration, whether the person stayed away."""
    if heard.asked.get("part") == WebinarPart.REGISTERED_ONLY:
        return heard.is_reported and not heard.was_there
    return at - heard.at <= OUTDATED
