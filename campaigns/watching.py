"""Looking at what sequences ask about people, not about what they do: who has come into a segment, who is at a goal.

Each question is asked again after a while that grows with what it costs, so that a large one does not fill the day.
"""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import structlog
from sqlalchemy import Row, text
from sqlalchemy.orm import Session

from abm.conditions.language import Moment
from abm.errors import Invalid, NotFound
from abm.segments.compile import members
from abm.segments.customs import read_asked
from abm.segments.segments import choose_people, get_segment, people_of
from abm.words import LeaveReason, TriggerKind
from campaigns.exits import Leaving, leave
from campaigns.starting import hold_sequences, start_people

log = structlog.get_logger(__name__)

BATCH = 5_000
# At most a twentieth of the time is spent on one question, and none is asked more often than this.
LEAST_PAUSE = "5 seconds"
SHARE = 20

HAS_DUE = text("select exists (select from sequence_triggers where look_at <= clock_timestamp())")
CLAIM = text(
    """
    select id, sequence_id, role, kind, asked, clock_timestamp() as began from sequence_triggers
    where look_at <= clock_timestamp() order by look_at limit 1 for update skip locked
    """
)
LOOK_AGAIN = text(
    f"""
    update sequence_triggers
    set look_at = clock_timestamp() + greatest(interval '{LEAST_PAUSE}', (clock_timestamp() - :began) * {SHARE})
    where id = :id
    """  # noqa: S608 our own constants
)
# Whoever has left may come in again, and that is asked of the terms.
FORGET = text(
    """
    delete from watched_members w where sequence_id = :sequence_id and segment_id = :segment_id
      and not exists (select from chosen_contacts c where c.contact_id = w.contact_id)
    """
)
COME_IN = text(
    """
    insert into watched_members (sequence_id, segment_id, contact_id)
    select :sequence_id, :segment_id, contact_id from chosen_contacts
    on conflict do nothing returning contact_id
    """
)
UNDER_WAY = text(
    """
    select distinct e.account_id from enrollments e join chosen_contacts c on c.contact_id = e.contact_id
    where e.sequence_id = :sequence_id and e.state in ('active', 'parked')
    union
    select e.account_id from enrollments e
    where e.sequence_id = :sequence_id and e.state in ('active', 'parked') and e.contact_id is null
      and e.account_id in (select p.account_id from chosen_contacts c join contacts p on p.id = c.contact_id)
    """
)


def has_due_looks(session: Session) -> bool:
    """Whether a segment or a condition wants to be looked at."""
    return bool(session.scalar(HAS_DUE))


def look_next(session: Session, at: datetime, zone: ZoneInfo) -> bool:
    """Look at the one that has waited longest; False when none waits. `zone` is where days are counted."""
    found = session.execute(CLAIM).one_or_none()
    if found is None:
        return False
    look = _look_into_segment if found.kind == TriggerKind.SEGMENT else _look_for_goal
    try:
        look(session, found, Moment(at, zone))
    except (NotFound, Invalid) as error:
        # The segment is gone, or a field it asked about: nobody comes of that until somebody mends it.
        log.warning("sequence_cannot_look", sequence=str(found.sequence_id), kind=found.kind, error=str(error))
    session.execute(LOOK_AGAIN, {"id": found.id, "began": found.began})
    return True


def _look_into_segment(session: Session, found: Row[Any], moment: Moment) -> None:
    """Take on whoever has come into the segment since the last look, those first of all who were in it at publish."""
    segment = get_segment(session, found.asked["segment"])
    choose_people(session, people_of(session, segment, moment))
    values = {"sequence_id": found.sequence_id, "segment_id": segment.id}
    session.execute(FORGET, values)
    newcomers = session.scalars(COME_IN, values).all()
    intake = hold_sequences(session, [found.sequence_id] if newcomers else []).get(found.sequence_id)
    if intake is None:
        return
    for first in range(0, len(newcomers), BATCH):
        some = [(contact_id, None) for contact_id in newcomers[first : first + BATCH]]
        start_people(session, intake, some, TriggerKind.SEGMENT, moment.at)


def _look_for_goal(session: Session, found: Row[Any], moment: Moment) -> None:
    """Accounts under way of which the goal's condition holds for somebody have reached it."""
    choose_people(session, members(read_asked(session, found.asked["when"], "goals"), moment))
    accounts = session.scalars(UNDER_WAY, {"sequence_id": found.sequence_id}).all()
    reached = [
        Leaving(found.sequence_id, account_id, LeaveReason.GOAL, moment.at, found.asked["key"])
        for account_id in accounts
    ]
    leave(session, reached, moment.at)
