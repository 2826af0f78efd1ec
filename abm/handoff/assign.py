"""The lines of hand-offs: what waits for somebody, for room in a week or for a ticket, the hottest first."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Row, exists, func, or_, select, text, update
from sqlalchemy.orm import Session
from sqlalchemy.sql.elements import ColumnElement

from abm.customers.company_calendar import read_clocks
from abm.customers.working_hours import Clocks, week_start
from abm.guard.task_facts import Ruling, Subject, ask_about_tasks
from abm.handoff.changes import WITHOUT_PAPERS, Change, record_changes
from abm.handoff.deadline import due_after
from abm.handoff.routing import Assignment
from abm.handoff.staff import Place, Staff, gather_staff
from abm.handoff.withheld import tell_withheld
from abm.models import Account, Department, Task, User
from abm.scoring.arrays import array
from abm.words import GuardAnswer, MqaCause, Role, Route, TaskCode, TaskKind, TaskState, WaitReason

BATCH = 200

Waiting = Row[Task, Account, uuid.UUID | None, bool]
# What waits is looked at again after so long; whoever frees a place rings at once.
ASK_AGAIN = timedelta(minutes=10)
# Half of the way to the deadline the owner is reminded.
REMIND_AT = 0.5

IN_LINE = (Task.kind == TaskKind.HAND_OFF, Task.state == TaskState.NEW)
IS_REQUEST = Task.evidence.contains([{"cause": MqaCause.ACT_NOW.value}])
MOVE = text(
    """
    update tasks t set state = n.state, owner_id = n.owner_id, route = n.route, waits_because = n.waits,
        assigned_at = n.assigned_at, due_at = n.due_at, remind_at = n.remind_at, reminded_at = null,
        ask_again_at = n.ask_again_at, deal_id = coalesce(n.deal_id, t.deal_id),
        closed_at = case when n.state = 'disqualified' then cast(:at as timestamptz) end
    from unnest(
        cast(:ids as uuid[]), cast(:states as text[]), cast(:owners as uuid[]), cast(:routes as text[]),
        cast(:waits as text[]), cast(:assigned as timestamptz[]), cast(:dues as timestamptz[]),
        cast(:reminds as timestamptz[]), cast(:agains as timestamptz[]), cast(:deals as uuid[])
    ) as n (id, state, owner_id, route, waits, assigned_at, due_at, remind_at, ask_again_at, deal_id)
    where t.id = n.id
    """
)


@dataclass(frozen=True)
class Standing:
    """How a hand-off stands: given to somebody with a clock, or waiting for a reason; the columns of a task."""

    state: TaskState
    owner_id: uuid.UUID | None = None
    route: str | None = None
    waits_because: WaitReason | None = None
    assigned_at: datetime | None = None
    due_at: datetime | None = None
    remind_at: datetime | None = None
    ask_again_at: datetime | None = None
    deal_id: uuid.UUID | None = None


def stand(
    found: Assignment | None, staff: Staff, hours: float, at: datetime, deal_id: uuid.UUID | None = None
) -> Standing:
    """With an owner the clock starts; in a line it does not."""
    if found is None:
        return Standing(TaskState.NEW, waits_because=WaitReason.NOBODY, deal_id=deal_id)
    if found.waits or found.user_id is None:
        again = min(at + ASK_AGAIN, week_start(at + timedelta(days=7), staff.calendar.zone))
        return Standing(TaskState.NEW, found.user_id, found.route, found.waits, ask_again_at=again, deal_id=deal_id)
    calendar = staff.calendar_of(found.user_id)
    due, remind = due_after(at, hours, calendar), due_after(at, hours * REMIND_AT, calendar)
    return Standing(TaskState.ASSIGNED, found.user_id, found.route, None, at, due, remind, deal_id=deal_id)


def hold(ruling: Ruling, at: datetime, owner_id: uuid.UUID | None = None, route: str | None = None) -> Standing:
    """The guard holds it: a ticket is open there. Whose work it was before, it stays."""
    again = at + ASK_AGAIN
    return Standing(TaskState.NEW, owner_id, route, WaitReason.TICKET, ask_again_at=again, deal_id=ruling.deal_id)


def assign_waiting(session: Session, at: datetime, zone: ZoneInfo, *, limit: int = BATCH) -> int:
    """Give what waits to whoever has room by now, who asked for a call first, then the hottest.

    The guard is asked anew: what it skips by now is withdrawn. Answers how many were looked at to some purpose; what
    waits for somebody to exist is not.
    """
    rows = _claim(session, at, limit)
    if not rows:
        return 0
    subjects = [Subject(row.Task.account_id, row.Task.department_id, row.Task.contact_id) for row in rows]
    rulings = ask_about_tasks(session, subjects)
    staff, clocks = gather_staff(session, at, zone), read_clocks(session)
    stands = [_stand_again(row, ruling, staff, clocks, at) for row, ruling in zip(rows, rulings, strict=True)]
    waited = [row.Task.waits_because for row in rows]
    move_tasks(session, {row.Task.id: one for row, one in zip(rows, stands, strict=True)}, at)
    changes = [_change(*each) for each in zip((row.Task for row in rows), waited, stands, strict=True)]
    record_changes(session, [change for change in changes if change], at)
    gone = [(one, ruling.decision.reasons) for one, ruling in zip(subjects, rulings, strict=True) if ruling.skips]
    tell_withheld(session, gone, at)
    return sum(one.waits_because is not WaitReason.NOBODY for one in stands)


def has_waiting(session: Session, at: datetime) -> bool:
    """True when it is time to look at what waits, and there is somebody."""
    somebody = exists().where(User.role.in_((Role.SALES, Role.ADMIN)), User.disabled_at.is_(None))
    return bool(session.scalar(select(exists().where(*IN_LINE, _may_ask(at)) & somebody)))


def ask_lines_again(session: Session) -> None:
    """A place in somebody's week has become free: look at what waits for one."""
    full = (*IN_LINE, Task.waits_because == WaitReason.CAPACITY, Task.ask_again_at.is_not(None))
    # What somebody else holds is being looked at or fed already: waiting for it could make two wait for each other.
    waiting = select(Task.id).where(*full).with_for_update(skip_locked=True)
    again = update(Task).where(Task.id.in_(waiting)).values(ask_again_at=None)
    session.execute(again.execution_options(synchronize_session=False))


