"""Who gets a task: the department's owner, the account's, then whoever in sales has least to do."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
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


@dataclass(frozen=True)
class Assignment:
    """Whose task it is, and by which rule."""

    user_id: uuid.UUID
    route: Route


def route_task(desk: Desk) -> Assignment | None:
    """The owner of a new task; None when there is nobody yet and the task has to wait."""
    if desk.department_owner_id:
        return Assignment(desk.department_owner_id, Route.DEPARTMENT_OWNER)
    if desk.account_owner_id:
        return Assignment(desk.account_owner_id, Route.ACCOUNT_OWNER)
    if desk.reps:
        return Assignment(min(desk.reps, key=_turn).user_id, Route.ROUND_ROBIN)
    if desk.admin_ids:
        return Assignment(desk.admin_ids[0], Route.FALLBACK)
    return None


def _turn(rep: Rep) -> tuple[int, float, uuid.UUID]:
    """Least to do first, then who has waited longest for a task."""
    waited_since = rep.last_assigned_at.timestamp() if rep.last_assigned_at else float("-inf")
    return rep.open_tasks, waited_since, rep.user_id
