"""Whose the hand-offs of a replay would have been: by owner, territory and turn, and by the room of each week."""

import uuid
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from abm.handoff.routing import Rep
from abm.handoff.staff import Place, Staff, read_staff
from abm.models import User
from abm.scoring.arrays import array

# An account and a department of it, or nobody's.
Pair = tuple[uuid.UUID, uuid.UUID]
WEEK = timedelta(days=7)

PLACES = text(
    """
    select w.account_id, w.department_id, a.owner_id as account_owner_id, d.owner_id as department_owner_id,
        a.prefecture, a.industry, a.tier
    from unnest(cast(:accounts as uuid[]), cast(:departments as uuid[])) as w (account_id, department_id)
    join accounts a on a.id = w.account_id
    left join departments d on d.id = w.department_id
    """
)


@dataclass(frozen=True)
class Bench:
    """Everybody who may get hand-offs, with nothing to do yet, and how many a week each takes at most."""

    staff: Staff
    capacity: Mapping[uuid.UUID, int]


def read_bench(session: Session, at: datetime, zone: ZoneInfo) -> Bench:
    """Who is there today, as if nobody were ever away: the months of a replay are not today's."""
    staff = read_staff(session, at, zone)
    desk = replace(staff.desk, reps=[Rep(rep.user_id) for rep in staff.desk.reps], away={})
    limited = session.execute(select(User.id, User.weekly_capacity).where(User.weekly_capacity.is_not(None)))
    return Bench(replace(staff, desk=desk), {user_id: most for user_id, most in limited if most is not None})


def read_places(session: Session, pairs: Iterable[Pair]) -> dict[Pair, Place]:
    """Where hand-offs of these come from."""
    wanted = sorted(pairs)
    values = {"accounts": array(one[0] for one in wanted), "departments": array(one[1] for one in wanted)}
    return {
        (row.account_id, row.department_id): Place(
            row.account_owner_id, row.department_owner_id, row.prefecture, row.industry, row.tier
        )
        for row in session.execute(PLACES, values)
    }


def share_out(
    counted: Mapping[tuple[uuid.UUID, uuid.UUID, date], int], places: Mapping[Pair, Place], bench: Bench
) -> Counter[uuid.UUID | None]:
    """How many hand-offs each would have got; under None those that nobody had room for until the end.

    Whoever owns an account gets all of its hand-offs, beyond their capacity too: that it does not suffice is what
    the number is to show. What goes by turn waits for the next week when everybody's week is full.
    """
    by_week: dict[date, list[Pair]] = defaultdict(list)
    for (account, department, week), number in sorted(counted.items()):
        by_week[week] += [(account, department)] * number
    staff = replace(bench.staff, given=Counter())
    had: Counter[uuid.UUID | None] = Counter()
    waiting: list[Pair] = []
    for week in _weeks(by_week):
        room = {user_id: most + staff.given[user_id] for user_id, most in bench.capacity.items()}
        now = replace(staff, room=room)
        waiting = [pair for pair in (*waiting, *by_week.get(week, ())) if not _give(now, places[pair], had)]
    return had + Counter({None: len(waiting)})


def _weeks(by_week: Iterable[date]) -> Iterable[date]:
    """Every week from the first to the last, those in which nothing came as well."""
    weeks = sorted(by_week)
    return [weeks[0] + WEEK * passed for passed in range((weeks[-1] - weeks[0]) // WEEK + 1)] if weeks else []


def _give(staff: Staff, place: Place, had: Counter[uuid.UUID | None]) -> bool:
    """Route one; False when it waits for anybody's room."""
    found = staff.route(place)
    if found is None or found.user_id is None:
        return False
    had[found.user_id] += 1
    return True
