"""The score report: points with the receipt that adds up to them, for an account, a department or a person."""

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from math import fsum
from typing import Any

from sqlalchemy import ColumnElement, Row, select, true
from sqlalchemy.orm import Session

from abm.clock import days, rfc3339
from abm.errors import NotFound
from abm.models import Account, Contact
from abm.scoring.fit import record_of
from abm.scoring.found import Found, People, Worth, find_entries, load_told
from abm.scoring.live import ensure_model
from abm.scoring.model import Model
from abm.scoring.policy import breadth, capped_sum, coverage, momentum, role_shares
from abm.scoring.receipt import interests, shown_rows, shown_total
from abm.words import HUMAN, EventReason

# What an event said was bounded.
MARKS = (EventReason.IMPLAUSIBLE_TIME, EventReason.IMPLAUSIBLE_MINUTES)


@dataclass(frozen=True)
class Shown:
    """How many rows a page shows without and with points (None: all); what it leaves out is told as a sum."""

    without_points: int
    with_points: int | None = None


@dataclass(frozen=True)
class Chosen:
    """The rows of one report that are shown, each with what it shows, and what is said of the others."""

    rows: Sequence[tuple[Worth, float]]
    left_out: Mapping[str, Any] = field(default_factory=dict)


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
    model, whole = ensure_model(session), department_id is None and contact_id is None
    wanted = _subject(department_id, contact_id)
    found = find_entries(session, wanted, [account], at, most.without_points if most else None)[0]
    return _reports(session, [_weigh(found, model) if whole else found], model, at, most)[account_id]


def score_reports(session: Session, account_ids: Iterable[uuid.UUID], at: datetime) -> dict[uuid.UUID, dict[str, Any]]:
    """The same of several whole accounts, read at once."""
    accounts = session.scalars(select(Account).where(Account.id.in_(list(account_ids)))).all()
    model = ensure_model(session)
    found = find_entries(session, true(), accounts, at)
    return _reports(session, [_weigh(one, model) for one in found], model, at)


def _subject(department_id: uuid.UUID | None, contact_id: uuid.UUID | None) -> ColumnElement[bool]:
    wanted: ColumnElement[bool] = true()
    if department_id is not None:
        wanted &= Contact.department_id == department_id
    if contact_id is not None:
        wanted &= Contact.id == contact_id
    return wanted


def _weigh(found: Found, model: Model) -> Found:
    """The same with the weight of each person's role among those who did something."""
    if not model.weights:
        return found
    acting = {row.contact for row in found.rows if row.verdict in HUMAN and not row.struck}
    shares = role_shares([found.people[who][1] for who in acting], model)
    rows = [row._replace(weight=shares.get(found.people[row.contact][1] or "", 0.0)) for row in found.rows]
    return replace(found, rows=rows)


def _reports(
    session: Session, found: Sequence[Found], model: Model, at: datetime, most: Shown | None = None
) -> dict[uuid.UUID, dict[str, Any]]:
    """Everything of each; what is behind a row is read only for those that are shown."""
    chosen = [_choose(one, most) for one in found]
    told = load_told(session, [row.event for one in chosen for row, _shown in one.rows])
    return {
        one.account.id: {
            **_summary(one, model, at),
            "entries": [_entry(row, shown, told[row.event], one.people, at) for row, shown in its.rows],
            **its.left_out,
        }
        for one, its in zip(found, chosen, strict=True)
    }


def _summary(found: Found, model: Model, at: datetime) -> dict[str, Any]:
    rows = found.rows
    values = [row.given for row in rows]
    return {
        "account": str(found.account.id),
        "account_name": found.account.name,
        "at": rfc3339(at),
        "model": model.version,
        "stage": found.stage,
        "mqa": found.is_mqa,
        "points": fsum(values),
        "shown": shown_total(values),
        "vector": {**_vector(found, model, at), "fit": model.fit.measure(record_of(found.account))},
        "topics": interests((row.topics, row.value) for row in rows),
        "products": interests(([row.product], row.value) for row in rows if row.product),
    }


def _vector(found: Found, model: Model, at: datetime) -> dict[str, Any]:
    people, rows = found.people, found.rows
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
        "recency": days(at - found.last_human_at) if found.last_human_at else None,
    }


def _choose(found: Found, most: Shown | None) -> Chosen:
    """All rows with what each shows, or the newest of them."""
    rows = list(zip(found.rows, shown_rows([row.given for row in found.rows]), strict=True))
    if most is None:
        return Chosen(rows)
    counted = [row for row in rows if row[1]]
    kept = [*counted[: most.with_points], *[row for row in rows if not row[1]][: most.without_points]]
    others = counted[most.with_points :] if most.with_points is not None else []
    left_out = _left_out(others, found.number - len(kept) - len(others))
    newest = sorted(kept, key=lambda row: (-row[0].happened_at.timestamp(), row[0].event))
    return Chosen(newest, {"left_out": left_out})


def _left_out(others: Sequence[tuple[Worth, float]], without_points: int) -> dict[str, Any]:
    together = round(fsum(shown for _row, shown in others), 1)
    return {"with_points": len(others), "shown": together, "without_points": without_points}


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
