"""Sequences with live counts: who is where, what was sent, what was withheld and why."""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from abm.errors import NotFound
from abm.models import Account, Campaign, Contact, Enrollment, Mail, Message, Sequence, SequenceVersion
from abm.words import SENT_STATES, EnrollmentState, MessageState
from campaigns.newest import shown_version

PEOPLE_SHOWN = 20
WITHHELD = (MessageState.HELD, MessageState.SKIPPED, MessageState.SUPPRESSED, MessageState.CANCELLED)
UNDER_WAY = (MessageState.PLANNED, MessageState.SENDING)


@dataclass(frozen=True)
class SequenceHead:
    """One sequence as it stands, uncounted."""

    id: uuid.UUID
    name: str
    title: dict[str, Any]
    state: str
    campaign: str | None
    version: int | None
    published_at: datetime | None


@dataclass(frozen=True)
class SequenceRow(SequenceHead):
    """One sequence with what its people are doing."""

    active: int
    ended: int
    sent: int
    withheld: int


@dataclass(frozen=True)
class StepCount:
    """What happened at one step so far."""

    waiting: int = 0
    under_way: int = 0
    sent: int = 0
    withheld: int = 0
    failed: int = 0


@dataclass(frozen=True)
class Waiting:
    """A person under way, where, and why not further."""

    id: uuid.UUID
    contact_id: uuid.UUID | None
    contact: str | None
    account_id: uuid.UUID
    account: str
    step: str
    step_since: datetime
    due_at: datetime | None
    reason: str | None
    state: str
    trail: dict[str, Any]

    @property
    def held(self) -> list[str]:
        """Why the contact guard holds the mail this person waits for."""
        return list(self.trail.get("held", []))


@dataclass(frozen=True)
class SequenceView:
    """One sequence: its newest version, counts by step, and who waits for what."""

    row: SequenceRow
    document: dict[str, Any]
    # Subjects of the newest version's mails, by name and language; a draft has none yet.
    subjects: dict[tuple[str, str], str]
    steps: dict[str, StepCount]
    withheld: dict[str, int]
    left: dict[str, int]
    waiting: tuple[Waiting, ...]


def list_heads(session: Session) -> list[SequenceHead]:
    """Every sequence by name; nothing is counted."""
    return [SequenceHead(**row) for row in session.execute(_heads().order_by(Sequence.name)).mappings()]


def read_sequence(session: Session, name: str) -> SequenceView:
    """One sequence with its live counts, or NotFound."""
    row = session.execute(_rows().where(Sequence.name == name)).mappings().one_or_none()
    if row is None:
        raise NotFound("no such sequence")
    found = SequenceRow(**row)
    shown = shown_version(session, found.id)
    return SequenceView(
        found,
        shown.document if shown else {},
        _subjects(session, found.id),
        _count_steps(session, found.id),
        _count_withheld(session, found.id),
        _count_left(session, found.id),
        tuple(_list_waiting(session, found.id)),
    )


def _subjects(session: Session, sequence_id: uuid.UUID) -> dict[tuple[str, str], str]:
    mails = (
        select(Mail.name, Mail.language, Mail.compiled["subject"].astext)
        .join(SequenceVersion, SequenceVersion.id == Mail.sequence_version_id)
        .where(SequenceVersion.sequence_id == sequence_id)
        .order_by(SequenceVersion.number)
    )
    return {(name, language): subject or "" for name, language, subject in session.execute(mails)}


def _heads(*counts: Any) -> Select[*tuple[Any, ...]]:
    newest = (
        select(SequenceVersion.number, SequenceVersion.published_at)
        .where(SequenceVersion.sequence_id == Sequence.id)
        .order_by(SequenceVersion.number.desc())
        .limit(1)
        .lateral("newest")
    )
    return select(
        Sequence.id,
        Sequence.name,
        Sequence.title,
        Sequence.state,
        Campaign.name.label("campaign"),
        newest.c.number.label("version"),
        newest.c.published_at,
        *counts,
    ).select_from(
        Sequence.__table__.outerjoin(newest, newest.c.number.is_not(None)).outerjoin(
            Campaign, Campaign.id == Sequence.campaign_id
        )
    )


def _rows() -> Select[*tuple[Any, ...]]:
    return _heads(
        _people_in((EnrollmentState.ACTIVE, EnrollmentState.PARKED)).label("active"),
        _people_in((EnrollmentState.COMPLETED, EnrollmentState.EXITED)).label("ended"),
        _mails_in(SENT_STATES).label("sent"),
        _mails_in(WITHHELD).label("withheld"),
    )


