"""Tasks as scripts and pages list them."""

import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Row, Select, select
from sqlalchemy.orm import Session

from abm.clock import rfc3339
from abm.errors import NotFound
from abm.handoff.assign import places_in_line
from abm.handoff.wording import say_why
from abm.models import Account, Department, Task, User
from abm.words import Language, TaskKind, TaskState

TOKYO = ZoneInfo("Asia/Tokyo")


def list_tasks(
    session: Session,
    *,
    state: TaskState | None = None,
    account_id: uuid.UUID | None = None,
    kind: TaskKind | None = None,
    owner_id: uuid.UUID | None = None,
    at: datetime,
    language: Language = Language.JAPANESE,
    zone: ZoneInfo = TOKYO,
) -> list[dict[str, Any]]:
    """Tasks that existed at this time, the most urgent first, as `abm tasks` answers them."""
    wanted = ((Task.state, state), (Task.account_id, account_id), (Task.kind, kind), (Task.owner_id, owner_id))
    rows = session.execute(
        _rows()
        .where(Task.created_at <= at, *(column == value for column, value in wanted if value is not None))
        .order_by(Task.closed_at.desc().nulls_first(), Task.due_at.asc().nulls_last(), Task.created_at, Task.id)
    )
    places = places_in_line(session)
    return [_shown(row, places, language, zone) for row in rows]


def show_task(session: Session, task_id: uuid.UUID, language: Language, zone: ZoneInfo) -> dict[str, Any]:
    """One task, as `abm tasks` answers it."""
    row = session.execute(_rows().where(Task.id == task_id)).one_or_none()
    if row is None:
        raise NotFound(f"no task {task_id}")
    return _shown(row, places_in_line(session), language, zone)


def _rows() -> Select[Task, str, str | None, str | None]:
    return (
        select(Task, Account.name, Department.name, User.name)
        .join(Account, Account.id == Task.account_id)
        .outerjoin(Department, Department.id == Task.department_id)
        .outerjoin(User, User.id == Task.owner_id)
    )


def _shown(
    row: Row[Task, str, str | None, str | None],
    places: Mapping[uuid.UUID, int],
    language: Language,
    zone: ZoneInfo,
) -> dict[str, Any]:
    task, account, department, owner = row
    return {
        "id": str(task.id),
        "kind": task.kind,
        "state": task.state,
        "account": {"id": str(task.account_id), "name": account},
        "department": {"id": str(task.department_id), "name": department} if task.department_id else None,
        "owner": {"id": str(task.owner_id), "name": owner} if task.owner_id else None,
        "why": say_why(task.why, language, zone),
        "points": task.points,
        "created_at": rfc3339(task.created_at),
        "due_at": rfc3339(task.due_at) if task.due_at else None,
        "answer": task.answer,
        "reason": task.text,
        "until": task.wake_on.isoformat() if task.wake_on else None,
        "route": task.route,
        "waits": {"because": task.waits_because, "place": places.get(task.id)} if task.waits_because else None,
    }
