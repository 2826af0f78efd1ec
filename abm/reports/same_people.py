"""Records that may be one person, side by side; and the merges of people that were made."""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session, aliased

from abm.errors import NotFound
from abm.models import Account, Contact, ContactMerge, ContactPair, Event, TimelineItem, User
from abm.reports.merges_made import MergeMade, merges_made
from abm.reports.paging import Page, page_within
from abm.reports.people import Person, read_people
from abm.words import PairState, Verdict

PAIRS_SHOWN = 20


@dataclass(frozen=True)
class PersonSide:
    """One record of a pair as it is compared."""

    person: Person
    lines: int
    last_event_at: datetime | None
    created_at: datetime


@dataclass(frozen=True)
class PeopleQuestion:
    """Two records of an account, why they may be one person, and which is offered as the main one."""

    id: uuid.UUID | None
    state: str
    rule: str | None
    sides: tuple[PersonSide, PersonSide]
    main: uuid.UUID
    decided_at: datetime | None = None
    decided_by: str | None = None


@dataclass(frozen=True)
class PersonMergeMade(MergeMade):
    """A merge of two records of a person, and whether it was undone."""

    gone_email: str | None
    account: str


def count_open_people(session: Session) -> int:
    """How many pairs of people wait for a decision."""
    return session.scalar(select(func.count()).select_from(_pairs(PairState.OPEN).subquery())) or 0


def list_people_questions(session: Session, state: PairState, number: int, at: datetime) -> Page[PeopleQuestion]:
    """One page of pairs in this state, the latest first; always the same number of queries."""
    pairs = _pairs(state)
    total = session.scalar(select(func.count()).select_from(pairs.subquery())) or 0
    number = page_within(number, total, PAIRS_SHOWN)
    newest = ContactPair.id if state == PairState.OPEN else ContactPair.decided_at
    shown = pairs.order_by(newest.desc(), ContactPair.id.desc()).limit(PAIRS_SHOWN).offset((number - 1) * PAIRS_SHOWN)
    rows = session.execute(shown).all()
    sides = _sides(session, {one for pair, _ in rows for one in (pair.contact_id, pair.other_contact_id)}, at)
    questions = tuple(
        PeopleQuestion(
            pair.id,
            pair.state,
            pair.rule,
            (sides[pair.contact_id], sides[pair.other_contact_id]),
            pair.other_contact_id,
            pair.decided_at,
            decided_by,
        )
        for pair, decided_by in rows
    )
    return Page(questions, total, number, PAIRS_SHOWN)


def compare_people(session: Session, one: uuid.UUID, other: uuid.UUID, at: datetime) -> PeopleQuestion:
    """Two records side by side, the first offered as the main one; NotFound when there is no such record."""
    sides = _sides(session, {one, other}, at)
    if not {one, other} <= set(sides):
        raise NotFound("no such contact")
    return PeopleQuestion(None, PairState.OPEN, None, (sides[one], sides[other]), one)


def colleagues_of(session: Session, contact_id: uuid.UUID) -> list[Any]:
    """(id, full_name, title, email) of the other people of the account; who has the same family name comes first."""
    me = session.get(Contact, contact_id)
    if me is None or me.archived_at is not None:
        raise NotFound("no such contact")
    others = select(Contact.id, Contact.full_name, Contact.title, Contact.email).where(
        Contact.account_id == me.account_id, Contact.id != me.id, Contact.archived_at.is_(None)
    )
    alike = Contact.family_name.is_not_distinct_from(me.family_name).desc()
    return list(session.execute(others.order_by(alike, Contact.kana, Contact.full_name, Contact.id).limit(200)))


def list_person_merges(session: Session, number: int, length: int = PAIRS_SHOWN) -> Page[PersonMergeMade]:
    """One page of the merges of people, the latest first."""
    total = session.scalar(select(func.count()).select_from(ContactMerge)) or 0
    number = page_within(number, total, length)
    rows = _merges().limit(length).offset((number - 1) * length)
    return Page(tuple(PersonMergeMade(**row) for row in session.execute(rows).mappings()), total, number, length)


def merges_of_person(session: Session, contact_id: uuid.UUID) -> list[PersonMergeMade]:
    """The merges in which this record stayed or went, the latest first."""
    mine = (ContactMerge.contact_id == contact_id) | (ContactMerge.into_contact_id == contact_id)
    return [PersonMergeMade(**row) for row in session.execute(_merges().where(mine)).mappings()]


def _merges() -> Select[Any]:
    gone, stays = aliased(Contact), aliased(Contact)
    columns = (
        gone.full_name.label("gone"),
        gone.email.label("gone_email"),
        stays.id.label("stays_id"),
        stays.full_name.label("stays"),
        stays.merged_into_id.is_not(None).label("is_buried"),
        Account.name.label("account"),
    )
    return (
        merges_made(ContactMerge, *columns)
        .join(gone, gone.id == ContactMerge.contact_id)
        .join(stays, stays.id == ContactMerge.into_contact_id)
        .join(Account, Account.id == stays.account_id)
    )


def _pairs(state: PairState) -> Any:
    one, other = aliased(Contact), aliased(Contact)
    return (
        select(ContactPair, User.name)
        .join(one, one.id == ContactPair.contact_id)
        .join(other, other.id == ContactPair.other_contact_id)
        .outerjoin(User, User.id == ContactPair.decided_by)
        .where(
            ContactPair.state == state,
            one.archived_at.is_(None),
            other.archived_at.is_(None),
            one.account_id == other.account_id,
        )
    )


def _sides(session: Session, ids: Iterable[uuid.UUID], at: datetime) -> dict[uuid.UUID, PersonSide]:
    human = (Event.contact_id == Contact.id) & (Event.verdict != Verdict.MACHINE)
    told = select(func.count()).where(TimelineItem.contact_id == Contact.id)
    rows = select(
        Contact.id,
        told.scalar_subquery().label("lines"),
        select(func.max(Event.happened_at)).where(human).scalar_subquery().label("last_event_at"),
        Contact.created_at,
    ).where(Contact.id.in_(list(ids)))
    people = {person.id: person for person in read_people(session, ids, at)}
    return {
        id_: PersonSide(people[id_], lines, last, created)
        for id_, lines, last, created in session.execute(rows)
        if id_ in people
    }
