"""What reports of scores are read from: people, what is left of their entries, and how accounts stood then."""

import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, DateTime, Row, Select, Text, cast, func, literal_column, select, true
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session

from abm.clock import days
from abm.models import Account, Contact, Event, MqaChange, ScoreEntry, StageChange, Strike, User
from abm.scoring.score import decay
from abm.words import HUMAN, MqaCause, Stage

NEWEST = (ScoreEntry.happened_at.desc(), ScoreEntry.event_id)

# Name and buying role of everybody a report is about, by id as text: a score is added up over thousands of these.
People = Mapping[str, tuple[str, str | None]]


class Worth(NamedTuple):
    """One entry of the ledger as it is added up, with what is left of it at the moment asked for.

    A tuple because a page adds up hundreds of them, and frozen dataclasses are slower to make.
    """

    value: float
    event: str
    contact: str
    happened_at: datetime
    entry: float
    half_life_days: float
    verdict: str
    struck: bool
    topics: Sequence[str]
    product: str | None
    # What the buying role of whoever acted weighs in the account; 1 unless the model weighs by roles.
    weight: float = 1.0

    @property
    def given(self) -> float:
        """What it adds to the number shown."""
        return self.value * self.weight


@dataclass(frozen=True)
class Found:
    """All that one report is made of: its people, their entries, newest first, and how the account stood."""

    account: Account
    people: People
    rows: Sequence[Worth]
    number: int
    last_human_at: datetime | None
    stage: str
    is_mqa: bool


def find_entries(
    session: Session, wanted: ColumnElement[bool], accounts: Sequence[Account], at: datetime, most: int | None = None
) -> list[Found]:
    """What the people of `wanted` did in each of these accounts.

    For a page of one account: of entries that are worth nothing no more than `most`, and how many there are in all.
    """
    ids = [account.id for account in accounts]
    people = _load_people(session, wanted & Contact.account_id.in_(ids))
    everybody = [contact for mine in people.values() for contact in mine]
    entries = _load_worth(session, everybody, at, most)
    rows, humans = _by_account(people, entries), _human_acts(entries)
    number = 0
    if most is not None:
        number = _count(session, everybody, at)
        humans |= _later_human_acts(session, everybody, at, max(humans.values(), default=None))
    stages, mqas = _stages_at(session, ids, at), _mqas_at(session, accounts, at)
    return [
        Found(
            account,
            mine := people.get(account.id, {}),
            rows.get(account.id, []),
            number,
            max((humans[contact] for contact in mine if contact in humans), default=None),
            stages.get(account.id, Stage.ALL_OTHERS.value),
            account.id in mqas,
        )
        for account in accounts
    ]


def load_told(session: Session, events: Sequence[str]) -> dict[str, Row[Any]]:
    """What is said of these entries beside their points: how they came about, and who struck them."""
    entry = (ScoreEntry.kind, ScoreEntry.base, ScoreEntry.seniority, ScoreEntry.factor, ScoreEntry.capped)
    strike = (Strike.reason.label("strike_reason"), Strike.struck_at, User.name.label("struck_by"))
    found = session.execute(
        select(cast(ScoreEntry.event_id, Text).label("event"), *entry, Event.minutes, Event.hit_id, Event.folded_at)
        .add_columns(Event.reasons, *strike)
        .join(Event, Event.id == ScoreEntry.event_id)
        .outerjoin(Strike, (Strike.event_id == ScoreEntry.event_id) & Strike.withdrawn_at.is_(None))
        .outerjoin(User, User.id == Strike.struck_by)
        .where(ScoreEntry.event_id == func.any(list(events)))
    )
    return {row.event: row for row in found}


def _load_people(session: Session, wanted: ColumnElement[bool]) -> dict[uuid.UUID, dict[str, tuple[str, str | None]]]:
    found = (Contact.account_id, cast(Contact.id, Text), Contact.full_name, Contact.buying_role)
    people: dict[uuid.UUID, dict[str, tuple[str, str | None]]] = {}
    for account_id, contact_id, name, role in session.execute(select(*found).where(wanted)):
        people.setdefault(account_id, {})[contact_id] = (name, role)
    return people


def _by_account(people: Mapping[uuid.UUID, People], rows: Sequence[Worth]) -> dict[uuid.UUID, list[Worth]]:
    homes = {contact: account_id for account_id, mine in people.items() for contact in mine}
    sorted_in: dict[uuid.UUID, list[Worth]] = {}
    for row in rows:
        sorted_in.setdefault(homes[row.contact], []).append(row)
    return sorted_in


