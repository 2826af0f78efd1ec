"""Who takes the tasks of one round: everybody who may get one, their hours, their room and whose turn it is."""

import uuid
from collections import Counter
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Row, text
from sqlalchemy.orm import Session

from abm.clock import local_day
from abm.customers.absences import away_on
from abm.customers.company_calendar import read_calendar
from abm.customers.territories import Area, read_areas
from abm.customers.working_hours import Calendar, Hours, week_start
from abm.handoff.routing import Assignment, Desk, Rep, route_task, who_is_there
from abm.models import Account
from abm.words import OPEN_TASK_STATES, Role, TaskKind, TaskState

# Whoever counts a week's hand-offs waits for others who do: two at once would both find the last place free.
CAPACITY_LOCK = 7_202_650
TAKE_TURNS = text(
    f"select pg_advisory_xact_lock({CAPACITY_LOCK}) where exists ("  # noqa: S608 only our own number is put in
    "select from users where weekly_capacity is not null and disabled_at is null)"
)
OPEN = ", ".join(f"'{state}'" for state in OPEN_TASK_STATES)
# What was sent back gives its place in the week back, too.
PEOPLE = text(
    f"""
    select u.id, u.role, u.manager_id, u.weekly_capacity, u.works_from, u.works_until, u.work_days,
        t.open_tasks, t.last_assigned_at,
        case when u.weekly_capacity is null then 0 else (
            select count(*) from tasks w
            where w.owner_id = u.id and w.kind = '{TaskKind.HAND_OFF}' and w.assigned_at >= :week
              and w.state not in ('{TaskState.NEW}', '{TaskState.REJECTED}')
        ) end as taken
    from users u
    left join lateral (
        select count(*) filter (where state in ({OPEN})) as open_tasks, max(assigned_at) as last_assigned_at
        from tasks where owner_id = u.id
    ) t on true
    where u.disabled_at is null
    order by u.id
    """  # noqa: S608 only our own words are put in
)

# Of those who have left, too: what was theirs goes further up.
MANAGERS = text("select id, manager_id from users where manager_id is not null")


@dataclass(frozen=True)
class Place:
    """Where a hand-off comes from, and who else has a claim to it."""

    account_owner_id: uuid.UUID | None
    department_owner_id: uuid.UUID | None
    prefecture: str | None
    industry: str | None
    tier: str
    deal_owner_id: uuid.UUID | None = None
    owner_before_id: uuid.UUID | None = None

    @classmethod
    def of(cls, account: Account, department_owner_id: uuid.UUID | None, **claims: uuid.UUID | None) -> "Place":
        """The place of an account's task."""
        return cls(account.owner_id, department_owner_id, account.prefecture, account.industry, account.tier, **claims)


@dataclass(frozen=True)
class Staff:
    """Everybody who may get a task now, and how many this round has given them already."""

    active: Set[uuid.UUID]
    desk: Desk
    calendar: Calendar
    hours: Mapping[uuid.UUID, Hours] = field(default_factory=dict)
    # Hand-offs this week may still bring to those who have a capacity.
    room: Mapping[uuid.UUID, int] = field(default_factory=dict)
    managers: Mapping[uuid.UUID, uuid.UUID] = field(default_factory=dict)
    areas: Sequence[Area] = ()
    given: Counter[uuid.UUID] = field(default_factory=Counter)

    def pick(self, *preferred: uuid.UUID | None) -> uuid.UUID | None:
        """The first of these who is there or has named a substitute, else by turn; None when there is nobody."""
        for user_id in preferred:
            there = who_is_there(self._active(user_id), self.desk.away)
            if there in self.active:
                return self._give(there)
        found = route_task(self._now())
        return self._give(found.user_id) if found else None

    def route(
        self, place: Place, *, urgent: bool = False, passed_over: Set[uuid.UUID] = frozenset()
    ) -> Assignment | None:
        """Whose hand-off it is, or in whose line it waits; what is urgent waits for no capacity."""
        desk = replace(
            self._now(),
            deal_owner_id=self._active(place.deal_owner_id),
            owner_before_id=self._active(place.owner_before_id),
            department_owner_id=self._active(place.department_owner_id),
            account_owner_id=self._active(place.account_owner_id),
            territory_owner_id=self._territory(place),
            full=frozenset() if urgent else self._full(),
            passed_over=passed_over,
        )
        found = route_task(desk)
        if found and not found.waits:
            self._give(found.user_id)
        return found

    def manager_of(self, user_id: uuid.UUID | None) -> uuid.UUID | None:
        """Who hears of what this user lets lie: the manager, or theirs; without one an administrator."""
        seen = {user_id}
        manager = self.managers.get(user_id) if user_id else None
        while manager is not None and manager not in seen:
            if (there := who_is_there(self._active(manager), self.desk.away)) and there != user_id:
                return there
            seen.add(manager)
            manager = self.managers.get(manager)
        others = [admin for admin in self.desk.admin_ids if admin != user_id]
        return next((admin for admin in others if admin not in self.desk.away), others[0] if others else None)

    def calendar_of(self, user_id: uuid.UUID | None) -> Calendar:
        """The company calendar in the hours of this user."""
        return self.calendar.kept_by(self.hours.get(user_id) if user_id else None)

    def _now(self) -> Desk:
        reps = [replace(rep, open_tasks=rep.open_tasks + self.given[rep.user_id]) for rep in self.desk.reps]
        return replace(self.desk, reps=reps)

    def _full(self) -> Set[uuid.UUID]:
        return frozenset(user_id for user_id, room in self.room.items() if room <= self.given[user_id])

    def _territory(self, place: Place) -> uuid.UUID | None:
        fitting = (area for area in self.areas if area.holds(place.prefecture, place.industry, place.tier))
        return next((area.user_id for area in fitting), None)

    def _active(self, user_id: uuid.UUID | None) -> uuid.UUID | None:
        return user_id if user_id in self.active else None

    def _give(self, user_id: uuid.UUID | None) -> uuid.UUID | None:
        if user_id:
            self.given[user_id] += 1
        return user_id


def gather_staff(session: Session, at: datetime, zone: ZoneInfo) -> Staff:
    """Everybody who may get a task now; while somebody has a capacity, one round counts after the other."""
    session.execute(TAKE_TURNS)
    return read_staff(session, at, zone)


def read_staff(session: Session, at: datetime, zone: ZoneInfo) -> Staff:
    """The same for whoever only looks: nobody waits."""
    people = session.execute(PEOPLE, {"week": week_start(at, zone)}).all()
    calendar = read_calendar(session, zone)
    hours = {one.id: _hours(one, calendar.hours) for one in people if one.works_from or one.work_days}
    reps = [
        Rep(one.id, one.open_tasks, one.last_assigned_at, calendar.kept_by(hours.get(one.id)).is_open(at))
        for one in people
        if one.role == Role.SALES
    ]
    away = {one.user_id: one.substitute_id for one in away_on(session, local_day(at, zone)).values()}
    return Staff(
        frozenset(one.id for one in people),
        Desk(reps=reps, admin_ids=[one.id for one in people if one.role == Role.ADMIN], away=away),
        calendar,
        hours,
        {one.id: one.weekly_capacity - one.taken for one in people if one.weekly_capacity is not None},
        dict(session.execute(MANAGERS).all()),
        read_areas(session),
    )


def _hours(one: Row[Any], usual: Hours) -> Hours:
    """A user's own hours; what they leave open is as in the firm."""
    days = frozenset(one.work_days) if one.work_days else usual.days
    return Hours(one.works_from or usual.opens, one.works_until or usual.closes, days)
