"""Hits as the outside contract lists them."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from abm.clock import rfc3339

_LIST = text(
    """
    select h.id, h.kind, h.at, m.contact_id, m.id as message_id, h.verdict, h.reasons, h.set_aside
    from hits h left join messages m on m.key = h.message_key
    where cast(:since as timestamptz) is null or h.at >= :since
    order by h.at, h.id
    """
)


def list_hits(session: Session, since: datetime | None) -> Iterator[dict[str, Any]]:
    """Stored hits, oldest first, from a business time on; `id` is what X-Hit said."""
    for row in session.execute(_LIST, {"since": since}, execution_options={"yield_per": 1000}):
        yield {
            "id": str(row.id),
            "kind": row.kind,
            "at": rfc3339(row.at),
            "contact": str(row.contact_id) if row.contact_id else None,
            "message": str(row.message_id) if row.message_id else None,
            "verdict": row.verdict,
            "reasons": row.reasons,
            "set_aside": row.set_aside,
        }
