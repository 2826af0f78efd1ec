"""One enrollment as its page shows it: every step with its time, its mails with their fate, and what it waits for."""

import uuid
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, exists, select
from sqlalchemy.orm import Session

from abm.errors import NotFound
from abm.models import (
    Account,
    Contact,
    Enrollment,
    EnrollmentPause,
    Event,
    Mail,
    Message,
    Sequence,
    SequenceVersion,
    Task,
    User,
)
from abm.words import HUMAN, EventKind, MessageState
from campaigns.newest import find_published_version

CLICKS = (EventKind.CLICK, EventKind.DOWNLOAD, EventKind.PREMIUM_DOWNLOAD)


@dataclass(frozen=True)
class MailLine:
    """A mail of a step, with its fate and what the guard said about it."""

    step: str
    occurrence: int
    subject: str | None
    contact: str | None
    state: str
    reason: str | None
    guard: Mapping[str, Any]
    planned_at: datetime
    due_at: datetime
    sent_at: datetime | None
    clicked: bool


@dataclass(frozen=True)
class Stop:
    """A step on the way: since when, until when (nothing: still there), and which way was taken from it."""

    step: Mapping[str, Any]
    since: datetime
    until: datetime | None
    answer: str | None
    mails: tuple[MailLine, ...]
    tasks: tuple[uuid.UUID, ...]


@dataclass(frozen=True)
class Head:
    """An enrollment and whose it is."""

    id: uuid.UUID
    state: str
    reason: str | None
    step: str
    step_since: datetime
    due_at: datetime | None
    enrolled_at: datetime
    ended_at: datetime | None
    origin: str | None
    trail: Mapping[str, Any]
    contact_id: uuid.UUID | None
    contact: str | None
    account_id: uuid.UUID
    account: str
    sequence_id: uuid.UUID
    sequence: str
    sequence_title: Mapping[str, Any]
    sequence_state: str
    version: int
    document: Mapping[str, Any]
    paused_at: datetime | None
    paused_by: str | None


@dataclass(frozen=True)
class Trail:
    """The whole way of one enrollment so far."""

    head: Head
    stops: tuple[Stop, ...]
    newest: int

    @property
    def is_running(self) -> bool:
        """Whether it still can go on."""
        return self.head.ended_at is None and self.head.state in ("active", "parked")

    @property
    def now(self) -> Mapping[str, Any]:
        """The step it stands at; empty when its version does not know it."""
        return _step(self.head.document, self.head.step)

    @property
    def waiting(self) -> list[MailLine]:
        """Mails that have neither left nor met an end."""
        open_states = (MessageState.HELD, MessageState.PLANNED, MessageState.SENDING)
        return [mail for stop in self.stops for mail in stop.mails if mail.state in open_states]


def read_trail(session: Session, enrollment_id: uuid.UUID) -> Trail:
    """One enrollment, or NotFound."""
    row = session.execute(_head().where(Enrollment.id == enrollment_id)).mappings().one_or_none()
    if row is None:
        raise NotFound("no such enrollment")
    head = Head(**row)
    newest = find_published_version(session, head.sequence_id)
    mails, tasks = _mails(session, enrollment_id), _tasks(session, enrollment_id)
    return Trail(head, tuple(_stops(head, mails, tasks)), newest.number if newest else head.version)


def _head() -> Any:
    return (
        select(
            *(getattr(Enrollment, name) for name in ("id", "state", "reason", "step", "step_since", "due_at")),
            *(getattr(Enrollment, name) for name in ("enrolled_at", "ended_at", "origin", "trail", "contact_id")),
            Contact.full_name.label("contact"),
            Enrollment.account_id,
            Account.name.label("account"),
            Enrollment.sequence_id,
            Sequence.name.label("sequence"),
            Sequence.title.label("sequence_title"),
            Sequence.state.label("sequence_state"),
            SequenceVersion.number.label("version"),
            SequenceVersion.document,
            EnrollmentPause.at.label("paused_at"),
            User.name.label("paused_by"),
        )
        .join(SequenceVersion, SequenceVersion.id == Enrollment.sequence_version_id)
        .join(Sequence, Sequence.id == SequenceVersion.sequence_id)
        .join(Account, Account.id == Enrollment.account_id)
        .outerjoin(Contact, Contact.id == Enrollment.contact_id)
        .outerjoin(EnrollmentPause, EnrollmentPause.enrollment_id == Enrollment.id)
        .outerjoin(User, User.id == EnrollmentPause.by_user_id)
    )


def _stops(head: Head, mails: list[MailLine], tasks: Mapping[tuple[str, int], list[uuid.UUID]]) -> list[Stop]:
    """The steps in the order they were entered; of one visited again each visit has its own mails."""
    passed = [(str(key), datetime.fromisoformat(since)) for key, since in head.trail.get("path") or ()]
    passed = passed or _before(head, mails)
    ends = [*(since for _, since in passed[1:]), head.step_since]
    ways = [(key, since, until) for (key, since), until in zip(passed, ends, strict=True)] if passed else []
    visits: defaultdict[str, int] = defaultdict(int)
    answers = head.trail.get("branches") or {}
    found = []
    for key, since, until in [*ways, (head.step, head.step_since, head.ended_at)]:
        visits[key] += 1
        mine = tuple(one for one in mails if one.step == key and one.occurrence == visits[key])
        made = tuple(tasks.get((key, visits[key]), ()))
        found.append(Stop(_step(head.document, key), since, until, answers.get(key), mine, made))
    return found


def _before(head: Head, mails: list[MailLine]) -> list[tuple[str, datetime]]:
    """For who was on the way before steps were noted: the mails are what is known."""
    known = {one.step: one.planned_at for one in mails if one.step != head.step}
    return sorted(known.items(), key=lambda one: one[1])


def _step(document: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    return next((step for step in document.get("steps") or () if step["key"] == key), {"key": key, "kind": ""})


def _mails(session: Session, enrollment_id: uuid.UUID) -> list[MailLine]:
    clicked: ColumnElement[bool] = exists().where(
        Event.message_id == Message.id, Event.verdict.in_(HUMAN), Event.kind.in_(CLICKS)
    )
    found = (
        select(
            Message.step,
            Message.occurrence,
            Mail.compiled["subject"].astext.label("subject"),
            Contact.full_name.label("contact"),
            *(getattr(Message, name) for name in ("state", "reason", "guard", "planned_at", "due_at", "sent_at")),
            clicked.label("clicked"),
        )
        .join(Mail, Mail.id == Message.mail_id)
        .join(Contact, Contact.id == Message.contact_id)
        .where(Message.enrollment_id == enrollment_id, ~Message.is_test)
        .order_by(Message.planned_at, Message.id)
    )
    return [MailLine(**row) for row in session.execute(found).mappings()]


def _tasks(session: Session, enrollment_id: uuid.UUID) -> Mapping[tuple[str, int], list[uuid.UUID]]:
    found: defaultdict[tuple[str, int], list[uuid.UUID]] = defaultdict(list)
    rows = select(Task.step, Task.occurrence, Task.id).where(Task.enrollment_id == enrollment_id)
    for step, occurrence, task_id in session.execute(rows):
        found[str(step), occurrence or 1].append(task_id)
    return found
