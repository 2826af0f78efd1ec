"""Handing a rep's accounts over: owners, open work and promises go to the successors in one commit."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select, text
from sqlalchemy.orm import Session

from abm.customers.timeline import Item, add_items
from abm.errors import Invalid
from abm.handoff.changes import Change, record_changes
from abm.models import AuditEntry, Task, User
from abm.scoring.arrays import array
from abm.scoring.evaluate import lock_accounts
from abm.words import OPEN_DEAL_STAGES, OPEN_TASK_STATES, ContractState, ItemKind, TaskCode

HANDED_OVER = "user.accounts_handed_over"


def _words(words: tuple[str, ...]) -> str:
    return ", ".join(f"'{word}'" for word in words)


# What goes to the successor, by table: only what is still to be done; who won or closed something stays as it was.
MOVED = {
    "accounts": "true",
    "departments": "archived_at is null",
    "deals": f"archived_at is null and stage in ({_words(OPEN_DEAL_STAGES)})",
    "contracts": f"archived_at is null and state = '{ContractState.RUNNING}'",
    "next_actions": "closed_at is null",
    "tasks": f"state in ({_words(OPEN_TASK_STATES)})",
}
ACCOUNT_OF = {"accounts": "id"}
SUBJECTS = {
    "accounts": "account",
    "departments": "department",
    "deals": "deal",
    "contracts": "contract",
    "next_actions": "next_action",
    "tasks": "task",
}


@dataclass(frozen=True)
class HandedOver:
    """One hand-over: its audit row, and how many records of each sort changed hands."""

    id: uuid.UUID
    counts: Mapping[str, int]


def hand_over(
    session: Session, from_id: uuid.UUID, successors: Mapping[uuid.UUID, uuid.UUID], *, by: uuid.UUID, at: datetime
) -> HandedOver:
    """Give what this user looks after at these accounts to the successor of each; handing back is another hand-over."""
    names = _check(session, from_id, successors)
    lock_accounts(session, successors)
    moved = {table: _move(session, table, from_id, successors, by, at) for table in MOVED}
    _note_tasks(session, moved["tasks"], by, at)
    touched = {account_id for rows in moved.values() for _id, account_id in rows}
    if not touched:
        raise Invalid("this user looks after nothing at these accounts", "from", "nothing_owned")
    add_items(session, [_item(account, names[from_id], names[successors[account]], by, at) for account in touched])
    counts = {table: len(rows) for table, rows in moved.items()}
    detail = {
        "from": names[from_id],
        "to": sorted({names[successors[account]] for account in touched}),
        "accounts": sorted(map(str, touched)),
        "counts": counts,
    }
    entry = AuditEntry(at=at, user_id=by, act=HANDED_OVER, subject="user", subject_id=from_id, detail=detail)
    session.add(entry)
    session.flush()
    return HandedOver(entry.id, counts)


def _check(session: Session, from_id: uuid.UUID, successors: Mapping[uuid.UUID, uuid.UUID]) -> dict[uuid.UUID, str]:
    """The names of everybody concerned; Invalid when a successor cannot work."""
    if not successors:
        raise Invalid("choose who takes the accounts over", "to", "required")
    users = {
        user.id: user for user in session.scalars(select(User).where(User.id.in_({from_id, *successors.values()})))
    }
    for successor in set(successors.values()):
        if successor == from_id or successor not in users or users[successor].disabled_at is not None:
            raise Invalid("choose another user who can log in", "to", "unknown")
    if from_id not in users:
        raise Invalid("choose whose accounts are handed over", "from", "unknown")
    return {key: user.name for key, user in users.items()}


def _move(
    session: Session,
    table: str,
    from_id: uuid.UUID,
    successors: Mapping[uuid.UUID, uuid.UUID],
    by: uuid.UUID,
    at: datetime,
) -> list[tuple[uuid.UUID, uuid.UUID]]:
    """(record, account) of what changed hands in this table; each with its audit row."""
    account = ACCOUNT_OF.get(table, "account_id")
    moving = text(
        f"""
        update {table} t set owner_id = n.to_id
        from unnest(cast(:accounts as uuid[]), cast(:owners as uuid[])) as n (account_id, to_id)
        where t.{account} = n.account_id and t.owner_id = :from_id and {MOVED[table]}
        returning t.id, t.{account}, t.owner_id
        """  # noqa: S608 only our own names are put in
    )
    values = {"accounts": array(successors), "owners": array(successors.values()), "from_id": from_id}
    rows = session.execute(moving, values).all()
    if rows:
        session.execute(insert(AuditEntry), [_audit(SUBJECTS[table], row[0], from_id, row[2], by, at) for row in rows])
    return [(row[0], row[1]) for row in rows]


def _audit(
    subject: str, record_id: uuid.UUID, from_id: uuid.UUID, to_id: uuid.UUID, by: uuid.UUID, at: datetime
) -> dict[str, Any]:
    changes = {"owner_id": {"old": str(from_id), "new": str(to_id)}}
    return {
        "at": at,
        "user_id": by,
        "act": f"{subject}.changed",
        "subject": subject,
        "subject_id": record_id,
        "detail": {"changes": changes},
    }


def _note_tasks(session: Session, moved: list[tuple[uuid.UUID, uuid.UUID]], by: uuid.UUID, at: datetime) -> None:
    ids = [task_id for task_id, _account in moved]
    tasks = session.scalars(select(Task).where(Task.id.in_(ids)).execution_options(populate_existing=True)).all()
    record_changes(session, [Change(task, task.state, TaskCode.ASSIGNED, by, to=task.owner_id) for task in tasks], at)


def _item(account_id: uuid.UUID, old: str, new: str, by: uuid.UUID, at: datetime) -> Item:
    return Item(ItemKind.OWNER_CHANGED, account_id, at, detail={"old": old, "new": new}, by_user_id=by)
