"""The parts of the table of hits, a month each: made ahead of time, so that a hit never waits for one."""

from datetime import date, datetime

from sqlalchemy import text
from sqlalchemy.orm import Session

# How many months there are ahead of this one: what the makers of months are late by, nobody notices.
AHEAD = 2

# Hits are sorted by when they were accepted, which the real clock told.
_MISSING = text(
    """
    select cast(month as date) from generate_series(
        date_trunc('month', clock_timestamp() at time zone 'UTC') + interval '1 month',
        date_trunc('month', clock_timestamp() at time zone 'UTC') + make_interval(months => :ahead),
        interval '1 month'
    ) as month
    where to_regclass(to_char(month, '"hits_"YYYY_MM')) is null order by 1
    """
)
_BOUNDS = text("select first_id_of(:month), first_id_of(cast(cast(:month as date) + interval '1 month' as date))")


def has_missing_months(session: Session, at: datetime) -> bool:
    """Whether a month to come has no part of the table yet."""
    return session.scalar(_MISSING, {"ahead": AHEAD}) is not None


def make_months(session: Session) -> list[date]:
    """Make the parts that are missing; answers their months."""
    missing = list(session.scalars(_MISSING, {"ahead": AHEAD}).all())
    for month in missing:
        since, until = session.execute(_BOUNDS, {"month": month}).one()
        # Two workers at once: the second finds it made.
        session.execute(
            text(
                f"create table if not exists hits_{month:%Y_%m} partition of hits"
                f" for values from ('{since}') to ('{until}')"
            )
        )
    return missing
