"""Opening tasks that are no hand-off: one open per account, department and kind; a second trigger is evidence."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, case, or_, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from abm.handoff.changes import WITHOUT_PAPERS, Change, record_changes
from abm.models import Task
from abm.words import MqaCause, TaskCode, TaskKind, TaskState

OPEN_KEY = ("account_id", "department_id", "kind")
OPEN_ONLY = text(
    "state in ('new', 'assigned', 'accepted', 'working', 'expired', 'open') and kind not in ('manual', 'step')"
)
Key = tuple[uuid.UUID, uuid.UUID | None, str]


@dataclass(frozen=True)
class Ask:
    """A task as it would be opened; `why` holds codes and values, `evidence` what one can look up later."""

    kind: TaskKind
    account_id: uuid.UUID
    why: list[dict[str, Any]]
    evidence: list[dict[str, Any]]
    owner_id: uuid.UUID | None = None
    department_id: uuid.UUID | None = None
    contact_id: uuid.UUID | None = None
    due_at: datetime | None = None
    brief: dict[str, Any] = field(default_factory=dict)

    @property
    def key(self) -> Key:
        """Of these only one is open."""
        return self.account_id, self.department_id, self.kind.value


def ask_for_tasks(session: Session, asks: Sequence[Ask], at: datetime) -> list[uuid.UUID]:
    """Open these tasks, or feed the open ones; answers the task of each, in order. The accounts are locked."""
    drafts: dict[Key, dict[str, Any]] = {}
    for ask in asks:
        if ask.key in drafts:
            drafts[ask.key]["evidence"] += ask.evidence
        else:
            drafts[ask.key] = _draft(ask, at)
    ids = open_or_feed(session, drafts, at)
    return [ids[ask.key] for ask in asks]


def open_or_feed(session: Session, drafts: Mapping[Key, dict[str, Any]], at: datetime) -> dict[Key, uuid.UUID]:
    """The schema lets one open task through; what comes second is evidence for it. Answers the task of each draft."""
    if not drafts:
        return {}
    opening = insert(Task).values([drafts[key] for key in sorted(drafts, key=str)])
    new = opening.excluded
    feeding = opening.on_conflict_do_update(
        index_elements=OPEN_KEY,
        index_where=OPEN_ONLY,
        set_={
            "evidence": Task.evidence.concat(new.evidence),
            # A later reminder says better how near the day is, and who asks to be called says best why now.
            "why": case((or_(Task.kind == TaskKind.RENEWAL, _is_request(new.evidence)), new.why), else_=Task.why),
            # What waited for room may not have to wait any longer.
            "ask_again_at": None,
        },
    )
    rows = session.execute(feeding.returning(Task.id, *OPENED_AS, text("old.state"))).all()
    old = {row[0]: row[4] for row in rows}
    opened = select(Task).where(Task.id.in_(old)).options(*WITHOUT_PAPERS)
    tasks = session.scalars(opened.execution_options(populate_existing=True)).all()
    record_changes(session, [_change(task, old[task.id]) for task in tasks], at)
    return {(account_id, department_id, kind): task_id for task_id, account_id, department_id, kind, _old in rows}


OPENED_AS = (Task.account_id, Task.department_id, Task.kind)


def _is_request(evidence: ColumnElement[Any]) -> ColumnElement[bool]:
    is_request: ColumnElement[bool] = evidence[0]["cause"].as_string() == MqaCause.ACT_NOW
    return is_request


def _change(task: Task, old: str | None) -> Change:
    return Change(task, old, TaskCode.EVIDENCE if old else TaskCode.OPENED, to=task.owner_id)


def _draft(ask: Ask, at: datetime) -> dict[str, Any]:
    return {
        "kind": ask.kind.value,
        "state": TaskState.OPEN.value,
        "account_id": ask.account_id,
        "department_id": ask.department_id,
        "contact_id": ask.contact_id,
        "owner_id": ask.owner_id,
        "why": ask.why,
        "brief": ask.brief,
        "evidence": list(ask.evidence),
        "created_at": at,
        "assigned_at": at if ask.owner_id else None,
        "due_at": ask.due_at,
    }
