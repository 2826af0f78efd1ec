"""Gathering what a batch of enrollments must be judged by: set-based, and only what the steps near them ask for."""

import uuid
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TypeVar
from zoneinfo import ZoneInfo

from sqlalchemy import text
from sqlalchemy.orm import Session

from abm.conditions.holds import Facts, holds
from abm.conditions.holds import Known as Value
from abm.conditions.language import Condition, Moment
from abm.customers.company_calendar import read_calendar
from abm.guard.facts import zone_of
from abm.scoring.arrays import array
from abm.segments.facts import gather_facts
from abm.words import HUMAN, BuyingRole, EventKind
from campaigns.habits import MEMORY, usual_hour
from campaigns.journey import kinds_of
from campaigns.known import NOTHING, Done, Known, Person, Whereabouts
from campaigns.moves import Standing
from campaigns.steps import AskStep, BranchStep, DayStep, EventStep, MailStep, Step, WindowStep, by_step
from campaigns.windows import Habit

EVENTS = """
    select {whose}, kind, happened_at, topics from events
    where {whose} = any(:ids) and kind = any(:kinds) and verdict = any(:human)
      and happened_at >= :since and happened_at <= :at
"""
PEOPLE = text(
    """
    select account_id, buying_role, id, department_id, email, language from contacts
    where account_id = any(:accounts) and archived_at is null
    order by created_at, id
    """
)
PLACES = text(
    """
    select n.enrollment_id, c.time_zone, a.closing_month
    from unnest(cast(:enrollments as uuid[]), cast(:accounts as uuid[]), cast(:contacts as uuid[]))
        as n (enrollment_id, account_id, contact_id)
    join accounts a on a.id = n.account_id
    left join contacts c on c.id = n.contact_id
    """
)

# What people do with a mail they read, at that hour.
MAIL_ACTS = (EventKind.OPEN, EventKind.CLICK, EventKind.DOWNLOAD, EventKind.PREMIUM_DOWNLOAD, EventKind.REPLY)
ACTS = text(
    """
    select contact_id, happened_at from events
    where contact_id = any(:ids) and kind = any(:kinds) and verdict = any(:human)
      and happened_at >= :since and happened_at <= :at
    """
)

S = TypeVar("S", bound=Step)


@dataclass(frozen=True)
class Near:
    """A standing with the steps it may have to be judged by now."""

    standing: Standing
    steps: Sequence[Step]

    def has(self, *kinds: type) -> bool:
        """Whether one of them is of these kinds."""
        return any(isinstance(step, kinds) for step in self.steps)


# The people of an account, each with the part they play in a purchase.
Members = Mapping[uuid.UUID, Sequence[tuple[BuyingRole | None, Person]]]


def gather_members(session: Session, nears: Iterable[Near]) -> Members:
    """Everybody living at the accounts that are the subject themselves."""
    return read_members(session, {near.standing.account_id for near in nears if near.standing.contact_id is None})


def read_members(session: Session, accounts: Collection[uuid.UUID]) -> Members:
    """Everybody living at these accounts."""
    found: defaultdict[uuid.UUID, list[tuple[BuyingRole | None, Person]]] = defaultdict(list)
    for account_id, role, *person in session.execute(PEOPLE, {"accounts": list(accounts)}) if accounts else ():
        found[account_id].append((BuyingRole(role) if role else None, Person(*person)))
    return found


def addressed(step: MailStep, account_id: uuid.UUID, members: Members) -> list[Person]:
    """Whom of an account a mail step is for, who has been with us longest first."""
    roles = step.to.roles if step.to else ()
    return [person for role, person in members.get(account_id, ()) if role in roles]


def gather_known(
    session: Session, nears: Sequence[Near], members: Members, at: datetime, zone: ZoneInfo
) -> dict[uuid.UUID, Known]:
    """What is known of each enrollment that is asked about anything; the others are left out."""
    asked = [near for near in nears if near.has(EventStep, BranchStep, AskStep, DayStep, WindowStep)]
    asked += [near for near in nears if near.standing.contact_id is None and near.has(MailStep)]
    deeds = _gather_deeds(session, nears, at)
    asking = _Asking(session, Moment(at, zone), members)
    answers, days = asking.answers(nears), asking.days(nears)
    places = _gather_places(session, nears, at, zone)
    return {
        near.standing.id: Known(
            deeds.get(near.standing.id),
            answers.get(near.standing.id, NOTHING.answers),
            days.get(near.standing.id, NOTHING.days),
            _people(near, members),
            places.get(near.standing.id),
        )
        for near in asked
    }


def _people(near: Near, members: Members) -> Mapping[str, Sequence[Person]]:
    standing = near.standing
    if standing.contact_id is not None:
        return NOTHING.people
    mails = (step for step in near.steps if isinstance(step, MailStep))
    return {step.key: addressed(step, standing.account_id, members) for step in mails}


def _gather_deeds(session: Session, nears: Sequence[Near], at: datetime) -> dict[uuid.UUID, Sequence[Done]]:
    """What people did, for those only who may be asked about it; of an account what anybody there did."""
    asked = [near for near in nears if near.has(EventStep, BranchStep)]
    found: dict[uuid.UUID, Sequence[Done]] = {}
    for whose in ("contact_id", "account_id"):
        mine = [near for near in asked if (near.standing.contact_id is None) == (whose == "account_id")]
        done = _read_deeds(session, whose, mine, at) if mine else {}
        found |= {near.standing.id: done.get(getattr(near.standing, whose), ()) for near in mine}
    return found


