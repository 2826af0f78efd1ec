"""How each sequence is doing: people, mails, human clicks, what was withheld and why, and what needs a look."""

import uuid
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from abm.reports.sequences import UNDER_WAY, WITHHELD, SequenceHead, list_heads
from abm.words import SENT_STATES, Attention, EnrollmentState, MessageState, SequenceState

# Whoever is due for longer than this is not being advanced.
LATE = timedelta(minutes=15)
# Of so many mails sent so many bounced: the list is to be looked at.
FEWEST_SENT, MOST_BOUNCED = 20, 0.05

PEOPLE = text(
    """
    select e.sequence_id, e.state, count(*), max(coalesce(e.ended_at, e.step_since)),
        count(*) filter (where e.due_at < :late)
    from enrollments e where e.sequence_id is not null group by e.sequence_id, e.state
    """
)
MAILS = text(
    """
    with clicked as (
        select distinct message_id from events where message_id is not null and verdict in ('proven', 'likely')
          and kind in ('click', 'download', 'premium_download'))
    select e.sequence_id, m.state, count(*), max(m.sent_at), count(v.message_id)
    from messages m join enrollments e on e.id = m.enrollment_id left join clicked v on v.message_id = m.id
    where not m.is_test and e.sequence_id is not null group by e.sequence_id, m.state
    """
)
REASONS = text(
    """
    select e.sequence_id, withheld.reason, count(*)
    from messages m join enrollments e on e.id = m.enrollment_id,
        jsonb_array_elements_text(m.guard -> 'reasons') as withheld(reason)
    where m.state = any(:withheld) and not m.is_test and e.sequence_id is not null
    group by e.sequence_id, withheld.reason order by count(*) desc, withheld.reason
    """
)
BOUNCES = text(
    """
    select e.sequence_id, count(distinct m.id)
    from provider_reports r join messages m on m.message_id = r.message_id join enrollments e on e.id = m.enrollment_id
    where r.kind = 'bounced' and e.sequence_id is not null group by e.sequence_id
    """
)
DRAFTS = text("select sequence_id from sequence_versions where published_at is null")


@dataclass(frozen=True)
class Health:
    """One sequence with everything the list says about it."""

    row: SequenceHead
    people: Mapping[str, int]
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
    def under_way(self) -> int:
        """Mails that are planned or leaving."""
        return sum(self.mails.get(state, 0) for state in UNDER_WAY)

    @property
    def withheld(self) -> int:
        """Mails held back or left out."""
        return sum(self.mails.get(state, 0) for state in WITHHELD)

    @property
    def active(self) -> int:
        """People under way, those set aside among them."""
        return self.people.get(EnrollmentState.ACTIVE, 0) + self.people.get(EnrollmentState.PARKED, 0)


@dataclass
class _Counts:
    people: Counter[str]
    mails: Counter[str]
    reasons: dict[str, int]
    clicked: int = 0
    bounced: int = 0
    late: int = 0
    last_at: datetime | None = None

    def saw(self, at: datetime | None) -> None:
        self.last_at = max(filter(None, (self.last_at, at)), default=None)


def list_health(session: Session, at: datetime) -> list[Health]:
    """Every sequence by name."""
    counts: defaultdict[uuid.UUID, _Counts] = defaultdict(lambda: _Counts(Counter(), Counter(), {}))
    for sequence_id, state, count, last_at, late in session.execute(PEOPLE, {"late": at - LATE}):
        mine = counts[sequence_id]
        mine.people[state] += count
        mine.late += late if state == EnrollmentState.ACTIVE else 0
        mine.saw(last_at)
    for sequence_id, state, count, last_at, clicked in session.execute(MAILS):
        mine = counts[sequence_id]
        mine.mails[state] += count
        mine.clicked += clicked
        mine.saw(last_at)
    for sequence_id, reason, count in session.execute(REASONS, {"withheld": list(WITHHELD)}):
        counts[sequence_id].reasons[reason] = count
    for sequence_id, count in session.execute(BOUNCES):
        counts[sequence_id].bounced = count
    drafts = set(session.scalars(DRAFTS))
    return [_health(row, counts[row.id], has_draft=row.id in drafts) for row in list_heads(session)]


def _health(row: SequenceHead, counts: _Counts, *, has_draft: bool) -> Health:
    sent = sum(counts.mails[state] for state in SENT_STATES)
    found: dict[Attention, Any] = {
        Attention.PARKED: counts.people[EnrollmentState.PARKED],
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
        dict(counts.people),
        dict(counts.mails),
        counts.clicked,
        counts.bounced,
        counts.reasons,
        counts.last_at,
        attention,
    )
