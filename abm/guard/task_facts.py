"""Asking the contact guard about many tasks at once: one statement for what records say of their subjects."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.orm import Session

from abm.guard.guard import Decision
from abm.guard.tasks import TaskFacts, decide_task
from abm.scoring.arrays import array
from abm.words import DealStage, GuardAnswer, SuppressionReason, TicketState

# A record without department concerns the whole account; of several deals the department's own counts, then the newest.
FACTS = text(
    f"""
    select a.archived_at is not null as archived, a.excluded_reason,
        c.refused_at is not null or exists (
            select from suppressions s
            where s.email = c.email and s.reason = '{SuppressionReason.DO_NOT_CONTACT}'
        ) as refused,
        d.id as deal_id, d.owner_id as deal_owner_id,
        exists (
            select from tickets t
            where t.account_id = n.account_id and t.state <> '{TicketState.CLOSED}' and t.archived_at is null
              and (t.department_id is null or n.department_id is null or t.department_id = n.department_id)
        ) as ticket_open
    from unnest(cast(:accounts as uuid[]), cast(:departments as uuid[]), cast(:contacts as uuid[]))
        with ordinality as n (account_id, department_id, contact_id, place)
    join accounts a on a.id = n.account_id
    left join contacts c on c.id = n.contact_id
    left join lateral (
        select id, owner_id from deals
        where account_id = n.account_id and archived_at is null
          and stage not in ('{DealStage.WON}', '{DealStage.LOST}')
          and (department_id is null or n.department_id is null or department_id = n.department_id)
        order by department_id is not distinct from n.department_id desc, created_at desc, id limit 1
    ) d on true
    order by n.place
    """  # noqa: S608 only our own words are put in
)


@dataclass(frozen=True)
class Subject:
    """What a task would be about."""

    account_id: uuid.UUID
    department_id: uuid.UUID | None = None
    contact_id: uuid.UUID | None = None


@dataclass(frozen=True)
class Ruling:
    """What the guard says of one task, and the deal that is being worked on there."""

    decision: Decision
    deal_id: uuid.UUID | None = None
    deal_owner_id: uuid.UUID | None = None

    @property
    def skips(self) -> bool:
        """True when there shall be no task."""
        return self.decision.answer is GuardAnswer.SKIP


def ask_about_tasks(session: Session, subjects: Sequence[Subject]) -> list[Ruling]:
    """What would be said of a hand-off about each of these, in order."""
    if not subjects:
        return []
    values = {
        "accounts": array(one.account_id for one in subjects),
        "departments": array(one.department_id for one in subjects),
        "contacts": array(one.contact_id for one in subjects),
    }
    return [_ruling(row) for row in session.execute(FACTS, values)]


def _ruling(row: Row[Any]) -> Ruling:
    facts = TaskFacts(row.archived, row.excluded_reason, bool(row.refused), row.deal_id is not None, row.ticket_open)
    return Ruling(decide_task(facts), row.deal_id, row.deal_owner_id)
