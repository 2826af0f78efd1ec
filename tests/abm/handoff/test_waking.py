"""What was put off comes back on its day, once, to whoever had it, and nurture goes on meanwhile."""

from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from abm.errors import Invalid
from abm.guard.ask import ask_guard
from abm.handoff.actors import open_hand_offs, wake_tasks
from abm.handoff.answers import Said, answer_task
from abm.handoff.tasks import list_tasks
from abm.handoff.waking import has_sleepers, wake_next_tasks
from abm.models import Account, Task, Ticket, User
from abm.words import AnswerCode, GuardReason, Language, Route, TaskKind, TaskState, TicketState, WaitReason, WakeChoice
from abm.work import Installation, set_clock_offset, unit_of_work
from tests.abm.handoff.hot import hand_over, heat, hot_task, the_task
from tests.abm.handoff.test_actors import run_together
from tests.abm.scoring.ledgers import TOKYO
from tests.worlds import NOON, make_user

APRIL = date(2027, 4, 1)
MORNING = datetime.fromisoformat("2027-04-01T00:00:00+09:00")


@pytest.fixture
def task(session: Session) -> Task:
    """A hot account's task, put off until April."""
    make_user(session)
    task = hot_task(session)
    assert task.owner_id is not None
    return answer_task(
        session, task.id, Said(AnswerCode.NOT_NOW, by=task.owner_id, at=NOON, until=APRIL, text="来年度に再度")
    )


def wake(session: Session, at: datetime) -> Task:
    """What the workers do on that day."""
    wake_next_tasks(session, at, TOKYO)
    hand_over(session, at)
    return session.scalars(select(Task).where(Task.state != TaskState.RECYCLED)).one()


def test_it_comes_back_on_its_day_and_not_before(session: Session, task: Task) -> None:
    assert not has_sleepers(session, APRIL - timedelta(days=1))
    assert wake_next_tasks(session, MORNING - timedelta(seconds=1), TOKYO) == 0
    assert has_sleepers(session, APRIL)

    fresh = wake(session, MORNING)

    assert (fresh.kind, fresh.state) == (TaskKind.HAND_OFF, TaskState.ASSIGNED)
    assert (fresh.department_id, fresh.contact_id) == (task.department_id, task.contact_id)
    # The clock counts in business hours: Thursday from nine, sixteen hours of a 1:many account.
    assert fresh.due_at == datetime.fromisoformat("2027-04-02T16:00:00+09:00")


def test_it_comes_back_once(session: Session, task: Task) -> None:
    wake(session, MORNING)

    assert wake_next_tasks(session, MORNING + timedelta(days=1), TOKYO) == 0
    assert not has_sleepers(session, APRIL + timedelta(days=400))


def test_it_goes_to_whoever_had_it_although_it_is_somebody_elses_turn(session: Session, task: Task) -> None:
    for _ in range(3):
        make_user(session)

    fresh = wake(session, MORNING)

    assert (fresh.owner_id, fresh.route) == (task.owner_id, Route.OWNER_BEFORE)


def test_a_day_that_was_agreed_waits_for_no_room(session: Session, task: Task) -> None:
    session.get_one(User, task.owner_id).weekly_capacity = 0
    session.flush()

    assert wake(session, MORNING).state == TaskState.ASSIGNED


def test_while_a_ticket_is_open_it_waits_for_whoever_had_it(session: Session, task: Task) -> None:
    for _ in range(3):
        make_user(session)
    ticket = Ticket(account_id=task.account_id, subject="動かない", opened_at=MORNING - timedelta(days=1))
    session.add(ticket)
    session.flush()

    held = wake(session, MORNING)
    before = (held.state, held.waits_because, held.owner_id)
    ticket.state = TicketState.CLOSED
    session.flush()
    hand_over(session, MORNING + timedelta(minutes=10))

    assert before == (TaskState.NEW, WaitReason.TICKET, task.owner_id)
    session.refresh(held)
    assert (held.state, held.owner_id) == (TaskState.ASSIGNED, task.owner_id)


def test_it_goes_to_somebody_else_when_the_owner_has_left(session: Session, task: Task) -> None:
    session.get_one(User, task.owner_id).disabled_at = NOON
    other = make_user(session)

    assert wake(session, MORNING).owner_id == other.id


