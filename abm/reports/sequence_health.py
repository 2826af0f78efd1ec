"""How each sequence is doing: people, mails, human clicks, what was withheld and why, and what needs a look."""

import uuid
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from abm.reports.sequences import WITHHELD, SequenceHead, list_heads
from abm.words import SENT_STATES, Attention, MessageState, SequenceState

# What was sent or withheld in so many days is counted.
DAYS = 30
# Whoever is due for longer than this is not being advanced.
LATE = timedelta(minutes=15)
# Of so many mails sent so many bounced: the list is to be looked at.
FEWEST_SENT, MOST_BOUNCED = 20, 0.05

# However many wait: they are counted in the index alone.
RUNNING = text(
    """
    select e.sequence_id, count(*) from enrollments e
    where e.state in ('active', 'parked') and e.sequence_id is not null group by e.sequence_id
    """
)
PARKED = text(
    """
    select v.sequence_id, count(*)
    from sequence_versions v join enrollments e on e.sequence_version_id = v.id and e.state = 'parked'
    group by v.sequence_id
    """
)
OVERDUE = text(
    """
    select e.sequence_id, count(*) from enrollments e
    where e.state = 'active' and e.due_at < :late and e.sequence_id is not null group by e.sequence_id
    """
)
# What stands still is counted however old it is.
MAILS = text(
    """
    with lately as (
        select m.id, m.enrollment_id, m.state, m.sent_at from messages m
        where m.state = 'sent' and m.sent_at >= :since and not m.is_test
        union all
        select m.id, m.enrollment_id, m.state, m.sent_at from messages m
        where m.state in ('held', 'skipped', 'suppressed', 'cancelled', 'failed', 'unknown')
          and m.planned_at >= :since and not m.is_test
        union all
        select m.id, m.enrollment_id, m.state, m.sent_at from messages m
        where m.state in ('held', 'unknown') and m.planned_at < :since and not m.is_test
    ), clicked as (
        select distinct message_id from events where message_id is not null and verdict in ('proven', 'likely')
          and kind in ('click', 'download', 'premium_download') and happened_at >= :since)
    select e.sequence_id, m.state, count(*), max(m.sent_at), count(v.message_id)
    from lately m join enrollments e on e.id = m.enrollment_id left join clicked v on v.message_id = m.id
    where e.sequence_id is not null group by e.sequence_id, m.state
    """
)
REASONS = text(
    """
    select e.sequence_id, withheld.reason, count(*)
    from messages m join enrollments e on e.id = m.enrollment_id,
        jsonb_array_elements_text(m.guard -> 'reasons') as withheld(reason)
    where m.state in ('held', 'skipped', 'suppressed', 'cancelled') and m.planned_at >= :since and not m.is_test
      and e.sequence_id is not null
    group by e.sequence_id, withheld.reason order by count(*) desc, withheld.reason
    """
)
BOUNCES = text(
    """
    select e.sequence_id, count(distinct m.id)
    from provider_reports r join messages m on m.message_id = r.message_id join enrollments e on e.id = m.enrollment_id
    where r.kind = 'bounced' and r.received_at >= :since and e.sequence_id is not null group by e.sequence_id
    """
)
DRAFTS = text("select sequence_id from sequence_versions where published_at is null")


@dataclass(frozen=True)
class Health:
    """One sequence with everything the list says about it."""

    row: SequenceHead
    # People under way, those set aside among them.
    active: int
    # Mails of the last days by state.
    mails: Mapping[str, int]
    clicked: int
    bounced: int
    reasons: Mapping[str, int]
    last_at: datetime | None
    # What needs a look, with how many it is about; 0 where it is not about a number.
    attention: Mapping[Attention, int]

    @property
    def sent(self) -> int:
        """Mails that left."""
        return sum(self.mails.get(state, 0) for state in SENT_STATES)

    @property
    def withheld(self) -> int:
        """Mails held back or left out."""
        return sum(self.mails.get(state, 0) for state in WITHHELD)


@dataclass
class _Counts:
    mails: Counter[str]
    reasons: dict[str, int]
    running: int = 0
    parked: int = 0
    late: int = 0
    clicked: int = 0
    bounced: int = 0
    last_at: datetime | None = None


def list_running(session: Session, at: datetime) -> list[Health]:
    """Those that take people on or still have some."""
    return [one for one in list_health(session, at) if one.active or one.row.state == SequenceState.PUBLISHED]


def list_health(session: Session, at: datetime) -> list[Health]:
    """Every sequence by name; what it costs grows with the mails of the last days, not with all there ever were."""
    counts = _count(session, at)
    drafts = set(session.scalars(DRAFTS))
    return [_health(row, counts[row.id], has_draft=row.id in drafts) for row in list_heads(session)]


def _count(session: Session, at: datetime) -> defaultdict[uuid.UUID, _Counts]:
    counts: defaultdict[uuid.UUID, _Counts] = defaultdict(lambda: _Counts(Counter(), {}))
    since = {"since": at - timedelta(days=DAYS)}
    for sequence_id, count in session.execute(RUNNING):
        counts[sequence_id].running = count
    for sequence_id, count in session.execute(PARKED):
        counts[sequence_id].parked = count
    for sequence_id, count in session.execute(OVERDUE, {"late": at - LATE}):
        counts[sequence_id].late = count
    for sequence_id, state, count, last_at, clicked in session.execute(MAILS, since):
        mine = counts[sequence_id]
        mine.mails[state] += count
        mine.clicked += clicked
        mine.last_at = max(filter(None, (mine.last_at, last_at)), default=None)
    for sequence_id, reason, count in session.execute(REASONS, since):
        counts[sequence_id].reasons[reason] = count
    for sequence_id, count in session.execute(BOUNCES, since):
        counts[sequence_id].bounced = count
    return counts


def _health(row: SequenceHead, counts: _Counts, *, has_draft: bool) -> Health:
    sent = sum(counts.mails[state] for state in SENT_STATES)
    found: dict[Attention, Any] = {
        Attention.PARKED: counts.parked,
        Attention.LATE: counts.late if row.state == SequenceState.PUBLISHED else 0,
        Attention.FAILED: counts.mails[MessageState.FAILED],
        Attention.UNKNOWN: counts.mails[MessageState.UNKNOWN],
        Attention.BOUNCES: counts.bounced if sent >= FEWEST_SENT and counts.bounced > sent * MOST_BOUNCED else 0,
        Attention.PAUSED: row.state == SequenceState.PAUSED,
        Attention.DRAFT: has_draft and row.state != SequenceState.DRAFT,
    }
    attention = {what: 0 if count is True else count for what, count in found.items() if count}
    return Health(
        row,
        counts.running,
        dict(counts.mails),
        counts.clicked,
        counts.bounced,
        counts.reasons,
        counts.last_at,
        attention,
    )
