"""Deals as they are looked at: the board by stage with its sums, one deal and all of it, those of an account."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Select, case, func, select, true
from sqlalchemy.orm import Session, aliased

from abm.customers.deals import living_steps
from abm.customers.sold import ENDED, PROBABILITY, probability_of
from abm.errors import NotFound
from abm.models import (
    Account,
    Contact,
    Contract,
    Deal,
    DealChange,
    DealFile,
    DecisionStep,
    Department,
    NextAction,
    Offer,
    Order,
    Ownership,
    Product,
    User,
)
from abm.words import OPEN_DEAL_STAGES, DealStage

OfDeal = TypeVar("OfDeal", Offer, DealFile, Order, Contract)
DEALS_SHOWN = 200


@dataclass(frozen=True)
class DealRow:
    """One deal with who and what is around it, and what comes next with it."""

    id: uuid.UUID
    name: str
    stage: str
    stage_since: datetime
    amount: Decimal | None
    currency: str
    own_probability: int | None
    expected_close_on: date | None
    closed_on: date | None
    lost_reason: str | None
    account_id: uuid.UUID
    account: str
    owner_id: uuid.UUID | None
    owner: str | None
    contact_id: uuid.UUID | None
    contact: str | None
    product: str | None
    next_on: date | None
    next_what: str | None

    @property
    def probability(self) -> int:
        """How likely it is won, in percent."""
        return probability_of(self.stage, self.own_probability)

    @property
    def is_open(self) -> bool:
        """Whether it is neither won nor lost."""
        return self.stage not in ENDED


@dataclass(frozen=True)
class DealFilter:
    """Whose deals, and those of which month (expected then; ended then, when they have ended)."""

    owner_id: uuid.UUID | None = None
    month: date | None = None

    @property
    def is_narrow(self) -> bool:
        """Whether something is left out."""
        return self.owner_id is not None or self.month is not None


@dataclass(frozen=True)
class StageSum:
    """How many deals stand in a stage, what they come to, and what of it is to be expected."""

    stage: DealStage
    count: int = 0
    amount: Decimal = Decimal(0)
    expected: Decimal = Decimal(0)


@dataclass(frozen=True)
class Board:
    """Open deals by stage in order; the sums count every deal that fits, also those not shown."""

    columns: tuple[tuple[StageSum, tuple[DealRow, ...]], ...]

    @property
    def total(self) -> StageSum:
        """All open deals together."""
        sums = [column for column, _ in self.columns]
        return StageSum(
            DealStage.DISCOVERY,
            sum(one.count for one in sums),
            sum((one.amount for one in sums), Decimal(0)),
            sum((one.expected for one in sums), Decimal(0)),
        )


@dataclass(frozen=True)
class StageMove:
    """A deal went from one stage to another."""

    at: datetime
    old: str | None
    new: str
    by: str | None


@dataclass(frozen=True)
class Step:
    """One step of the customer's decision with the name of who decides."""

    step: DecisionStep
    contact: str | None


@dataclass(frozen=True)
class DealView:
    """One deal with everything of it."""

    deal: Deal
    row: DealRow
    department: str | None
    steps: tuple[Step, ...]
    offers: tuple[Offer, ...]
    files: Mapping[str, tuple[DealFile, ...]]
    orders: tuple[Order, ...]
    contracts: tuple[Contract, ...]
    owns_product: bool
    moves: tuple[StageMove, ...]

    @property
    def subjects(self) -> list[uuid.UUID]:
        """Of what the timeline's lines of this deal tell."""
        files = [file for phase in self.files.values() for file in phase]
        others: list[Offer | DealFile | Order | Contract] = [*self.offers, *files, *self.orders, *self.contracts]
        return [self.deal.id, *(one.step.id for one in self.steps), *(one.id for one in others)]


def deal_board(session: Session, wanted: DealFilter) -> Board:
    """Open deals, the next to close first."""
    open_ones = (Deal.stage.in_(OPEN_DEAL_STAGES), *_fitting(wanted))
    rows = deal_rows(session, *open_ones, order=Deal.expected_close_on.asc().nulls_last())
    sums = _sums(session, open_ones)
    return Board(
        tuple(
            (sums.get(stage, StageSum(stage)), tuple(row for row in rows if row.stage == stage))
            for stage in OPEN_DEAL_STAGES
        )
    )


def ended_deals(session: Session, wanted: DealFilter, stage: DealStage) -> tuple[StageSum, list[DealRow]]:
    """Won or lost deals, the last ones first, with their sum."""
    ended = (Deal.stage == stage, *_fitting(wanted, by=Deal.closed_on))
    sums = _sums(session, ended)
    return sums.get(stage, StageSum(stage)), deal_rows(session, *ended, order=Deal.closed_on.desc().nulls_last())


def deals_of_account(session: Session, account_id: uuid.UUID, limit: int = DEALS_SHOWN) -> list[DealRow]:
    """An account's deals: the open ones first, then the last to end."""
    ended = case((Deal.stage.in_(ENDED), 1), else_=0)
    return deal_rows(session, Deal.account_id == account_id, order=ended, limit=limit)


def deal_rows(
    session: Session, *conditions: ColumnElement[bool], order: Any, limit: int = DEALS_SHOWN
) -> list[DealRow]:
    """Living deals of living accounts that fit."""
    living = (Deal.archived_at.is_(None), Account.archived_at.is_(None))
    rows = _rows().where(*living, *conditions).order_by(order, Deal.created_at.desc(), Deal.id).limit(limit)
    return [DealRow(*row) for row in session.execute(rows)]


