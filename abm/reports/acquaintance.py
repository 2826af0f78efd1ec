"""Who knows whom: which of our people worked with which of theirs, how often and when last."""

import uuid
from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from abm.models import TimelineItem, User
from abm.words import SALES_CONTACTS, ItemKind

# Work before these many lines says little about who knows whom now, and the page stays as fast as it was.
LINES_READ = 1000
SHOWN = 3


@dataclass(frozen=True)
class Acquaintance:
    """One of our people who worked with a person: how often, and when last."""

    user_id: uuid.UUID
    user: str
    times: int
    last_at: datetime


def who_knows(session: Session, account_id: uuid.UUID) -> dict[uuid.UUID, list[Acquaintance]]:
    """By contact of an account: those of us who logged work with that person, the last one first."""
    logged = (
        select(TimelineItem.contact_id, TimelineItem.by_user_id, TimelineItem.happened_at)
        .where(TimelineItem.account_id == account_id, TimelineItem.kind.in_((ItemKind.NOTE, *SALES_CONTACTS)))
        .order_by(TimelineItem.happened_at.desc(), TimelineItem.id.desc())
        .limit(LINES_READ)
        .subquery()
    )
    last = func.max(logged.c.happened_at)
    rows = (
        select(logged.c.contact_id, User.id, User.name, func.count(), last)
        .join(User, User.id == logged.c.by_user_id)
        .where(logged.c.contact_id.is_not(None))
        .group_by(logged.c.contact_id, User.id)
        .order_by(last.desc(), User.id)
    )
    known: dict[uuid.UUID, list[Acquaintance]] = defaultdict(list)
    for contact_id, *acquaintance in session.execute(rows):
        known[contact_id].append(Acquaintance(*acquaintance))
    return dict(known)
