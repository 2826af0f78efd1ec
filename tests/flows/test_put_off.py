"""What sales puts off in the browser comes back by itself: not before its day, then once, to the same person."""

from datetime import timedelta

import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from abm import users
from abm.clock import local_day
from abm.due import SWEEPS
from abm.models import Task
from abm.queue import ring
from abm.scheduler import Bells, look
from abm.words import Role, TaskKind, TaskState
from abm.work import Installation, set_clock_offset, unit_of_work
from tests.abm.channels.worlds import open_task
from tests.abm.processes import until
from tests.abm.scoring.ledgers import TOKYO
from tests.flows.conftest import Visit


@pytest.mark.usefixtures("worker")
def test_a_task_that_was_put_off_comes_back_on_its_day(visit: Visit, site: str, installation: Installation) -> None:
    page, errors = visit(Role.SALES)
    with unit_of_work() as work:
        rep = users.find_user(work.session, f"{Role.SALES}@sender.example")
        assert rep is not None
    task = open_task(rep)

    page.goto(f"{site}/tasks/{task.id}")
    page.locator("#answer").get_by_role("link", name="時期尚早").click()
    page.locator("#answer").get_by_role("button", name="来月").click()
    expect(page.locator("#main")).to_contain_text("再育成")
    days = days_until_it_wakes(task)

    go_to_day(days - 1)
    assert not look_once(installation)
    go_to_day(days)
    assert look_once(installation)
    until(lambda: len(hand_offs()) == 2, within=30)
    page.goto(f"{site}/tasks?mine=1")
    expect(page.get_by_text("再開の時期です")).to_have_count(1)
    expect(page.locator("#board").get_by_role("button", name="受け取る")).to_have_count(1)

    go_to_day(days + 1)
    assert not look_once(installation)
    assert [(one.state, one.owner_id) for one in hand_offs()] == [
        (TaskState.RECYCLED, rep.id),
        (TaskState.ASSIGNED, rep.id),
    ]
    assert errors == []


def days_until_it_wakes(task: Task) -> int:
    with unit_of_work() as work:
        wake_on = work.session.get_one(Task, task.id).wake_on
        assert wake_on is not None
        return (wake_on - local_day(work.at, TOKYO)).days


def go_to_day(number: int) -> None:
    """Let so many days of business time have passed since the beginning."""
    with unit_of_work() as work:
        set_clock_offset(work.session, timedelta(days=number))


def look_once(installation: Installation) -> bool:
    """What the scheduler does each second; whether it rang for what was put off."""
    with installation.engine.connect() as connection:
        return "wake_tasks" in look(connection, Bells(ring), SWEEPS)


def hand_offs() -> list[Task]:
    with unit_of_work() as work:
        mine = select(Task).where(Task.kind == TaskKind.HAND_OFF).order_by(Task.created_at)
        return list(work.session.scalars(mine))
