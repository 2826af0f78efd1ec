"""Answering a task from its mail: a link that knows one delivery, so one task and one user, for a while."""

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from abm.models import Delivery, Task, TaskChange, User
from abm.tokens import Signer, Token, TokenKind
from abm.words import Language

# Longer than any deadline, shorter than a forgotten mailbox.
GOOD_FOR = timedelta(days=7)


@dataclass(frozen=True)
class Ask:
    """What a link from a mail is about: whom it was sent to, which task, and until when it may be answered."""

    task_id: uuid.UUID
    owner_id: uuid.UUID | None
    user_id: uuid.UUID
    user: str
    is_disabled: bool
    good_until: datetime


def write_link(signer: Signer, base: str, key: bytes, language: Language) -> str:
    """The address in the mail, without what is to be pressed."""
    return f"{base}/tasks/by-mail/{signer.write(Token(TokenKind.TASK, language, key))}"


def find_ask(session: Session, key: bytes) -> Ask | None:
    """What the link with this key is about; None when its task is gone."""
    row = session.execute(
        select(Task.id, Task.owner_id, User.id, User.name, User.disabled_at, Delivery.created_at)
        .join(TaskChange, TaskChange.id == Delivery.change_id)
        .join(Task, Task.id == TaskChange.task_id)
        .join(User, User.id == Delivery.user_id)
        .where(Delivery.key == key)
    ).one_or_none()
    if row is None:
        return None
    task_id, owner_id, user_id, name, disabled_at, created_at = row
    return Ask(task_id, owner_id, user_id, name, disabled_at is not None, created_at + GOOD_FOR)
