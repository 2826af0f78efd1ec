"""The list of accounts: searched, filtered, sorted, with the score of this moment."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ScalarSelect, Select, func, literal_column, or_, select
from sqlalchemy.orm import Session
from sqlalchemy.sql.elements import ColumnElement, SQLColumnExpression

from abm.models import Account, Contact, Event, MatchPair, User
from abm.reports.paging import PAGE_LENGTH, Page, page_within
from abm.reports.points import account_points
from abm.reports.ranking import hottest_ids
from abm.reports.search import matching
from abm.words import HUMAN, SearchKind, Stage

# Pages by score that are read from the ranking; who leafs on has the whole list sorted.
RANKED_PAGES = 10


class AccountSort(StrEnum):
    """How the list is ordered; scores, stages and moments from the top, names from the start."""

    SCORE = "score"
    NAME = "name"
    STAGE = "stage"
    LAST_EVENT = "last_event"


@dataclass(frozen=True)
class AccountFilter:
    """What the reader asked to see."""

    search: str = ""
    stage: Stage | None = None
    mqa: bool = False
    sort: AccountSort = AccountSort.SCORE
    page: int = 1

    @property
    def is_narrow(self) -> bool:
        """True when accounts may be left out."""
        return bool(self.search.strip() or self.stage or self.mqa)


@dataclass(frozen=True)
class AccountRow:
    """One account of the list."""

    id: uuid.UUID
    name: str
    prefecture: str | None
    tier: str
    stage: str
    is_mqa: bool
    owner: str | None
    people: int
    points: float
    last_event_at: datetime | None


def list_accounts(session: Session, wanted: AccountFilter, at: datetime, length: int = PAGE_LENGTH) -> Page[AccountRow]:
    """One page of the accounts that fit, with how many fit in all."""
    fitting = _fitting(session, wanted)
    total = session.scalar(select(func.count()).select_from(Account).where(*fitting)) or 0
    number = page_within(wanted.page, total, length)
    hottest = _hottest_page(session, wanted, at, number, length)
    if hottest is not None:
        return Page(tuple(_read_in_order(session, hottest, at)), total, number, length)
    rows = _rows(at).where(*fitting).order_by(*_order(wanted.sort)).limit(length).offset((number - 1) * length)
    return Page(tuple(AccountRow(**row) for row in session.execute(rows).mappings()), total, number, length)


def warmest_accounts(session: Session, at: datetime, *, mqa: bool, limit: int) -> Sequence[AccountRow]:
    """The accounts with the highest score, either MQA or still below."""
    return _read_in_order(session, hottest_ids(session, at, limit, mqa=mqa), at)


@dataclass(frozen=True)
class PossibleMatch:
    """Another account that may be the same company."""

    account_id: uuid.UUID
    name: str
    strength: str
    rules: tuple[str, ...]


def possible_matches(session: Session, account_id: uuid.UUID) -> list[PossibleMatch]:
    """What waits in the match queue for this account, either way round."""
    other = func.nullif(MatchPair.account_id, account_id)
    other = func.coalesce(other, MatchPair.other_account_id)
    pairs = (
        select(Account.id, Account.name, MatchPair.strength, MatchPair.evidence)
        .join(Account, Account.id == other)
        .where(or_(MatchPair.account_id == account_id, MatchPair.other_account_id == account_id))
        .where(MatchPair.state == "open")
        .order_by(Account.name, Account.id)
    )
    return [PossibleMatch(key, name, strength, _rules(found)) for key, name, strength, found in session.execute(pairs)]


def _rules(evidence: list[Any]) -> tuple[str, ...]:
    return tuple(str(one["rule"]) for one in evidence if isinstance(one, dict) and "rule" in one)


def _hottest_page(
    session: Session, wanted: AccountFilter, at: datetime, number: int, length: int
) -> Sequence[uuid.UUID] | None:
    """Who stands on one of the first pages by score; None when the list must be gone through to know."""
    if wanted.sort is not AccountSort.SCORE or wanted.search.strip() or wanted.stage or number > RANKED_PAGES:
        return None
    hottest = hottest_ids(session, at, number * length, mqa=True if wanted.mqa else None)
    return hottest[-length:] if len(hottest) == number * length else None


def _read_in_order(session: Session, account_ids: Sequence[uuid.UUID], at: datetime) -> list[AccountRow]:
    places = {account_id: place for place, account_id in enumerate(account_ids)}
    found = session.execute(_rows(at).where(Account.id.in_(account_ids))).mappings()
    return sorted((AccountRow(**row) for row in found), key=lambda row: places[row.id])


def _rows(at: datetime) -> Select[*tuple[Any, ...]]:
    people = select(func.count()).where(Contact.account_id == Account.id, Contact.archived_at.is_(None))
    return select(
        Account.id,
        Account.name,
        Account.prefecture,
        Account.tier,
        Account.stage,
        Account.is_mqa,
        User.name.label("owner"),
        people.scalar_subquery().label("people"),
        account_points(Account.id, at).label("points"),
        _last_event().label("last_event_at"),
    ).outerjoin(User, User.id == Account.owner_id)


def _last_event() -> ScalarSelect[Any]:
    """When a person there last did something, read from the end of an index."""
    human = (Event.account_id == Account.id) & Event.verdict.in_(HUMAN)
    return select(func.max(Event.happened_at)).where(human).scalar_subquery()


def _fitting(session: Session, wanted: AccountFilter) -> list[SQLColumnExpression[bool]]:
    conditions: list[SQLColumnExpression[bool]] = [Account.archived_at.is_(None)]
    if wanted.search.strip():
        conditions.append(Account.id.in_(matching(session, SearchKind.ACCOUNT, wanted.search)))
    if wanted.stage:
        conditions.append(Account.stage == wanted.stage)
    if wanted.mqa:
        conditions.append(Account.is_mqa)
    return conditions


def _order(sort: AccountSort) -> list[ColumnElement[Any]]:
    by_name: list[ColumnElement[Any]] = [func.coalesce(Account.kana, Account.name).asc(), Account.id.asc()]
    if sort is AccountSort.NAME:
        return by_name
    if sort is AccountSort.STAGE:
        return [func.array_position(list(Stage), Account.stage).desc(), *by_name]
    column = "points" if sort is AccountSort.SCORE else "last_event_at"
    return [literal_column(column).desc().nulls_last(), *by_name]
