"""What is told of one change of one task: loaded once, said by every channel in its own form."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from abm.models import Account, Channel, Delivery, Department, Task, TaskChange, User
from abm.words import ChannelKind, DeliveryState, Language, TaskEvent

# So long receivers may take to learn a new secret.
KEEPS_SIGNING = timedelta(days=1)


@dataclass(frozen=True)
class Reader:
    """The user a mail goes to."""

    id: uuid.UUID
    name: str
    email: str
    language: str | None
    is_sample: bool
    is_disabled: bool


@dataclass(frozen=True)
class Target:
    """The channel a message goes to."""

    id: uuid.UUID
    kind: ChannelKind
    url: str
    secrets: tuple[str, ...]
    language: Language
    is_off: bool


@dataclass(frozen=True)
class Told:
    """One claimed delivery with all that it says."""

    id: uuid.UUID
    attempts: int
    event: TaskEvent
    key: bytes | None
    created_at: datetime
    tried_since: datetime | None
    change_id: uuid.UUID
    happened_at: datetime
    old: str | None
    new: str
    code: str
    by: str | None
    task_id: uuid.UUID
    kind: str
    state: str
    account: str
    department: str | None
    owner_id: uuid.UUID | None
    owner: str | None
    points: float | None
    due_at: datetime | None
    why: list[Any]
    brief: Mapping[str, Any]
    reader: Reader | None
    target: Target | None


def load_told(session: Session, delivery_id: uuid.UUID, attempts: int, now: datetime) -> Told | None:
    """A claimed delivery, unless somebody else has taken it over."""
    owner, by = aliased(User), aliased(User)
    row = session.execute(
        select(Delivery, TaskChange, Task, Account.name, Department.name, owner.name, by.name, Channel, User)
        .join(TaskChange, TaskChange.id == Delivery.change_id)
        .join(Task, Task.id == TaskChange.task_id)
        .join(Account, Account.id == Task.account_id)
        .outerjoin(Department, Department.id == Task.department_id)
        .outerjoin(owner, owner.id == Task.owner_id)
        .outerjoin(by, by.id == TaskChange.by_user_id)
        .outerjoin(Channel, Channel.id == Delivery.channel_id)
        .outerjoin(User, User.id == Delivery.user_id)
        .where(Delivery.id == delivery_id, Delivery.attempts == attempts, Delivery.state == DeliveryState.SENDING)
        .execution_options(populate_existing=True)
    ).one_or_none()
    if row is None:
        return None
    delivery, change, task, account, department, owner_name, by_name, channel, user = row
    return Told(
        id=delivery.id,
        attempts=delivery.attempts,
        event=TaskEvent(delivery.event),
        key=delivery.key,
        created_at=delivery.created_at,
        tried_since=delivery.tried_since,
        change_id=change.id,
        happened_at=change.at,
        old=change.old,
        new=change.new,
        code=change.code,
        by=by_name,
        task_id=task.id,
        kind=task.kind,
        state=task.state,
        account=account,
        department=department,
        owner_id=task.owner_id,
        owner=owner_name,
        points=task.points,
        due_at=task.due_at,
        why=task.why,
        brief=task.brief,
        reader=_reader(user) if user else None,
        target=read_target(channel, now) if channel else None,
    )


def read_target(channel: Channel, now: datetime) -> Target:
    """A channel as deliveries need it; a secret that was replaced signs for one more day."""
    is_fresh = channel.rotated_at is not None and now - channel.rotated_at < KEEPS_SIGNING
    secrets = tuple(channel.secrets if is_fresh else channel.secrets[:1])
    is_off = channel.disabled_at is not None or channel.archived_at is not None
    kind, language = ChannelKind(channel.kind), Language(channel.language)
    return Target(channel.id, kind, channel.url, secrets, language, is_off)


def _reader(user: User) -> Reader:
    return Reader(user.id, user.name, user.email, user.language, user.is_sample, user.disabled_at is not None)
