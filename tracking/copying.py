"""Hits into their table the fast way: binary COPY beside it, then those not yet there across."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from struct import Struct
from typing import Any

from psycopg import Connection
from sqlalchemy import text
from sqlalchemy.orm import Session

from tracking.hit import Hit
from tracking.verdict import Facts, Judgement, judge_alone

COLUMNS = """
    id uuid, kind text, at timestamptz, method text, message_key bytea, link_key bytea, honeypot boolean,
    user_agent text, ip text, verdict text, reasons text, rules text, one_click boolean,
    detail text
"""
_STAGE = f"create temp table if not exists arriving_hits ({COLUMNS}) on commit delete rows"
_COPY = "copy arriving_hits from stdin (format binary)"
_COLUMNS = COLUMNS.count(",") + 1
# PostgreSQL's binary COPY (its manual, "COPY, Binary Format"): written by hand, as a row takes a third of the
# time that a driver needs to look up how each value is sent.
_HEADER = b"PGCOPY\n\xff\r\n\0" + bytes(8)
_TRAILER = b"\xff\xff"
_NULL = b"\xff\xff\xff\xff"
_POSTGRES_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_TRUTH = (b"\0\0\0\1\0", b"\0\0\0\1\1")
_LENGTH = Struct("!i").pack
_START = Struct("!hi16s").pack
_MOMENT = Struct("!iq").pack
_ACROSS = text(
    """
    insert into hits (id, kind, at, method, message_key, link_key, honeypot, user_agent, ip,
                      verdict, reasons, rules, detail, recorded_at)
    select id, kind, at, method, message_key, link_key, honeypot, user_agent, ip,
           verdict, string_to_array(reasons, ','), rules,
           case when detail is not null then detail::jsonb
                when one_click then '{"one_click": true}'::jsonb else '{}'::jsonb end,
           -- A report is no act of its own: whoever reads it tells of what it says.
           case when kind = 'webhook' then clock_timestamp() end
    from arriving_hits on conflict (id) do nothing
    """
)
_POSTS = text(
    """
    insert into inbound_posts (hit_id, source, received_at, headers, body)
    select id, detail ->> 'source', at, coalesce(detail -> 'headers', '{}'), :body from hits where id = :id
    on conflict (hit_id) do nothing
    """
)


def copy_hits(session: Session, hits: Sequence[Hit]) -> int:
    """Store these hits with their first verdict; answers how many were not there yet."""
    if not hits:
        return 0
    rows = encode(hits, judge_alone(map(_facts, hits)))
    session.execute(text(_STAGE))
    driver: Connection[Any] = session.connection().connection.driver_connection  # type: ignore[assignment]
    with driver.cursor().copy(_COPY) as copy:
        copy.write(rows)
    stored: int = session.execute(_ACROSS).rowcount  # type: ignore[attr-defined]
    if posts := [{"id": hit.id, "body": hit.body} for hit in hits if hit.body is not None]:
        session.execute(_POSTS, posts)
    return stored


def encode(hits: Sequence[Hit], judgements: Sequence[Judgement]) -> bytes:
    """Judged hits as one binary COPY, in the order of COLUMNS."""
    # Most judgements are one and the same object: written once.
    written = {id(judgement): judgement for judgement in judgements}
    verdicts = {key: _verdict(judgement) for key, judgement in written.items()}
    rows = (_row(hit, verdicts[id(judgement)]) for hit, judgement in zip(hits, judgements, strict=True))
    return b"".join((_HEADER, *rows, _TRAILER))


def _facts(hit: Hit) -> Facts:
    # What belongs to no message stands alone: its own id makes it nobody's neighbour.
    return Facts(hit.id, hit.kind, hit.at, hit.method, hit.message_key or hit.id.encode(), hit.user_agent, hit.honeypot)


def _row(hit: Hit, verdict: bytes) -> bytes:
    agent, ip, message = hit.user_agent.encode(), hit.ip.encode(), hit.message_key
    return b"".join(
        (
            _START(_COLUMNS, 16, bytes.fromhex(hit.id.replace("-", ""))),
            _word(hit.kind),
            _MOMENT(8, (hit.at - _POSTGRES_EPOCH) // _MICROSECOND),
            _word(hit.method),
            _field(message) if message else _NULL,
            _field(hit.link_key) if hit.link_key else _NULL,
            _TRUTH[hit.honeypot],
            _LENGTH(len(agent)),
            agent,
            _field(ip) if ip else _NULL,
            verdict,
            _TRUTH[hit.one_click],
            _NULL if hit.detail is None else _field(json.dumps(hit.detail, ensure_ascii=False).encode()),
        )
    )


def _verdict(judgement: Judgement) -> bytes:
    return _word(judgement.verdict) + _word(",".join(judgement.reasons)) + _word(judgement.rules)


def _field(value: bytes) -> bytes:
    return _LENGTH(len(value)) + value


@lru_cache(maxsize=256)
def _word(value: str) -> bytes:
    return _field(value.encode())
