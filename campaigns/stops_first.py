"""After an outage nobody sends before the stops that came meanwhile are in the database.

Each host's loader says until when every stop it accepted is in the database. Where that is before the moment
the database, or the host, came back, sending waits; for a host that stays silent it waits a minute.
"""

from collections.abc import Sequence
from datetime import datetime

import structlog
from sqlalchemy import text
from sqlalchemy.orm import Session

# Longer than a loader needs to notice that the database is back, and to bring in a day's stops.
SILENT_FOR = "60 seconds"
# Nobody waits for a host that was taken away long ago.
KNOWN_FOR = "7 days"

_WAITED_FOR = text(
    f"""
    select host from heartbeats,
    lateral (select coalesce(cast(:started as timestamptz), pg_postmaster_start_time()) as started) server,
    lateral (select
        greatest(started, cast(detail ->> 'up_since' as timestamptz)) as back_at,
        coalesce(cast(detail ->> 'stops_until' as timestamptz), at) as stops_until) told
    where process = 'loader' and at > clock_timestamp() - interval '{KNOWN_FOR}'
      and stops_until < back_at
      and greatest(at, started) > clock_timestamp() - interval '{SILENT_FOR}'
    order by host
    """  # noqa: S608 our own constants
)
# Told once when waiting begins and once when it is over.
_TELL = text(
    """
    insert into audit_entries (at, act, subject, detail)
    select :at, :act, 'sending', jsonb_build_object('hosts', cast(:hosts as text[]))
    where :act = 'sending.waits_for_stops' and :last is distinct from :act
       or :act = 'sending.goes_on' and :last = 'sending.waits_for_stops'
    returning act
    """
)
_LAST = text(
    "select act from audit_entries where subject = 'sending' and at > :at - interval '7 days' order by at desc, id desc"
    " limit 1"
)

log = structlog.get_logger(__name__)


def hosts_waited_for(session: Session, started_at: datetime | None = None) -> Sequence[str]:
    """The hosts whose stops may not be in the database yet, which itself says when it was started."""
    return session.scalars(_WAITED_FOR, {"started": started_at}).all()


def must_wait(session: Session, at: datetime) -> bool:
    """Whether sending waits for stops; the beginning and the end of a wait are audited."""
    hosts = hosts_waited_for(session)
    act = "sending.waits_for_stops" if hosts else "sending.goes_on"
    values = {"at": at, "act": act, "hosts": list(hosts), "last": session.scalar(_LAST, {"at": at})}
    if session.scalar(_TELL, values):
        log.warning(act.replace(".", "_"), hosts=list(hosts))
    return bool(hosts)
