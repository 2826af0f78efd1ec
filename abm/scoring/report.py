"""The score report: points with the receipt that adds up to them, for an account, a department or a person."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from math import fsum
from typing import Any

from sqlalchemy import ColumnElement, DateTime, Select, func, literal_column, select, true
from sqlalchemy.orm import Session

from abm.clock import days, rfc3339
from abm.errors import NotFound
from abm.models import Account, Contact, Event, MqaChange, ScoreEntry, StageChange, Strike, User
from abm.scoring.fit import record_of
from abm.scoring.live import ensure_model
from abm.scoring.model import Model
from abm.scoring.policy import breadth, capped_sum, coverage, momentum, role_shares
from abm.scoring.receipt import interests, shown_rows, shown_total
from abm.scoring.score import decay
from abm.words import EventReason, MqaCause, Stage, Verdict

HUMAN = (Verdict.PROVEN, Verdict.LIKELY)
# What an event said was bounded.
MARKS = (EventReason.IMPLAUSIBLE_TIME, EventReason.IMPLAUSIBLE_MINUTES)
NEWEST = (ScoreEntry.happened_at.desc(), ScoreEntry.event_id)


@dataclass(frozen=True)
class Row:
    """One entry of the ledger with what is left of it at the moment asked for, and the event behind it."""

    entry: ScoreEntry
    value: float
    full_name: str
    topics: Sequence[str]
    product: str | None
    minutes: float | None
    hit_id: uuid.UUID | None
    folded_at: datetime | None
    reasons: Sequence[str]
    # Who struck it, when and why; None also where a rule struck it.
    strike_reason: str | None
    struck_at: datetime | None
    struck_by: str | None
    # What the buying role of whoever acted weighs in the account; 1 unless the model weighs by roles.
    weight: float = 1.0


def score_report(
    session: Session,
    account_id: uuid.UUID,
    *,
    department_id: uuid.UUID | None = None,
    contact_id: uuid.UUID | None = None,
    at: datetime,
    most_without_points: int | None = None,
) -> dict[str, Any]:
    """What `abm score` answers: any subject, any time; the values of the entries add up to the points.

    A past moment is told by the ledger as it is known today: all that had happened by then, as it is judged, weighed
    and struck now; `late` marks what was not known then. What people were shown then lies frozen in their tasks.
    A page asks for no more than so many of the entries that are worth nothing; `left_out` says how many others
    there are. Ten years of opened mails then cost it what ten weeks of them do.
    """
    account = session.get(Account, account_id)
    if account is None:
        raise NotFound(f"no account {account_id}")
    model = ensure_model(session)
    people = _load_people(session, _subject(account_id, department_id, contact_id))
    rows = _load_rows(session, list(people), at, most_without_points)
    if model.weights and department_id is None and contact_id is None:
        rows = _weigh(people, rows, model)
    number, last_human_at = _count(session, list(people), at)
    values = [row.value * row.weight for row in rows]
    return {
        "account": str(account.id),
        "account_name": account.name,
        "at": rfc3339(at),
        "model": model.version,
        "stage": _stage_at(session, account, at),
        "mqa": _is_mqa_at(session, account, at),
        "points": fsum(values),
        "shown": shown_total(values),
        "vector": {**_vector(people, rows, model, last_human_at, at), "fit": model.fit.measure(record_of(account))},
        "topics": interests((row.topics, row.value) for row in rows),
        "products": interests(([row.product], row.value) for row in rows if row.product),
        "entries": [_entry(row, shown, at) for row, shown in zip(rows, shown_rows(values), strict=True)],
        **({"left_out": number - len(rows)} if most_without_points is not None else {}),
    }


def _subject(
    account_id: uuid.UUID, department_id: uuid.UUID | None, contact_id: uuid.UUID | None
) -> list[ColumnElement[bool]]:
    wanted: list[ColumnElement[bool]] = [Contact.account_id == account_id]
    if department_id is not None:
        wanted.append(Contact.department_id == department_id)
    if contact_id is not None:
        wanted.append(Contact.id == contact_id)
    return wanted


def _load_people(session: Session, wanted: Sequence[ColumnElement[bool]]) -> dict[uuid.UUID, tuple[str, str | None]]:
    """Name and buying role of everybody the report is about."""
    found = session.execute(select(Contact.id, Contact.full_name, Contact.buying_role).where(*wanted))
    return {contact_id: (name, role) for contact_id, name, role in found}


def _load_rows(
    session: Session, people: Sequence[uuid.UUID], at: datetime, most_without_points: int | None
) -> list[Row]:
    entries = _entries().where(ScoreEntry.contact_id.in_(people), ScoreEntry.happened_at <= at)
    if most_without_points is None:
        found = session.execute(entries.order_by(*NEWEST)).all()
    else:
        worth = (ScoreEntry.entry != 0) & (_gone_by() > at)
        newest = select(_newest_of_each(people, at, most_without_points, ~worth).subquery().c.event_id)
        without = entries.where(ScoreEntry.event_id.in_(newest)).order_by(*NEWEST).limit(most_without_points)
        found = [row for part in (entries.where(worth), without) for row in session.execute(part)]
        found.sort(key=lambda row: (-row[0].happened_at.timestamp(), row[0].event_id))
    return [Row(entry, _left(entry, at), *event) for entry, *event in found]


def _entries() -> Select[*tuple[Any, ...]]:
    told = (Event.topics, Event.product, Event.minutes, Event.hit_id, Event.folded_at, Event.reasons)
    return (
        select(ScoreEntry, Contact.full_name, *told, Strike.reason, Strike.struck_at, User.name)
        .join(Contact, Contact.id == ScoreEntry.contact_id)
        .join(Event, Event.id == ScoreEntry.event_id)
        .outerjoin(Strike, (Strike.event_id == ScoreEntry.event_id) & Strike.withdrawn_at.is_(None))
        .outerjoin(User, User.id == Strike.struck_by)
    )


def _left(entry: ScoreEntry, at: datetime) -> float:
    return entry.entry * decay(days(at - entry.happened_at), entry.half_life_days)


def _gone_by() -> ColumnElement[datetime]:
    """After twenty half-lives less than a millionth is left: nobody sees it, in a total neither."""
    return literal_column(
        "score_entries.happened_at + score_entries.half_life_days * interval '20 days'", DateTime(timezone=True)
    )


def _count(session: Session, people: Sequence[uuid.UUID], at: datetime) -> tuple[int, datetime | None]:
    """How many entries there are, and when the last human one was."""
    counted = select(func.count()).where(ScoreEntry.contact_id.in_(people), ScoreEntry.happened_at <= at)
    human = _newest_of_each(people, at, 1, ScoreEntry.verdict.in_(HUMAN) & ~ScoreEntry.struck).subquery()
    return session.scalar(counted) or 0, session.scalar(select(func.max(human.c.happened_at)))


def _newest_of_each(
    people: Sequence[uuid.UUID], at: datetime, most: int, only: ColumnElement[bool]
) -> Select[uuid.UUID, datetime]:
    """(event, when) of the newest entries of each person, walked from the newest on: the older ones cost nothing."""
    person = select(Contact.id).where(Contact.id.in_(people)).subquery("person")
    mine = select(ScoreEntry.event_id, ScoreEntry.happened_at).where(ScoreEntry.contact_id == person.c.id)
    newest = mine.where(ScoreEntry.happened_at <= at, only).order_by(*NEWEST).limit(most).lateral("newest")
    return select(newest.c.event_id, newest.c.happened_at).select_from(person.join(newest, true()))


def _weigh(people: dict[uuid.UUID, tuple[str, str | None]], rows: Sequence[Row], model: Model) -> list[Row]:
    """The same rows with the weight of each person's role among those who did something."""
    acting = {row.entry.contact_id for row in rows if row.entry.verdict in HUMAN and not row.entry.struck}
    shares = role_shares([people[who][1] for who in acting], model)
    return [replace(row, weight=shares.get(people[row.entry.contact_id][1] or "", 0.0)) for row in rows]


