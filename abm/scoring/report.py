"""The score report: points with the receipt that adds up to them, for an account, a department or a person."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from math import fsum
from typing import Any

from sqlalchemy import ColumnElement, DateTime, Row, Select, Text, cast, func, literal_column, select, true
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

# Name and buying role of everybody a report is about, by id as text: a score is added up over thousands of these.
People = Mapping[str, tuple[str, str | None]]


@dataclass(frozen=True, slots=True)
class Worth:
    """One entry of the ledger as it is added up, with what is left of it at the moment asked for."""

    value: float
    event: str
    contact: str
    happened_at: datetime
    entry: float
    half_life_days: float
    verdict: str
    struck: bool
    topics: Sequence[str]
    product: str | None
    # What the buying role of whoever acted weighs in the account; 1 unless the model weighs by roles.
    weight: float = 1.0

    @property
    def given(self) -> float:
        """What it adds to the number shown."""
        return self.value * self.weight


@dataclass(frozen=True)
class Shown:
    """How many rows a page shows without and with points (None: all); what it leaves out is told as a sum."""

    without_points: int
    with_points: int | None = None


def score_report(
    session: Session,
    account_id: uuid.UUID,
    *,
    department_id: uuid.UUID | None = None,
    contact_id: uuid.UUID | None = None,
    at: datetime,
    most: Shown | None = None,
) -> dict[str, Any]:
    """What `abm score` answers: any subject, any time; the values of the entries add up to the points.

    A past moment is told by the ledger as it is known today: all that had happened by then, as it is judged, weighed
    and struck now; `late` marks what was not known then. What people were shown then lies frozen in their tasks.
    A page asks for the newest `most` entries, and gets `left_out`: {with_points, shown, without_points}, how many
    others there are and what those with points add. Ten years of opened mails then cost it what ten weeks of them do.
    """
    account = session.get(Account, account_id)
    if account is None:
        raise NotFound(f"no account {account_id}")
    model = ensure_model(session)
    people = _load_people(session, _subject(account_id, department_id, contact_id))
    rows = _load_worth(session, people, at, most.without_points if most else None)
    if model.weights and department_id is None and contact_id is None:
        rows = _weigh(people, rows, model)
    number, last_human_at = _count(session, people, at)
    values = [row.given for row in rows]
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
        **_entries(session, list(zip(rows, shown_rows(values), strict=True)), people, at, most, number),
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


def _load_people(session: Session, wanted: Sequence[ColumnElement[bool]]) -> People:
    found = session.execute(select(cast(Contact.id, Text), Contact.full_name, Contact.buying_role).where(*wanted))
    return {contact_id: (name, role) for contact_id, name, role in found}


def _load_worth(session: Session, people: People, at: datetime, most_without_points: int | None) -> list[Worth]:
    """The entries, newest first; of those that are worth nothing no more than so many."""
    entries = _worth_of().where(ScoreEntry.contact_id.in_(list(people)), ScoreEntry.happened_at <= at)
    found: list[Any]
    if most_without_points is None:
        found = list(session.execute(entries.order_by(*NEWEST)))
    else:
        worth = (ScoreEntry.entry != 0) & (_gone_by() > at)
        newest = select(_newest_of_each(people, at, most_without_points, ~worth).subquery().c.event_id)
        without = entries.where(ScoreEntry.event_id.in_(newest)).order_by(*NEWEST).limit(most_without_points)
        found = [row for part in (entries.where(worth), without) for row in session.execute(part)]
        found.sort(key=lambda row: (-row[2].timestamp(), row[0]))
    return [Worth(row[3] * decay(days(at - row[2]), row[4]), *row) for row in found]


def _worth_of() -> Select[*tuple[Any, ...]]:
    """The columns of Worth."""
    entry = ScoreEntry
    ids = (cast(entry.event_id, Text), cast(entry.contact_id, Text))
    counted = (entry.happened_at, entry.entry, entry.half_life_days, entry.verdict, entry.struck)
    return select(*ids, *counted, Event.topics, Event.product).join(Event, Event.id == entry.event_id)


def _gone_by() -> ColumnElement[datetime]:
    """After twenty half-lives less than a millionth is left: nobody sees it, in a total neither."""
    return literal_column(
        "score_entries.happened_at + score_entries.half_life_days * interval '20 days'", DateTime(timezone=True)
    )


def _count(session: Session, people: People, at: datetime) -> tuple[int, datetime | None]:
    """How many entries there are, and when the last human one was."""
    counted = select(func.count()).where(ScoreEntry.contact_id.in_(list(people)), ScoreEntry.happened_at <= at)
    human = _newest_of_each(people, at, 1, ScoreEntry.verdict.in_(HUMAN) & ~ScoreEntry.struck).subquery()
    return session.scalar(counted) or 0, session.scalar(select(func.max(human.c.happened_at)))


def _newest_of_each(people: People, at: datetime, most: int, only: ColumnElement[bool]) -> Select[uuid.UUID, datetime]:
    """(event, when) of the newest entries of each person, walked from the newest on: the older ones cost nothing."""
    person = select(Contact.id).where(Contact.id.in_(list(people))).subquery("person")
    mine = select(ScoreEntry.event_id, ScoreEntry.happened_at).where(ScoreEntry.contact_id == person.c.id)
    newest = mine.where(ScoreEntry.happened_at <= at, only).order_by(*NEWEST).limit(most).lateral("newest")
    return select(newest.c.event_id, newest.c.happened_at).select_from(person.join(newest, true()))


def _weigh(people: People, rows: Sequence[Worth], model: Model) -> list[Worth]:
    """The same rows with the weight of each person's role among those who did something."""
    acting = {row.contact for row in rows if row.verdict in HUMAN and not row.struck}
    shares = role_shares([people[who][1] for who in acting], model)
    return [replace(row, weight=shares.get(people[row.contact][1] or "", 0.0)) for row in rows]


