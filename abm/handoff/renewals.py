"""Renewals: a reminder 180, 90 and 30 days before a contract's day, all of them in one task of one person."""

import uuid
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Row, text
from sqlalchemy.orm import Session

from abm.clock import local_day, rfc3339
from abm.customers.keep import Writing, change_record
from abm.customers.sheets import CONTRACT
from abm.handoff.closing import close_by_itself
from abm.handoff.feed import Ask, ask_for_tasks
from abm.handoff.staff import Staff, gather_staff
from abm.scoring.arrays import array
from abm.scoring.evaluate import lock_accounts
from abm.words import CloseReason, ContractState, TaskKind, TaskState

BATCH = 200
DAYS_AHEAD = (180, 90, 30)
# A day that passed longer ago stands on the calendar as overdue; nobody is reminded of it.
MISSED_DAYS = 30

# Of several reminders that were missed only the nearest is due.
LEVEL = f"""case when c.renews_on - cast(:today as date) <= {DAYS_AHEAD[2]} then {DAYS_AHEAD[2]}
    when c.renews_on - cast(:today as date) <= {DAYS_AHEAD[1]} then {DAYS_AHEAD[1]} else {DAYS_AHEAD[0]} end"""
RUNNING = f"c.state = '{ContractState.RUNNING}' and c.archived_at is null and c.ends_because is null"
DUE = f"""
    contracts c join accounts a on a.id = c.account_id and a.archived_at is null
    where {RUNNING}
      and c.renews_on between cast(:today as date) - {MISSED_DAYS} and cast(:today as date) + {DAYS_AHEAD[0]}
      and not exists (
        select from renewal_reminders r
        where r.contract_id = c.id and r.renews_on = c.renews_on and r.days_ahead <= {LEVEL}
      )
      -- Such a contract is about to go on by itself: there is nothing left to decide.
      and not (c.renews_itself and c.renews_on < cast(:today as date))
"""
# Open tasks none of whose contracts is to be renewed on the day they speak of.
SETTLED = f"""
    tasks t where t.kind = '{TaskKind.RENEWAL}' and t.state = '{TaskState.OPEN}'
      and exists (select from renewal_reminders r where r.task_id = t.id)
      and not exists (
        select from renewal_reminders r join contracts c on c.id = r.contract_id
        where r.task_id = t.id and c.renews_on = r.renews_on and {RUNNING}
      )
"""  # noqa: S608 only our own words are put in
# Said to end, and the last day has passed.
OVER = f"""
    contracts c where c.state = '{ContractState.RUNNING}' and c.ends_because is not null and c.archived_at is null
      and coalesce(c.ends_on, c.renews_on) < cast(:today as date)
"""
HAS_WORK = text(
    f"""
    select exists (select from {DUE}) or exists (select from {SETTLED}) or exists (select from {OVER})
    """  # noqa: S608 only our own words are put in
)
PEEK_OVER = text(f"select c.id from {OVER} order by c.account_id, c.id limit :limit")  # noqa: S608
PEEK_DUE = text(f"select distinct c.account_id from {DUE} limit :limit")  # noqa: S608
PEEK_SETTLED = text(f"select distinct t.account_id from {SETTLED} limit :limit")  # noqa: S608
# The key lets no second reminder through, whoever else is at it.
REMIND = text(
    f"""
    with due as (
        insert into renewal_reminders (contract_id, renews_on, days_ahead, at)
        select c.id, c.renews_on, {LEVEL}, :at from {DUE} and c.account_id = any(cast(:accounts as uuid[]))
        order by c.id
        on conflict do nothing returning contract_id, renews_on, days_ahead
    )
    select c.id, c.account_id, c.name, c.amount, c.currency, c.renews_itself, c.owner_id,
        due.renews_on, due.days_ahead, a.owner_id as account_owner_id, a.last_contacted_on,
        case when o.state = '{TaskState.OPEN}' then o.department_id else c.department_id end as department_id,
        d.owner_id as department_owner_id,
        o.answered_by is not null as was_answered
    from due join contracts c on c.id = due.contract_id join accounts a on a.id = c.account_id
    left join departments d on d.id = c.department_id
    left join lateral (
        select t.state, t.department_id, t.answered_by from renewal_reminders r join tasks t on t.id = r.task_id
        where r.contract_id = c.id and r.renews_on = due.renews_on order by r.at desc, t.id desc limit 1
    ) o on true
    order by due.renews_on, c.id
    """  # noqa: S608 only our own words are put in
)
LINK = text(
    """
    update renewal_reminders r set task_id = n.task_id
    from unnest(cast(:contracts as uuid[]), cast(:levels as bigint[]), cast(:days as date[]), cast(:tasks as uuid[]))
        as n (contract_id, days_ahead, renews_on, task_id)
    where r.contract_id = n.contract_id and r.renews_on = n.renews_on and r.days_ahead = n.days_ahead
    """
)
SETTLE = text(
    f"""
    select t.id, bool_or(c.state = '{ContractState.RENEWED}') as renewed,
        bool_or({RUNNING} and c.renews_on <> r.renews_on) as moved,
        bool_or(exists (
            select from contract_terms n where n.contract_id = c.id and n.renews_on = r.renews_on
        )) as went_on
    from tasks t join renewal_reminders r on r.task_id = t.id join contracts c on c.id = r.contract_id
    where t.id in (select t.id from {SETTLED} and t.account_id = any(cast(:accounts as uuid[])))
    group by t.id order by t.id
    """  # noqa: S608 only our own words are put in
)


