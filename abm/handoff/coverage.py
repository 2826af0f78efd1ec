"""Coverage tasks: asking whoever looks after an account to find the people it still lacks."""

import uuid
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from abm.clock import rfc3339
from abm.customers.records import lock_account
from abm.errors import Invalid
from abm.guard.task_facts import Subject, ask_about_tasks
from abm.handoff.deadline import due_after
from abm.handoff.feed import Ask, ask_for_tasks
from abm.handoff.staff import gather_staff
from abm.models import Contact, Task, User
from abm.scoring.live import ensure_model
from abm.words import BuyingRole, GuardAnswer, TaskKind

HOURS_ALLOWED = 40


def ask_for_coverage(session: Session, account_id: uuid.UUID, *, by: uuid.UUID, at: datetime, zone: ZoneInfo) -> Task:
    """Ask the account's owner to find who plays the missing roles; asked again it is evidence."""
    account = lock_account(session, account_id)
    (ruling,) = ask_about_tasks(session, [Subject(account_id)])
    if ruling.skips:
        raise Invalid("this account is excluded: nobody is sent there", "account", "excluded")
    if ruling.decision.answer is GuardAnswer.HOLD:
        raise Invalid("a ticket is open at this account: ask again once it is closed", "account", "ticket_open")
    missing = missing_roles(session, account_id)
    if not missing:
        raise Invalid("somebody is known for every role that a purchase needs", "account", "roles_known")
    asking = session.get_one(User, by)
    lines: list[dict[str, Any]] = [
        {"code": "missing_roles", "roles": [role.value for role in missing]},
        {"code": "asked_by", "name": asking.name},
    ]
    staff = gather_staff(session, at, zone)
    ask = Ask(
        TaskKind.COVERAGE,
        account_id,
        why=lines,
        evidence=[{**lines[0], "by": str(by), "at": rfc3339(at)}],
        owner_id=staff.pick(ruling.deal_owner_id, account.owner_id),
        due_at=due_after(at, HOURS_ALLOWED, staff.calendar),
    )
    (task_id,) = ask_for_tasks(session, [ask], at)
    return session.get_one(Task, task_id)


def ask_wherever_missing(
    session: Session, account_ids: Sequence[uuid.UUID], *, by: uuid.UUID, at: datetime, zone: ZoneInfo
) -> int:
    """Ask for the missing people of each of these accounts, and leave those out where none is; answers how many."""
    asked = 0
    for account_id in account_ids:
        with suppress(Invalid):
            ask_for_coverage(session, account_id, by=by, at=at, zone=zone)
            asked += 1
    return asked


def missing_roles(session: Session, account_id: uuid.UUID) -> list[BuyingRole]:
    """The parts of a purchase that nobody at the account plays yet, as far as we know."""
    played = select(Contact.buying_role).where(Contact.account_id == account_id, Contact.archived_at.is_(None))
    known = set(session.scalars(played))
    return [role for role in ensure_model(session).required_roles if role not in known]
