"""Absence: who is away from which day until which, and who takes what comes in meanwhile."""

import uuid
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Select, select
from sqlalchemy.orm import Session, aliased

from abm.errors import Invalid, NotFound
from abm.models import Absence, AuditEntry, User

LONGEST_NOTE = 200

Rows = Select[uuid.UUID, uuid.UUID, str, date, date, uuid.UUID | None, str | None, str | None]


@dataclass(frozen=True)
class Leave:
    """An absence as its form holds it; both days are included."""

    user_id: uuid.UUID
    from_on: date
    until_on: date
    substitute_id: uuid.UUID | None = None
    note: str | None = None


@dataclass(frozen=True)
class Away:
    """Somebody's absence as pages and routing need it; a substitute who can no longer log in is none."""

    id: uuid.UUID
    user_id: uuid.UUID
    user: str
    from_on: date
    until_on: date
    substitute_id: uuid.UUID | None
    substitute: str | None
    note: str | None


def enter_absence(session: Session, leave: Leave, *, by: uuid.UUID, at: datetime, today: date) -> Absence:
    """Keep that somebody will be, or is, away; Invalid for days gone by, or beside another absence."""
    # One absence of a user at a time: two entered at once would both find the days free.
    if session.get(User, leave.user_id, with_for_update={"key_share": True}) is None:
        raise NotFound("no such user")
    _check(session, leave, today)
    absence = Absence(**vars(leave), created_at=at)
    session.add(absence)
    session.flush()
    _note(session, "user.absence_entered", absence, by, at)
    return absence


def cancel_absence(session: Session, absence_id: uuid.UUID, *, by: uuid.UUID, at: datetime) -> None:
    """The person is there after all."""
    absence = session.get(Absence, absence_id, with_for_update=True)
    if absence is None:
        raise NotFound("no such absence")
    _note(session, "user.absence_cancelled", absence, by, at)
    session.delete(absence)


def away_on(session: Session, day: date) -> dict[uuid.UUID, Away]:
    """Who is away on this day, by user."""
    on_leave = _rows().where(Absence.from_on <= day, Absence.until_on >= day)
    return {row.user_id: row for row in _read(session, on_leave)}


def list_absences(session: Session, today: date, *, user_id: uuid.UUID | None = None) -> list[Away]:
    """Absences that are not over, of one user or of everybody, the next one first."""
    coming = _rows().where(Absence.until_on >= today)
    return _read(session, coming.where(Absence.user_id == user_id) if user_id else coming)


def _check(session: Session, leave: Leave, today: date) -> None:
    if leave.until_on < leave.from_on:
        raise Invalid("the last day lies before the first", "until_on", "before_start")
    if leave.until_on < today:
        raise Invalid("these days have gone by", "until_on", "gone_by")
    if leave.substitute_id == leave.user_id:
        raise Invalid("nobody is their own substitute", "substitute_id", "same_person")
    substitute = session.get(User, leave.substitute_id) if leave.substitute_id else None
    if leave.substitute_id and (substitute is None or substitute.disabled_at is not None):
        raise Invalid("choose a user who can log in", "substitute_id", "unknown")
    if leave.note and len(leave.note) > LONGEST_NOTE:
        raise Invalid("the note is too long", "note", "too_long")
    beside = select(Absence.id).where(
        Absence.user_id == leave.user_id, Absence.from_on <= leave.until_on, Absence.until_on >= leave.from_on
    )
    if session.scalar(beside.limit(1)):
        raise Invalid("another absence of this person covers some of these days", "from_on", "overlaps")


def _rows() -> Rows:
    substitute = aliased(User)
    there = (substitute.id == Absence.substitute_id) & substitute.disabled_at.is_(None)
    return (
        select(
            Absence.id,
            Absence.user_id,
            User.name,
            Absence.from_on,
            Absence.until_on,
            substitute.id,
            substitute.name,
            Absence.note,
        )
        .join(User, User.id == Absence.user_id)
        .outerjoin(substitute, there)
        .order_by(Absence.from_on, User.name, Absence.id)
    )


def _read(session: Session, rows: Rows) -> list[Away]:
    return [Away(*row) for row in session.execute(rows)]


def _note(session: Session, act: str, absence: Absence, by: uuid.UUID, at: datetime) -> None:
    days = {"from_on": absence.from_on.isoformat(), "until_on": absence.until_on.isoformat()}
    session.add(AuditEntry(at=at, user_id=by, act=act, subject="user", subject_id=absence.user_id, detail=days))
