"""Hits become engagement events: a batch at a time, in a handful of statements whatever its size.

An event's id follows from what it tells of, so that a batch done twice, or in another order, leaves
the same events: the hit's own id; one open a message implied by its clicks; one unsubscribe a message.
"""

from sqlalchemy import text
from sqlalchemy.orm import Session

from abm.queue import enqueue
from abm.words import EventKind, HitKind, ItemKind, Verdict
from tracking.judging import judge_again

BATCH = 5_000
# One recorder at a time: two would re-judge each other's hits and wait for one another.
RECORDER_LOCK = 7_202_603

# In the order of their index: any other would sort all that wait before each batch. A stop took effect when loaded.
_PENDING = text("select id, message_key from hits where recorded_at is null order by id limit :limit")
_SET_ASIDE = text(
    """
    update hits h set recorded_at = clock_timestamp(),
        set_aside = case when m.id is null then 'unknown_message' else 'test_send' end
    from hits own left join messages m on m.key = own.message_key
    where own.id = h.id and h.id = any(:ids) and (m.id is null or m.is_test)
    """
)
_EVENTS = text(
    """
    with told as (
        select h.*, m.id as message_id, c.id as contact_id, c.account_id, c.department_id, l.asset_id, l.url,
               coalesce(a.is_premium, false) as is_premium,
               coalesce(nullif(l.topics, '{}'), a.topics, '{}') as topics, coalesce(l.product, a.product) as product,
               coalesce(l.label, a.title ->> c.language, a.filename) as title
        from hits h
        join messages m on m.key = h.message_key and not m.is_test
        join contacts c on c.id = m.contact_id and c.erased_at is null
        left join links l on l.key = h.link_key
        left join assets a on a.id = l.asset_id
        where h.id = any(:ids)
    ), happened as (
        select id as event_id, case when kind = :download and is_premium then :premium else kind end as event, told.*
        from told where kind <> :stop
        union all
        (select distinct on (message_id) md5('open implied by a click of ' || message_id)::uuid, :open, told.*
         from told where kind in (:click, :download) and verdict <> :machine order by message_id, at, id)
        union all
        (select distinct on (message_id) md5('unsubscribe by ' || message_id)::uuid, :unsubscribe, told.*
         from told where kind = :stop order by message_id, at, id)
    ), fresh as (
        insert into events (id, kind, happened_at, account_id, department_id, contact_id, message_id, asset_id,
                            hit_id, verdict, reasons, topics, product, detail)
        select event_id, event, at, account_id, department_id, contact_id, message_id, asset_id,
               id, verdict, reasons, topics, product,
               jsonb_strip_nulls(jsonb_build_object('title', title, 'url', nullif(url, '')))
        from happened order by event_id
        on conflict (id) do update set hit_id = excluded.hit_id, verdict = excluded.verdict,
               reasons = excluded.reasons, happened_at = excluded.happened_at
            where events.verdict = :machine and excluded.verdict <> :machine
        returning id
    )
    insert into timeline_items (account_id, department_id, contact_id, kind, happened_at, detail, subject_id)
    select h.account_id, h.department_id, h.contact_id, :item, h.at,
           jsonb_strip_nulls(jsonb_build_object(
               'event', h.event, 'verdict', h.verdict, 'title', h.title, 'url', nullif(h.url, ''),
               'topics', case when h.topics <> '{}' then to_jsonb(h.topics) end)),
           h.event_id
    from happened h join fresh on fresh.id = h.event_id
    -- An implied open is no act of its own, and a stop is told by its suppression.
    where h.event_id = h.id
    """
)
_NAMES = {
    "download": HitKind.DOWNLOAD,
    "click": HitKind.CLICK,
    "stop": HitKind.STOP,
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


def record_batch(session: Session, limit: int = BATCH) -> int:
    """Turn the oldest pending hits into events; answers how many were dealt with."""
    # Who comes second leaves: waiting here, every thread of a worker would soon stand in this line and none do other
    # work. What the first one just missed rings again.
    if not session.scalar(text("select pg_try_advisory_xact_lock(:key)"), {"key": RECORDER_LOCK}):
        return 0
    pending = session.execute(_PENDING, {"limit": limit}).all()
    if not pending:
        return 0
    ids = {"ids": [row.id for row in pending]}
    session.execute(_SET_ASIDE, ids)
    judge_again(session, sorted({bytes(row.message_key) for row in pending if row.message_key}))
    session.execute(_EVENTS, {**ids, **{name: word.value for name, word in _NAMES.items()}})
    session.execute(_RECORDED, ids)
    enqueue(session, "fold_events")
    return len(pending)
