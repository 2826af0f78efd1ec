"""Logging work with a customer: a line on the timeline, a started hand-off, and reps who learn of each other."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import exists, func, or_, select, union_all, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session
from sqlalchemy.sql.elements import ColumnElement

from abm.clock import local_day
from abm.customers.hearing import hear_note
from abm.customers.notices import tell
from abm.customers.records import lock_account
from abm.customers.timeline import Item, keep_item
from abm.errors import Invalid
from abm.handoff.answers import TOKYO, Said, answer_task
from abm.models import Account, Contact, Department, Event, Task, TimelineItem, User
from abm.queue import enqueue
from abm.words import SALES_CONTACTS, AnswerCode, EventKind, ItemKind, NoticeKind, TaskKind, TaskState, Verdict

LOGGED = (ItemKind.NOTE, *SALES_CONTACTS)
# Work longer ago says nothing about who is at a customer now.
LATELY = timedelta(days=90)
# A clock a little ahead of ours is no reason to refuse a call that has just ended.
CLOCK_SLACK = timedelta(minutes=5)
# A meeting of a day and a night is a slip of the pen.
LONGEST_MEETING = 24 * 60


@dataclass(frozen=True)
class Activity:
    """What somebody did with a customer: when, with whom, and what it came to."""

    kind: ItemKind
    account_id: uuid.UUID
    happened_at: datetime
    what: str
    contact_id: uuid.UUID | None = None
    department_id: uuid.UUID | None = None
    # How long a meeting took.
    minutes: int | None = None


@dataclass(frozen=True)
class Colleague:
    """Somebody else who worked on the account lately, and when last."""

    id: uuid.UUID
    name: str
    at: datetime


@dataclass(frozen=True)
class Logged:
    """What logging came to: the hand-offs it started, who else works here, and how much was heard in the words."""

    item_id: uuid.UUID
    started: tuple[uuid.UUID, ...]
    colleagues: tuple[Colleague, ...]
    heard: int


def log_activity(
    session: Session, activity: Activity, *, by: uuid.UUID, at: datetime, zone: ZoneInfo = TOKYO
) -> Logged:
    """Keep it on the timeline; the first contact starts an accepted hand-off, a second rep and the first are told."""
    lock_account(session, activity.account_id)
    activity = _checked(session, activity, at)
    is_new_here = not _worked_here(session, activity.account_id, by, at)
    colleagues = colleagues_on(session, activity.account_id, but=by, at=at)
    item_id = keep_item(session, _item(activity, by))
    heard = hear_note(session, item_id, at=at, zone=zone)
    if is_new_here:
        _introduce(session, activity, by, colleagues, at)
    if activity.kind not in SALES_CONTACTS:
        return Logged(item_id, (), tuple(colleagues), heard)
    _count_meeting(session, activity, item_id)
    started = _start_tasks(session, activity, by, at, zone)
    _keep_last_contact(session, activity, local_day(activity.happened_at, zone))
    return Logged(item_id, tuple(started), tuple(colleagues), heard)


def colleagues_on(session: Session, account_id: uuid.UUID, *, but: uuid.UUID, at: datetime) -> Sequence[Colleague]:
    """Who else logged work on this account lately or has taken a task there, the last one first."""
    logged = select(TimelineItem.by_user_id.label("id"), TimelineItem.happened_at.label("at")).where(
        *_lately(account_id, at)
    )
    taken = select(Task.owner_id.label("id"), Task.accepted_at.label("at")).where(
        Task.account_id == account_id, Task.state.in_((TaskState.ACCEPTED, TaskState.WORKING))
    )
    work = union_all(logged, taken).subquery()
    last = func.max(work.c.at)
    rows = select(User.id, User.name, last).join(work, work.c.id == User.id).where(User.id != but)
    return [Colleague(*row) for row in session.execute(rows.group_by(User.id).order_by(last.desc(), User.id))]


def _checked(session: Session, activity: Activity, at: datetime) -> Activity:
    """The activity in its person's department; Invalid when something does not fit together."""
    if activity.kind not in LOGGED:
        raise Invalid("choose what it was: note, call, mail, visit or meeting", "kind", "activity_missing")
    if not activity.what.strip():
        raise Invalid("say in a line what it came to", "what", "required")
    if activity.happened_at > at + CLOCK_SLACK:
        raise Invalid("what is still to come is a next action", "happened_at", "future")
    if activity.minutes is not None and not 0 < activity.minutes <= LONGEST_MEETING:
        raise Invalid("a meeting takes between a minute and a day", "minutes", "minutes_out_of_range")
    if activity.contact_id is None:
        return _in_department(session, activity)
    contact = session.get(Contact, activity.contact_id)
    if contact is None or contact.account_id != activity.account_id:
        raise Invalid("this person is not at the account", "contact_id", "unknown")
    return replace(activity, department_id=contact.department_id or activity.department_id)


