"""Capacity: the hottest are given out, the rest wait in a line that people see, and requests pass it."""

import uuid
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from abm.customers.working_hours import week_start
from abm.handoff.answers import Said, answer_task
from abm.handoff.assign import assign_waiting, has_waiting, places_in_line
from abm.handoff.tasks import list_tasks
from abm.models import Account, Contact, Deal, Event, MqaChange, Task, TaskChange, Ticket, TimelineItem, User
from abm.words import (
    AnswerCode,
    DealStage,
    EventKind,
    ExcludedReason,
    ItemKind,
    MqaCause,
    Role,
    Route,
    TaskCode,
    TaskState,
    TicketState,
    Verdict,
    WaitReason,
)
from tests.abm.handoff.hot import hand_over, heat, people, the_task
from tests.abm.scoring.ledgers import TOKYO
from tests.worlds import NOON, make_event, make_user

NEXT_WEEK = week_start(NOON + timedelta(days=7), TOKYO)


@pytest.fixture
def rep(session: Session) -> User:
    """Sales, with room for two hand-offs a week."""
    return make_user(session, weekly_capacity=2)


def heat_by(session: Session, minutes: int) -> Account:
    """A hot account, the hotter the longer its people attended."""
    account = heat(session, f"株式会社{minutes}分")
    attended = select(Event).join(Contact, Contact.id == Event.contact_id).where(Contact.account_id == account.id)
    for event in session.scalars(attended.where(Event.kind == EventKind.WEBINAR_ATTENDED)):
        event.minutes = minutes
    session.flush()
    return account


def states(session: Session) -> dict[str, str]:
    """The state of each account's task, by the account's name."""
    rows = session.execute(select(Account.name, Task.state).join(Task, Task.account_id == Account.id))
    return dict(rows.all())


def codes(session: Session, task: Task) -> list[str]:
    changes = select(TaskChange.code).where(TaskChange.task_id == task.id)
    return list(session.scalars(changes.order_by(TaskChange.at, TaskChange.id)))


def task_of(session: Session, account: Account) -> Task:
    found = select(Task).where(Task.account_id == account.id).execution_options(populate_existing=True)
    return session.scalars(found).one()


def test_the_hottest_are_given_out_and_the_rest_wait_with_their_place(session: Session, rep: User) -> None:
    accounts = {minutes: heat_by(session, minutes) for minutes in (45, 60, 35, 50)}

    hand_over(session)

    assert states(session) == {
        "株式会社60分": TaskState.ASSIGNED,
        "株式会社50分": TaskState.ASSIGNED,
        "株式会社45分": TaskState.NEW,
        "株式会社35分": TaskState.NEW,
    }
    waiting = [task_of(session, accounts[minutes]) for minutes in (45, 35)]
    assert [(task.waits_because, task.due_at) for task in waiting] == [(WaitReason.CAPACITY, None)] * 2
    assert places_in_line(session) == {waiting[0].id: 1, waiting[1].id: 2}
    listed = {task["account"]["name"]: task["waits"] for task in list_tasks(session, at=NOON)}
    assert listed["株式会社35分"] == {"because": "capacity", "place": 2}
    assert listed["株式会社60分"] is None


def test_the_new_week_brings_room_for_the_hottest(session: Session, rep: User) -> None:
    for minutes in (60, 55, 50, 45, 40):
        heat_by(session, minutes)
    hand_over(session)

    too_early = assign_waiting(session, NEXT_WEEK - timedelta(minutes=1), TOKYO)
    released = assign_waiting(session, NEXT_WEEK, TOKYO)

    assert (too_early, released) == (3, 3), "all are looked at"
    given = {name for name, state in states(session).items() if state == TaskState.ASSIGNED}
    assert given == {"株式会社60分", "株式会社55分", "株式会社50分", "株式会社45分"}
    fresh = session.scalars(select(Task).where(Task.assigned_at == NEXT_WEEK)).all()
    assert [codes(session, task) for task in fresh] == [["opened", "released"]] * 2


def test_a_task_that_is_sent_back_gives_its_place_to_the_next(session: Session, rep: User) -> None:
    accounts = [heat_by(session, minutes) for minutes in (60, 50, 40)]
    hand_over(session)
    first = task_of(session, accounts[0])

    answer_task(session, first.id, Said(AnswerCode.OTHER, by=rep.id, at=NOON, text="重複"))

    assert has_waiting(session, NOON)
    assign_waiting(session, NOON, TOKYO)
    assert task_of(session, accounts[2]).state == TaskState.ASSIGNED


def test_who_asks_to_be_called_at_once_passes_the_line(session: Session, rep: User) -> None:
    accounts = [heat_by(session, minutes) for minutes in (60, 50, 40)]
    hand_over(session)

    make_event(session, people(session, accounts[2])[0], EventKind.DEMO_REQUEST, NOON, verdict=Verdict.PROVEN)
    hand_over(session)

    task = task_of(session, accounts[2])
    assert (task.state, task.due_at) == (TaskState.ASSIGNED, NOON + timedelta(hours=1))
    assert task.why[0]["code"] == "request"


