"""The manager's view: who sees it, what it counts, and giving a task to somebody else."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from abm import users
from abm.models import Task, TaskChange, User
from abm.reports.task_overview import Overview, read_overview
from abm.words import AnswerCode, MqaCause, Role, TaskCode, TaskKind, TaskState
from abm.work import Installation, unit_of_work
from tests.abm.scoring.ledgers import TOKYO
from tests.abm.web.conftest import LogIn, mail_of
from tests.worlds import make_account, make_user

ENTERED = [{"cause": MqaCause.ENTERED, "events": []}]
ACT_NOW = [{"cause": MqaCause.ACT_NOW, "events": []}]
REQUEST = [{"code": "request", "act": "demo_request", "at": "2026-11-13T03:00:00Z", "person": {"name": "安奈 花子"}}]


def add_rep(name: str = "営業 花子", **over: Any) -> User:
    with unit_of_work() as work:
        return make_user(work.session, name=name, **over)


def now() -> datetime:
    with unit_of_work() as work:
        return work.at


def add_task(owner: User | None, state: TaskState = TaskState.ASSIGNED, *, hours: float = 4, **over: Any) -> Task:
    """A hand-off of this owner, due in so many hours."""
    with unit_of_work() as work:
        account = make_account(work.session, "株式会社アクメ")
        at = work.at - timedelta(hours=2)
        values = {"kind": TaskKind.HAND_OFF, "state": state, "account_id": account.id, "why": [], "evidence": ENTERED}
        times = {"created_at": at, "assigned_at": at, "due_at": work.at + timedelta(hours=hours)}
        task = Task(**{**values, **times, "owner_id": owner.id if owner else None, **over})
        work.session.add(task)
    return task


def closed(owner: User, answer: AnswerCode, state: TaskState, **over: Any) -> Task:
    return add_task(owner, state, answer=answer, closed_at=now(), **over)


def overview() -> Overview:
    with unit_of_work() as work:
        return read_overview(work.session, work.at, TOKYO)


def me(role: Role = Role.SALES) -> User:
    with unit_of_work() as work:
        found = users.find_user(work.session, mail_of(role))
        assert found is not None
        return found


def test_load_counts_what_is_open_overdue_and_taken_this_week(installation: Installation) -> None:
    rep = add_rep(weekly_capacity=5)
    # Two hours ago may have been another week.
    this_week = {"assigned_at": now()}
    add_task(rep, **this_week)
    add_task(rep, hours=-1, **this_week)
    add_task(rep, TaskState.NEW, assigned_at=None, due_at=None)
    closed(rep, AnswerCode.OTHER, TaskState.REJECTED, **this_week)

    (load,) = overview().loads

    assert (load.open, load.overdue, load.waiting, load.taken, load.capacity) == (3, 1, 1, 2, 5)


def test_the_rate_of_a_rep_leaves_out_what_still_waits(installation: Installation) -> None:
    rep = add_rep()
    add_task(rep)
    add_task(rep, TaskState.ACCEPTED, accepted_at=add_task(rep).assigned_at + timedelta(hours=3))  # type: ignore[operator]
    closed(rep, AnswerCode.MEETING, TaskState.MEETING)
    closed(rep, AnswerCode.FALSE_SIGNAL, TaskState.REJECTED)

    (load,) = overview().loads

    assert (load.accepted, load.decided, round(load.hours or 0)) == (2, 3, 3)
    assert load.rate == pytest.approx(2 / 3)


def test_acceptance_is_counted_by_what_made_the_hand_off(installation: Installation) -> None:
    rep = add_rep()
    closed(rep, AnswerCode.MEETING, TaskState.MEETING, evidence=ACT_NOW, why=REQUEST)
    closed(rep, AnswerCode.NOT_FIT, TaskState.DISQUALIFIED)
    add_task(rep)

    rules = {(rule.cause, rule.act): (rule.tasks, rule.accepted, rule.won) for rule in overview().rules}

    assert rules == {("entered", ""): (2, 0, 0), ("act_now", "demo_request"): (1, 1, 1)}


def test_answers_are_counted_by_reason(installation: Installation) -> None:
    rep = add_rep()
    for _ in range(2):
        closed(rep, AnswerCode.NO_BUDGET, TaskState.RECYCLED)
    closed(rep, AnswerCode.OTHER, TaskState.REJECTED)

    assert [(row.answer, row.tasks) for row in overview().reasons] == [("no_budget", 2), ("other", 1)]


def test_what_is_overdue_stands_first(installation: Installation) -> None:
    rep = add_rep()
    late, soon = add_task(rep, hours=-3), add_task(rep, hours=1)
    waiting = add_task(None, TaskState.NEW, due_at=None, assigned_at=None)

    assert [task.id for task in overview().tasks] == [late.id, soon.id, waiting.id]


def test_marketers_see_everybody_and_reps_nothing(log_in: LogIn, installation: Installation) -> None:
    add_task(add_rep())

    assert "営業 花子" in log_in(Role.MARKETER).get("/tasks/overview").text
    assert log_in(Role.SALES).get("/tasks/overview").status_code == 403


def give(browser: FlaskClient, task: Task, to: User | None, **over: str) -> Any:
    return browser.post(f"/tasks/{task.id}/owner", data={"to": str(to.id) if to else "", **over})


def owner_of(task: Task) -> Any:
    with unit_of_work() as work:
        return work.session.get_one(Task, task.id).owner_id


def test_a_manager_of_sales_sees_and_moves_the_tasks_of_the_team_only(
    log_in: LogIn, installation: Installation
) -> None:
    browser = log_in(Role.SALES)
    mine = add_rep("チーム 花子", manager_id=me().id)
    stranger = add_rep("他部門 次郎")
    ours, theirs = add_task(mine), add_task(stranger)

    page = browser.get("/tasks/overview").text

    assert f"/tasks/{ours.id}/owner" in page
    assert f"/tasks/{theirs.id}/owner" not in page
    assert (give(browser, ours, me()).status_code, give(browser, theirs, mine).status_code) == (303, 403)
    assert (owner_of(ours), owner_of(theirs)) == (me().id, stranger.id)


def test_a_task_is_given_from_the_overview_and_recorded(log_in: LogIn, installation: Installation) -> None:
    first, second = add_rep(), add_rep("営業 次郎")
    task = add_task(first)

    done = give(log_in(Role.MARKETER), task, second, back="overview")

    assert (done.location, owner_of(task)) == ("/tasks/overview", second.id)
    with unit_of_work() as work:
        assert work.session.scalars(select(TaskChange.code)).all() == [TaskCode.REASSIGNED]


def test_giving_to_nobody_or_what_is_over_says_so(log_in: LogIn, installation: Installation) -> None:
    rep, other = add_rep(), add_rep("営業 次郎")
    browser = log_in(Role.MARKETER)
    task, over = add_task(rep), closed(rep, AnswerCode.OTHER, TaskState.REJECTED)

    give(browser, task, None)
    nobody = browser.get(f"/tasks/{task.id}").text
    give(browser, over, other)
    late = browser.get(f"/tasks/{over.id}").text

    assert "choose a user who can answer tasks" in nobody
    assert "the task is over" in late
    assert (owner_of(task), owner_of(over)) == (rep.id, rep.id)


def test_a_rep_cannot_give_tasks_away(log_in: LogIn, installation: Installation) -> None:
    browser = log_in(Role.SALES)
    task = add_task(me())

    assert give(browser, task, add_rep()).status_code == 403
    assert 'id="reassign"' not in browser.get(f"/tasks/{task.id}").text
    assert 'id="reassign"' in log_in(Role.MARKETER).get(f"/tasks/{task.id}").text
