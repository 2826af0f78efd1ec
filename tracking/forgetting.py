"""Raw network addresses and user agents are dropped after their days; what class an agent was of is kept.

The class is spelled so that it judges as the agent did: what is judged again later stays as it was.
"""

import uuid
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from sqlalchemy import text
from sqlalchemy.orm import Session

from abm.customers.retention import list_retentions
from abm.words import Kept
from tracking.agents import is_browser, is_machine_agent, is_picture_proxy

ROUND = "forget_agents"
BATCH = 5_000
# One spelling for whatever the rules can tell of an agent; later ones stand in where two are told alike.
SPELLINGS = (
    "Mozilla/5.0 bot YahooMailProxy",
    "bot YahooMailProxy",
    "Mozilla/5.0 YahooMailProxy",
    "YahooMailProxy",
    "Mozilla/5.0",
    "Mozilla/5.0 bot",
    "bot",
    "Mozilla/5.0 (kept as its class)",
    "",
)

Cursor = tuple[datetime, uuid.UUID]
BEGINNING: Cursor = (datetime(1970, 1, 1, tzinfo=UTC), uuid.UUID(int=0))

_IS_DONE = text("select exists (select from rounds where name = :name and on_day >= cast(:at as date))")
_DONE = text(
    "insert into rounds (name, on_day) values (:name, cast(:at as date))"
    " on conflict (name) do update set on_day = greatest(rounds.on_day, excluded.on_day)"
)
_OLD = text(
    """
    select id, at, user_agent from hits
    where at < :before and (at, id) > (:at, :id)
    order by at, id limit :limit
    """
)
_FORGET = text(
    """
    update hits h set user_agent = coalesce(c.class, h.user_agent), ip = null
    from unnest(cast(:ids as uuid[]), cast(:classes as text[])) c (id, class)
    where h.id = c.id and (h.ip is not null or h.user_agent <> c.class)
    """
)


def class_of(user_agent: str) -> str:
    """The class of a user agent, spelled so that the rules say the same of it."""
    return _CLASSES.get(_traits(user_agent), "bot" if is_machine_agent(user_agent) else "")


def _traits(user_agent: str) -> tuple[bool, bool, bool]:
    return is_machine_agent(user_agent), is_picture_proxy(user_agent), is_browser(user_agent)


_CLASSES = {_traits(spelling): spelling for spelling in SPELLINGS}


def has_outlived_agents(session: Session, at: datetime) -> bool:
    """True once a day, unless they are kept for good."""
    return not session.scalar(_IS_DONE, {"name": ROUND, "at": at}) and _days(session) > 0


def forget_batch(session: Session, at: datetime, after: Cursor) -> Cursor | None:
    """Forget the raw facts of the next hits that outlived them; None when there are no more today."""
    values = {"before": at - timedelta(days=_days(session)), "at": after[0], "id": after[1], "limit": BATCH}
    old = session.execute(_OLD, values).all()
    if not old:
        session.execute(_DONE, {"name": ROUND, "at": at})
        return None
    _forget(session, ((row.id, class_of(row.user_agent)) for row in old))
    return old[-1].at, old[-1].id


def _forget(session: Session, classes: Iterable[tuple[uuid.UUID, str]]) -> None:
    ids, words = zip(*classes, strict=True)
    session.execute(_FORGET, {"ids": list(ids), "classes": list(words)})


def _days(session: Session) -> int:
    return list_retentions(session)[Kept.NETWORK_ADDRESSES]
