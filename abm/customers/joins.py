"""Open work of two accounts that would stand twice after a merge: joined into one, and taken apart again."""

import uuid
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from abm.customers.merge import Joined, OpenAction, OpenTask, join_actions, join_tasks
from abm.models import AccountMerge, NextAction, Task, TaskChange
from abm.words import OPEN_TASK_STATES, TaskCode, TaskKind, TaskState

# Tasks of these kinds may be open any number of times.
UNLIMITED = (TaskKind.MANUAL, TaskKind.STEP)
# How a next action ended whose place another has taken.
REPLACED = "replaced"


def join_open_work(session: Session, merge: AccountMerge, departments: Mapping[uuid.UUID, uuid.UUID]) -> dict[str, Any]:
    """Close what would stand twice, its evidence kept by the other; answers what is needed to part them again."""
    tasks = join_tasks(_open_tasks(session, merge.into_account_id), _open_tasks(session, merge.account_id), departments)
    actions = join_actions(_open_action(session, merge.into_account_id), _open_action(session, merge.account_id))
    joined = {
        "tasks": [_join_task(session, merge, pair) for pair in tasks],
        "actions": [_join_action(session, merge, pair) for pair in actions],
    }
    session.flush()
    return joined


def part_open_work(session: Session, merge: AccountMerge, at: datetime) -> None:
    """Open again what was joined; what was finished meanwhile was finished for both."""
    for pair in merge.joined.get("tasks", ()):
        _part_task(session, merge, pair, at)
    for pair in merge.joined.get("actions", ()):
        _part_action(session, merge, pair)
    session.flush()


def _open_tasks(session: Session, account_id: uuid.UUID) -> list[OpenTask]:
    found = (
        select(Task.id, Task.kind, Task.department_id, Task.state, Task.created_at)
        .where(Task.account_id == account_id, Task.state.in_(OPEN_TASK_STATES), Task.kind.not_in(UNLIMITED))
        .order_by(Task.id)
        .with_for_update()
    )
    return [OpenTask(*row) for row in session.execute(found)]


def _open_action(session: Session, account_id: uuid.UUID) -> OpenAction | None:
    open_one = (NextAction.account_id == account_id, NextAction.contact_id.is_(None), NextAction.closed_at.is_(None))
    row = session.execute(select(NextAction.id, NextAction.due_on).where(*open_one).with_for_update()).one_or_none()
    return OpenAction(*row) if row else None


def _join_task(session: Session, merge: AccountMerge, pair: Joined) -> dict[str, str]:
    kept, joined = _both(session, Task, pair.kept, pair.joined)
    remembered = {"kept": str(kept.id), "joined": str(joined.id), "state": joined.state}
    kept.evidence = [*kept.evidence, *_marked(joined.evidence, merge.id)]
    old, joined.state, joined.closed_at = joined.state, TaskState.DISMISSED.value, merge.at
    _record(session, joined, old, TaskCode.JOINED, merge.at, merge.by_user_id)
    return remembered


def _part_task(session: Session, merge: AccountMerge, pair: Mapping[str, str], at: datetime) -> None:
    kept, joined = _both(session, Task, uuid.UUID(pair["kept"]), uuid.UUID(pair["joined"]))
    if kept is None or joined is None or joined.state != TaskState.DISMISSED or joined.closed_at != merge.at:
        return
    kept.evidence = [one for one in kept.evidence if not _came_with(one, merge.id)]
    old = joined.state
    if kept.state in OPEN_TASK_STATES:
        joined.state, joined.closed_at = pair["state"], None
    else:
        for name in ("state", "closed_at", "answer", "answered_by", "text", "wake_on"):
            setattr(joined, name, getattr(kept, name))
    _record(session, joined, old, TaskCode.PARTED, at, merge.undone_by)


def _join_action(session: Session, merge: AccountMerge, pair: Joined) -> dict[str, str]:
    _, joined = _both(session, NextAction, pair.kept, pair.joined)
    joined.closed_at, joined.closed_by, joined.outcome = merge.at, merge.by_user_id, REPLACED
    return {"kept": str(pair.kept), "joined": str(pair.joined)}


def _part_action(session: Session, merge: AccountMerge, pair: Mapping[str, str]) -> None:
    kept, joined = _both(session, NextAction, uuid.UUID(pair["kept"]), uuid.UUID(pair["joined"]))
    if kept is None or joined is None or joined.closed_at != merge.at:
        return
    for name in ("closed_at", "closed_by", "outcome"):
        setattr(joined, name, getattr(kept, name))


def _both(session: Session, kind: Any, kept: uuid.UUID, joined: uuid.UUID) -> Sequence[Any]:
    rows = session.scalars(select(kind).where(kind.id.in_((kept, joined))).execution_options(populate_existing=True))
    found = {row.id: row for row in rows}
    return found.get(kept), found.get(joined)


def _marked(evidence: Iterable[Any], merge_id: uuid.UUID) -> list[Any]:
    return [{**one, "merge": [*_merges(one), str(merge_id)]} if isinstance(one, dict) else one for one in evidence]


def _came_with(evidence: Any, merge_id: uuid.UUID) -> bool:
    return str(merge_id) in _merges(evidence)


def _merges(evidence: Any) -> list[str]:
    return list(evidence.get("merge", ())) if isinstance(evidence, dict) else []


def _record(session: Session, task: Task, old: str, code: TaskCode, at: datetime, by: uuid.UUID | None) -> None:
    change = TaskChange(task_id=task.id, at=at, by_user_id=by, old=old, new=task.state, code=code.value)
    session.add(change)
