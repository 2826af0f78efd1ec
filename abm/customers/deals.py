"""Deals beyond their sheet: opened by the answer to a hand-off, and the customer's own decision step by step."""

import uuid
from datetime import datetime

from sqlalchemy.orm import Session

from abm.customers.keep import Writing, add_record
from abm.customers.sheets import DEAL
from abm.models import Deal


def open_deal(
    session: Session,
    account_id: uuid.UUID,
    name: str,
    *,
    owner_id: uuid.UUID | None = None,
    contact_id: uuid.UUID | None = None,
    department_id: uuid.UUID | None = None,
    task_id: uuid.UUID | None = None,
    by: uuid.UUID | None,
    at: datetime,
) -> Deal:
    """Open a deal in its first stage; `task_id` is the hand-off whose answer opened it."""
    typed = {"name": name, "owner_id": owner_id, "contact_id": contact_id, "department_id": department_id}
    # A first stage closes nothing, so no rule asks for the day.
    deal: Deal = add_record(session, DEAL, account_id, typed, Writing(by, at, at.date()), task_id=task_id)
    return deal
