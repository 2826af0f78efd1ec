"""Contracts and deals for tests of the tasks that records ask for."""

import uuid
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from abm.models import Account, Contract, Task
from abm.words import TaskKind
from tests.worlds import NOON

TODAY = NOON.date()


def make_contract(session: Session, account: Account, days: int = 100, **over: Any) -> Contract:
    """A running contract that is up for renewal in so many days."""
    values = {"account_id": account.id, "name": "保守契約", "renews_on": in_days(days), **over}
    contract = Contract(**values)
    session.add(contract)
    session.flush()
    return contract


def in_days(days: int) -> date:
    """A day after the standing noon."""
    return TODAY + timedelta(days=days)


def after(days: int) -> datetime:
    """The standing noon, so many days later."""
    return NOON + timedelta(days=days)


def tasks_of(session: Session, kind: TaskKind, account_id: uuid.UUID | None = None) -> list[Task]:
    """Every task of a kind, the oldest first."""
    rows = select(Task).where(Task.kind == kind, *([Task.account_id == account_id] if account_id else []))
    return list(session.scalars(rows.order_by(Task.created_at, Task.id).execution_options(populate_existing=True)))
