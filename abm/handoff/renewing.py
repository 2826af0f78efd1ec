"""Answering for a renewal: the contract goes on as another one, or will end; its task closes with the last answer."""

import uuid
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from abm.customers.audit import note_change
from abm.customers.keep import Writing, add_record, change_record, lock_record
from abm.customers.sheets import CONTRACT
from abm.errors import Conflict, Invalid
from abm.handoff.closing import close_task
from abm.models import Contract, RenewalReminder, Task
from abm.words import CloseReason, ContractState, TaskState


@dataclass(frozen=True)
class Renewed:
    """What the next contract differs in: the day on which it is to be decided again, and what it costs."""

    renews_on: date | None
    amount: Decimal | None = None


def renew_contract(
    session: Session, contract_id: uuid.UUID, renewed: Renewed, *, by: uuid.UUID, at: datetime, today: date
) -> Contract:
    """The contract counts as renewed and the next one runs; Conflict when it is over already."""
    contract = _running(session, contract_id)
    following = _following(contract, renewed)
    writing = Writing(by, at, today)
    change_record(session, CONTRACT, contract_id, {"state": ContractState.RENEWED.value}, writing)
    after: Contract = add_record(session, CONTRACT, contract.account_id, following, writing, currency=contract.currency)
    _close_tasks(session, contract_id, CloseReason.RENEWED, by, at, None)
    return after


def let_contract_end(
    session: Session, contract_id: uuid.UUID, reason: str, *, by: uuid.UUID, at: datetime, today: date
) -> Contract:
    """The contract will not be renewed: it binds until its last day and ends then, or now when that has passed."""
    contract = _running(session, contract_id)
    if not reason.strip():
        raise Invalid("say why the contract is not renewed", "reason", "required")
    contract.ends_because = reason.strip()
    session.flush()
    changes = {"ends_because": {"old": None, "new": contract.ends_because}}
    note_change(session, "changed", contract, by=by, at=at, changes=changes)
    last_day = contract.ends_on or contract.renews_on
    if last_day is None or last_day < today:
        change_record(session, CONTRACT, contract_id, {"state": ContractState.ENDED.value}, Writing(by, at, today))
    _close_tasks(session, contract_id, CloseReason.WILL_END, by, at, contract.ends_because)
    return contract


def _running(session: Session, contract_id: uuid.UUID) -> Contract:
    _account, contract = lock_record(session, CONTRACT, contract_id)
    if contract.state != ContractState.RUNNING:
        raise Conflict(f"the contract is {contract.state} already", "contract_over")
    found: Contract = contract
    return found


def _following(contract: Contract, renewed: Renewed) -> dict[str, object]:
    """The next contract as its form would be filled in: it begins where this one ends, and ends as long after."""
    if renewed.renews_on is None:
        raise Invalid("say when the next renewal is due", "renews_on", "required")
    if contract.renews_on and renewed.renews_on <= contract.renews_on:
        raise Invalid("the next renewal lies after this one", "renews_on", "not_later")
    last_day = contract.ends_on or contract.renews_on
    notice = contract.ends_on - contract.renews_on if contract.ends_on and contract.renews_on else timedelta()
    kept = ("name", "product_id", "department_id", "owner_id", "renews_itself", "number", "note")
    return {
        **{name: getattr(contract, name) for name in kept},
        "amount": contract.amount if renewed.amount is None else renewed.amount,
        "starts_on": last_day + timedelta(days=1) if last_day else None,
        "renews_on": renewed.renews_on,
        "ends_on": renewed.renews_on + notice if contract.ends_on else None,
    }


def _close_tasks(
    session: Session, contract_id: uuid.UUID, reason: CloseReason, by: uuid.UUID, at: datetime, text: str | None
) -> None:
    """The task about this contract is done, unless it speaks of another one that waits for its answer."""
    mine = select(RenewalReminder.task_id).where(RenewalReminder.contract_id == contract_id)
    others = exists().where(
        RenewalReminder.task_id == Task.id,
        RenewalReminder.contract_id == Contract.id,
        RenewalReminder.renews_on == Contract.renews_on,
        Contract.state == ContractState.RUNNING,
        Contract.archived_at.is_(None),
        Contract.ends_because.is_(None),
    )
    over = select(Task.id).where(Task.id.in_(mine), Task.state == TaskState.OPEN, ~others)
    for task_id in session.scalars(over).all():
        close_task(session, task_id, done=True, reason=reason, by=by, at=at, text=text)
