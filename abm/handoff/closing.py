"""Closing tasks that are no hand-off: done, dismissed in words, answered by what their kind asks, or by themselves."""

import uuid
from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import update
from sqlalchemy.orm import Session

from abm.errors import Conflict, Invalid, NotFound
from abm.handoff.changes import Change, record_change, record_changes
from abm.handoff.rules import LONGEST_TEXT
from abm.models import AuditEntry, Task
from abm.words import CloseReason, TaskCode, TaskKind, TaskState


def close_task(
    session: Session,
    task_id: uuid.UUID,
    *,
    done: bool,
    by: uuid.UUID,
    at: datetime,
    text: str | None = None,
    reason: CloseReason | None = None,
) -> Task:
    """Close a task of another kind than hand-off: done, or dismissed with a reason."""
    task = session.get(Task, task_id)
    if task is None:
        raise NotFound(f"no task {task_id}")
    text = (text or "").strip() or None
    if not done and not text and reason is None:
        raise Invalid("say why the task is dismissed", "text", "required")
    if text and len(text) > LONGEST_TEXT:
        raise Invalid(f"the text is longer than {LONGEST_TEXT} signs", "text", "too_long")
    state = TaskState.DONE if done else TaskState.DISMISSED
    closing = update(Task).where(Task.id == task_id, Task.state == TaskState.OPEN, Task.kind != TaskKind.HAND_OFF)
    values = {"state": state.value, "closed_at": at, "answered_by": by, "text": text, "answer": reason}
    closed = session.scalar(closing.values(values).returning(Task.id))
    session.refresh(task)
    if closed is None:
        raise Conflict(f"the task is {task.state} and cannot be closed this way")
    code = reason or (TaskCode.DONE if done else TaskCode.DISMISSED)
    record_change(session, task, old=TaskState.OPEN, code=code, at=at, by=by, text=text)
    detail = {"old": TaskState.OPEN, "new": state, "reason": reason}
    session.add(AuditEntry(at=at, user_id=by, act="task.closed", subject="task", subject_id=task.id, detail=detail))
    return task


def close_by_itself(
    session: Session,
    reasons: Mapping[uuid.UUID, CloseReason],
    at: datetime,
    state: TaskState = TaskState.DISMISSED,
) -> None:
    """Close open tasks about which nothing is left to do; nobody has answered them."""
    changes = []
    for task_id in sorted(reasons):
        open_still = update(Task).where(Task.id == task_id, Task.state == TaskState.OPEN)
        values = {"state": state.value, "closed_at": at, "answer": reasons[task_id].value}
        if session.scalar(open_still.values(values).returning(Task.id)):
            task = session.get_one(Task, task_id, populate_existing=True)
            changes.append(Change(task, TaskState.OPEN, reasons[task_id].value))
    record_changes(session, changes, at)
