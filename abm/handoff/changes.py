"""Every change of a task leaves a row and a line on the account's timeline."""

import uuid
from datetime import datetime

from sqlalchemy.orm import Session

from abm.customers.timeline import Item, add_items
from abm.models import Task, TaskChange
from abm.words import ItemKind


def record_change(
    session: Session,
    task: Task,
    *,
    old: str | None,
    code: str,
    at: datetime,
    by: uuid.UUID | None = None,
    text: str | None = None,
) -> None:
    """Write down that this task went from its old state to the one it has now."""
    session.add(TaskChange(task_id=task.id, at=at, by_user_id=by, old=old, new=task.state, code=str(code), text=text))
    detail = {"task": str(task.id), "kind": task.kind, "old": old, "new": task.state, "code": str(code), "reason": text}
    add_items(
        session,
        [
            Item(
                ItemKind.TASK_CHANGED,
                task.account_id,
                at,
                department_id=task.department_id,
                contact_id=task.contact_id,
                detail=detail,
                subject_id=task.id,
                by_user_id=by,
            )
        ],
    )