def _load_worth(session: Session, people: Sequence[str], at: datetime, most_without_points: int | None) -> list[Worth]:
    """The entries, newest first; of those that are worth nothing no more than so many."""
    entries = _worth_of().where(ScoreEntry.contact_id.in_(people), ScoreEntry.happened_at <= at)
    found: list[Any]
    if most_without_points is None:
        found = list(session.execute(entries.order_by(*NEWEST)))
    else:
        worth = (ScoreEntry.entry != 0) & (_gone_by() > at)
        newest = select(_newest_of_each(people, at, most_without_points, ~worth).subquery().c.event_id)
        without = entries.where(ScoreEntry.event_id.in_(newest)).order_by(*NEWEST).limit(most_without_points)
        found = [row for part in (entries.where(worth), without) for row in session.execute(part)]
        found.sort(key=lambda row: (-row[2].timestamp(), row[0]))
    return [Worth(row[3] * decay(days(at - row[2]), row[4]), *row) for row in found]


def _worth_of() -> Select[*tuple[Any, ...]]:
    """The columns of Worth."""
    entry = ScoreEntry
    ids = (cast(entry.event_id, Text), cast(entry.contact_id, Text))
    counted = (entry.happened_at, entry.entry, entry.half_life_days, entry.verdict, entry.struck)
    return select(*ids, *counted, Event.topics, Event.product).join(Event, Event.id == entry.event_id)


def _gone_by() -> ColumnElement[datetime]:
    """After twenty half-lives less than a millionth is left: nobody sees it, in a total neither."""
    return literal_column(
        "score_entries.happened_at + score_entries.half_life_days * interval '20 days'", DateTime(timezone=True)
    )


def _count(session: Session, people: Sequence[str], at: datetime) -> int:
    """How many entries they have."""
    mine = select(func.count()).where(ScoreEntry.contact_id.in_(people), ScoreEntry.happened_at <= at)
    return session.execute(mine).scalar_one()


def _human_acts(entries: Sequence[Worth]) -> dict[str, datetime]:
    """When each person last did something, as far as it was a human and stands among these entries."""
    return {row.contact: row.happened_at for row in reversed(entries) if row.verdict in HUMAN and not row.struck}


def _later_human_acts(
    session: Session, people: Sequence[str], at: datetime, since: datetime | None
) -> dict[str, datetime]:
    """The same of what is later than all that was read; without anything read, of all there is."""
    only = ScoreEntry.verdict.in_(HUMAN) & ~ScoreEntry.struck
    if since is not None:
        only &= ScoreEntry.happened_at > since
    human = _newest_of_each(people, at, 1, only).subquery()
    return dict(session.execute(select(human.c.contact, human.c.happened_at)).all())


def _newest_of_each(
    people: Sequence[str], at: datetime, most: int, only: ColumnElement[bool]
) -> Select[str, uuid.UUID, datetime]:
    """(contact, event, when) of the newest entries of each, walked from the newest on: the older ones cost nothing."""
    person = select(Contact.id).where(Contact.id.in_(people)).subquery("person")
    mine = select(ScoreEntry.event_id, ScoreEntry.happened_at).where(ScoreEntry.contact_id == person.c.id)
    newest = mine.where(ScoreEntry.happened_at <= at, only).order_by(*NEWEST).limit(most).lateral("newest")
    found = select(cast(person.c.id, Text).label("contact"), newest.c.event_id, newest.c.happened_at)
    return found.select_from(person.join(newest, true()))


def _stages_at(session: Session, account_ids: Sequence[uuid.UUID], at: datetime) -> dict[uuid.UUID, str]:
    """The stage of each then; now, what the last evaluation found."""
    changes = select(StageChange.account_id, StageChange.new).ext(distinct_on(StageChange.account_id))
    then = changes.where(StageChange.account_id.in_(account_ids), StageChange.at <= at)
    newest = then.order_by(StageChange.account_id, StageChange.at.desc(), StageChange.id.desc())
    return dict(session.execute(newest).all())


def _mqas_at(session: Session, accounts: Sequence[Account], at: datetime) -> Collection[uuid.UUID]:
    """Which of these were MQAs then."""
    now = {one.id for one in accounts if one.evaluated_at is not None and one.evaluated_at <= at}
    changes = select(MqaChange.account_id, MqaChange.cause).ext(distinct_on(MqaChange.account_id))
    then = changes.where(
        MqaChange.account_id.in_([one.id for one in accounts if one.id not in now]),
        MqaChange.at <= at,
        MqaChange.cause != MqaCause.REROUTED,
    )
    newest = then.order_by(MqaChange.account_id, MqaChange.at.desc(), MqaChange.id.desc())
    entered = {account_id for account_id, cause in session.execute(newest) if cause != MqaCause.LEFT}
    return entered | {one.id for one in accounts if one.id in now and one.is_mqa}
