"""The send calendar: what was sent, is planned, is held or may still come, by day and sequence, and where caps bite.

Planned and held mails lie at the time they are due. Beside them stand people who wait for a time and then come to a
mail without another wait: their mail is expected then, unless a branch on the way or the contact guard says otherwise.
"""

import uuid
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import text
from sqlalchemy.orm import Session

from abm.clock import day_start
from abm.guard.policy import Policy
from abm.words import EnrollmentState, StepKind
from campaigns.ways import takes_time, targets

WEEK = timedelta(days=7)
CONFLICTS_SHOWN = 50
_RUNNING = text(
    """
    select v.id, v.document from sequence_versions v
    where exists (select from enrollments e where e.sequence_version_id = v.id and e.state = :active)
    """
)
# Where a mail follows without another wait, as (version, step).
_MAILS = """
    mails as materialized (
        -- Each by an index of its own, which is found by the words it was made for.
        select m.contact_id, m.account_id, e.sequence_id, m.sent_at as at, 'sent' as what
        from messages m join enrollments e on e.id = m.enrollment_id
        where not m.is_test and m.state in ('sent', 'unknown') and m.sent_at >= :since and m.sent_at < :until
        union all
        select m.contact_id, m.account_id, e.sequence_id, m.due_at, 'planned'
        from messages m join enrollments e on e.id = m.enrollment_id
        where not m.is_test and m.state in ('planned', 'sending') and m.due_at < :until
        union all
        select m.contact_id, m.account_id, e.sequence_id, m.due_at, 'held'
        from messages m join enrollments e on e.id = m.enrollment_id
        where not m.is_test and m.state = 'held' and m.due_at < :until
        union all
        select e.contact_id, e.account_id, e.sequence_id, e.due_at, 'expected'
        from enrollments e
        join unnest(cast(:versions as uuid[]), cast(:steps as text[])) as w (version, step)
          on w.version = e.sequence_version_id and w.step = e.step
        where e.state = :active and e.due_at >= :since and e.due_at < :until
    ), placed as materialized (
        -- What is overdue goes as soon as it may: today.
        select *, cast(greatest(at, case when what = 'sent' then at else cast(:now as timestamptz) end)
            at time zone :zone as date) as day
        from mails
    )
"""
_DAYS = text(
    f"""
    with {_MAILS}
    select p.day, s.id, s.name, s.title, p.what, count(*) as mails
    from placed p join sequences s on s.id = p.sequence_id
    group by p.day, s.id, s.name, s.title, p.what order by p.day, s.name
    """  # noqa: S608 only our own words are put in
)
_CONFLICTS = text(
    f"""
    with {_MAILS}, caps (whose, span, most) as (
        values ('person', 'day', cast(:person_day as bigint)), ('person', 'week', :person_week),
            ('account', 'day', :account_day), ('account', 'week', :account_week)
    ), crowded as (
        select c.whose, c.span, case c.whose when 'person' then p.contact_id end as contact_id, p.account_id,
            case c.span when 'day' then p.day else cast(date_trunc('week', p.day) as date) end as day,
            count(*) as mails, c.most
        from placed p cross join caps c where c.whose = 'account' or p.contact_id is not null
        group by 1, 2, 3, 4, 5, c.most having count(*) > c.most
    ), ahead as (
        select * from crowded where case span when 'day' then day else day + 6 end >= :today
    )
    select a.whose, a.span, a.day, a.contact_id, c.full_name as contact, a.account_id, h.name as account, a.mails,
        a.most, count(*) over () as together
    from ahead a join accounts h on h.id = a.account_id left join contacts c on c.id = a.contact_id
    order by a.day, a.mails - a.most desc, h.name, c.full_name, a.whose, a.span, a.account_id, a.contact_id
    limit :shown
    """  # noqa: S608 only our own words are put in
)


