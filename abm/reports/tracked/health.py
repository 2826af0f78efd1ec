"""Whether tracking works: what was accepted, what waits on its way, and what went wrong, by host."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from campaigns.stops_first import hosts_waited_for

# The same as the health checks: a process that has been silent for longer does not do its work.
FRESH_WITHIN_SECONDS = 20.0
# What waits longer than this on its way is worth a look.
LATE_AFTER_SECONDS = 60.0

# Ids of hits begin with the moment they were accepted at (UUID version 7, RFC 9562), so a span of time is a span of
# their index, and how long a hit lay in the spool is told by when it was stored.
_FLOW = text(
    """
    with latest as (
        select stored_at - uuid_extract_timestamp(id) as took from hits
        where id > cast(lpad(to_hex(cast(extract(epoch from clock_timestamp() - interval '1 minute') * 1000 as bigint)),
                             12, '0') || '70008000000000000000' as uuid)
    )
    select (select count(*) from latest) as last_minute,
           (select coalesce(extract(epoch from percentile_cont(0.95) within group (order by took)), 0)
            from latest) as load_seconds,
           (select count(*) from hits where recorded_at is null) as unrecorded,
           (select coalesce(extract(epoch from clock_timestamp() - uuid_extract_timestamp(
                (select id from hits where recorded_at is null order by id limit 1))), 0)) as unrecorded_seconds,
           (select count(*) from events where folded_at is null) as unfolded,
           (select count(*) from inbound_posts where state = 'waiting') as posts_waiting,
           (select count(*) from inbound_posts where state = 'failed') as posts_failed
    """
)
_HOSTS = text(
    """
    select process, host, at, extract(epoch from clock_timestamp() - at)::float as age_seconds, detail
    from heartbeats where process in ('doors', 'loader') order by process, host
    """
)


@dataclass(frozen=True)
class Host:
    """One process of one host as it last told of itself."""

    process: str
    host: str
    at: datetime
    age_seconds: float
    detail: dict[str, Any]

    @property
    def is_silent(self) -> bool:
        """Whether it has not told of itself for too long."""
        return self.age_seconds > FRESH_WITHIN_SECONDS

    @property
    def is_troubled(self) -> bool:
        """Whether something of it asks for somebody's attention."""
        told = self.detail
        late = told.get("oldest_s", 0) > LATE_AFTER_SECONDS
        return self.is_silent or late or bool(told.get("unstored") or told.get("corrupt"))


@dataclass(frozen=True)
class Health:
    """How hits flow now; times in seconds, `load_seconds` the 95th of 100 of the last minute."""

    last_minute: int
    load_seconds: float
    unrecorded: int
    unrecorded_seconds: float
    unfolded: int
    posts_waiting: int
    posts_failed: int
    hosts: Sequence[Host]
    # Hosts whose stops may not be in the database yet after an outage: until they are, no mail leaves.
    waited_for: Sequence[str]

    @property
    def is_well(self) -> bool:
        """Whether nothing here asks for somebody's attention."""
        late = max(self.load_seconds, self.unrecorded_seconds) > LATE_AFTER_SECONDS
        has_loader = any(host.process == "loader" and not host.is_silent for host in self.hosts)
        is_held = bool(self.posts_failed or self.waited_for)
        return has_loader and not late and not is_held and not any(host.is_troubled for host in self.hosts)


def read_health(session: Session) -> Health:
    """How tracking stands at this moment of the real clock."""
    flow: dict[str, Any] = dict(session.execute(_FLOW).mappings().one())
    hosts = tuple(Host(**row) for row in session.execute(_HOSTS).mappings())
    for name in ("load_seconds", "unrecorded_seconds"):
        flow[name] = float(flow[name])
    return Health(**flow, hosts=hosts, waited_for=tuple(hosts_waited_for(session)))