def test_it_says_what_had_been_answered(session: Session, task: Task) -> None:
    wake(session, MORNING)

    (japanese, *_) = list_tasks(session, at=MORNING)
    (english, *_) = list_tasks(session, at=MORNING, language=Language.ENGLISH)

    assert japanese["why"][0] == "2026/11/13に「時期尚早」との回答：再開の時期です"
    assert japanese["why"][1].endswith("来年度に再度")
    assert english["why"][0] == "Time to come back to it: on 2026-11-13 the answer was “Not now”"


def test_what_is_open_by_then_gets_it_as_evidence(session: Session) -> None:
    make_user(session)
    account = heat(session)
    hand_over(session)
    first = the_task(session)
    answer_task(session, first.id, Said(AnswerCode.NO_NEED, by=first.owner_id, at=NOON))  # type: ignore[arg-type]
    open_now = Task(
        kind=TaskKind.HAND_OFF,
        state=TaskState.ACCEPTED,
        account_id=account.id,
        department_id=first.department_id,
        owner_id=first.owner_id,
        why=[{"code": "nobody"}],
        created_at=NOON,
    )
    session.add(open_now)
    session.flush()

    fresh = wake(session, NOON + timedelta(days=180))

    assert (fresh.id, [entry["cause"] for entry in fresh.evidence]) == (open_now.id, ["woken"])


def test_nurture_rests_while_sales_works_and_resumes_when_it_is_put_off(session: Session) -> None:
    make_user(session)
    task = hot_task(session)
    assert task.owner_id is not None
    assert task.contact_id is not None

    answer_task(session, task.id, Said(AnswerCode.ACCEPT, by=task.owner_id, at=NOON))
    accepted = ask_guard(session, task.contact_id, NOON).reasons
    answer_task(session, task.id, Said(AnswerCode.NOT_NOW, by=task.owner_id, at=NOON, until=APRIL))
    put_off = ask_guard(session, task.contact_id, NOON).reasons

    assert GuardReason.SALES_ACTIVE in accepted
    assert GuardReason.SALES_ACTIVE not in put_off


@pytest.mark.parametrize(
    ("closing_month", "choice", "day"),
    [
        (3, WakeChoice.NEXT_MONTH, date(2026, 12, 1)),
        (3, WakeChoice.NEXT_HALF, date(2027, 4, 1)),
        (3, WakeChoice.NEXT_YEAR, date(2027, 4, 1)),
        (12, WakeChoice.NEXT_HALF, date(2027, 1, 1)),
        (6, WakeChoice.NEXT_HALF, date(2027, 1, 1)),
        (6, WakeChoice.NEXT_YEAR, date(2027, 7, 1)),
        (None, WakeChoice.NEXT_YEAR, date(2027, 4, 1)),
    ],
)
def test_it_is_put_off_in_the_customers_own_words(
    session: Session, closing_month: int | None, choice: WakeChoice, day: date
) -> None:
    make_user(session)
    task = hot_task(session)
    session.get_one(Account, task.account_id).closing_month = closing_month
    session.flush()

    answered = answer_task(session, task.id, Said(AnswerCode.NOT_NOW, by=task.owner_id, at=NOON, when=choice))  # type: ignore[arg-type]

    assert answered.wake_on == day


def test_without_a_day_it_is_not_put_off(session: Session) -> None:
    make_user(session)
    task = hot_task(session)

    with pytest.raises(Invalid, match="needs a date"):
        answer_task(session, task.id, Said(AnswerCode.NOT_NOW, by=task.owner_id, at=NOON))  # type: ignore[arg-type]


def test_of_many_workers_one_wakes_it(installation: Installation) -> None:
    with unit_of_work() as work:
        make_user(work.session)
        for number in range(10):
            heat(work.session, f"株式会社{number}")
        hand_over(work.session)
        for task in work.session.scalars(select(Task)).all():
            answer_task(work.session, task.id, Said(AnswerCode.NO_NEED, by=task.owner_id, at=NOON))  # type: ignore[arg-type]
    with unit_of_work() as work:
        set_clock_offset(work.session, NOON + timedelta(days=181) - work.at)

    run_together(4, wake_up)

    with unit_of_work() as work:
        woken = work.session.scalars(select(Task.account_id).where(Task.state == TaskState.ASSIGNED)).all()
        assert (len(woken), len(set(woken))) == (10, 10)


def wake_up() -> None:
    wake_tasks()
    open_hand_offs()
