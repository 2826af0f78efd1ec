"""What customer records say against a mail, for many contacts in one statement: only for those whom it concerns."""

import uuid
from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from abm.guard.guard import DAY
from abm.guard.policy import Policy
from abm.words import ContractState, TicketState

# A record without department, or a contact without one, concerns the whole account. Each table is read once for all
# accounts of a batch. A quarter ahead a day begins no matter where.
RECORDS = text(
    f"""
    with mine as materialized (
        select id, account_id, department_id, stale_since is not null as is_stale from contacts where id = any(:ids)
    ), homes as materialized (select distinct account_id from mine), records as (
        select 'deal' as what, account_id, department_id, cast(null as timestamptz) as closed_at from deals
        where account_id in (select account_id from homes) and stage = any(:stages) and archived_at is null
        union all
        select 'ticket', account_id, department_id, case when state = '{TicketState.CLOSED}' then closed_at end
        from tickets
        where account_id in (select account_id from homes) and archived_at is null and opened_at <= :at
          and (state <> '{TicketState.CLOSED}' or closed_at > :quiet_since)
        union all
        select 'renewal', account_id, department_id, null from contracts
        where account_id in (select account_id from homes) and archived_at is null and ends_because is null
          and state = '{ContractState.RUNNING}' and renews_on between :today and :ahead
    )
    select m.id, m.is_stale as stale, coalesce(bool_or(r.what = 'deal'), false) as in_negotiation,
        coalesce(bool_or(r.what = 'ticket' and r.closed_at is null), false) as ticket_open,
        max(r.closed_at) as ticket_closed_at, coalesce(bool_or(r.what = 'renewal'), false) as renewal_near
    from mine m left join records r on r.account_id = m.account_id
        and (r.department_id is null or m.department_id is null or r.department_id = m.department_id)
    group by m.id, m.is_stale having m.is_stale or count(r.what) > 0
    """  # noqa: S608 only our own words are put in
)


def gather_records(
    session: Session, contact_ids: Collection[uuid.UUID], at: datetime, policy: Policy
) -> dict[uuid.UUID, Any]:
    """By contact: those of the guard's facts that records know of; contacts of whom they say nothing are left out."""
    values = {
        "ids": list(contact_ids),
        "at": at,
        "stages": [stage.value for stage in policy.negotiated],
        "quiet_since": at - policy.ticket_days * DAY,
        "today": at.date(),
        "ahead": at.date() + policy.renewal_days * DAY,
    }
    rows = session.execute(RECORDS, values).mappings()
    return {row["id"]: {name: value for name, value in row.items() if name != "id"} for row in rows}
