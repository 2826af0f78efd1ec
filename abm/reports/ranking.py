"""The hottest accounts, and those that go cold soon: read from one end of an index, however many accounts there are."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, Select, select, union_all
from sqlalchemy.orm import Session

from abm.models import Account, AccountHeat, User
from abm.reports.points import account_points

TOP = 50
WEEK = timedelta(days=7)


@dataclass(frozen=True)
class RankedAccount:
    """One account of a ranking, with its score of this moment."""

    id: uuid.UUID
    name: str
    tier: str
    stage: str
    is_mqa: bool
    owner: str | None
    points: float
    counted_depth: float
    breadth: int
    last_human_at: datetime | None
    # When it is no longer engaged unless somebody does something; None when that is not within days.
    goes_cold_at: datetime | None


def top_accounts(session: Session, at: datetime, limit: int = TOP) -> list[RankedAccount]:
    """The accounts with the highest score, hottest first."""
    places = {account_id: place for place, account_id in enumerate(hottest_ids(session, at, limit))}
    found = session.execute(_rows(at).where(Account.id.in_(places))).mappings()
    return sorted((RankedAccount(**row) for row in found), key=lambda one: places[one.id])


def accounts_going_cold(
    session: Session, at: datetime, within: timedelta = WEEK, limit: int = TOP
) -> list[RankedAccount]:
    """The engaged accounts that soon are so no more unless somebody does something, the next one first."""
    soon = (AccountHeat.goes_cold_at > at) & (AccountHeat.goes_cold_at <= at + within)
    rows = (
        _rows(at).where(soon, Account.archived_at.is_(None)).order_by(AccountHeat.goes_cold_at, Account.id).limit(limit)
    )
    return [RankedAccount(**row) for row in session.execute(rows).mappings()]


def hottest_ids(session: Session, at: datetime, limit: int, *, mqa: bool | None = None) -> list[uuid.UUID]:
    """Who has the highest score, hottest first, of all, of the MQAs or of the others; nobody without points.

    What is kept is up to a day old, and points fade at different speeds. So more are read than are wanted, until the
    last one read had less when last looked at than the last one wanted has now.
    """
    sides = (True, False) if mqa is None else (mqa,)
    read = limit
    while True:
        read *= 2
        rows = _load_hottest(session, at, sides, read)
        chosen = sorted((row for row in rows if row.is_listed and row.points > 0), key=_hottest_first)[:limit]
        least = chosen[-1].points if len(chosen) == limit else 0.0
        if all(_is_read_far_enough([row for row in rows if row.is_mqa is side], read, least) for side in sides):
            return [row.account_id for row in chosen]


def _load_hottest(session: Session, at: datetime, sides: Sequence[bool], read: int) -> Sequence[Row[Any]]:
    kept = [
        select(AccountHeat.account_id, AccountHeat.is_mqa, AccountHeat.depth)
        .where(AccountHeat.is_mqa.is_(side))
        .order_by(AccountHeat.depth.desc(), AccountHeat.account_id)
        .limit(read)
        .subquery()
        for side in sides
    ]
    hottest = union_all(*(select(one) for one in kept)).subquery("hottest")
    listed = Account.archived_at.is_(None).label("is_listed")
    points = account_points(Account.id, at).label("points")
    rows = select(hottest.c.account_id, hottest.c.is_mqa, hottest.c.depth, listed, points)
    return session.execute(rows.join(Account, Account.id == hottest.c.account_id)).all()


def _hottest_first(row: Row[Any]) -> tuple[float, uuid.UUID]:
    return -row.points, row.account_id


def _is_read_far_enough(rows: Sequence[Row[Any]], read: int, least: float) -> bool:
    return len(rows) < read or min(row.depth for row in rows) <= least


def _rows(at: datetime) -> Select[*tuple[Any, ...]]:
    return (
        select(
            Account.id,
            Account.name,
            Account.tier,
            Account.stage,
            Account.is_mqa,
            User.name.label("owner"),
            account_points(Account.id, at).label("points"),
            Account.counted_depth,
            Account.breadth,
            Account.last_human_at,
            AccountHeat.goes_cold_at,
        )
        .join(AccountHeat, AccountHeat.account_id == Account.id)
        .outerjoin(User, User.id == Account.owner_id)
    )
