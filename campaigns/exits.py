"""Leaving for the whole account at once: one reply, meeting, deal or goal ends what its sequence plans there."""

import json
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.orm import Session

from abm.customers.timeline import add_items
from abm.words import EnrollmentState, LeaveReason, MessageState, SendReason
from campaigns.endings import ended_item

# In one order, as whoever waits for some of them holds others. What began only afterwards goes on, and of several
# reasons each enrollment has the first since it began.
LEAVE = text(
    f"""
    with told as materialized (
        select *, lag(at, 1, '-infinity') over (partition by sequence_id, account_id order by at, turn) as before
        from json_to_recordset(cast(:rows as json)) v (turn int, sequence_id uuid, account_id uuid, state text,
            reason text, goal text, at timestamptz)
    ), leaving as materialized (
        select e.id, v.state, v.reason, v.goal
        from told v join enrollments e on e.account_id = v.account_id and e.sequence_id = v.sequence_id
        where e.state in ('{EnrollmentState.ACTIVE}', '{EnrollmentState.PARKED}')
          and e.enrolled_at <= v.at and e.enrolled_at > v.before
        order by e.id for update of e
    )
    update enrollments e set state = l.state, reason = l.reason, due_at = null, leased_until = null, ended_at = :at,
        trail = case when l.goal is null then e.trail else e.trail || jsonb_build_object('goal', l.goal) end
    from leaving l join sequences s on true
    where e.id = l.id and s.id = e.sequence_id
    returning e.id, e.account_id, e.department_id, e.contact_id, e.state, e.reason, l.goal, s.name
    """  # noqa: S608 only our own words are put in
)


# A mail that a sender has claimed is its own to settle, and this tells it that the way has ended.
NOTE_LEFT = text(
    f"""
    update enrollments set trail = trail || '{{"left": true}}' where id in (
        select e.id from json_to_recordset(cast(:rows as json)) v (sequence_id uuid, account_id uuid, at timestamptz)
        join enrollments e on e.account_id = v.account_id and e.sequence_id = v.sequence_id and e.enrolled_at <= v.at
        where exists (
            select from messages m
            where m.enrollment_id = e.id and m.state in ('{MessageState.PLANNED}', '{MessageState.SENDING}')
        )
        order by e.id for update of e
    )
    """  # noqa: S608 only our own words are put in
)
# Also the last mail of a way that is over already, as long as it waits at the door.
CANCEL = text(
    f"""
    update messages m set state = '{MessageState.CANCELLED}', reason = '{SendReason.LEFT}'
    from json_to_recordset(cast(:rows as json)) v (sequence_id uuid, account_id uuid, at timestamptz), enrollments e
    where e.account_id = v.account_id and e.sequence_id = v.sequence_id and e.enrolled_at <= v.at
      and m.enrollment_id = e.id and m.state in ('{MessageState.PLANNED}', '{MessageState.HELD}')
    """  # noqa: S608 only our own words are put in
)


@dataclass(frozen=True)
class Leaving:
    """Why everybody of an account leaves a sequence, and when that happened; a goal was reached, the rest ends it."""

    sequence_id: uuid.UUID
    account_id: uuid.UUID
    reason: LeaveReason
    at: datetime
    goal: str | None = None


def leave(session: Session, leavings: Sequence[Leaving], at: datetime) -> int:
    """End these accounts' enrollments with what is planned or held for them; answers how many were under way.

    Of several reasons of one moment the first is told.
    """
    if not leavings:
        return 0
    rows = json.dumps([_row(one) | {"turn": turn} for turn, one in enumerate(leavings)])
    ended = session.execute(LEAVE, {"at": at, "rows": rows}).all()
    session.execute(NOTE_LEFT, {"rows": rows})
    session.execute(CANCEL, {"rows": rows})
    add_items(session, [ended_item(row, row.name, row.state, row.reason, at, row.goal) for row in ended])
    return len(ended)


def _row(leaving: Leaving) -> dict[str, str | int | None]:
    state = EnrollmentState.COMPLETED if leaving.goal else EnrollmentState.EXITED
    return {
        "sequence_id": str(leaving.sequence_id),
        "account_id": str(leaving.account_id),
        "state": state,
        "reason": leaving.reason,
        "goal": leaving.goal,
        "at": leaving.at.isoformat(),
    }
