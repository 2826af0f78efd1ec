"""The breaker: a sequence whose mails come back, or are complained about, is paused until a person resumes it."""

import uuid
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from sqlalchemy import insert, select, text
from sqlalchemy.orm import Session

from abm.models import Notice, User
from abm.queue import Queue, actor
from abm.words import NoticeKind, Role
from abm.work import unit_of_work
from campaigns.sequences import pause_sequence

# Enough to see a share, few enough that a bad list is seen before all of it was mailed.
LAST_SENT = 200
# Above this Amazon SES reviews an account (its "bounce rate" guidance); a list that was looked after stays below 2 %.
MOST_BOUNCED = 0.05
# A single wrong address in a small sequence is no bad list.
FEWEST_BOUNCED = 3
# Of a few hundred mails a day two are more than the 0.3 % that Gmail's sender guidelines forbid; one may be a slip.
MOST_COMPLAINTS = 2
WITHIN = timedelta(hours=24)

# Sequences that anything was told about lately. What a person has resumed is judged by what was sent from then on.
_TOLD = text(
    """
    select s.id, s.name, s.title, count(distinct m.id) filter (where r.kind = 'complained') as complaints,
           count(distinct m.id) filter (where r.kind = 'bounced' and r.hard) as bounced, since.at as since
    from provider_reports r
    join messages m on m.message_id = r.message_id and not m.is_test
    join enrollments e on e.id = m.enrollment_id
    join sequences s on s.id = e.sequence_id and s.state = 'published'
    cross join lateral (
        select coalesce(max(a.at), to_timestamp(0)) as at from audit_entries a
        where a.subject = 'sequence' and a.subject_id = s.id and a.act = 'sequence.resumed'
    ) since
    where r.received_at > :after and r.kind in ('complained', 'bounced') and coalesce(m.sent_at, m.due_at) >= since.at
    group by s.id, s.name, s.title, since.at
    -- In one order, as whoever holds several sequences.
    order by s.id
    """
)
_LAST = text(
    """
    select count(*) as sent, count(*) filter (where exists (
        select from provider_reports r
        where r.message_id = last.message_id and r.kind = 'bounced' and r.hard and r.received_at >= last.at
    )) as bounced
    from (
        select m.message_id, coalesce(m.sent_at, m.due_at) as at from messages m
        join enrollments e on e.id = m.enrollment_id
        where e.sequence_id = :sequence and not m.is_test and m.attempts > 0 and m.state in ('sent', 'failed')
          and coalesce(m.sent_at, m.due_at) >= :since
        -- Mails of one batch were sent in the same moment.
        order by 2 desc, m.id desc limit :limit
    ) last
    """
)


@dataclass(frozen=True)
class Told:
    """What came back of a sequence's last mails, and how many complaints of a day."""

    sent: int
    bounced: int
    complaints: int

    @property
    def is_too_much(self) -> bool:
        """Whether to stop before more harm is done."""
        is_bad_list = self.bounced >= FEWEST_BOUNCED and self.bounced > self.sent * MOST_BOUNCED
        return is_bad_list or self.complaints >= MOST_COMPLAINTS


@actor("break_sequences", queue=Queue.NURTURE)
def break_sequences() -> None:
    """Pause the sequences of which too much came back."""
    with unit_of_work() as work:
        pause_broken(work.session, work.at)


def pause_broken(session: Session, at: datetime) -> list[str]:
    """Pause them and tell marketers why; answers their names."""
    paused = []
    for row in session.execute(_TOLD, {"after": at - WITHIN}).all():
        if row.complaints < MOST_COMPLAINTS and row.bounced < FEWEST_BOUNCED:
            continue
        asked = {"sequence": row.id, "since": row.since, "limit": LAST_SENT}
        last = session.execute(_LAST, asked).one()
        told = Told(last.sent, last.bounced, row.complaints)
        if told.is_too_much:
            pause_sequence(session, row.name, at, why=asdict(told))
            _tell_marketers(session, row.title, told, at)
            paused.append(row.name)
    return paused


def _tell_marketers(session: Session, title: dict[str, str], told: Told, at: datetime) -> None:
    detail = {"title": title, **asdict(told)}
    rows = [{"user_id": user, "kind": NoticeKind.SEQUENCE_BROKEN, "at": at, "detail": detail} for user in _who(session)]
    if rows:
        session.execute(insert(Notice), rows)


def _who(session: Session) -> Sequence[uuid.UUID]:
    """Those who can resume it."""
    marketers = select(User.id).where(User.role.in_((Role.MARKETER, Role.ADMIN)), User.disabled_at.is_(None))
    return session.scalars(marketers).all()
