"""Webinars with who registered, came, and how long they stayed."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.orm import Session

from abm.errors import NotFound
from abm.reports.paging import PAGE_LENGTH, Page, page_within

_WEBINARS = text(
    """
    with shown as (
        select * from webinars where cast(:id as uuid) is null or id = :id
        order by held_at desc, id limit :length offset :start
    )
    select w.id, w.title, w.held_at, w.topics, w.join_url, e.registered, e.attended, e.minutes, e.accounts
    from shown w
    left join lateral (
        select count(distinct contact_id) filter (where kind = 'webinar_registered') as registered,
               count(distinct contact_id) filter (where kind = 'webinar_attended') as attended,
               avg(minutes) filter (where kind = 'webinar_attended') as minutes,
               count(distinct account_id) filter (where kind = 'webinar_attended') as accounts
        from events where webinar_id = w.id
    ) e on true
    order by w.held_at desc, w.id
    """
)


@dataclass(frozen=True)
class WebinarRow:
    """One webinar; `minutes` is the mean stay of those who came."""

    id: uuid.UUID
    title: str
    held_at: datetime
    topics: Sequence[str]
    join_url: str | None
    registered: int
    attended: int
    minutes: float | None
    accounts: int


def list_webinars(session: Session, page: int, length: int = PAGE_LENGTH) -> Page[WebinarRow]:
    """One page of the webinars, newest first."""
    total = session.scalar(text("select count(*) from webinars")) or 0
    number = page_within(page, total, length)
    values = {"id": None, "length": length, "start": (number - 1) * length}
    rows = session.execute(_WEBINARS, values).mappings()
    return Page(tuple(WebinarRow(**row) for row in rows), total, number, length)


def read_webinar(session: Session, webinar_id: uuid.UUID) -> WebinarRow:
    """One webinar, or NotFound."""
    row = session.execute(_WEBINARS, {"id": webinar_id, "length": 1, "start": 0}).mappings().one_or_none()
    if row is None:
        raise NotFound("no such webinar")
    return WebinarRow(**row)
