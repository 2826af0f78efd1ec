"""Every change of a task leaves a row and a line on the account's timeline."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import insert
from sqlalchemy.orm import Session, defer

from abm.customers.timeline import Item, add_items
from abm.models import Task, TaskChange
from abm.words import ItemKind

# What a task carries for its reader is long, and no change of its state looks at it.
WITHOUT_PAPERS = (defer(Task.receipt), defer(Task.brief))


@dataclass(frozen=True)
class Change:
    """A task that went from its old state to the one it has now, or to `new` on the way there, and by which code.

    `to` is who has it from now on, or was told.
    """

    task: Task
    old: str | None
    code: str
    by: uuid.UUID | None = None
    text: str | None = None
    to: uuid.UUID | None = None
    new: str | None = None


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
    record_changes(session, [Change(task, old, code, by, text)], at)


def record_changes(session: Session, changes: Sequence[Change], at: datetime) -> None:
    """Write down what became of these tasks, in one statement for the tasks and one for the timeline."""
    if changes:
        session.flush()
        session.execute(insert(TaskChange), [_row(change, at) for change in changes])
        add_items(session, [_item(change, at) for change in changes])


def _row(change: Change, at: datetime) -> dict[str, Any]:
    return {
        "task_id": change.task.id,
        "at": at,
        "by_user_id": change.by,
        "old": change.old,
        "new": change.new or change.task.state,
        "code": str(change.code),
        "text": change.text,
        "to_user_id": change.to,
    }


def _item(change: Change, at: datetime) -> Item:
    task = change.task
    return Item(
        ItemKind.TASK_CHANGED,
        task.account_id,
        at,
        department_id=task.department_id,
        contact_id=task.contact_id,
        detail={
            "task": str(task.id),
            "kind": task.kind,
            "old": change.old,
            "new": change.new or task.state,
            "code": str(change.code),
            "reason": change.text,
        },
        subject_id=task.id,
        by_user_id=change.by,
    )