def places_in_line(session: Session) -> Mapping[uuid.UUID, int]:
    """Where each waiting hand-off stands in its owner's line, or in everybody's; 1 is next."""
    turn = func.row_number().over(partition_by=Task.owner_id, order_by=_hottest())
    rows = select(Task.id, turn).join(Account, Account.id == Task.account_id)
    waiting = rows.where(*IN_LINE, Task.waits_because == WaitReason.CAPACITY)
    return dict(session.execute(waiting).all())


def move_tasks(session: Session, stands: Mapping[uuid.UUID, Standing], at: datetime) -> None:
    """Write how these tasks stand from now on, in one statement, and have the session know."""
    each = list(stands.values())
    values = {
        "at": at,
        "ids": array(stands),
        "states": array(one.state.value for one in each),
        "owners": array(one.owner_id for one in each),
        "routes": array(one.route for one in each),
        "waits": array(one.waits_because for one in each),
        "assigned": array(one.assigned_at for one in each),
        "dues": array(one.due_at for one in each),
        "reminds": array(one.remind_at for one in each),
        "agains": array(one.ask_again_at for one in each),
        "deals": array(one.deal_id for one in each),
    }
    session.execute(MOVE, values)
    moved = select(Task).where(Task.id.in_(stands)).options(*WITHOUT_PAPERS)
    session.scalars(moved.execution_options(populate_existing=True)).all()


def _claim(session: Session, at: datetime, limit: int) -> Sequence[Waiting]:
    """The next tasks that wait, with what their routing needs; those of other workers are passed over."""
    waiting = (
        select(Task, Account, Department.owner_id.label("department_owner_id"), IS_REQUEST.label("is_request"))
        .join(Account, Account.id == Task.account_id)
        .outerjoin(Department, Department.id == Task.department_id)
        .where(*IN_LINE, _may_ask(at))
        .order_by(*_hottest())
        .limit(limit)
        .with_for_update(of=Task, skip_locked=True)
        .options(*WITHOUT_PAPERS)
        .execution_options(populate_existing=True)
    )
    return session.execute(waiting).all()


def _may_ask(at: datetime) -> ColumnElement[bool]:
    return or_(Task.ask_again_at.is_(None), Task.ask_again_at <= at)


def _hottest() -> tuple[ColumnElement[Any], ...]:
    return IS_REQUEST.desc(), Account.counted_depth.desc(), Task.created_at.asc(), Task.id.asc()


def _stand_again(row: Waiting, ruling: Ruling, staff: Staff, clocks: Clocks, at: datetime) -> Standing:
    answer = ruling.decision.answer
    if answer is GuardAnswer.SKIP:
        return Standing(TaskState.DISQUALIFIED, row.Task.owner_id, row.Task.route)
    if answer is GuardAnswer.HOLD:
        return hold(ruling, at, row.Task.owner_id, row.Task.route)
    before = row.Task.owner_id if row.Task.route == Route.OWNER_BEFORE else None
    place = Place.of(row.Account, row.department_owner_id, deal_owner_id=ruling.deal_owner_id, owner_before_id=before)
    found = staff.route(place, urgent=row.is_request)
    hours = clocks.allowed(row.Account.tier, act_now=row.is_request)
    return stand(found, staff, hours, at, ruling.deal_id)


def _change(task: Task, waited_for: str | None, standing: Standing) -> Change | None:
    """What is worth a row: given out, withdrawn, or held back for another reason than before."""
    if standing.state is TaskState.ASSIGNED:
        code = TaskCode.RELEASED if waited_for not in (None, WaitReason.NOBODY) else TaskCode.ASSIGNED
    elif standing.state is TaskState.DISQUALIFIED:
        code = TaskCode.WITHDRAWN
    elif standing.waits_because is WaitReason.TICKET and waited_for != WaitReason.TICKET:
        code = TaskCode.HELD
    else:
        return None
    return Change(task, TaskState.NEW, code, to=task.owner_id)
