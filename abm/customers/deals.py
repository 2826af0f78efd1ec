"""Deals beyond their sheet: opened by a hand-off, decided by the customer step by step, and what a won one leaves."""

import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from abm.customers.audit import note_change
from abm.customers.keep import Writing, add_record, lock_record
from abm.customers.sheets import DEAL, DECISION_STEP, ORDER, OWNERSHIP
from abm.models import Deal, DecisionStep, Order, Ownership


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


def add_step(session: Session, deal_id: uuid.UUID, typed: Mapping[str, Any], writing: Writing) -> DecisionStep:
    """Add a step at the end of the customer's decision."""
    account, deal = lock_record(session, DEAL, deal_id)
    assert account is not None, "a deal belongs to an account"
    last = session.scalar(select(func.max(DecisionStep.position)).where(DecisionStep.deal_id == deal.id))
    fixed = {"deal_id": deal.id, "position": (last or 0) + 1}
    step: DecisionStep = add_record(session, DECISION_STEP, account.id, typed, writing, **fixed)
    return step


def move_step(session: Session, step_id: uuid.UUID, *, earlier: bool, writing: Writing) -> None:
    """Have a step change places with its neighbour; the first and the last have none on one side."""
    _account, step = lock_record(session, DECISION_STEP, step_id)
    steps = list(session.scalars(living_steps(step.deal_id)))
    place = steps.index(step)
    other = place - 1 if earlier else place + 1
    if 0 <= other < len(steps):
        old = step.position
        step.position, steps[other].position = steps[other].position, step.position
        changes = {"position": {"old": old, "new": step.position}}
        note_change(session, "moved", step, by=writing.by, at=writing.at, changes=changes)


def living_steps(deal_id: uuid.UUID) -> Select[DecisionStep]:
    """The steps of a deal in their order."""
    mine = select(DecisionStep).where(DecisionStep.deal_id == deal_id, DecisionStep.archived_at.is_(None))
    return mine.order_by(DecisionStep.position, DecisionStep.id)


def own_product(session: Session, deal: Deal, writing: Writing) -> Ownership:
    """What was won is owned from the day it was won; asked twice it is owned once."""
    kept = select(Ownership).where(
        Ownership.account_id == deal.account_id,
        Ownership.product_id == deal.product_id,
        Ownership.department_id.is_not_distinct_from(deal.department_id),
        Ownership.since_on.is_not_distinct_from(deal.closed_on),
        Ownership.archived_at.is_(None),
    )
    if before := session.scalar(kept.limit(1)):
        return before
    typed = {"product_id": deal.product_id, "department_id": deal.department_id, "since_on": deal.closed_on}
    owned: Ownership = add_record(session, OWNERSHIP, deal.account_id, typed, writing)
    return owned


def order_won(session: Session, deal: Deal, writing: Writing) -> Order:
    """What was won is an order of the day it was won; asked twice it is one order."""
    day = deal.closed_on or writing.today
    kept = select(Order).where(
        Order.deal_id == deal.id,
        Order.ordered_on == day,
        Order.what == deal.name,
        Order.archived_at.is_(None),
    )
    if before := session.scalar(kept.limit(1)):
        return before
    typed = {
        "ordered_on": day,
        "what": deal.name,
        "amount": deal.amount,
        "product_id": deal.product_id,
        "department_id": deal.department_id,
        "deal_id": deal.id,
    }
    order: Order = add_record(session, ORDER, deal.account_id, typed, writing, currency=deal.currency)
    return order
