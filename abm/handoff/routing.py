"""Who gets a task: the department's owner, the account's, then whoever in sales has least to do; nobody on leave."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from abm.words import Route


@dataclass(frozen=True)
class Rep:
    """Somebody in sales: how much lies on the desk, and when the last task came."""

    user_id: uuid.UUID
    open_tasks: int = 0
    last_assigned_at: datetime | None = None


@dataclass(frozen=True)
class Desk:
    """Everybody who may get the task; owners stand here only while they can log in."""

    department_owner_id: uuid.UUID | None = None
    account_owner_id: uuid.UUID | None = None
    reps: Sequence[Rep] = ()
    admin_ids: Sequence[uuid.UUID] = ()
    # Who is away today, with the substitute each of them named.
    away: Mapping[uuid.UUID, uuid.UUID | None] = field(default_factory=dict)


@dataclass(frozen=True)
class Assignment:
    """Whose task it is, and by which rule."""

    user_id: uuid.UUID
    route: Route


def route_task(desk: Desk) -> Assignment | None:
    """The owner of a new task; None when there is nobody yet and the task has to wait."""
    owners = ((desk.department_owner_id, Route.DEPARTMENT_OWNER), (desk.account_owner_id, Route.ACCOUNT_OWNER))
    for owner_id, route in owners:
        if there := who_is_there(owner_id, desk.away):
            return Assignment(there, route if there == owner_id else Route.SUBSTITUTE)
    if present := [rep for rep in desk.reps if rep.user_id not in desk.away]:
        return Assignment(min(present, key=_turn).user_id, Route.ROUND_ROBIN)
    return _fallback(desk)


def who_is_there(user_id: uuid.UUID | None, away: Mapping[uuid.UUID, uuid.UUID | None]) -> uuid.UUID | None:
    """This user, or while they are away the substitute, or the substitute's; None when nobody is there."""
    seen: set[uuid.UUID] = set()
    while user_id is not None and user_id in away:
        if user_id in seen:
            return None
        seen.add(user_id)
        user_id = away[user_id]
    return user_id


def _fallback(desk: Desk) -> Assignment | None:
    """An administrator; on days when all of them are away the first one's queue still takes it."""
    admins = [admin for admin in desk.admin_ids if admin not in desk.away] or list(desk.admin_ids)
    return Assignment(admins[0], Route.FALLBACK) if admins else None


def _turn(rep: Rep) -> tuple[int, float, uuid.UUID]:
    """Least to do first, then who has waited longest for a task."""
    waited_since = rep.last_assigned_at.timestamp() if rep.last_assigned_at else float("-inf")
    return rep.open_tasks, waited_since, rep.user_id
