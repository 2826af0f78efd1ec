"""Claiming what is due: no more than was asked for, however the database goes about it."""

from datetime import UTC, datetime

from sqlalchemy import text
from sqlalchemy.orm import Session

from abm.due import claim_due

NOON = datetime(2026, 11, 2, 12, tzinfo=UTC)
# What a database that knows nothing yet of a table may choose, too: to ask the inner query anew for each row.
BLIND = ("hashjoin", "mergejoin", "material", "memoize", "hashagg", "sort")


def test_a_claim_takes_no_more_than_asked_for_however_it_is_planned(session: Session) -> None:
    for way in BLIND:
        session.execute(text(f"set local enable_{way} = off"))
    session.execute(
        text(
            """
            create temporary table waiting on commit drop as
            select uuidv7() as id, 'waiting' as state, cast(:noon as timestamptz) as due_at,
                cast(null as timestamptz) as leased_until, 0 as attempts from generate_series(1, 6)
            """
        ),
        {"noon": NOON},
    )

    claimed = claim_due(session, "waiting", at=NOON, limit=3, states=["waiting"])

    assert len(claimed) == 3