def _people_in(states: Iterable[str]) -> Any:
    people = select(func.count()).select_from(Enrollment).join(SequenceVersion)
    return people.where(SequenceVersion.sequence_id == Sequence.id, Enrollment.state.in_(states)).scalar_subquery()


def _mails_in(states: Iterable[str]) -> Any:
    mails = select(func.count()).select_from(Message).join(Enrollment, Enrollment.id == Message.enrollment_id)
    mine = mails.join(SequenceVersion, SequenceVersion.id == Enrollment.sequence_version_id)
    return mine.where(SequenceVersion.sequence_id == Sequence.id, Message.state.in_(states)).scalar_subquery()


def _count_steps(session: Session, sequence_id: uuid.UUID) -> dict[str, StepCount]:
    people = _of(sequence_id, select(Enrollment.step, func.count())).where(Enrollment.state == EnrollmentState.ACTIVE)
    waiting = _counts(session, people.group_by(Enrollment.step))
    mails: dict[str, dict[str, int]] = {}
    counted = _mails(sequence_id, Message.step, Message.state, func.count()).group_by(Message.step, Message.state)
    for step, state, count in session.execute(counted):
        mails.setdefault(step, {})[state] = count
    return {step: _step_count(waiting.get(step, 0), mails.get(step, {})) for step in {*waiting, *mails}}


def _step_count(waiting: int, mails: dict[str, int]) -> StepCount:
    def of(states: Iterable[str]) -> int:
        return sum(mails.get(state, 0) for state in states)

    return StepCount(waiting, of(UNDER_WAY), of(SENT_STATES), of(WITHHELD), of((MessageState.FAILED,)))


def _count_withheld(session: Session, sequence_id: uuid.UUID) -> dict[str, int]:
    reason = func.coalesce(Message.reason, Message.state)
    held = _mails(sequence_id, reason, func.count()).where(Message.state.in_(WITHHELD)).group_by(reason)
    return _counts(session, held.order_by(func.count().desc(), reason))


def _count_left(session: Session, sequence_id: uuid.UUID) -> dict[str, int]:
    reason = func.coalesce(Enrollment.reason, Enrollment.state)
    gone = _of(sequence_id, select(reason, func.count())).where(
        Enrollment.state.in_((EnrollmentState.COMPLETED, EnrollmentState.EXITED))
    )
    return _counts(session, gone.group_by(reason).order_by(func.count().desc(), reason))


def _list_waiting(session: Session, sequence_id: uuid.UUID) -> list[Waiting]:
    people = (
        _of(
            sequence_id,
            select(
                Enrollment.id,
                Enrollment.contact_id,
                Contact.full_name.label("contact"),
                Enrollment.account_id,
                Account.name.label("account"),
                Enrollment.step,
                Enrollment.step_since,
                Enrollment.due_at,
                Enrollment.reason,
                Enrollment.state,
                Enrollment.trail,
            ),
        )
        .join(Account, Account.id == Enrollment.account_id)
        .outerjoin(Contact, Contact.id == Enrollment.contact_id)
        .where(Enrollment.state.in_((EnrollmentState.ACTIVE, EnrollmentState.PARKED)))
        .order_by(Enrollment.due_at.asc().nulls_last(), Enrollment.id)
        .limit(PEOPLE_SHOWN)
    )
    return [Waiting(**row) for row in session.execute(people).mappings()]


def _of(sequence_id: uuid.UUID, wanted: Select[*tuple[Any, ...]]) -> Select[*tuple[Any, ...]]:
    joined = wanted.select_from(Enrollment).join(SequenceVersion, SequenceVersion.id == Enrollment.sequence_version_id)
    return joined.where(SequenceVersion.sequence_id == sequence_id)


def _mails(sequence_id: uuid.UUID, *columns: Any) -> Select[*tuple[Any, ...]]:
    joined = (
        select(*columns)
        .select_from(Message)
        .join(Enrollment, Enrollment.id == Message.enrollment_id)
        .join(SequenceVersion, SequenceVersion.id == Enrollment.sequence_version_id)
    )
    return joined.where(SequenceVersion.sequence_id == sequence_id)


def _counts(session: Session, statement: Select[*tuple[Any, ...]]) -> dict[str, int]:
    return {str(word): int(count) for word, count in session.execute(statement)}