def _vector(
    people: dict[uuid.UUID, tuple[str, str | None]],
    rows: Sequence[Row],
    model: Model,
    last_human_at: datetime | None,
    at: datetime,
) -> dict[str, Any]:
    scores, given = dict.fromkeys(people, 0.0), dict.fromkeys(people, 0.0)
    for row in rows:
        scores[row.entry.contact_id] += row.value
        given[row.entry.contact_id] += row.value * row.weight
    engaged = [people[who][1] for who, points in scores.items() if points >= model.mqa.person_points]
    return {
        "depth": fsum(row.value * row.weight for row in rows),
        "counted_depth": capped_sum(list(given.values()), model),
        "breadth": breadth(scores.values(), model),
        "coverage": coverage(engaged, model.required_roles),
        "momentum": momentum(((row.entry.happened_at, row.entry.entry) for row in rows), at),
        "recency": days(at - last_human_at) if last_human_at else None,
    }


def _entry(row: Row, shown: float, at: datetime) -> dict[str, Any]:
    entry = row.entry
    return {
        "event": str(entry.event_id),
        "contact": str(entry.contact_id),
        "contact_name": row.full_name,
        "kind": entry.kind,
        "happened_at": rfc3339(entry.happened_at),
        "base": entry.base,
        "seniority": entry.seniority,
        "verdict": entry.verdict,
        "factor": entry.factor,
        "half_life_days": entry.half_life_days,
        "capped": entry.capped,
        "struck": entry.struck,
        "entry": entry.entry,
        "value": row.value * row.weight,
        "weight": row.weight,
        "shown": shown,
        "strike": _strike(row),
        "late": row.folded_at is not None and row.folded_at > at,
        "marks": [reason for reason in row.reasons if reason in MARKS],
        "topics": list(row.topics),
        "product": row.product,
        "minutes": row.minutes,
        "hit": str(row.hit_id) if row.hit_id else None,
    }


def _strike(row: Row) -> dict[str, Any] | None:
    if row.struck_at is None:
        return None
    return {"reason": row.strike_reason, "by": row.struck_by, "at": rfc3339(row.struck_at)}


def _stage_at(session: Session, account: Account, at: datetime) -> str:
    """The stage then; now, what the last evaluation found."""
    changes = select(StageChange.new).where(StageChange.account_id == account.id, StageChange.at <= at)
    newest = changes.order_by(StageChange.at.desc(), StageChange.id.desc()).limit(1)
    return session.scalar(newest) or Stage.ALL_OTHERS.value


def _is_mqa_at(session: Session, account: Account, at: datetime) -> bool:
    if account.evaluated_at is not None and account.evaluated_at <= at:
        return account.is_mqa
    changes = select(MqaChange.cause).where(
        MqaChange.account_id == account.id, MqaChange.at <= at, MqaChange.cause != MqaCause.REROUTED
    )
    newest = session.scalar(changes.order_by(MqaChange.at.desc(), MqaChange.id.desc()).limit(1))
    return newest is not None and newest != MqaCause.LEFT