def _in_department(session: Session, activity: Activity) -> Activity:
    department = session.get(Department, activity.department_id) if activity.department_id else None
    if activity.department_id and (department is None or department.account_id != activity.account_id):
        raise Invalid("this department is not of the account", "department_id", "unknown")
    return activity


def _item(activity: Activity, by: uuid.UUID) -> Item:
    return Item(
        activity.kind,
        activity.account_id,
        activity.happened_at,
        department_id=activity.department_id,
        contact_id=activity.contact_id,
        body=activity.what.strip(),
        detail={"minutes": activity.minutes} if activity.minutes and activity.kind == ItemKind.MEETING else {},
        by_user_id=by,
    )


def _worked_here(session: Session, account_id: uuid.UUID, user_id: uuid.UUID, at: datetime) -> bool:
    mine = exists().where(*_lately(account_id, at), TimelineItem.by_user_id == user_id)
    return bool(session.scalar(select(mine)))


def _lately(account_id: uuid.UUID, at: datetime) -> tuple[ColumnElement[bool], ...]:
    return (
        TimelineItem.account_id == account_id,
        TimelineItem.kind.in_(LOGGED),
        TimelineItem.import_id.is_(None),
        TimelineItem.happened_at > at - LATELY,
    )


def _introduce(
    session: Session, activity: Activity, by: uuid.UUID, colleagues: Sequence[Colleague], at: datetime
) -> None:
    """The newcomer hears who was here first; those, and whoever looks after the customer, hear of the newcomer."""
    account_id = activity.account_id
    here = dict.fromkeys([*(colleague.id for colleague in colleagues), *_owners(session, activity)])
    tell(
        session,
        [user for user in here if user != by],
        NoticeKind.SECOND_HERE,
        account_id=account_id,
        about=by,
        at=at,
    )
    for colleague in colleagues[:1]:
        tell(session, [by], NoticeKind.FIRST_HERE, account_id=account_id, about=colleague.id, at=at)


def _owners(session: Session, activity: Activity) -> Sequence[uuid.UUID]:
    """Who looks after the account, and after the department this was with."""
    of_account = select(Account.owner_id.label("id")).where(Account.id == activity.account_id)
    of_department = select(Department.owner_id.label("id")).where(Department.id == activity.department_id)
    owners = union_all(of_account, of_department).subquery()
    return session.scalars(select(owners.c.id).where(owners.c.id.is_not(None))).all()


def _count_meeting(session: Session, activity: Activity, item_id: uuid.UUID) -> None:
    """Time that a person spent with us is an act of theirs; the line's own id lets it count once."""
    if activity.kind != ItemKind.MEETING or activity.contact_id is None or activity.minutes is None:
        return
    event = {
        "id": item_id,
        "kind": EventKind.MEETING,
        "happened_at": activity.happened_at,
        "account_id": activity.account_id,
        "department_id": activity.department_id,
        "contact_id": activity.contact_id,
        "verdict": Verdict.PROVEN,
        "minutes": activity.minutes,
    }
    session.execute(insert(Event).values(event).on_conflict_do_nothing())
    enqueue(session, "fold_events")


def _start_tasks(session: Session, activity: Activity, by: uuid.UUID, at: datetime, zone: ZoneInfo) -> list[uuid.UUID]:
    """Accepted hand-offs of this department, or of the account: the first contact with it makes them working."""
    accepted = select(Task.id).where(
        Task.account_id == activity.account_id,
        Task.kind == TaskKind.HAND_OFF,
        Task.state == TaskState.ACCEPTED,
        # Times are typed to the minute: a call of the minute of acceptance came after it.
        Task.accepted_at < activity.happened_at + timedelta(minutes=1),
    )
    if activity.department_id is not None:
        here = or_(Task.department_id == activity.department_id, Task.department_id.is_(None))
        accepted = accepted.where(here)
    started = list(session.scalars(accepted.order_by(Task.id)))
    for task_id in started:
        answer_task(session, task_id, Said(AnswerCode.START, by=by, at=at), zone)
    return started


def _keep_last_contact(session: Session, activity: Activity, day: date) -> None:
    for kind, key in ((Account, activity.account_id), (Contact, activity.contact_id)):
        older = or_(kind.last_contacted_on.is_(None), kind.last_contacted_on < day)
        session.execute(update(kind).where(kind.id == key, older).values(last_contacted_on=day))
