"""Who gets a task: who looks after the deal, the department, the account or its part of the country, then by turn."""

import uuid
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field
from datetime import datetime

from abm.words import Route, WaitReason


@dataclass(frozen=True)
class Rep:
    """Somebody in sales: how much lies on the desk, and when the last task came."""

    user_id: uuid.UUID
    open_tasks: int = 0
    last_assigned_at: datetime | None = None
    is_at_work: bool = True


@dataclass(frozen=True)
class Desk:
    """Everybody who may get the task; owners stand here only while they can log in."""

    department_owner_id: uuid.UUID | None = None
    account_owner_id: uuid.UUID | None = None
    reps: Sequence[Rep] = ()
    admin_ids: Sequence[uuid.UUID] = ()
    # Who is away today, with the substitute each of them named.
    away: Mapping[uuid.UUID, uuid.UUID | None] = field(default_factory=dict)
    deal_owner_id: uuid.UUID | None = None
    # Whose work it was when it was put off.
    owner_before_id: uuid.UUID | None = None
    territory_owner_id: uuid.UUID | None = None
    # Who has no room left this week, and who let this task lie.
    full: Set[uuid.UUID] = frozenset()
    passed_over: Set[uuid.UUID] = frozenset()


@dataclass(frozen=True)
class Assignment:
    """Whose task it is, and by which rule; while it waits, in whose line it stands (None: anybody's)."""

    user_id: uuid.UUID | None
    route: Route
    waits: WaitReason | None = None


def route_task(desk: Desk) -> Assignment | None:
    """The owner of a new task, or its line; None when there is nobody yet and the task has to wait."""
    owners = (
        (desk.deal_owner_id, Route.DEAL_OWNER),
        (desk.owner_before_id, Route.OWNER_BEFORE),
        (desk.department_owner_id, Route.DEPARTMENT_OWNER),
        (desk.account_owner_id, Route.ACCOUNT_OWNER),
        (desk.territory_owner_id, Route.TERRITORY),
    )
    for owner_id, route in owners:
        there = who_is_there(owner_id, desk.away)
        if there and there not in desk.passed_over:
            waits = WaitReason.CAPACITY if there in desk.full else None
            return Assignment(there, route if there == owner_id else Route.SUBSTITUTE, waits)
    return _by_turn(desk) or _fallback(desk)


def who_is_there(user_id: uuid.UUID | None, away: Mapping[uuid.UUID, uuid.UUID | None]) -> uuid.UUID | None:
    """This user, or while they are away the substitute, or the substitute's; None when nobody is there."""
    seen: set[uuid.UUID] = set()
    while user_id is not None and user_id in away:
        if user_id in seen:
            return None
        seen.add(user_id)
        user_id = away[user_id]
    return user_id


def _by_turn(desk: Desk) -> Assignment | None:
    """Whose turn it is; when all who are there have their week full, it waits for the first who has room again."""
    present = [rep for rep in desk.reps if rep.user_id not in desk.away and rep.user_id not in desk.passed_over]
    if not present:
        return None
    free = [rep for rep in present if rep.user_id not in desk.full]
    if not free:
        return Assignment(None, Route.ROUND_ROBIN, WaitReason.CAPACITY)
    return Assignment(min(free, key=_turn).user_id, Route.ROUND_ROBIN)


def _fallback(desk: Desk) -> Assignment | None:
    """An administrator; on days when all of them are away the first one's queue still takes it."""
    admins = [admin for admin in desk.admin_ids if admin not in desk.away] or list(desk.admin_ids)
    return Assignment(admins[0], Route.FALLBACK) if admins else None


def _turn(rep: Rep) -> tuple[bool, int, float, uuid.UUID]:
    """Who is at work first, of these who has least to do, of these who has waited longest for a task."""
    waited_since = rep.last_assigned_at.timestamp() if rep.last_assigned_at else float("-inf")
    return not rep.is_at_work, rep.open_tasks, waited_since, rep.user_id