def test_a_request_shortens_the_clock_of_a_task_that_is_open_already(session: Session) -> None:
    make_user(session)
    account = heat(session)
    hand_over(session)

    make_event(session, people(session, account)[0], EventKind.DEMO_REQUEST, NOON, verdict=Verdict.PROVEN)
    hand_over(session)

    task = the_task(session)
    assert (task.due_at, task.remind_at) == (NOON + timedelta(hours=1), NOON + timedelta(minutes=30))


def test_a_colleague_with_room_takes_what_nobody_owns(session: Session, rep: User) -> None:
    other = make_user(session)
    for minutes in (60, 55, 50, 45):
        heat_by(session, minutes)

    hand_over(session)

    owners = list(session.scalars(select(Task.owner_id)))
    assert (owners.count(rep.id), owners.count(other.id)) == (2, 2)


def test_an_owners_accounts_wait_for_the_owner(session: Session) -> None:
    owner = make_user(session, weekly_capacity=0)
    make_user(session)
    account = heat(session)
    account.owner_id = owner.id
    session.flush()

    hand_over(session)

    task = the_task(session)
    assert (task.state, task.owner_id, task.route) == (TaskState.NEW, owner.id, Route.ACCOUNT_OWNER)


def test_while_a_ticket_is_open_nobody_is_sent_there(session: Session) -> None:
    make_user(session)
    account = heat(session)
    ticket = Ticket(account_id=account.id, subject="動かない", opened_at=NOON - timedelta(days=1))
    session.add(ticket)
    session.flush()

    hand_over(session)
    held = the_task(session)
    assert (held.state, held.waits_because, held.owner_id) == (TaskState.NEW, WaitReason.TICKET, None)

    ticket.state, ticket.closed_at = TicketState.CLOSED, NOON
    session.flush()
    hand_over(session, NOON + timedelta(minutes=10))

    task = the_task(session)
    assert (task.state, codes(session, task)) == (TaskState.ASSIGNED, ["opened", "released"])


def test_an_open_deal_has_the_hand_off_go_to_its_owner(session: Session) -> None:
    seller, _other = make_user(session), make_user(session)
    account = heat(session)
    account.owner_id = _other.id
    deal = Deal(account_id=account.id, name="製品X", stage=DealStage.DISCOVERY, stage_since=NOON, owner_id=seller.id)
    session.add(deal)
    session.flush()

    hand_over(session)

    task = the_task(session)
    assert (task.owner_id, task.route, task.deal_id) == (seller.id, Route.DEAL_OWNER, deal.id)


@pytest.mark.parametrize(
    ("excluded", "reason"), [(ExcludedReason.COMPETITOR, "competitor"), (ExcludedReason.NOT_FIT, "excluded")]
)
def test_what_the_guard_skips_is_no_task_and_says_why(session: Session, excluded: ExcludedReason, reason: str) -> None:
    make_user(session)
    account = heat(session)
    account.excluded_reason = excluded
    asked = MqaChange(account_id=account.id, cause=MqaCause.REROUTED, at=NOON)
    session.add(asked)
    session.flush()

    hand_over(session)

    assert session.scalars(select(Task)).all() == []
    session.refresh(asked)
    assert (asked.withheld_because, asked.handed_over_at) == (reason, NOON)
    told = session.scalars(select(TimelineItem).where(TimelineItem.kind == ItemKind.TASK_WITHHELD)).one()
    assert told.detail == {"reasons": [reason]}


def test_what_is_excluded_while_it_waits_is_withdrawn(session: Session) -> None:
    account = heat(session)
    hand_over(session)
    account.excluded_reason = ExcludedReason.NOT_FIT
    make_user(session)
    session.flush()

    hand_over(session, NOON + timedelta(hours=1))

    task = the_task(session)
    assert (task.state, task.closed_at) == (TaskState.DISQUALIFIED, NOON + timedelta(hours=1))
    assert codes(session, task) == [TaskCode.OPENED, TaskCode.WITHDRAWN]


def test_whose_people_all_refused_every_contact_is_left_alone(session: Session) -> None:
    make_user(session)
    account = heat(session)
    for contact in people(session, account):
        contact.refused_at = NOON
    session.flush()

    hand_over(session)

    assert session.scalars(select(Task)).all() == []


def test_a_user_who_is_only_an_administrator_takes_what_nobody_else_could(session: Session) -> None:
    admin = make_user(session, Role.ADMIN)
    heat(session)

    hand_over(session)

    task = the_task(session)
    assert (task.owner_id, task.route) == (admin.id, Route.FALLBACK)


def test_the_guard_decides_before_nobody_is_found(session: Session) -> None:
    account = heat(session)
    hand_over(session)
    waiting = uuid.UUID(str(the_task(session).id))

    assert (session.get_one(Task, waiting).waits_because, account.is_mqa) == (WaitReason.NOBODY, True)
    assert not has_waiting(session, NOON)
