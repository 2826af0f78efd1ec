"""Hits judged again when later evidence comes; events, the timeline and scores follow the verdict."""

import uuid

from sqlalchemy import Row, text
from sqlalchemy.orm import Session

from abm.customers.refolds import ask_refold
from abm.words import HitKind, ItemKind
from tracking.verdict import Facts, judge

_OF_MESSAGES = text(
    """
    select id, kind, at, method, message_key, user_agent, honeypot, verdict, reasons, rules
    from hits where message_key = any(:keys)
    """
)
_REJUDGE = text(
    """
    update hits h set verdict = new.verdict, reasons = string_to_array(new.reasons, ','), rules = new.rules
    from unnest(cast(:ids as uuid[]), cast(:verdicts as text[]), cast(:reasons as text[]), cast(:rules as text[]))
         as new(id, verdict, reasons, rules)
    where h.id = new.id
    """
)
# Scores that counted the old verdict are folded again; what the timeline shows is the verdict as it is now.
_FOLLOW = text(
    """
    with changed as (
        update events e set verdict = h.verdict, reasons = h.reasons
        from hits h where h.id = any(:ids) and e.hit_id = h.id and e.verdict <> h.verdict
        returning e.id, e.contact_id, e.verdict
    ), told as (
        update timeline_items t set detail = t.detail || jsonb_build_object('verdict', c.verdict)
        from changed c where t.contact_id = c.contact_id and t.subject_id = c.id and t.kind = :item
    )
    select distinct contact_id from changed
    """
)


def judge_again(session: Session, keys: list[bytes]) -> None:
    """Judge all hits of these messages together: what came later may say who came before."""
    rows = session.execute(_OF_MESSAGES, {"keys": keys}).all()
    changed = [
        (row.id, judgement)
        for row, judgement in zip(rows, judge([_facts(row) for row in rows]), strict=True)
        if (row.verdict, row.reasons, row.rules) != (judgement.verdict, list(judgement.reasons), judgement.rules)
    ]
    if not changed:
        return
    ids: list[uuid.UUID] = [id_ for id_, _ in changed]
    values = {
        "ids": ids,
        "verdicts": [judgement.verdict.value for _, judgement in changed],
        "reasons": [",".join(judgement.reasons) for _, judgement in changed],
        "rules": [judgement.rules for _, judgement in changed],
    }
    session.execute(_REJUDGE, values)
    ask_refold(session, session.scalars(_FOLLOW, {"ids": ids, "item": ItemKind.EVENT.value}))


def _facts(row: Row[tuple[object, ...]]) -> Facts:
    key = bytes(row.message_key)
    return Facts(str(row.id), HitKind(row.kind), row.at, row.method, key, row.user_agent, row.honeypot)