def _vector(
    people: People, rows: Sequence[Worth], model: Model, last_human_at: datetime | None, at: datetime
) -> dict[str, Any]:
    scores, given = dict.fromkeys(people, 0.0), dict.fromkeys(people, 0.0)
    for row in rows:
        scores[row.contact] += row.value
        given[row.contact] += row.given
    engaged = [people[who][1] for who, points in scores.items() if points >= model.mqa.person_points]
    return {
        "depth": fsum(row.given for row in rows),
        "counted_depth": capped_sum(list(given.values()), model),
        "breadth": breadth(scores.values(), model),
        "coverage": coverage(engaged, model.required_roles),
        "momentum": momentum(((row.happened_at, row.entry) for row in rows), at),
        "recency": days(at - last_human_at) if last_human_at else None,
    }


def _entries(
    session: Session,
    rows: Sequence[tuple[Worth, float]],
    people: People,
    at: datetime,
    most: Shown | None,
    number: int,
) -> dict[str, Any]:
    """The rows in full, all or the newest; what is behind each is read only for these."""
    counted = [row for row in rows if row[1]]
    wanted, left_out = rows, {}
    if most is not None:
        chosen = [*counted[: most.with_points], *[row for row in rows if not row[1]][: most.without_points]]
        wanted = sorted(chosen, key=lambda row: (-row[0].happened_at.timestamp(), row[0].event))
        others = counted[most.with_points :] if most.with_points is not None else []
        left_out = {"left_out": _left_out(others, number - len(wanted) - len(others))}
    told = _load_told(session, [row.event for row, _shown in wanted])
    return {"entries": [_entry(row, shown, told[row.event], people, at) for row, shown in wanted], **left_out}


def _left_out(others: Sequence[tuple[Worth, float]], without_points: int) -> dict[str, Any]:
    together = round(fsum(shown for _row, shown in others), 1)
    return {"with_points": len(others), "shown": together, "without_points": without_points}


def _load_told(session: Session, events: Sequence[str]) -> dict[str, Row[Any]]:
    """What is said of these entries beside their points: how they came about, and who struck them."""
    entry = (ScoreEntry.kind, ScoreEntry.base, ScoreEntry.seniority, ScoreEntry.factor, ScoreEntry.capped)
    strike = (Strike.reason.label("strike_reason"), Strike.struck_at, User.name.label("struck_by"))
    found = session.execute(
        select(cast(ScoreEntry.event_id, Text).label("event"), *entry, Event.minutes, Event.hit_id, Event.folded_at)
        .add_columns(Event.reasons, *strike)
        .join(Event, Event.id == ScoreEntry.event_id)
        .outerjoin(Strike, (Strike.event_id == ScoreEntry.event_id) & Strike.withdrawn_at.is_(None))
        .outerjoin(User, User.id == Strike.struck_by)
        .where(ScoreEntry.event_id == func.any(list(events)))
    )
    return {row.event: row for row in found}


def _entry(row: Worth, shown: float, told: Row[Any], people: People, at: datetime) -> dict[str, Any]:
    return {
        "event": row.event,
        "contact": row.contact,
        "contact_name": people[row.contact][0],
        "kind": told.kind,
        "happened_at": rfc3339(row.happened_at),
        "base": told.base,
        "seniority": told.seniority,
        "verdict": row.verdict,
        "factor": told.factor,
        "half_life_days": row.half_life_days,
        "capped": told.capped,
        "struck": row.struck,
        "entry": row.entry,
        "value": row.given,
        "weight": row.weight,
        "shown": shown,
        "strike": _strike(told),
        "late": told.folded_at is not None and told.folded_at > at,
        "marks": [reason for reason in told.reasons if reason in MARKS],
        "topics": list(row.topics),
        "product": row.product,
        "minutes": told.minutes,
        "hit": str(told.hit_id) if told.hit_id else None,
    }


def _strike(told: Row[Any]) -> dict[str, Any] | None:
    if told.struck_at is None:
        return None
    return {"reason": told.strike_reason, "by": told.struck_by, "at": rfc3339(told.struck_at)}


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
