"""`kill -9` of a worker in the middle of an escalation and of a replay: both are done by the next one, once."""

import signal
import uuid
from collections import Counter
from datetime import timedelta

import pytest
from sqlalchemy import TextClause, select, text, update
from sqlalchemy.orm import Session

from abm.handoff.actors import watch_clocks
from abm.handoff.replaying import ask_for_replay, run_replays
from abm.models import Replay, Task, TaskChange
from abm.queue import ring
from abm.scoring.difference import Span
from abm.scoring.live import default_document
from abm.words import ReplayState, Role, TaskCode
from abm.work import Installation, set_clock_offset, unit_of_work
from tests.abm.handoff.hot import hand_over, heat
from tests.abm.processes import until
from tests.abm.test_worker import bells, started  # noqa: F401  the fixture of the real queue
from tests.worlds import NOON, make_user

# Held by the test: the escalation waits once it has given the task away, the replay while it walks.
HELD = ("lock table task_changes in exclusive mode", "lock table contacts in access exclusive mode")
WAITING = text(
    """
    select count(*) filter (where query ilike 'insert into task_changes%') > 0
        and count(*) filter (where query ilike '%from contacts%') > 0
    from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'
    """
)
WORKING = text(
    "select count(*) from pg_stat_activity where datname = current_database() and application_name = 'abm-worker'"
)
SPAN = Span(NOON - timedelta(days=30), NOON + timedelta(days=1))
OVERDUE = NOON + timedelta(days=7)


@pytest.mark.usefixtures("bells")
def test_a_worker_killed_in_the_middle_of_both_leaves_them_to_the_next_and_doubles_nothing(
    installation: Installation,
) -> None:
    owner_id, replay_id = late_task_and_replay()

    with Session(installation.engine) as holding, started(installation.settings, "-m", "abm", "worker") as worker:
        for lock in HELD:
            holding.execute(text(lock))
        ring("watch_clocks")
        ring("run_replays")
        # Starting takes its time on a machine that others use, too.
        until(lambda: asked(installation, WAITING), within=90)
        worker.send_signal(signal.SIGKILL)
        worker.wait()
        holding.rollback()
        until(lambda: not asked(installation, WORKING))
        with unit_of_work() as work:
            untouched = work.session.scalars(select(Task)).one()
            assert untouched.owner_id == owner_id
            assert untouched.due_at
            assert untouched.due_at < OVERDUE
            assert codes(work.session) == {TaskCode.OPENED: 1}
            # Its lease runs out.
            work.session.execute(update(Replay).values(leased_until=text("clock_timestamp()")))

    for _ in range(2):
        watch_clocks()
        run_replays()

    with unit_of_work() as work:
        once = {TaskCode.OPENED: 1, TaskCode.EXPIRED: 1, TaskCode.ESCALATED: 1, TaskCode.ASSIGNED: 1}
        assert codes(work.session) == once
        assert work.session.scalars(select(Task.owner_id)).one() != owner_id
        done = work.session.get_one(Replay, replay_id)
        assert (done.state, done.attempts, (done.result or {})["tasks"]) == (
            ReplayState.DONE,
            2,
            {"draft": 1, "live": 1},
        )


def late_task_and_replay() -> tuple[uuid.UUID, uuid.UUID]:
    """A hand-off whose deadline has passed with somebody to take it over, and a replay that somebody wants."""
    with unit_of_work() as work:
        set_clock_offset(work.session, NOON - work.at)
    with unit_of_work() as work:
        make_user(work.session, Role.ADMIN)
        owner = make_user(work.session)
        heat(work.session)
        hand_over(work.session)
        make_user(work.session, name="営業 次郎")
        replay = ask_for_replay(work.session, default_document(), SPAN, NOON)
        set_clock_offset(work.session, OVERDUE - work.at)
        return owner.id, replay.id


def codes(session: Session) -> Counter[str]:
    """What has become of tasks, counted."""
    return Counter(session.scalars(select(TaskChange.code)))


def asked(installation: Installation, question: TextClause) -> bool:
    """What the database says of the worker."""
    with Session(installation.engine) as session:
        return bool(session.scalar(question))