def _read_deeds(
    session: Session, whose: str, nears: Sequence[Near], at: datetime
) -> Mapping[uuid.UUID, Sequence[Done]]:
    events = [step for step, _ in _by_step(nears, EventStep)]
    branches = [step for step, _ in _by_step(nears, BranchStep)]
    kinds = frozenset[EventKind]().union(*map(kinds_of, events), *map(kinds_of, branches))
    values = {
        "ids": list({getattr(near.standing, whose) for near in nears}),
        "kinds": list(kinds),
        "human": list(HUMAN),
        "since": min(_since(near) for near in nears),
        "at": at,
    }
    found: defaultdict[uuid.UUID, list[Done]] = defaultdict(list)
    for subject, kind, happened_at, topics in session.execute(text(EVENTS.format(whose=whose)), values):
        found[subject].append(Done(EventKind(kind), happened_at, topics))
    return found


def _since(near: Near) -> datetime:
    """From when on what somebody did can matter: since they stand here, or since a mail that is asked about."""
    mailed = near.standing.trail.get("mails", {})
    times = [mailed[step.of] for step in near.steps if isinstance(step, EventStep | BranchStep) and step.of in mailed]
    return min([near.standing.step_since, *map(datetime.fromisoformat, times)])


@dataclass(frozen=True)
class _Asking:
    """Asks the conditions and days of steps, each once for everybody near it."""

    session: Session
    moment: Moment
    members: Members

    def answers(self, nears: Sequence[Near]) -> Mapping[uuid.UUID, Mapping[str, bool]]:
        """By enrollment and step whether its condition holds; an account's holds when it does for one of its people."""
        found: defaultdict[uuid.UUID, dict[str, bool]] = defaultdict(dict)
        for step, standings in _by_step(nears, AskStep):
            facts = self._facts(step.when, standings)
            meets = {id for id, one in facts.items() if holds(step.when, one, self.moment)}
            for standing in standings:
                found[standing.id][step.key] = not meets.isdisjoint(self._ids(standing))
        return found

    def days(self, nears: Sequence[Near]) -> Mapping[uuid.UUID, Mapping[str, Sequence[date]]]:
        """By enrollment and step the days the records hold."""
        found: defaultdict[uuid.UUID, dict[str, Sequence[date]]] = defaultdict(dict)
        for step, standings in _by_step(nears, DayStep):
            if step.field is None:
                continue
            facts = self._facts(step.field, standings)
            for standing in standings:
                values = [facts[id].values.get(step.field.field) for id in self._ids(standing) if id in facts]
                found[standing.id][step.key] = sorted({day for value in values for day in _days(value)})
        return found

    def _facts(self, condition: Condition, standings: Sequence[Standing]) -> Mapping[uuid.UUID, Facts]:
        ids = {id for standing in standings for id in self._ids(standing)}
        return gather_facts(self.session, condition, ids, self.moment) if ids else {}

    def _ids(self, standing: Standing) -> Sequence[uuid.UUID]:
        if standing.contact_id is not None:
            return (standing.contact_id,)
        return [person.contact_id for _, person in self.members.get(standing.account_id, ())]


def _days(value: Value) -> Iterator[date]:
    for one in value if isinstance(value, tuple) else (value,):
        if isinstance(one, date):
            yield one


def _by_step(nears: Sequence[Near], kind: type[S]) -> list[tuple[S, list[Standing]]]:
    """The steps of one kind with everybody near them."""
    return by_step((step, near.standing) for near in nears for step in near.steps if isinstance(step, kind))


def _gather_places(
    session: Session, nears: Sequence[Near], at: datetime, zone: ZoneInfo
) -> dict[uuid.UUID, Whereabouts]:
    standings = [near.standing for near in nears if near.has(WindowStep, DayStep)]
    if not standings:
        return {}
    calendar = read_calendar(session, zone)
    values = {
        "enrollments": array(one.id for one in standings),
        "accounts": array(one.account_id for one in standings),
        "contacts": array(one.contact_id for one in standings),
    }
    acts = _gather_acts(session, nears, at)
    places = {}
    for enrollment_id, name, closing_month in session.execute(PLACES, values):
        own = zone_of(name, zone)
        there = (moment.astimezone(own) for moment in acts.get(enrollment_id, ()))
        places[enrollment_id] = Whereabouts(own, calendar, closing_month, usual_hour(there))
    return places


def _gather_acts(session: Session, nears: Sequence[Near], at: datetime) -> Mapping[uuid.UUID, Sequence[datetime]]:
    """When the people acted who wait for their usual hour, by enrollment."""
    asked = [near.standing for near in nears if any(_asks_for_habit(step) for step in near.steps)]
    contacts = {one.contact_id for one in asked if one.contact_id}
    if not contacts:
        return {}
    values = {"ids": list(contacts), "kinds": list(MAIL_ACTS), "human": list(HUMAN), "since": at - MEMORY, "at": at}
    found: defaultdict[uuid.UUID, list[datetime]] = defaultdict(list)
    for contact_id, happened_at in session.execute(ACTS, values):
        found[contact_id].append(happened_at)
    return {one.id: found.get(one.contact_id, ()) for one in asked if one.contact_id}


def _asks_for_habit(step: Step) -> bool:
    return isinstance(step, WindowStep) and isinstance(step.window, Habit)
