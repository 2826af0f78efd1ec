"""What is told of one change of one task: loaded once, said by every channel in its own form."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from abm.channels.sealed import address_of, secrets_of
from abm.models import Account, Channel, Contact, Delivery, Department, Task, TaskChange, User
from abm.seal import Seal
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
    wants_mails: bool


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


@dataclass(frozen=True)
class StepTold:
    """One claimed delivery of what a step of a sequence says, with the names of today."""

    id: uuid.UUID
    attempts: int
    created_at: datetime
    tried_since: datetime | None
    said: Mapping[str, Any]
    target: Target


def load_step_told(
    session: Session, delivery_id: uuid.UUID, attempts: int, now: datetime, seal: Seal
) -> StepTold | None:
    """A claimed delivery that a step asked for, unless somebody else has taken it over."""
    row = session.execute(
        select(Delivery, Channel)
        .join(Channel, Channel.id == Delivery.channel_id)
        .where(Delivery.id == delivery_id, Delivery.attempts == attempts, Delivery.state == DeliveryState.SENDING)
        .where(Delivery.enrollment_id.is_not(None))
        .execution_options(populate_existing=True)
    ).one_or_none()
    if row is None:
        return None
    delivery, channel = row
    target, said = read_target(channel, now, seal), _with_names(session, delivery.said)
    return StepTold(delivery.id, attempts, delivery.created_at, delivery.tried_since, said, target)


def _with_names(session: Session, said: Mapping[str, Any]) -> dict[str, Any]:
    """What a step says, with what its account and person are called now."""
    account, contact = said["account"], said.get("contact")
    of_account = select(Account.name).where(Account.id == uuid.UUID(account["id"]))
    named = {**said, "account": {"id": account["id"], "name": session.scalar(of_account) or ""}}
    if contact:
        of_contact = select(Contact.full_name).where(Contact.id == uuid.UUID(contact["id"]))
        named["contact"] = {"id": contact["id"], "name": session.scalar(of_contact) or ""}
    return named


def load_told(session: Session, delivery_id: uuid.UUID, attempts: int, now: datetime, seal: Seal) -> Told | None:
    """A claimed delivery, unless somebody else has taken it over."""
    found = _find_claimed(session, delivery_id, attempts)
    if found is None:
        return None
    return Told(
        **_of_delivery(found.Delivery),
        **_of_change(found.TaskChange),
        **_of_task(found.Task),
        by=found.by,
        account=found.account,
        department=found.department,
        owner=found.owner,
        reader=_reader(found.User) if found.User else None,
        target=read_target(found.Channel, now, seal) if found.Channel else None,
    )


def _find_claimed(session: Session, delivery_id: uuid.UUID, attempts: int) -> Any:
    """The delivery with everything around it, while it is ours."""
    owner, by = aliased(User), aliased(User)
    names = (Account.name.label("account"), Department.name.label("department"))
    users = (owner.name.label("owner"), by.name.label("by"))
    claimed = (
        select(Delivery, TaskChange, Task, Channel, User, *names, *users)
        .join(TaskChange, TaskChange.id == Delivery.change_id)
        .join(Task, Task.id == TaskChange.task_id)
        .join(Account, Account.id == Task.account_id)
        .outerjoin(Department, Department.id == Task.department_id)
        .outerjoin(owner, owner.id == Task.owner_id)
        .outerjoin(by, by.id == TaskChange.by_user_id)
        .outerjoin(Channel, Channel.id == Delivery.channel_id)
        .outerjoin(User, User.id == Delivery.user_id)
        .where(Delivery.id == delivery_id, Delivery.attempts == attempts, Delivery.state == DeliveryState.SENDING)
    )
    return session.execute(claimed.execution_options(populate_existing=True)).one_or_none()


def _of_delivery(delivery: Delivery) -> dict[str, Any]:
    same = {name: getattr(delivery, name) for name in ("id", "attempts", "key", "created_at", "tried_since")}
    return {**same, "event": TaskEvent(delivery.event)}


def _of_change(change: TaskChange) -> dict[str, Any]:
    same = {name: getattr(change, name) for name in ("old", "new", "code")}
    return {**same, "change_id": change.id, "happened_at": change.at}


def _of_task(task: Task) -> dict[str, Any]:
    names = ("kind", "state", "owner_id", "points", "due_at", "why", "brief")
    return {**{name: getattr(task, name) for name in names}, "task_id": task.id}


def read_target(channel: Channel, now: datetime, seal: Seal) -> Target:
    """A channel as deliveries need it; a secret that was replaced signs for one more day."""
    is_fresh = channel.rotated_at is not None and now - channel.rotated_at < KEEPS_SIGNING
    secrets = secrets_of(channel, seal)
    is_off = channel.disabled_at is not None or channel.archived_at is not None
    kind, language = ChannelKind(channel.kind), Language(channel.language)
    signing = tuple(secrets if is_fresh else secrets[:1])
    return Target(channel.id, kind, address_of(channel, seal), signing, language, is_off)


def _reader(user: User) -> Reader:
    return Reader(
        user.id, user.name, user.email, user.language, user.is_sample, user.disabled_at is not None, user.mails_tasks
    )