def remind_of_renewals(session: Session, at: datetime, zone: ZoneInfo, *, limit: int = BATCH) -> int:
    """Remind of what is due at the next accounts, then close what nothing is left of; answers how many those were."""
    day = {"today": local_day(at, zone)}
    accounts = set(session.scalars(PEEK_DUE, {**day, "limit": limit}))
    accounts |= set(session.scalars(PEEK_SETTLED, {"limit": limit}))
    if not accounts:
        return 0
    # Before the tasks, as everywhere; whoever waited here finds that another worker has reminded already.
    lock_accounts(session, accounts)
    reminded = session.execute(REMIND, {**day, "at": at, "accounts": array(accounts)}).all()
    # Somebody has answered for this renewal: one task is enough.
    wanted = [row for row in reminded if not row.was_answered]
    staff = gather_staff(session, at, zone) if wanted else None
    asks = [_ask(row, staff, at, day["today"]) for row in wanted if staff]
    _link(session, wanted, ask_for_tasks(session, asks, at))
    _settle(session, accounts, at)
    return len(accounts)


def end_contracts(session: Session, at: datetime, zone: ZoneInfo, *, limit: int = BATCH) -> int:
    """End contracts that were said not to be renewed once their last day has passed; answers how many."""
    today = local_day(at, zone)
    over = session.scalars(PEEK_OVER, {"today": today, "limit": limit}).all()
    for contract_id in over:
        change_record(session, CONTRACT, contract_id, {"state": ContractState.ENDED.value}, Writing(None, at, today))
    return len(over)


def has_renewals(session: Session, today: date) -> bool:
    """True when a reminder is due, or a task speaks of a renewal that is none any more."""
    return bool(session.scalar(HAS_WORK, {"today": today}))


def _ask(row: Row[Any], staff: Staff, at: datetime, today: date) -> Ask:
    left = (row.renews_on - today).days
    renewal = {"contract": row.name, "day": row.renews_on.isoformat(), "days": abs(left), **_money(row)}
    contacted = row.last_contacted_on
    return Ask(
        TaskKind.RENEWAL,
        row.account_id,
        why=[
            {"code": "renewal" if left >= 0 else "renewal_missed", **renewal},
            {"code": "renews_itself" if row.renews_itself else "renewal_open", "day": row.renews_on.isoformat()},
            {"code": "last_contact", "day": contacted.isoformat()} if contacted else {"code": "never_contacted"},
        ],
        evidence=[
            {"code": "renewal", "id": str(row.id), "ahead": row.days_ahead, "left": left, "at": rfc3339(at), **renewal}
        ],
        owner_id=staff.pick(row.owner_id, row.department_owner_id, row.account_owner_id),
        department_id=row.department_id,
        due_at=staff.calendar.hours_of(row.renews_on)[1],
    )


def _money(row: Row[Any]) -> Mapping[str, Any]:
    return {"amount": str(row.amount), "currency": row.currency} if row.amount is not None else {}


def _link(session: Session, rows: Sequence[Row[Any]], tasks: Sequence[uuid.UUID]) -> None:
    if rows:
        values = {
            "contracts": array(row.id for row in rows),
            "levels": array(row.days_ahead for row in rows),
            "days": array(row.renews_on for row in rows),
            "tasks": array(tasks),
        }
        session.execute(LINK, values)


def _settle(session: Session, accounts: set[uuid.UUID], at: datetime) -> None:
    """Close what speaks of no renewal any more: renewed or ended elsewhere, or its day was moved away."""
    reasons = {row.id: _why_settled(row) for row in session.execute(SETTLE, {"accounts": array(accounts)})}
    close_by_itself(session, reasons, at)


def _why_settled(row: Row[Any]) -> CloseReason:
    if row.renewed:
        return CloseReason.RENEWED
    if row.went_on:
        return CloseReason.WENT_ON
    return CloseReason.DATE_MOVED if row.moved else CloseReason.CONTRACT_ENDED
