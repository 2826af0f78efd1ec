"""Waking those who stand still until something happens: whoever did it is due at once, wherever that may lead."""

import json
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.orm import Session

from abm.queue import enqueue
from abm.words import EnrollmentState

# In one order, as whoever waits for some of them holds others. Who is paused has no due time, and stays so.
WAKE = text(
    f"""
    with waiting as materialized (
        select e.id from json_to_recordset(cast(:rows as json)) v (sequence_id uuid, account_id uuid, contact_id uuid,
            steps json)
        join enrollments e on e.sequence_id = v.sequence_id
            and (e.contact_id = v.contact_id or e.contact_id is null and e.account_id = v.account_id)
        where e.state = '{EnrollmentState.ACTIVE}' and e.due_at > :at
          and e.step in (select json_array_elements_text(v.steps))
        order by e.id for update of e
    )
    update enrollments e set due_at = :at from waiting w where e.id = w.id returning e.id
    """  # noqa: S608 only our own words are put in
)


@dataclass(frozen=True)
class Waited:
    """Something happened that people of a sequence may wait for at these steps."""

    sequence_id: uuid.UUID
    account_id: uuid.UUID
    contact_id: uuid.UUID | None
    steps: Sequence[str]


def wake(session: Session, waited: Sequence[Waited], at: datetime) -> int:
    """Let those who wait for this be looked at now; answers how many there were."""
    if not waited:
        return 0
    rows = [
        {
            "sequence_id": str(one.sequence_id),
            "account_id": str(one.account_id),
            "contact_id": str(one.contact_id) if one.contact_id else None,
            "steps": list(one.steps),
        }
        for one in waited
    ]
    woken = session.scalars(WAKE, {"rows": json.dumps(rows), "at": at}).all()
    if woken:
        enqueue(session, "advance_enrollments")
    return len(woken)
