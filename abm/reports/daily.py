"""The activity report: what each rep did on each day, a view of the timeline; nobody writes it down twice."""

import uuid
from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from abm.clock import day_start, local_day
from abm.handoff.activities import LOGGED
from abm.models import Account, Contact, Department, NextAction, TimelineItem, User
from abm.words import ItemKind

# Some fifty lines a day for a team of twenty, over a month.
LINES_READ = 20_000


@dataclass(frozen=True)
class Period:
    """From which day to which, and whose work; without a user everybody's."""

    first: date
    last: date
    zone: ZoneInfo
    user_id: uuid.UUID | None = None

    @property
    def since(self) -> datetime:
        """The first moment of the first day."""
        return day_start(self.first, self.zone)

    @property
    def until(self) -> datetime:
        """The first moment after the last day."""
        return day_start(self.last + timedelta(days=1), self.zone)


@dataclass(frozen=True)
class Deed:
    """One line of work: when, with whom, what it came to."""

    id: uuid.UUID
    user_id: uuid.UUID
    user: str
    kind: str
    happened_at: datetime
    body: str
    minutes: int | None
    account_id: uuid.UUID
    account: str
    contact_id: uuid.UUID | None
    contact: str | None
    department: str | None


@dataclass(frozen=True)
class Planned:
    """A next action set that day, which is still open."""

    user_id: uuid.UUID
    user: str
    created_at: datetime
    due_on: date
    what: str
    account_id: uuid.UUID
    account: str
    contact: str | None


@dataclass(frozen=True)
class DayOfRep:
    """What one rep did on one day, and set to come next."""

    day: date
    user_id: uuid.UUID
    user: str
    deeds: tuple[Deed, ...]
    planned: tuple[Planned, ...]

    @property
    def counts(self) -> dict[str, int]:
        """How many lines of each kind."""
        counted = Counter(deed.kind for deed in self.deeds)
        return {kind.value: counted[kind] for kind in LOGGED if counted[kind]}

    @property
    def minutes(self) -> int:
        """How long the meetings took, as far as somebody said."""
        return sum(deed.minutes or 0 for deed in self.deeds)


@dataclass(frozen=True)
class Activity:
    """The report: a day of a rep after the other, newest first; `is_cut` when there was more than can be read."""

    days: tuple[DayOfRep, ...]
    is_cut: bool

    @property
    def counts(self) -> dict[str, int]:
        """How many lines of each kind in all."""
        counted: Counter[str] = Counter()
        for day in self.days:
            counted.update(day.counts)
        return {kind.value: counted[kind] for kind in LOGGED}

    @property
    def minutes(self) -> int:
        """How long all meetings took."""
        return sum(day.minutes for day in self.days)


def read_activity(session: Session, period: Period) -> Activity:
    """What was done in these days, by rep and day: two queries, however many days."""
    deeds, planned = _deeds(session, period), _planned(session, period)
    mine = _by_day(((deed.happened_at, deed) for deed in deeds), period.zone)
    ahead = _by_day(((one.created_at, one) for one in planned), period.zone)
    keys = sorted(mine.keys() | ahead.keys(), key=lambda key: (-key[0].toordinal(), key[1], key[2]))
    days = tuple(
        DayOfRep(day, user_id, user, tuple(mine.get(key, ())), tuple(ahead.get(key, ())))
        for key in keys
        for day, user, user_id in [key]
    )
    return Activity(days, len(deeds) == LINES_READ)


def _by_day(rows: Any, zone: ZoneInfo) -> dict[tuple[date, str, uuid.UUID], list[Any]]:
    """Rows by day and rep, in the order they came."""
    keyed = [((local_day(at, zone), row.user, row.user_id), row) for at, row in rows]
    keyed.sort(key=lambda one: one[0])
    return {key: [row for _, row in group] for key, group in groupby(keyed, key=lambda one: one[0])}


def _deeds(session: Session, period: Period) -> list[Deed]:
    rows = (
        select(
            TimelineItem.id,
            User.id.label("user_id"),
            User.name.label("user"),
            TimelineItem.kind,
            TimelineItem.happened_at,
            TimelineItem.body,
            TimelineItem.detail,
            TimelineItem.account_id,
            Account.name.label("account"),
            TimelineItem.contact_id,
            Contact.full_name.label("contact"),
            Department.name.label("department"),
        )
        .join(User, User.id == TimelineItem.by_user_id)
        .join(Account, Account.id == TimelineItem.account_id)
        .outerjoin(Contact, Contact.id == TimelineItem.contact_id)
        .outerjoin(Department, Department.id == TimelineItem.department_id)
        .where(
            TimelineItem.kind.in_(LOGGED),
            # Memos of a list are nobody's work of that day.
            TimelineItem.import_id.is_(None),
            TimelineItem.happened_at >= period.since,
            TimelineItem.happened_at < period.until,
        )
        .order_by(TimelineItem.happened_at, TimelineItem.id)
        .limit(LINES_READ)
    )
    if period.user_id:
        rows = rows.where(TimelineItem.by_user_id == period.user_id)
    return [_deed(dict(row)) for row in session.execute(rows).mappings()]


def _deed(row: dict[str, Any]) -> Deed:
    minutes = row.pop("detail").get("minutes")
    return Deed(**{**row, "body": row["body"] or ""}, minutes=minutes if row["kind"] == ItemKind.MEETING else None)


def _planned(session: Session, period: Period) -> list[Planned]:
    rows = (
        select(
            User.id.label("user_id"),
            User.name.label("user"),
            NextAction.created_at,
            NextAction.due_on,
            NextAction.what,
            NextAction.account_id,
            Account.name.label("account"),
            Contact.full_name.label("contact"),
        )
        .join(User, User.id == NextAction.by_user_id)
        .join(Account, Account.id == NextAction.account_id)
        .outerjoin(Contact, Contact.id == NextAction.contact_id)
        .where(
            NextAction.closed_at.is_(None),
            NextAction.created_at >= period.since,
            NextAction.created_at < period.until,
        )
        .order_by(NextAction.created_at, NextAction.id)
        .limit(LINES_READ)
    )
    if period.user_id:
        rows = rows.where(NextAction.by_user_id == period.user_id)
    return [Planned(**row) for row in session.execute(rows).mappings()]
