"""The renewal calendar: contracts by the month in which they are up, who looks after each, and who was reminded."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select, true
from sqlalchemy.orm import Session, aliased

from abm.errors import NotFound
from abm.models import Account, Contract, ContractTerm, Department, Product, RenewalReminder, Task, User
from abm.words import ContractState, TaskState

MONTHS_SHOWN = 12
# A contract that went on by itself is shown this long though its next day lies far ahead.
GONE_ON_DAYS = 90
ROWS_SHOWN = 2_000


@dataclass(frozen=True)
class RenewalRow:
    """One running contract and its day; `reminded` is the last reminder in days ahead."""

    id: uuid.UUID
    name: str
    account_id: uuid.UUID
    account: str
    department: str | None
    product: str | None
    amount: Decimal | None
    currency: str
    renews_on: date
    ends_on: date | None
    renews_itself: bool
    ends_because: str | None
    state: str
    owner: str | None
    reminded: int | None
    task_id: uuid.UUID | None
    task_state: str | None
    # How often it went on because nobody had given notice.
    times_gone_on: int

    @property
    def is_answered(self) -> bool:
        """True when somebody has closed the task of this renewal."""
        return self.task_state in (TaskState.DONE, TaskState.DISMISSED)


@dataclass(frozen=True)
class Month:
    """The renewals of one month, with the sum of their amounts by currency."""

    starts_on: date
    rows: tuple[RenewalRow, ...]
    sums: tuple[tuple[str, Decimal], ...]


@dataclass(frozen=True)
class Calendar:
    """What is overdue, the months ahead, and how many renewals lie beyond them."""

    overdue: tuple[RenewalRow, ...]
    months: tuple[Month, ...]
    later: int
    undated: int
    # What went on by itself lately, the last to do so first.
    gone_on: tuple[RenewalRow, ...]

    @property
    def rows(self) -> list[RenewalRow]:
        """Every row shown, the earliest first."""
        return [*self.overdue, *(row for month in self.months for row in month.rows)]


def renewal_calendar(session: Session, today: date, *, owner_id: uuid.UUID | None = None) -> Calendar:
    """Running contracts of everybody, or of one user, from what is overdue to a year ahead."""
    end = _month_after(today, MONTHS_SHOWN)
    mine = [_responsible() == owner_id] if owner_id else []
    running = (Contract.state == ContractState.RUNNING, Contract.archived_at.is_(None), Account.archived_at.is_(None))
    wanted = _rows().where(*running, *mine, Contract.renews_on < end)
    rows = [RenewalRow(**row) for row in session.execute(wanted.limit(ROWS_SHOWN)).mappings()]
    ahead = [row for row in rows if row.renews_on >= today]
    starts = [_month_after(today, number) for number in range(MONTHS_SHOWN)]
    counted = select(
        func.count().filter(Contract.renews_on >= end),
        func.count().filter(Contract.renews_on.is_(None), Contract.ends_because.is_(None)),
    ).join(Account, Account.id == Contract.account_id)
    counted = counted.outerjoin(Department, Department.id == Contract.department_id).where(*running, *mine)
    later, undated = session.execute(counted).one()
    return Calendar(
        tuple(row for row in rows if row.renews_on < today),
        tuple(_month(start, ahead) for start in starts),
        later,
        undated,
        _gone_on(session, today, [*running, *mine]),
    )


def get_renewal(session: Session, contract_id: uuid.UUID) -> RenewalRow:
    """One contract that has a day, or NotFound."""
    row = session.execute(_rows().where(Contract.id == contract_id, Contract.archived_at.is_(None))).mappings().first()
    if row is None:
        raise NotFound("no such contract")
    return RenewalRow(**row)


def terms_of(session: Session, contract_id: uuid.UUID) -> list[ContractTerm]:
    """The terms by which a contract went on by itself, the newest first."""
    mine = select(ContractTerm).where(ContractTerm.contract_id == contract_id)
    return list(session.scalars(mine.order_by(ContractTerm.renews_on.desc())))


def renewals_of_task(session: Session, task_id: uuid.UUID) -> list[RenewalRow]:
    """The contracts a renewal task speaks of, those still to be answered first."""
    mine = select(RenewalReminder.contract_id).where(RenewalReminder.task_id == task_id)
    rows = [RenewalRow(**row) for row in session.execute(_rows().where(Contract.id.in_(mine))).mappings()]
    return sorted(rows, key=lambda row: row.state != ContractState.RUNNING or row.ends_because is not None)


def _gone_on(session: Session, today: date, running: Sequence[ColumnElement[bool]]) -> tuple[RenewalRow, ...]:
    since = today - timedelta(days=GONE_ON_DAYS)
    lately = select(ContractTerm.contract_id, func.max(ContractTerm.renews_on).label("passed_on"))
    passed = lately.where(ContractTerm.renews_on >= since).group_by(ContractTerm.contract_id).subquery()
    rows = _rows().join(passed, passed.c.contract_id == Contract.id).where(*running)
    newest = rows.order_by(None).order_by(passed.c.passed_on.desc(), Contract.id).limit(ROWS_SHOWN)
    return tuple(RenewalRow(**row) for row in session.execute(newest).mappings())


def _month(start: date, rows: Sequence[RenewalRow]) -> Month:
    inside = tuple(row for row in rows if (row.renews_on.year, row.renews_on.month) == (start.year, start.month))
    sums: dict[str, Decimal] = {}
    for row in inside:
        if row.amount is not None:
            sums[row.currency] = sums.get(row.currency, Decimal()) + row.amount
    return Month(start, inside, tuple(sorted(sums.items())))


def _month_after(day: date, number: int) -> date:
    years, month = divmod(day.month - 1 + number, 12)
    return date(day.year + years, month + 1, 1)


def _responsible() -> Any:
    """Who is reminded: the contract's owner, else the department's, else the account's."""
    return func.coalesce(Contract.owner_id, Department.owner_id, Account.owner_id)


def _rows() -> Select[*tuple[Any, ...]]:
    owner = aliased(User)
    terms = select(func.count()).select_from(ContractTerm).where(ContractTerm.contract_id == Contract.id)
    gone_on = terms.correlate(Contract).scalar_subquery()
    reminder = (
        select(RenewalReminder.days_ahead, RenewalReminder.task_id)
        .where(RenewalReminder.contract_id == Contract.id, RenewalReminder.renews_on == Contract.renews_on)
        .order_by(RenewalReminder.at.desc(), RenewalReminder.days_ahead)
        .limit(1)
        .lateral("reminder")
    )
    return (
        select(
            Contract.id,
            Contract.name,
            Contract.account_id,
            Account.name.label("account"),
            Department.name.label("department"),
            Product.name.label("product"),
            Contract.amount,
            Contract.currency,
            Contract.renews_on,
            Contract.ends_on,
            Contract.renews_itself,
            Contract.ends_because,
            Contract.state,
            owner.name.label("owner"),
            reminder.c.days_ahead.label("reminded"),
            reminder.c.task_id,
            Task.state.label("task_state"),
            gone_on.label("times_gone_on"),
        )
        .select_from(Contract)
        .join(Account, Account.id == Contract.account_id)
        .outerjoin(Department, Department.id == Contract.department_id)
        .outerjoin(Product, Product.id == Contract.product_id)
        .outerjoin(owner, owner.id == _responsible())
        .outerjoin(reminder, true())
        .outerjoin(Task, Task.id == reminder.c.task_id)
        .order_by(Contract.renews_on, Account.name, Contract.id)
    )
