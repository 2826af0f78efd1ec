"""What a user's desk holds: who their manager is, how many hand-offs a week brings at most, and their own hours."""

import uuid
from dataclasses import dataclass
from datetime import datetime, time
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from abm.customers.company_calendar import check_hours, read_calendar
from abm.errors import Invalid
from abm.handoff.assign import ask_lines_again
from abm.models import User
from abm.users import get_user, note_change

MOST_A_WEEK = 1_000


@dataclass(frozen=True)
class Terms:
    """How somebody works; what is left open is as in the firm, and no capacity is no limit."""

    manager_id: uuid.UUID | None = None
    weekly_capacity: int | None = None
    works_from: time | None = None
    works_until: time | None = None
    work_days: frozenset[int] = frozenset()


def set_terms(
    session: Session, user_id: uuid.UUID, terms: Terms, *, by: uuid.UUID, at: datetime, zone: ZoneInfo
) -> User:
    """Change how a user works from now on; what waits for room is looked at again."""
    # Two changes of managers at once could close a circle that neither of them sees.
    session.execute(select(User.id).order_by(User.id).with_for_update(key_share=True))
    user = get_user(session, user_id)
    _check(session, user, terms, zone)
    user.manager_id, user.weekly_capacity = terms.manager_id, terms.weekly_capacity
    user.works_from, user.works_until = terms.works_from, terms.works_until
    user.work_days = sorted(terms.work_days) or None
    session.flush()
    ask_lines_again(session)
    told = {"capacity": str(terms.weekly_capacity), "manager": str(terms.manager_id)}
    note_change(session, at, get_user(session, by), "user.terms_set", user, **told)
    return user


def _check(session: Session, user: User, terms: Terms, zone: ZoneInfo) -> None:
    if terms.weekly_capacity is not None and not 0 <= terms.weekly_capacity <= MOST_A_WEEK:
        raise Invalid(f"give a number from 0 to {MOST_A_WEEK}", "weekly_capacity", "capacity_unreadable")
    usual = read_calendar(session, zone).hours
    check_hours(terms.works_from or usual.opens, terms.works_until or usual.closes, terms.work_days or usual.days)
    above, seen = terms.manager_id, {user.id}
    while above is not None:
        if above in seen:
            raise Invalid("nobody is their own manager, not by way of others either", "manager_id", "circle")
        seen.add(above)
        manager = session.get(User, above)
        if manager is None or (above == terms.manager_id and manager.disabled_at is not None):
            raise Invalid("choose a user who can log in", "manager_id", "unknown")
        above = manager.manager_id