@dataclass
class Load:
    """Mails of one sequence on one day."""

    sequence_id: uuid.UUID
    name: str
    title: Mapping[str, str]
    sent: int = 0
    planned: int = 0
    held: int = 0
    expected: int = 0

    @property
    def mails(self) -> int:
        """All of them."""
        return self.sent + self.planned + self.held + self.expected


@dataclass
class CalendarDay:
    """One day with what each sequence sends."""

    on: date
    loads: list[Load] = field(default_factory=list)

    @property
    def mails(self) -> int:
        """Of all sequences."""
        return sum(load.mails for load in self.loads)


@dataclass(frozen=True)
class Crowd:
    """More mails for a person or an account than a cap lets through; the guard holds what is too many."""

    whose: str
    span: str
    day: date
    contact_id: uuid.UUID | None
    contact: str | None
    account_id: uuid.UUID
    account: str
    mails: int
    most: int


@dataclass(frozen=True)
class SendCalendar:
    """Some weeks of mail; `crowds` are the nearest of `crowds_together`."""

    weeks: list[list[CalendarDay]]
    crowds: list[Crowd]
    crowds_together: int


def send_calendar(
    session: Session, first: date, weeks: int, policy: Policy, *, zone: ZoneInfo, now: datetime
) -> SendCalendar:
    """So many weeks from the Monday of `first` on, in the installation's days."""
    monday = first - timedelta(days=first.weekday())
    values = {
        **_asked(session, monday, weeks, zone, now),
        "person_day": policy.person.day,
        "person_week": policy.person.week,
        "account_day": policy.account.day,
        "account_week": policy.account.week,
        "today": now.astimezone(zone).date(),
        "shown": CONFLICTS_SHOWN,
    }
    crowds = session.execute(_CONFLICTS, values).mappings().all()
    return SendCalendar(
        weeks=_weeks(_loads(session, values), monday, weeks),
        crowds=[Crowd(**{name: row[name] for name in Crowd.__dataclass_fields__}) for row in crowds],
        crowds_together=crowds[0]["together"] if crowds else 0,
    )


def leads_to_mail(document: Mapping[str, Any]) -> Iterator[str]:
    """The steps that take time and may be followed by a mail without another wait."""
    steps = {step["key"]: step for step in document["steps"]}
    for key, step in steps.items():
        if step["kind"] == StepKind.WAIT and any(_comes_to_mail(steps, one, set()) for one in targets(step)):
            yield key


def _comes_to_mail(steps: Mapping[str, Mapping[str, Any]], key: str, seen: set[str]) -> bool:
    step = steps.get(key)
    if step is None or key in seen or takes_time(step):
        return False
    return step["kind"] == StepKind.MAIL or any(_comes_to_mail(steps, one, {*seen, key}) for one in targets(step))


def _asked(session: Session, monday: date, weeks: int, zone: ZoneInfo, now: datetime) -> dict[str, Any]:
    running = session.execute(_RUNNING, {"active": EnrollmentState.ACTIVE})
    waits = [(row.id, step) for row in running for step in leads_to_mail(row.document)]
    return {
        "versions": [version for version, _step in waits],
        "steps": [step for _version, step in waits],
        "since": day_start(monday, zone),
        "until": day_start(monday + weeks * WEEK, zone),
        "active": EnrollmentState.ACTIVE,
        "zone": zone.key,
        "now": now,
    }


def _loads(session: Session, values: Mapping[str, Any]) -> dict[date, dict[uuid.UUID, Load]]:
    days: defaultdict[date, dict[uuid.UUID, Load]] = defaultdict(dict)
    for row in session.execute(_DAYS, values):
        load = days[row.day].setdefault(row.id, Load(row.id, row.name, row.title))
        setattr(load, row.what, row.mails)
    return days


def _weeks(loads: Mapping[date, Mapping[uuid.UUID, Load]], monday: date, weeks: int) -> list[list[CalendarDay]]:
    days = [monday + timedelta(days=number) for number in range(7 * weeks)]
    made = [CalendarDay(day, list(loads.get(day, {}).values())) for day in days]
    return [made[start : start + 7] for start in range(0, len(made), 7)]
