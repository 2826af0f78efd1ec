"""Hits become engagement events: a batch at a time, in a handful of statements whatever its size.

An event's id follows from what it tells of, so that a batch done twice, or in another order, leaves
the same events: the hit's own id; one open a message implied by its clicks; one unsubscribe a message.
"""

from sqlalchemy import text
from sqlalchemy.orm import Session

from abm.customers.refolds import ask_refold
from abm.queue import enqueue
from abm.words import EventKind, HitKind, ItemKind, Verdict
from tracking.judging import Places, judge_recorded
from tracking.people import UNKNOWN_PERSON, recognise

BATCH = 5_000
# One recorder at a time: two would re-judge each other's hits and wait for one another.
RECORDER_LOCK = 7_202_603

# In the order of their index: any other would sort all that wait before each batch. A stop took effect when loaded.
_PENDING = text("select id, kind, message_key from hits where recorded_at is null order by id limit :limit")
# Whoever fills in a form is who they say, not whose mail it was reached from: that may have been passed on.
_SET_ASIDE = text(
    """
    update hits h set recorded_at = clock_timestamp(),
        set_aside = case when m.is_test then 'test_send' when own.kind = 'page' then 'unknown_visitor'
            when own.kind <> 'form' then 'unknown_message'
            when own.honeypot then 'machine_form' else 'unknown_person' end
    from hits own left join messages m on m.key = own.message_key
    where own.id = h.id and h.id = any(:ids)
      and (m.is_test or own.contact_id is null and (m.id is null or own.kind = 'form' and own.detail ? 'mail'))
    returning h.set_aside
    """
)
_EVENTS = text(
    """
    with told as (
        select h.id, h.kind, h.at, h.verdict, h.reasons, h.detail ->> 'message' as message,
               case when m.contact_id = c.id then m.id end as message_id,
               c.id as contact_id, c.account_id, c.department_id, l.asset_id, w.id as webinar_id,
               coalesce(a.is_premium, false) as is_premium, f.kind as form, r.kind as page,
               coalesce(nullif(l.topics, '{}'), a.topics, w.topics, f.topics, r.topics, '{}') as topics,
               coalesce(l.product, a.product, f.product, r.product) as product,
               coalesce(l.label, a.title ->> c.language, a.filename, w.title, f.title ->> c.language,
                        h.detail ->> 'title') as title,
               coalesce(nullif(l.url, ''), h.detail ->> 'url') as url
        from hits h
        left join messages m on m.key = h.message_key and not m.is_test
        join contacts c on c.id = coalesce(h.contact_id, m.contact_id) and c.erased_at is null
        left join links l on l.key = h.link_key
        left join assets a on a.id = l.asset_id
        left join webinars w on w.id = l.webinar_id
        left join forms f on h.kind = :form and f.key = h.detail ->> 'form'
        left join lateral (
            select kind, topics, product from page_rules
            where h.kind = :page and h.detail ->> 'path' like replace(
                replace(replace(replace(pattern, '\\', '\\\\'), '%', '\\%'), '_', '\\_'), '*', '%')
            order by length(pattern) desc, pattern limit 1
        ) r on true
        where h.id = any(:ids) and h.set_aside is null
    ), happened as (
        select id as event_id,
            -- Following a join link is a click: who was there, and for how long, the organiser's report says.
            case when kind = :join then :click
                when kind = :page then case page when 'key' then :key_page when 'careers' then :careers else :page end
                when kind = :form and form in ('demo', 'quote') then :demo
                when kind = :form and asset_id is null then :inquiry
                when kind in (:form, :download) then case when is_premium then :premium else :download end
                else kind end as event,
            told.*
        from told where kind not in (:stop, :preferences)
    ), fresh as (
        insert into events (id, kind, happened_at, account_id, department_id, contact_id, message_id, asset_id,
                            webinar_id, hit_id, verdict, reasons, topics, product, detail)
        select event_id, event, at, account_id, department_id, contact_id, message_id, asset_id, webinar_id,
               id, verdict, reasons, topics, product,
               jsonb_strip_nulls(jsonb_build_object('title', title, 'url', url))
        from happened order by event_id
        on conflict (id) do nothing
        returning id
    )
    insert into timeline_items (account_id, department_id, contact_id, kind, happened_at, body, detail, subject_id)
    select h.account_id, h.department_id, h.contact_id, :item, h.at, h.message,
           jsonb_strip_nulls(jsonb_build_object(
               'event', h.event, 'verdict', h.verdict, 'title', h.title, 'url', h.url,
               'topics', case when h.topics <> '{}' then to_jsonb(h.topics) end)),
           h.event_id
    from happened h join fresh on fresh.id = h.event_id
    """
)
# What follows from all hits of a message, whenever they came: the open that its earliest human click implies, and the
# unsubscribe of its first stop. Neither is a line of the timeline: the first is no act of its own, a stop is told by
# its suppression. An open whose clicks have all become a machine's is one of a machine's, too.
_IMPLIED = text(
    """
    with asked as (
        select m.id, m.key, c.id as contact_id, c.account_id, c.department_id, c.language
        from messages m join contacts c on c.id = m.contact_id and c.erased_at is null
        where m.key = any(:keys) and not m.is_test
    ), found as (
        select a.*, h.id as hit_id, h.at, h.verdict, h.reasons, h.link_key, h.kind = :stop as is_stop
        from asked a join hits h on h.message_key = a.key and h.set_aside is null
        where h.kind = :stop or h.kind in (:click, :download, :join) and h.verdict <> :machine
    ), first as (
        select distinct on (id, is_stop) found.*,
            md5(case when is_stop then 'unsubscribe by ' else 'open implied by a click of ' end || id)::uuid as event_id
        from found order by id, is_stop, at, hit_id
    ), kept as (
        insert into events (id, kind, happened_at, account_id, department_id, contact_id, message_id, asset_id,
                            webinar_id, hit_id, verdict, reasons, topics, product, detail)
        select f.event_id, case when is_stop then :unsubscribe else :open end, f.at, f.account_id, f.department_id,
               f.contact_id, f.id, a.id, w.id, f.hit_id, f.verdict, f.reasons,
               coalesce(nullif(l.topics, '{}'), a.topics, w.topics, '{}'), coalesce(l.product, a.product),
               jsonb_strip_nulls(jsonb_build_object('url', nullif(l.url, ''),
                   'title', coalesce(l.label, a.title ->> f.language, a.filename, w.title)))
        from first f
        left join links l on l.key = f.link_key
        left join assets a on a.id = l.asset_id
        left join webinars w on w.id = l.webinar_id
        order by f.event_id
        on conflict (id) do update set hit_id = excluded.hit_id, verdict = excluded.verdict,
               reasons = excluded.reasons, happened_at = excluded.happened_at, topics = excluded.topics,
               product = excluded.product, asset_id = excluded.asset_id, webinar_id = excluded.webinar_id,
               detail = excluded.detail
            where (events.hit_id, events.verdict) is distinct from (excluded.hit_id, excluded.verdict)
        returning contact_id, xmax <> 0 as was_there
    ), taken_back as (
        update events e set verdict = :machine from asked a
        where e.id = md5('open implied by a click of ' || a.id)::uuid and e.verdict <> :machine
          and not exists (select from first f where f.event_id = e.id)
        returning e.contact_id
    )
    select contact_id from kept where was_there union select contact_id from taken_back
    """
)
_NAMES = {
    "download": HitKind.DOWNLOAD,
    "click": HitKind.CLICK,
    "stop": HitKind.STOP,
    "join": HitKind.JOIN,
    "preferences": HitKind.PREFERENCES,
    "page": HitKind.PAGE,
    "form": HitKind.FORM,
    "key_page": EventKind.KEY_PAGE,
    "careers": EventKind.CAREERS_PAGE,
    "demo": EventKind.DEMO_REQUEST,
    "inquiry": EventKind.INQUIRY,
    "premium": EventKind.PREMIUM_DOWNLOAD,
    "open": EventKind.OPEN,
    "unsubscribe": EventKind.UNSUBSCRIBE,
    "machine": Verdict.MACHINE,
    "item": ItemKind.EVENT,
}
_RECORDED = text("update hits set recorded_at = clock_timestamp() where id = any(:ids) and recorded_at is null")


