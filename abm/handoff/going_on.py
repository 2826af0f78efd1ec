"""Contracts that go on by themselves: the renewal day has passed without notice, so the next term has begun."""

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from abm.clock import local_day
from abm.customers.audit import note_change, plain, set_fields
from abm.customers.timeline import Item, add_items
from abm.handoff.renewals import BATCH
from abm.handoff.terms import Running, Term, terms_begun
from abm.models import Account, Contract, ContractTerm
from abm.scoring.evaluate import lock_accounts
from abm.words import ContractState, ItemKind


def let_contracts_go_on(session: Session, at: datetime, zone: ZoneInfo, *, limit: int = BATCH) -> int:
    """Begin the next term of contracts of which nobody has given notice in time; answers at how many accounts.

    A day that an old list brings back is passed over again, but its term was told already and is not told twice.
    """
    passed = _passed(local_day(at, zone))
    accounts = session.scalars(select(Contract.account_id).distinct().where(*passed).limit(limit)).all()
    if not accounts:
        return 0
    # Whoever waited here finds that another worker has been at it: the days lie ahead now.
    lock_accounts(session, accounts)
    contracts = session.scalars(
        select(Contract)
        .where(Contract.account_id.in_(accounts), *passed)
        .order_by(Contract.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()
    last = _last_terms(session, [contract.id for contract in contracts])
    begun = {contract.id: _begin(session, contract, last.get(contract.id), at, zone) for contract in contracts}
    new = _keep(session, begun, at)
    add_items(session, [_line(contract, at) for contract in contracts if contract.id in new])
    return len(accounts)


def has_passed_days(session: Session, at: datetime, zone: ZoneInfo) -> bool:
    """True when a contract that renews itself has passed its day."""
    return session.scalar(select(Contract.id).where(*_passed(local_day(at, zone))).limit(1)) is not None


def _passed(today: date) -> list[ColumnElement[bool]]:
    living = select(Account.id).where(Account.archived_at.is_(None))
    return [
        Contract.state == ContractState.RUNNING,
        Contract.renews_itself.is_(True),
        Contract.renews_on < today,
        Contract.archived_at.is_(None),
        Contract.ends_because.is_(None),
        Contract.account_id.in_(living),
    ]


def _last_terms(session: Session, contract_ids: Iterable[uuid.UUID]) -> Mapping[uuid.UUID, ContractTerm]:
    """Each contract's last term, where it has gone on before."""
    terms = select(ContractTerm).where(ContractTerm.contract_id.in_(contract_ids))
    # A later one takes the place of an earlier one.
    return {term.contract_id: term for term in session.scalars(terms.order_by(ContractTerm.renews_on))}


def _begin(session: Session, contract: Contract, last: ContractTerm | None, at: datetime, zone: ZoneInfo) -> list[Term]:
    """Move the contract's days on; all its terms since, the oldest first."""
    terms = terms_begun(_running(contract, last), local_day(at, zone))
    days = {"renews_on": terms[-1].next_renews_on, "ends_on": terms[-1].next_ends_on}
    note_change(session, "went_on", contract, by=None, at=at, changes=set_fields(contract, days))
    return terms


def _running(contract: Contract, last: ContractTerm | None) -> Running:
    """The contract as it goes on; where somebody has set other days since, those are the first."""
    assert contract.renews_on is not None, "only contracts whose day has passed are asked for"
    running = Running(contract.starts_on, contract.renews_on, contract.ends_on, last.months if last else None)
    if last and (last.next_renews_on, last.next_ends_on) == (contract.renews_on, contract.ends_on):
        return replace(running, first_renews_on=last.first_renews_on, first_ends_on=last.first_ends_on)
    return running


def _keep(session: Session, begun: Mapping[uuid.UUID, list[Term]], at: datetime) -> set[uuid.UUID]:
    """A row a term; answers the contracts of which one is new. The key lets no term begin twice."""
    rows = [{"contract_id": key, **vars(term), "at": at} for key, terms in begun.items() for term in terms]
    if not rows:
        return set()
    keeping = insert(ContractTerm).on_conflict_do_nothing().returning(ContractTerm.contract_id)
    return set(session.scalars(keeping, rows))


def _line(contract: Contract, at: datetime) -> Item:
    detail = {
        "title": contract.name,
        "new": contract.state,
        "next": plain(contract.renews_on),
        "amount": plain(contract.amount),
        "currency": contract.currency,
    }
    return Item(
        ItemKind.CONTRACT_CHANGED,
        contract.account_id,
        at,
        department_id=contract.department_id,
        detail={name: value for name, value in detail.items() if value is not None},
        subject_id=contract.id,
    )
