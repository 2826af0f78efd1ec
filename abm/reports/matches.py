"""The match queue: two accounts that may be one, with what is known of each side by side; and the merges made."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Select, case, func, select
from sqlalchemy.orm import Session, aliased

from abm.customers.merge import is_family, proposed_main
from abm.errors import NotFound
from abm.models import Account, AccountDomain, AccountMerge, Contact, Event, MatchPair, TimelineItem, User
from abm.reports.merges_made import MergeMade, merges_made
from abm.reports.paging import Page, page_within
from abm.reports.points import account_points
from abm.words import MatchStrength, PairState, Verdict

PAIRS_SHOWN = 20
PEOPLE_NAMED = 3
STRENGTHS = (MatchStrength.SURE, MatchStrength.STRONG, MatchStrength.WEAK)


@dataclass(frozen=True)
class Side:
    """One account of a pair as it is compared."""

    id: uuid.UUID
    name: str
    corporate_number: str | None
    domains: tuple[str, ...]
    phone: str | None
    postcode: str | None
    prefecture: str | None
    address: str | None
    industry: str | None
    owner: str | None
    parent_id: uuid.UUID | None
    stage: str
    points: float
    people: int
    named: tuple[str, ...]
    lines: int
    last_contacted_on: date | None
    last_event_at: datetime | None
    created_at: datetime
    is_sample: bool


@dataclass(frozen=True)
class Question:
    """Two accounts, why they may be one, and which of them is offered as the main one."""

    id: uuid.UUID
    state: str
    strength: str
    evidence: tuple[dict[str, Any], ...]
    sides: tuple[Side, Side]
    main: str
    is_family: bool
    decided_at: datetime | None
    decided_by: str | None


def count_open(session: Session) -> int:
    """How many pairs wait for a decision."""
    return session.scalar(select(func.count()).select_from(_pairs(PairState.OPEN).subquery())) or 0


def list_questions(
    session: Session, state: PairState, number: int, at: datetime, account_id: uuid.UUID | None = None
) -> Page[Question]:
    """One page of pairs in this state, the surest first; always the same number of queries."""
    pairs = _pairs(state)
    if account_id:
        pairs = pairs.where((MatchPair.account_id == account_id) | (MatchPair.other_account_id == account_id))
    total = session.scalar(select(func.count()).select_from(pairs.subquery())) or 0
    number = page_within(number, total, PAIRS_SHOWN)
    shown = pairs.order_by(*_order(state)).limit(PAIRS_SHOWN).offset((number - 1) * PAIRS_SHOWN)
    return Page(tuple(_read(session, session.execute(shown).all(), at)), total, number, PAIRS_SHOWN)


def list_merges(session: Session, number: int, length: int = PAIRS_SHOWN) -> Page[MergeMade]:
    """One page of the merges made, the latest first."""
    total = session.scalar(select(func.count()).select_from(AccountMerge)) or 0
    number = page_within(number, total, length)
    rows = _merges().limit(length).offset((number - 1) * length)
    return Page(tuple(MergeMade(**row) for row in session.execute(rows).mappings()), total, number, length)


def _merges() -> Select[Any]:
    gone, stays = aliased(Account), aliased(Account)
    columns = (
        gone.name.label("gone"),
        stays.id.label("stays_id"),
        stays.name.label("stays"),
        stays.merged_into_id.is_not(None).label("is_buried"),
    )
    return (
        merges_made(AccountMerge, *columns)
        .join(gone, gone.id == AccountMerge.account_id)
        .join(stays, stays.id == AccountMerge.into_account_id)
    )


def merges_of(session: Session, account_id: uuid.UUID) -> list[MergeMade]:
    """The merges in which this account stayed or went, the latest first."""
    mine = (AccountMerge.account_id == account_id) | (AccountMerge.into_account_id == account_id)
    return [MergeMade(**row) for row in session.execute(_merges().where(mine)).mappings()]


def compare_accounts(session: Session, one: uuid.UUID, other: uuid.UUID, at: datetime) -> tuple[Side, Side]:
    """Two accounts side by side; NotFound when there is no such account."""
    sides = _sides(session, {one, other}, at)
    if not {one, other} <= set(sides):
        raise NotFound("no such account")
    return sides[one], sides[other]


def _pairs(state: PairState) -> Any:
    one, other = aliased(Account), aliased(Account)
    return (
        select(MatchPair, User.name)
        .join(one, one.id == MatchPair.account_id)
        .join(other, other.id == MatchPair.other_account_id)
        .outerjoin(User, User.id == MatchPair.decided_by)
        .where(MatchPair.state == state, one.archived_at.is_(None), other.archived_at.is_(None))
    )


def _order(state: PairState) -> Sequence[Any]:
    if state != PairState.OPEN:
        return (MatchPair.decided_at.desc(), MatchPair.id.desc())
    surest = case({word.value: place for place, word in enumerate(STRENGTHS)}, value=MatchPair.strength, else_=9)
    return (surest, MatchPair.created_at.desc(), MatchPair.id.desc())


def _read(session: Session, rows: Sequence[Any], at: datetime) -> list[Question]:
    pairs = [row[0] for row in rows]
    sides = _sides(session, {one for pair in pairs for one in (pair.account_id, pair.other_account_id)}, at)
    return [
        Question(
            pair.id,
            pair.state,
            pair.strength,
            tuple(pair.evidence),
            (sides[pair.account_id], sides[pair.other_account_id]),
            proposed_main(pair.evidence, str(pair.other_account_id)),
            is_family(pair.evidence),
            pair.decided_at,
            decided_by,
        )
        for pair, decided_by in rows
    ]


def _sides(session: Session, ids: set[uuid.UUID], at: datetime) -> dict[uuid.UUID, Side]:
    people = select(func.count()).where(Contact.account_id == Account.id, Contact.archived_at.is_(None))
    lines = select(func.count()).where(TimelineItem.account_id == Account.id)
    human = (Event.account_id == Account.id) & (Event.verdict != Verdict.MACHINE)
    names = (
        select(Contact.full_name)
        .where(Contact.account_id == Account.id, Contact.archived_at.is_(None))
        .order_by(Contact.created_at, Contact.id)
        .limit(PEOPLE_NAMED)
    )
    domains = select(AccountDomain.domain).where(AccountDomain.account_id == Account.id).order_by(AccountDomain.domain)
    rows = (
        select(
            Account.id,
            Account.name,
            Account.corporate_number,
            func.array(domains.scalar_subquery()).label("domains"),
            Account.phone,
            Account.postcode,
            Account.prefecture,
            Account.address,
            Account.industry,
            User.name.label("owner"),
            Account.parent_id,
            Account.stage,
            account_points(Account.id, at).label("points"),
            people.scalar_subquery().label("people"),
            func.array(names.scalar_subquery()).label("named"),
            lines.scalar_subquery().label("lines"),
            Account.last_contacted_on,
            select(func.max(Event.happened_at)).where(human).scalar_subquery().label("last_event_at"),
            Account.created_at,
            Account.is_sample,
        )
        .outerjoin(User, User.id == Account.owner_id)
        .where(Account.id.in_(ids))
    )
    return {
        row["id"]: Side(**{**row, "domains": tuple(row["domains"]), "named": tuple(row["named"])})
        for row in session.execute(rows).mappings()
    }