def has_pending_hits(session: Session) -> bool:
    """Whether a hit waits to become an event."""
    return bool(session.scalar(text("select exists (select from hits where recorded_at is null)")))


def record_batch(session: Session, limit: int = BATCH, places: Places | None = None) -> int:
    """Turn the oldest pending hits into events; answers how many were dealt with."""
    # Who comes second leaves: waiting here, every thread of a worker would soon stand in this line and none do other
    # work. What the first one just missed rings again.
    if not session.scalar(text("select pg_try_advisory_xact_lock(:key)"), {"key": RECORDER_LOCK}):
        return 0
    pending = session.execute(_PENDING, {"limit": limit}).all()
    if not pending:
        return 0
    ids = {"ids": [row.id for row in pending]}
    recognise(session, ids["ids"], {HitKind(row.kind) for row in pending})
    if UNKNOWN_PERSON in set(session.scalars(_SET_ASIDE, ids)):
        enqueue(session, "meet_people")
    judge_recorded(session, ids["ids"], places)
    names = {name: word.value for name, word in _NAMES.items()}
    session.execute(_EVENTS, {**ids, **names})
    keys = sorted({bytes(row.message_key) for row in pending if row.message_key})
    ask_refold(session, session.scalars(_IMPLIED, {"keys": keys, **names}))
    session.execute(_RECORDED, ids)
    enqueue(session, "fold_events")
    return len(pending)
