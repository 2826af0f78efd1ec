"""From events to tasks as workers do it, one or several at a time."""

import random
import threading
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from dramatiq.brokers.stub import StubBroker
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from abm.customers.refolds import ask_refold
from abm.due import SWEEPS
from abm.errors import Conflict
from abm.handoff.actors import open_hand_offs
from abm.handoff.answers import Said, answer_task
from abm.models import Account, Contact, Event, Task
from abm.queue import enqueue
from abm.scoring.actors import evaluate_due_accounts, fold_events
from abm.scoring.evaluate import lock_accounts
from abm.words import AnswerCode, EventKind, TaskState, Verdict
from abm.work import Installation, set_clock_offset, unit_of_work
from tests.abm.handoff.hot import heat
from tests.abm.processes import until
from tests.abm.scoring.test_fold import replayed, score_rows
from tests.bells import run_bells
from tests.worlds import NOON, make_account, make_contact, make_event, make_user


@pytest.fixture
def now(installation: Installation) -> datetime:
    """Business time set to NOON, whatever the day."""
    with unit_of_work() as work:
        set_clock_offset(work.session, NOON - work.at)
    return NOON


def make_crowd(session: Session, accounts: int) -> None:
    """Accounts with three people each, who all did enough to make theirs hot; far more events than a day counts."""
    make_user(session)
    chance = random.Random(3)
    for number in range(accounts):
        account = make_account(session, f"株式会社{number}")
        people = [make_contact(session, account, f"人 {n}", f"{number}.{n}@crowd.example") for n in range(3)]
        for who in people:
            make_event(session, who, EventKind.WEBINAR_ATTENDED, NOON, verdict=Verdict.PROVEN, minutes=60)
            for _ in range(12):
                when = NOON - timedelta(minutes=chance.randrange(3 * 24 * 60))
                make_event(session, who, chance.choice((EventKind.CLICK, EventKind.DOWNLOAD)), when)


def due(session: Session, at: datetime) -> set[str]:
    """Actors whose sweep would ring now."""
    names = ("fold_events", "evaluate_accounts", "open_hand_offs")
    return {name for name in names if SWEEPS[name](session, at)}


def test_bells_carry_an_event_to_a_task(installation: Installation, broker: StubBroker, now: datetime) -> None:
    with unit_of_work() as work:
        make_user(work.session)
        heat(work.session)
        enqueue(work.session, "fold_events")

    ran = run_bells(broker)

    assert ran == ["fold_events", "open_hand_offs"]
    with unit_of_work() as work:
        assert work.session.scalar(select(Task.state)) == TaskState.ASSIGNED
        assert due(work.session, work.at) == set()


def test_lost_bells_are_found_by_the_sweeps(installation: Installation, now: datetime) -> None:
    with unit_of_work() as work:
        heat(work.session)
    with unit_of_work() as work:
        assert due(work.session, work.at) == {"fold_events", "evaluate_accounts"}

    for _ in range(2):
        fold_events()
        evaluate_due_accounts()
    with unit_of_work() as work:
        assert due(work.session, work.at) == {"open_hand_offs"}
    for _ in range(2):
        open_hand_offs()

    with unit_of_work() as work:
        # The task waits for somebody, but ringing for it would help nobody.
        assert due(work.session, work.at) == set()
        make_user(work.session)
        assert due(work.session, work.at) == {"open_hand_offs"}


def test_four_workers_at_once_open_exactly_one_task_each(installation: Installation, now: datetime) -> None:
    with unit_of_work() as work:
        make_crowd(work.session, accounts=20)

    run_together(4, work_like_a_worker)

    with unit_of_work() as work:
        session = work.session
        found = session.execute(select(Task.account_id, func.count()).group_by(Task.account_id)).all()
        assert sorted(count for _, count in found) == [1] * 20
        assert session.scalar(select(func.count()).where(Event.folded_at.is_(None))) == 0
        assert score_rows(session, NOON) == pytest.approx(replayed(session, NOON), abs=1e-9)
        depths = dict(session.execute(select(Account.id, Account.depth)).all())
        assert depths == pytest.approx(sums_by_account(session, NOON), rel=1e-4)


def sums_by_account(session: Session, at: datetime) -> dict[UUID, float]:
    """The people's points added up."""
    scores = score_rows(session, at)
    sums: dict[UUID, float] = {}
    for contact_id, account_id in session.execute(select(Contact.id, Contact.account_id)):
        sums[account_id] = sums.get(account_id, 0) + scores[contact_id]
    return sums


def work_like_a_worker() -> None:
    """Small batches, so that every worker meets the others' accounts."""
    fold_events(limit=37)
    open_hand_offs()


def test_of_two_racing_answers_one_wins(installation: Installation, now: datetime) -> None:
    with unit_of_work() as work:
        rep = make_user(work.session)
        heat(work.session)
    work_like_a_worker()
    with unit_of_work() as work:
        task_id = work.session.scalars(select(Task.id)).one()
    lost: list[Conflict] = []

    def answer() -> None:
        try:
            with unit_of_work() as work:
                answer_task(work.session, task_id, Said(AnswerCode.ACCEPT, by=rep.id, at=work.at))
        except Conflict as conflict:
            lost.append(conflict)

    run_together(4, answer)

    assert len(lost) == 3


def test_an_answer_may_ask_for_a_refold_while_one_waits_for_its_account(
    installation: Installation, now: datetime
) -> None:
    with unit_of_work() as work:
        account = heat(work.session)
    work_like_a_worker()
    with unit_of_work() as work:
        anna = work.session.scalars(select(Contact.id).where(Contact.account_id == account.id)).all()[0]
        ask_refold(work.session, [anna])
    folding = threading.Thread(target=fold_events)

    with unit_of_work() as work:
        lock_accounts(work.session, [account.id])
        folding.start()
        wait_for_a_waiter(installation)
        ask_refold(work.session, [anna])
    folding.join()

    fold_events()
    with unit_of_work() as work:
        assert due(work.session, work.at) & {"fold_events"} == set()


def wait_for_a_waiter(installation: Installation) -> None:
    """Until somebody in this database waits for a lock."""
    waiting = text(
        "select exists (select from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database())"
    )
    with installation.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        until(lambda: connection.scalar(waiting))


def run_together(number: int, function: object) -> None:
    """Call it in so many threads at once; their errors are ours."""
    errors: list[BaseException] = []
    start = threading.Barrier(number)

    def run() -> None:
        start.wait()
        try:
            function()  # type: ignore[operator]
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=run) for _ in range(number)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
