"""Tasks as a manager looks at them: load and answers per rep, acceptance per rule, reasons, and what lies too long."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import exists, select, text
from sqlalchemy.orm import Session

from abm.customers.working_hours import week_start
from abm.models import User
from abm.words import OPEN_TASK_STATES, Role, TaskKind, TaskState

LOOKED_BACK = timedelta(days=90)
TASKS_SHOWN = 100

OPEN = ", ".join(f"'{state}'" for state in OPEN_TASK_STATES)
# Received, or answered with what only comes after it.
ACCEPTED = f"(accepted_at is not null or state in ('{TaskState.MEETING}', '{TaskState.OPPORTUNITY}'))"
# Received or answered at all: what still waits for its owner says nothing yet.
DECIDED = "(accepted_at is not null or answer is not null)"
HAND_OFFS = f"t.kind = '{TaskKind.HAND_OFF}' and t.created_at >= :since"

LOADS = text(
    f"""
    select u.id, u.name, u.weekly_capacity,
        count(t.id) filter (where t.state in ({OPEN})) as open,
        count(t.id) filter (where t.state = '{TaskState.NEW}') as waiting,
        count(t.id) filter (where t.state in ({OPEN}) and t.due_at < :at) as overdue,
        min(t.created_at) filter (where t.state in ({OPEN})) as oldest_at,
        count(t.id) filter (
            where t.kind = '{TaskKind.HAND_OFF}' and t.assigned_at >= :week
              and t.state not in ('{TaskState.NEW}', '{TaskState.REJECTED}')
        ) as taken,
        count(t.id) filter (where {HAND_OFFS} and {DECIDED}) as decided,
        count(t.id) filter (where {HAND_OFFS} and {DECIDED} and {ACCEPTED}) as accepted,
        percentile_cont(0.5) within group (order by extract(epoch from t.accepted_at - t.assigned_at) / 3600.0)
            filter (where {HAND_OFFS} and t.accepted_at is not null and t.accepted_at >= t.assigned_at) as hours
    from users u left join tasks t on t.owner_id = u.id
    where (cast(:team as uuid[]) is null or u.id = any(:team))
    group by u.id
    having u.disabled_at is null and u.role = '{Role.SALES}' or count(t.id) filter (where t.state in ({OPEN})) > 0
    order by overdue desc, open desc, u.name, u.id
    """  # noqa: S608 only our own words are put in
)
# What made the first request: an account that warmed up, or the act that asks for a call at once.
RULES = text(
    f"""
    select coalesce(t.evidence -> 0 ->> 'cause', '') as cause,
        case when t.why -> 0 ->> 'code' = 'request' then coalesce(t.why -> 0 ->> 'act', '') else '' end as act,
        count(*) as tasks,
        count(*) filter (where {DECIDED}) as decided,
        count(*) filter (where {DECIDED} and {ACCEPTED}) as accepted,
        count(*) filter (where t.state in ('{TaskState.MEETING}', '{TaskState.OPPORTUNITY}')) as won
    from tasks t
    where {HAND_OFFS} and (cast(:team as uuid[]) is null or t.owner_id = any(:team))
    group by 1, 2 order by tasks desc, cause, act
    """  # noqa: S608 only our own words are put in
)
REASONS = text(
    f"""
    select t.answer, count(*) as tasks from tasks t
    where t.kind = '{TaskKind.HAND_OFF}' and t.closed_at >= :since and t.answer is not null
      and (cast(:team as uuid[]) is null or t.owner_id = any(:team))
    group by 1 order by tasks desc, 1
    """  # noqa: S608 only our own words are put in
)
LYING = text(
    f"""
    select t.id, t.kind, t.state, a.name as account, d.name as department, t.owner_id, u.name as owner, t.points,
        t.created_at, t.due_at,
        (select count(*) from task_changes c where c.task_id = t.id and c.code = 'escalated') as escalations
    from tasks t
    join accounts a on a.id = t.account_id
    left join departments d on d.id = t.department_id
    left join users u on u.id = t.owner_id
    where t.state in ({OPEN}) and (cast(:team as uuid[]) is null or t.owner_id = any(:team) or t.owner_id is null)
    order by (t.due_at < :at) desc nulls last, t.due_at nulls last, t.created_at, t.id
    limit :limit
    """  # noqa: S608 only our own words are put in
)


@dataclass(frozen=True)
class Load:
    """How much lies on one desk, and how its owner answers."""

    user_id: uuid.UUID
    name: str
    capacity: int | None
    open: int
    waiting: int
    overdue: int
    oldest_at: datetime | None
    taken: int
    decided: int
    accepted: int
    # Half of them were received within so many hours of real time.
    hours: float | None

    @property
    def rate(self) -> float | None:
        """Accepted of those decided about."""
        return self.accepted / self.decided if self.decided else None


@dataclass(frozen=True)
class RuleLoad:
    """What one rule sent to sales, and what sales made of it."""

    cause: str
    act: str
    tasks: int
    decided: int
    accepted: int
    won: int

    @property
    def rate(self) -> float | None:
        """Accepted of those decided about."""
        return self.accepted / self.decided if self.decided else None


@dataclass(frozen=True)
class ReasonCount:
    """How often hand-offs ended with one answer."""

    answer: str
    tasks: int


@dataclass(frozen=True)
class LyingTask:
    """An open task as a manager sees it."""

    id: uuid.UUID
    kind: str
    state: str
    account: str
    department: str | None
    owner_id: uuid.UUID | None
    owner: str | None
    points: float | None
    created_at: datetime
    due_at: datetime | None
    escalations: int


@dataclass(frozen=True)
class Overview:
    """Everything the page shows."""

    loads: Sequence[Load]
    rules: Sequence[RuleLoad]
    reasons: Sequence[ReasonCount]
    tasks: Sequence[LyingTask]


def manages(session: Session, user_id: uuid.UUID) -> bool:
    """Whether somebody who can log in has this user as manager."""
    return bool(session.scalar(select(exists().where(User.manager_id == user_id, User.disabled_at.is_(None)))))


def team_of(session: Session, user_id: uuid.UUID) -> list[uuid.UUID]:
    """This user and everybody whom they manage."""
    return [user_id, *session.scalars(select(User.id).where(User.manager_id == user_id).order_by(User.id))]


def read_overview(
    session: Session, at: datetime, zone: ZoneInfo, *, team: Sequence[uuid.UUID] | None = None
) -> Overview:
    """Load, answers and what lies, of a team or of everybody."""
    known: dict[str, Any] = {"at": at, "since": at - LOOKED_BACK, "week": week_start(at, zone), "limit": TASKS_SHOWN}
    known["team"] = list(team) if team is not None else None
    return Overview(
        [Load(*row) for row in session.execute(LOADS, known)],
        [RuleLoad(*row) for row in session.execute(RULES, known)],
        [ReasonCount(*row) for row in session.execute(REASONS, known)],
        [LyingTask(*row) for row in session.execute(LYING, known)],
    )
