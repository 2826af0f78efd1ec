"""Returns become tasks: whoever looked after an account last hears that it is back, and what had been lost."""

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Row, exists, select, text, update
from sqlalchemy.orm import Session

from abm.clock import local_day, rfc3339
from abm.customers.company_calendar import read_clocks
from abm.customers.working_hours import Clocks
from abm.handoff.activities import LOGGED
from abm.handoff.brief import gather_findings, write_brief
from abm.handoff.deadline import due_after
from abm.handoff.feed import Ask, ask_for_tasks
from abm.handoff.staff import Staff, gather_staff
from abm.models import Account, AccountReturn
from abm.scoring.evaluate import lock_accounts
from abm.scoring.live import ensure_model
from abm.words import DealStage, ReturnCause, SuppressionReason, TaskKind

BATCH = 50

# Nobody is sent to a firm we do not sell to, to somebody who refused every contact, or where a deal is open again.
WAITING = text(
    f"""
    select r.id, r.account_id, r.cause, r.since_at, r.at, r.event_id, r.contact_id,
        c.full_name, c.title, e.kind, e.minutes, coalesce(to_jsonb(w.title), s.title, e.detail -> 'title') as about,
        d.name as deal, d.owner_id as deal_owner_id, d.lost_reason, d.closed_on, d.competitors, d.amount, d.currency,
        a.excluded_reason is null and a.archived_at is null
            and e.verdict in ('proven', 'likely')
            and not (r.cause = '{ReturnCause.LOST_DEAL}' and exists (
                select from deals o where o.account_id = r.account_id and o.archived_at is null
                  and o.stage not in ('{DealStage.WON}', '{DealStage.LOST}')
            ))
            and not exists (
                select from suppressions x
                where x.email = c.email and x.reason = '{SuppressionReason.DO_NOT_CONTACT}'
            ) as is_wanted,
        (
            select i.by_user_id from timeline_items i
            where i.account_id = r.account_id and i.by_user_id is not null and i.kind = any(:logged)
            order by i.happened_at desc, i.id desc limit 1
        ) as last_worker_id
    from account_returns r
    join accounts a on a.id = r.account_id
    left join contacts c on c.id = r.contact_id
    left join events e on e.id = r.event_id
    left join webinars w on w.id = e.webinar_id
    left join assets s on s.id = e.asset_id
    left join lateral (
        select * from deals o where o.account_id = r.account_id and o.stage = '{DealStage.LOST}'
          and o.archived_at is null order by o.id = r.since_id desc, o.stage_since desc, o.id desc limit 1
    ) d on true
    where r.handled_at is null and r.account_id = any(:accounts)
    order by r.id for no key update of r
    """  # noqa: S608 only our own words are put in
)


def open_next_returns(session: Session, at: datetime, zone: ZoneInfo, *, limit: int = BATCH) -> int:
    """Turn the next returns into tasks; answers how many returns there were."""
    waiting = select(AccountReturn.account_id).where(AccountReturn.handled_at.is_(None))
    accounts = set(session.scalars(waiting.order_by(AccountReturn.id).limit(limit)))
    if not accounts:
        return 0
    # Before the tasks, as everywhere; whoever waited here finds what is left.
    lock_accounts(session, accounts)
    rows = session.execute(WAITING, {"accounts": list(accounts), "logged": list(LOGGED)}).all()
    wanted = [row for row in rows if row.is_wanted]
    staff = gather_staff(session, at, zone) if wanted else None
    clocks = read_clocks(session)
    ask_for_tasks(session, [_ask(session, row, staff, clocks, at) for row in wanted if staff], at)
    done = update(AccountReturn).where(AccountReturn.id.in_([row.id for row in rows]))
    session.execute(done.values(handled_at=at))
    return len(accounts)


def has_returns(session: Session) -> bool:
    """True while a return waits for its task."""
    return bool(session.scalar(select(exists().where(AccountReturn.handled_at.is_(None)))))


def _ask(session: Session, row: Row[Any], staff: Staff, clocks: Clocks, at: datetime) -> Ask:
    account = session.get_one(Account, row.account_id, populate_existing=True)
    after_loss = row.cause == ReturnCause.LOST_DEAL
    findings = gather_findings(session, account.id, at)
    return Ask(
        TaskKind.RETURNED,
        account.id,
        why=[_first_line(row, staff.calendar.zone), _act_line(row), _third_line(row, account)],
        evidence=[{"cause": row.cause, "at": rfc3339(row.at), "events": [str(row.event_id)]}],
        owner_id=staff.pick(*_last_ones(row, account.owner_id, after_loss=after_loss)),
        contact_id=row.contact_id,
        due_at=due_after(at, clocks.allowed(account.tier, act_now=False), staff.calendar),
        brief={**write_brief(account, findings, ensure_model(session), at), **_lost(row)},
    )


def _last_ones(row: Row[Any], owner_id: uuid.UUID | None, *, after_loss: bool) -> Sequence[uuid.UUID | None]:
    """Who knows them best: who tried to sell the deal, who looks after the account, who logged work there last."""
    return (*([row.deal_owner_id] if after_loss else []), owner_id, row.last_worker_id)


def _first_line(row: Row[Any], zone: ZoneInfo) -> dict[str, Any]:
    if row.cause == ReturnCause.LOST_DEAL:
        return {"code": "lost_looks_again", "deal": row.deal, "day": _lost_on(row, zone)}
    silent = (row.at - row.since_at).days
    return {"code": "returned", "day": local_day(row.since_at, zone).isoformat(), "days": silent}


def _lost_on(row: Row[Any], zone: ZoneInfo) -> str:
    return (row.closed_on or local_day(row.since_at, zone)).isoformat()


def _act_line(row: Row[Any]) -> dict[str, Any]:
    person = {"name": row.full_name, "title": row.title}
    act = {"act": row.kind, "at": rfc3339(row.at), "about": row.about, "minutes": row.minutes}
    return {"code": "last_act", "person": person, **act, "event": str(row.event_id)}


def _third_line(row: Row[Any], account: Account) -> dict[str, Any]:
    if row.lost_reason:
        return {"code": "lost_because", "lost_reason": row.lost_reason}
    day = account.last_contacted_on
    return {"code": "last_contact", "day": day.isoformat()} if day else {"code": "never_contacted"}


def _lost(row: Row[Any]) -> Mapping[str, Any]:
    """What was lost and why, for the talk."""
    if row.deal is None:
        return {}
    amount = {"amount": str(row.amount), "currency": row.currency} if row.amount is not None else {}
    on = row.closed_on.isoformat() if row.closed_on else None
    return {"lost": {"deal": row.deal, "reason": row.lost_reason, "on": on, "competitors": row.competitors, **amount}}
