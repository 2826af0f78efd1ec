"""A group of companies: the account at the top and everything below it, seen as one; nothing of it is stored."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import ScalarSelect, func, or_, select, text
from sqlalchemy.orm import Session

from abm.customers.names import core_name
from abm.models import Account, Contact, Contract, Deal, User
from abm.reports.points import account_points
from abm.reports.searching import contains
from abm.words import OPEN_DEAL_STAGES, ContractState

# A family deeper or wider than this is a mistake of an import, not a group of companies.
DEEPEST, LARGEST = 20, 500
FAMILY = text(
    """
    with recursive above as (
        select id, parent_id, 0 as steps from accounts where id = :account
        union all
        select a.id, a.parent_id, b.steps + 1 from accounts a join above b on a.id = b.parent_id
        where b.steps < :deepest and a.archived_at is null
    ),
    family as (
        select id, name, parent_id, 0 as depth, array[coalesce(kana, name)] as path, array[id] as line
        from accounts where id = (select id from above order by steps desc limit 1)
        union all
        select a.id, a.name, a.parent_id, f.depth + 1, f.path || coalesce(a.kana, a.name), f.line || a.id
        from accounts a join family f on a.parent_id = f.id
        where f.depth < :deepest and a.archived_at is null and a.id <> all(f.line)
    )
    select id, name, parent_id, depth from family order by path, id limit :largest
    """
)


@dataclass(frozen=True)
class Relative:
    """A company of the group, by its place in the tree."""

    id: uuid.UUID
    name: str
    parent_id: uuid.UUID | None
    depth: int


@dataclass(frozen=True)
class Group:
    """The companies of a group from the top down, as seen from one of them."""

    account_id: uuid.UUID
    relatives: tuple[Relative, ...]

    @property
    def has_relatives(self) -> bool:
        """Whether the account has a parent or subsidiaries."""
        return len(self.relatives) > 1

    @property
    def parent(self) -> Relative | None:
        """The company above this one."""
        me = next((one for one in self.relatives if one.id == self.account_id), None)
        return next((one for one in self.relatives if me and one.id == me.parent_id), None)

    @property
    def subsidiaries(self) -> list[Relative]:
        """The companies right below this one."""
        return [one for one in self.relatives if one.parent_id == self.account_id]


@dataclass(frozen=True)
class Member:
    """One company of the group with what a group's manager asks about it."""

    id: uuid.UUID
    name: str
    depth: int
    stage: str
    is_mqa: bool
    owner: str | None
    points: float
    people: int
    deals: int
    # Open deals in yen; what is in other currencies is counted, not added.
    amount: Decimal
    contracts: int


def group_of(session: Session, account_id: uuid.UUID) -> Group:
    """The group an account belongs to: itself alone when it has neither parent nor subsidiaries."""
    rows = session.execute(FAMILY, {"account": account_id, "deepest": DEEPEST, "largest": LARGEST})
    return Group(account_id, tuple(Relative(*row) for row in rows))


def members_of(session: Session, group: Group, at: datetime) -> list[Member]:
    """The group's companies in the order of the tree, each with stage, score, deals and owner."""
    depths = {one.id: one.depth for one in group.relatives}
    rows = session.execute(
        select(
            Account.id,
            Account.name,
            Account.stage,
            Account.is_mqa,
            User.name,
            account_points(Account.id, at),
            _people(),
            _deals(func.count()),
            func.coalesce(_deals(func.sum(Deal.amount).filter(Deal.currency == "JPY")), Decimal(0)),
            _contracts(),
        )
        .outerjoin(User, User.id == Account.owner_id)
        .where(Account.id.in_(depths))
    )
    found = {key: Member(key, name, depths[key], *rest) for key, name, *rest in rows}
    return [found[key] for key in depths if key in found]


def possible_parents(session: Session, account_id: uuid.UUID, search: str, limit: int = 20) -> Sequence[Any]:
    """(id, name, prefecture) of other companies that fit what was typed, the shortest names first."""
    fits = or_(
        contains(search, Account.name, Account.kana), contains(core_name(search) or search, Account.normalised_name)
    )
    named = select(Account.id, Account.name, Account.prefecture).where(
        Account.archived_at.is_(None), Account.id != account_id, fits
    )
    ordered = named.order_by(func.char_length(Account.name), Account.name, Account.id)
    return session.execute(ordered.limit(limit)).all()


def _people() -> ScalarSelect[int]:
    living = select(func.count()).where(Contact.account_id == Account.id, Contact.archived_at.is_(None))
    return living.correlate(Account).scalar_subquery()


def _deals(what: Any) -> ScalarSelect[Any]:
    still = (Deal.account_id == Account.id, Deal.archived_at.is_(None), Deal.stage.in_(OPEN_DEAL_STAGES))
    return select(what).select_from(Deal).where(*still).correlate(Account).scalar_subquery()


def _contracts() -> ScalarSelect[int]:
    running = (Contract.account_id == Account.id, Contract.archived_at.is_(None))
    counted = select(func.count()).where(*running, Contract.state == ContractState.RUNNING)
    return counted.correlate(Account).scalar_subquery()