def read_deal(session: Session, deal_id: uuid.UUID) -> DealView:
    """The deal with its steps, offers, files and what came of it; NotFound when there is none or it was put away."""
    deal = session.get(Deal, deal_id)
    rows = [] if deal is None else deal_rows(session, Deal.id == deal_id, order=Deal.id.asc())
    if deal is None or not rows:
        raise NotFound("no such deal")
    names = _names(session, deal_id)
    department = session.get(Department, deal.department_id) if deal.department_id else None
    owned = select(Ownership.id).where(
        Ownership.account_id == deal.account_id,
        Ownership.product_id == deal.product_id,
        Ownership.archived_at.is_(None),
    )
    return DealView(
        deal,
        rows[0],
        department.name if department else None,
        tuple(Step(step, names.get(step.contact_id)) for step in session.scalars(living_steps(deal_id))),
        _of_deal(session, Offer, deal_id),
        _by_phase(_of_deal(session, DealFile, deal_id)),
        _of_deal(session, Order, deal_id),
        _of_deal(session, Contract, deal_id),
        deal.product_id is not None and session.scalar(owned.limit(1)) is not None,
        tuple(_moves(session, deal_id)),
    )


def _of_deal(session: Session, model: type[OfDeal], deal_id: uuid.UUID) -> tuple[OfDeal, ...]:
    living = select(model).where(model.deal_id == deal_id, model.archived_at.is_(None))
    return tuple(session.scalars(living.order_by(model.created_at.desc(), model.id.desc())))


def _names(session: Session, deal_id: uuid.UUID) -> dict[uuid.UUID | None, str]:
    people = select(Contact.id, Contact.full_name).join(DecisionStep, DecisionStep.contact_id == Contact.id)
    rows = session.execute(people.where(DecisionStep.deal_id == deal_id))
    return {row.id: row.full_name for row in rows}


def _by_phase(files: Sequence[DealFile]) -> dict[str, tuple[DealFile, ...]]:
    """In the order of the stages; what belongs to no phase comes last, under an empty name."""
    phases = [*(stage.value for stage in DealStage), ""]
    sorted_files = {phase: tuple(file for file in files if (file.phase or "") == phase) for phase in phases}
    return {phase: found for phase, found in sorted_files.items() if found}


def _moves(session: Session, deal_id: uuid.UUID) -> list[StageMove]:
    changes = (
        select(DealChange.at, DealChange.old, DealChange.new, User.name)
        .outerjoin(User, User.id == DealChange.by_user_id)
        .where(DealChange.deal_id == deal_id)
        .order_by(DealChange.at, DealChange.id)
    )
    return [StageMove(*row) for row in session.execute(changes)]


def _fitting(wanted: DealFilter, by: Any = None) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if wanted.owner_id:
        conditions.append(Deal.owner_id == wanted.owner_id)
    if wanted.month:
        day = Deal.expected_close_on if by is None else by
        after = date(wanted.month.year + wanted.month.month // 12, wanted.month.month % 12 + 1, 1)
        conditions += [day >= wanted.month, day < after]
    return conditions


def _sums(session: Session, conditions: Sequence[ColumnElement[bool]]) -> dict[DealStage, StageSum]:
    """Amounts in yen: other currencies are counted as deals but not added up."""
    usual = case({stage.value: percent for stage, percent in PROBABILITY.items()}, value=Deal.stage)
    percent = case((Deal.stage.in_(ENDED), usual), else_=func.coalesce(Deal.probability, usual))
    amount = case((Deal.currency == "JPY", func.coalesce(Deal.amount, 0)), else_=0)
    rows = (
        select(Deal.stage, func.count(), func.sum(amount), func.sum(amount * percent / 100))
        .join(Account, Account.id == Deal.account_id)
        .where(Deal.archived_at.is_(None), Account.archived_at.is_(None), *conditions)
        .group_by(Deal.stage)
    )
    return {DealStage(row[0]): StageSum(DealStage(row[0]), *row[1:]) for row in session.execute(rows)}


def _rows() -> Select[*tuple[Any, ...]]:
    owner, action = aliased(User), aliased(NextAction)
    # The earliest of what is open; usually there is one.
    coming = (
        select(action.due_on, action.what)
        .where(action.deal_id == Deal.id, action.closed_at.is_(None))
        .order_by(action.due_on, action.id)
        .limit(1)
        .lateral()
    )
    return (
        select(
            Deal.id,
            Deal.name,
            Deal.stage,
            Deal.stage_since,
            Deal.amount,
            Deal.currency,
            Deal.probability,
            Deal.expected_close_on,
            Deal.closed_on,
            Deal.lost_reason,
            Deal.account_id,
            Account.name,
            Deal.owner_id,
            owner.name,
            Deal.contact_id,
            Contact.full_name,
            Product.name,
            coming.c.due_on,
            coming.c.what,
        )
        .join(Account, Account.id == Deal.account_id)
        .outerjoin(owner, owner.id == Deal.owner_id)
        .outerjoin(Contact, Contact.id == Deal.contact_id)
        .outerjoin(Product, Product.id == Deal.product_id)
        .outerjoin(coming, true())
    )
