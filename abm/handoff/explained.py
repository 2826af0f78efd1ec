"""Why a model would or would not have handed an account over at a moment: its numbers, and the kinds behind them."""

import uuid
from collections import defaultdict
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from abm.models import Account, Contact, Event, Strike
from abm.scoring.fit import record_of
from abm.scoring.model import Model
from abm.scoring.policy import breadth, counted_depth
from abm.scoring.score import Act, make_entries, person_scores

KINDS_NAMED = 3


def explain(session: Session, account_id: uuid.UUID, at: datetime, model: Model, zone: ZoneInfo) -> dict[str, Any]:
    """Counted points, people, threshold and fit by this model at this moment, and which kinds gave most."""
    account = session.get_one(Account, account_id)
    people = session.execute(select(Contact.id, Contact.buying_role).where(Contact.account_id == account_id))
    roles = {row.id: row.buying_role for row in people}
    entries = make_entries(_acts(session, account_id, at), model, zone).values()
    scores = person_scores(entries, at)
    kinds: dict[str, float] = defaultdict(float)
    for entry in entries:
        kinds[entry.act.kind] += entry.value(at)
    record = record_of(account)
    named = sorted(((kind, points) for kind, points in kinds.items() if points > 0), key=lambda one: (-one[1], one[0]))
    return {
        "counted": counted_depth(list(scores.values()), model, [roles.get(person) for person in scores]),
        "threshold": model.mqa.thresholds[account.tier],
        "people": breadth(scores.values(), model),
        "people_needed": model.mqa.people,
        "fits": model.fit.passes(record),
        "kinds": [{"kind": kind, "points": points} for kind, points in named[:KINDS_NAMED]],
    }


def _acts(session: Session, account_id: uuid.UUID, at: datetime) -> list[Act]:
    is_struck = exists().where(Strike.event_id == Event.id, Strike.withdrawn_at.is_(None))
    found = (
        select(Event.id, Event.contact_id, Event.kind, Event.happened_at, Event.verdict, Contact.seniority)
        .add_columns(Event.minutes, is_struck)
        .join(Contact, Contact.id == Event.contact_id)
        .where(Event.account_id == account_id, Event.happened_at <= at)
        .order_by(Event.happened_at, Event.id)
    )
    return [Act(*row) for row in session.execute(found)]
