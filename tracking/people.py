"""Who stands behind hits that no message names: visitors of our own site, and people who fill in forms.

A browser is somebody's from the first mail, by business time, that brought it, whoever else's link it follows later:
a mail that was passed on does not move it. What it did before joins its person once, with an audit row.
"""

import uuid
from collections.abc import Collection, Mapping, Sequence

from sqlalchemy import text
from sqlalchemy.orm import Session

from abm.customers.refolds import ask_refold
from abm.words import ConsentBasis, ConsentPurpose, HitKind, ItemKind
from tracking.preferences import apply_pending

# Whoever stands in these lines is met by an actor that matches companies as an import does.
UNKNOWN_PERSON = "unknown_person"

_OF_FORMS = text(
    """
    update hits h set contact_id = known.id
    from (
        select distinct on (own.id) own.id as hit_id, coalesce(c.merged_into_id, c.id) as id
        from hits own join contacts c on c.email = cast(own.detail ->> 'mail' as citext)
        where own.id = any(:ids) and own.kind = :form and own.contact_id is null and not own.honeypot
          and c.erased_at is null and (c.archived_at is null or c.merged_into_id is not null)
        order by own.id, c.archived_at is null desc, c.id
    ) known
    where known.hit_id = h.id
    """
)
_CONSENTS = text(
    """
    with said as (
        insert into consents (id, contact_id, purpose, granted, basis, evidence, at)
        select md5('consent by form of ' || h.id)::uuid, c.id, :mail, true, :opt_in,
            'form ' || (h.detail ->> 'form') || ', text ' || (h.detail ->> 'consent_version') || ': '
            || (h.detail ->> 'consent'), h.at
        from hits h left join messages m on m.key = h.message_key and not m.is_test
        join contacts c
            on c.id = case when h.detail ? 'mail' then h.contact_id else coalesce(h.contact_id, m.contact_id) end
        where h.id = any(:ids) and h.kind = :form and h.detail ? 'consent' and not h.honeypot
        on conflict (id) do nothing
        returning contact_id, evidence, at
    )
    insert into timeline_items (account_id, department_id, contact_id, kind, happened_at, body, detail)
    select c.account_id, c.department_id, c.id, :item, said.at, said.evidence,
           jsonb_build_object('granted', true, 'basis', cast(:opt_in as text), 'purpose', cast(:mail as text))
    from said join contacts c on c.id = said.contact_id
    """
)
_SEEN = text(
    """
    insert into visitors (id, first_seen_at)
    select cast(detail ->> 'visitor' as uuid), min(at) from hits
    where id = any(:ids) and kind = :page and detail ? 'visitor' group by 1 order by 1
    on conflict (id) do update set first_seen_at = excluded.first_seen_at
        where visitors.first_seen_at > excluded.first_seen_at
    """
)
_IDENTIFIED = text(
    """
    with brought as (
        select distinct on (visitor) cast(h.detail ->> 'visitor' as uuid) as visitor, h.id, h.at, m.contact_id
        from hits h join messages m on m.key = h.message_key and not m.is_test
        join contacts c on c.id = m.contact_id and c.erased_at is null
        where h.id = any(:ids) and h.kind = :page and h.detail ? 'visitor'
        order by visitor, h.at, h.id
    ), before as (
        select v.id, v.contact_id from visitors v join brought b on b.visitor = v.id
    ), known as (
        update visitors v set contact_id = b.contact_id, identified_at = b.at, identified_by = b.id
        from brought b
        where b.visitor = v.id and (v.contact_id is null or (b.at, b.id) < (v.identified_at, v.identified_by))
        returning v.id, v.contact_id, v.identified_by, v.identified_at
    ), told as (
        insert into audit_entries (at, act, subject, subject_id, detail)
        select k.identified_at, 'contact.visitor_joined', 'contact', k.contact_id, jsonb_build_object(
            'visitor', k.id, 'hit', k.identified_by, 'before', b.contact_id)
        from known k join before b on b.id = k.id where k.contact_id is distinct from b.contact_id
    )
    select k.id, b.contact_id as before from known k join before b on b.id = k.id
    where k.contact_id is distinct from b.contact_id
    """
)
_JOIN_HISTORY = text(
    """
    with undone as (
        delete from events e using hits h
        where h.detail ->> 'visitor' = any(:visitors) and h.kind = :page and e.hit_id = h.id
        returning e.id, e.account_id
    ), untold as (
        delete from timeline_items t using undone u
        where t.account_id = u.account_id and t.subject_id = u.id and t.kind = :item
    )
    update hits set recorded_at = null, set_aside = null, contact_id = null
    where detail ->> 'visitor' = any(:visitors) and kind = :page
      and (set_aside is null or set_aside = 'unknown_visitor')
    """
)
_OF_VISITORS = text(
    """
    update hits h set contact_id = coalesce(c.merged_into_id, c.id)
    from hits own join visitors v on v.id = cast(own.detail ->> 'visitor' as uuid)
    join contacts c on c.id = v.contact_id and c.erased_at is null
    where own.id = any(:ids) and own.kind = :page and own.detail ? 'visitor' and h.id = own.id
    """
)
_NAMES = {
    "form": HitKind.FORM.value,
    "page": HitKind.PAGE.value,
    "mail": ConsentPurpose.MAIL.value,
    "opt_in": ConsentBasis.OPT_IN.value,
    "item": ItemKind.EVENT.value,
}


def recognise(session: Session, ids: Sequence[uuid.UUID], kinds: Collection[HitKind]) -> None:
    """Find out who did these, and do what people asked for by them."""
    values = {**_NAMES, "ids": list(ids)}
    if HitKind.PREFERENCES in kinds:
        apply_pending(session, ids)
    if HitKind.FORM in kinds:
        session.execute(_OF_FORMS, values)
        session.execute(_CONSENTS, {**values, "item": ItemKind.CONSENT_CHANGED.value})
    if HitKind.PAGE in kinds:
        session.execute(_SEEN, values)
        _join(session, values)
        session.execute(_OF_VISITORS, values)


def _join(session: Session, values: Mapping[str, object]) -> None:
    """Give browsers that a mail has brought to their people, with all they did before."""
    identified = session.execute(_IDENTIFIED, values).all()
    if identified:
        session.execute(_JOIN_HISTORY, {**values, "visitors": [str(row.id) for row in identified]})
        ask_refold(session, [row.before for row in identified if row.before])
