"""Who takes the tasks of one round: the first of those asked who is there, else whoever has least to do."""

import uuid
from collections import Counter
from collections.abc import Set
from dataclasses import dataclass, field, replace
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from abm.handoff.assign import gather_desk
from abm.handoff.routing import Desk, route_task, who_is_there
from abm.models import User


@dataclass(frozen=True)
class Staff:
    """Everybody who may get a task on one day, and how many this round has given them already."""

    active: Set[uuid.UUID]
    desk: Desk
    given: Counter[uuid.UUID] = field(default_factory=Counter)

    def pick(self, *preferred: uuid.UUID | None) -> uuid.UUID | None:
        """The first of these who is there or has named a substitute, else by turn; None when there is nobody."""
        for user_id in preferred:
            there = who_is_there(user_id if user_id in self.active else None, self.desk.away)
            if there in self.active:
                return self._give(there)
        reps = [replace(rep, open_tasks=rep.open_tasks + self.given[rep.user_id]) for rep in self.desk.reps]
        found = route_task(replace(self.desk, reps=reps))
        return self._give(found.user_id) if found else None

    def _give(self, user_id: uuid.UUID | None) -> uuid.UUID | None:
        if user_id:
            self.given[user_id] += 1
        return user_id


def gather_staff(session: Session, day: date) -> Staff:
    """Everybody who may get a task on this day."""
    active = frozenset(session.scalars(select(User.id).where(User.disabled_at.is_(None))))
    return Staff(active, gather_desk(session, None, None, day))
