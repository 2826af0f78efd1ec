"""The fates of messages, as the command and the pages list them."""

import uuid
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from abm.clock import rfc3339

# A message that the guard held at the door is planned in the table, but held for whoever looks.
LIST = text(
    """
    select m.id, s.name, m.step, m.occurrence, m.account_id, a.name, m.contact_id, c.full_name, m.email, shown.state,
        m.reason, coalesce(m.guard->'reasons', '[]'), cast(m.guard->>'smtp' as integer), m.message_id, m.is_local,
        m.planned_at, case when m.state in ('planned', 'held', 'sending') then m.due_at end, m.sent_at
    from messages m
    join accounts a on a.id = m.account_id
    join contacts c on c.id = m.contact_id
    join enrollments e on e.id = m.enrollment_id
    join sequence_versions v on v.id = e.sequence_version_id
    join sequences s on s.id = v.sequence_id
    cross join lateral (
        select case when m.state = 'planned' and m.guard->>'answer' = 'hold' and m.reason = m.guard->'reasons'->>0
            then 'held' else m.state end as state
    ) shown
    where (cast(:account_id as uuid) is null or m.account_id = :account_id)
      and (cast(:contact_id as uuid) is null or m.contact_id = :contact_id)
      and (cast(:sequence as text) is null or s.name = :sequence)
      and (cast(:state as text) is null or shown.state = :state)
    order by m.planned_at desc, m.id desc
    limit :limit
    """
)


@dataclass(frozen=True)
class MessageRow:
    """One message with its fate, or what it waits for."""

    id: uuid.UUID
    sequence: str
    step: str
    occurrence: int
    account_id: uuid.UUID
    account: str
    contact_id: uuid.UUID
    contact: str
    email: str
    state: str
    reason: str | None
    reasons: list[str]
    smtp: int | None
    message_id: str
    is_local: bool
    planned_at: datetime
    due_at: datetime | None
    sent_at: datetime | None


def list_messages(
    session: Session,
    *,
    account_id: uuid.UUID | None = None,
    contact_id: uuid.UUID | None = None,
    sequence: str | None = None,
    state: str | None = None,
    limit: int = 1_000,
) -> list[MessageRow]:
    """The newest messages first, all or of one account, contact, sequence or state."""
    values = {
        "account_id": account_id,
        "contact_id": contact_id,
        "sequence": sequence,
        "state": state,
        "limit": limit,
    }
    return [MessageRow(*row) for row in session.execute(LIST, values)]


def message_json(row: MessageRow) -> dict[str, Any]:
    """A message as `abm messages --json` prints it."""
    line = asdict(row)
    for key in ("id", "account_id", "contact_id"):
        line[key] = str(line[key])
    for key in ("planned_at", "due_at", "sent_at"):
        line[key] = line[key] and rfc3339(line[key])
    account = {"id": line.pop("account_id"), "name": line.pop("account")}
    contact = {"id": line.pop("contact_id"), "name": line.pop("contact"), "email": line.pop("email")}
    return {**line, "account": account, "contact": contact}
