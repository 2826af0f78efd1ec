"""Absences: one's own, or anybody's by an administrator."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from abm import users
from abm.clock import local_day
from abm.customers.absences import Leave, enter_absence
from abm.customers.deals import open_deal
from abm.customers.next_actions import Promise, set_next_action
from abm.models import Absence, Task, User
from abm.words import Role, TaskKind, TaskState
from abm.work import Installation, here, unit_of_work
from tests.abm.web.conftest import LogIn, mail_of
from tests.worlds import make_account, make_contact, make_user


@pytest.fixture
def days(installation: Installation) -> dict[str, str]:
    """A week from today."""
    with unit_of_work() as work:
        today = work.at.date() + timedelta(days=1)
    return {"from_on": today.isoformat(), "until_on": (today + timedelta(days=6)).isoformat()}


def colleague() -> User:
    with unit_of_work() as work:
        return make_user(work.session, name="代理 花")  # type: ignore[no-any-return]


def user_of(role: Role) -> User:
    with unit_of_work() as work:
        user = users.find_user(work.session, mail_of(role))
        assert user is not None
        return user


def count() -> int:
    with unit_of_work() as work:
        return work.session.scalar(select(func.count()).select_from(Absence)) or 0


def test_a_rep_enters_a_week_with_a_substitute(log_in: LogIn, days: dict[str, str]) -> None:
    rep = log_in(Role.SALES)

    answer = rep.post("/settings/absences", data={**days, "substitute_id": str(colleague().id)})

    assert answer.status_code == 303
    assert "Substitute: 代理 花" in rep.get("/settings/absences").text


def test_an_absence_is_cancelled_by_its_owner(log_in: LogIn, days: dict[str, str]) -> None:
    rep = log_in(Role.SALES)
    rep.post("/settings/absences", data=days)
    with unit_of_work() as work:
        absence_id = work.session.scalars(select(Absence.id)).one()

    assert log_in(Role.VIEWER).post(f"/settings/absences/{absence_id}/cancel").status_code == 403
    assert count() == 1
    rep.post(f"/settings/absences/{absence_id}/cancel")

    assert count() == 0
    assert rep.post(f"/settings/absences/{absence_id}/cancel").status_code == 303


def test_only_administrators_enter_others_absences(log_in: LogIn, days: dict[str, str]) -> None:
    form = {**days, "user_id": str(colleague().id)}

    assert log_in(Role.MARKETER).post("/settings/absences", data=form).status_code == 403
    assert log_in(Role.ADMIN).post("/settings/absences", data=form).status_code == 303
    assert count() == 1


@pytest.mark.parametrize(
    ("over", "told"),
    [
        ({"until_on": "2020-01-01"}, "The last day lies before the first."),
        ({"from_on": "2020-01-01", "until_on": "2020-01-02"}, "These days have gone by."),
        ({"from_on": "tomorrow"}, "Please fill this in."),
        ({"substitute_id": "00000000-0000-0000-0000-000000000000"}, "Please choose one of the list."),
        ({"note": "x" * 201}, "This is too long."),
    ],
)
def test_wrong_input_is_told_beside_its_field(
    log_in: LogIn, days: dict[str, str], over: dict[str, str], told: str
) -> None:
    answer = log_in(Role.SALES).post("/settings/absences", data={**days, **over})

    assert answer.status_code == 422
    assert told in answer.text
    assert count() == 0


def test_nobody_is_their_own_substitute_or_away_twice(log_in: LogIn, days: dict[str, str]) -> None:
    rep = log_in(Role.SALES)
    own = rep.post("/settings/absences", data={**days, "substitute_id": str(user_of(Role.SALES).id)})
    rep.post("/settings/absences", data=days)
    twice = rep.post("/settings/absences", data=days)

    assert "Nobody is their own substitute." in own.text
    assert "Another absence covers some of these days." in twice.text
    assert count() == 1


def test_wherever_work_waits_for_somebody_away_the_substitute_is_named(
    log_in: LogIn, installation: Installation
) -> None:
    viewer = log_in(Role.VIEWER, language="ja")
    with unit_of_work() as work:
        today = local_day(work.at, here().settings.zone)
        away, stands_in = make_user(work.session, name="休暇 太郎"), make_user(work.session, name="代理 花子")
        enter_absence(
            work.session, Leave(away.id, today, today, substitute_id=stands_in.id), by=away.id, at=work.at, today=today
        )
        account = make_account(work.session, owner_id=away.id)
        anna = make_contact(work.session, account)
        deal = open_deal(work.session, account.id, "配車", owner_id=away.id, by=None, at=work.at)
        promise = Promise(account.id, today, away.id, "電話")
        set_next_action(work.session, promise, by=away.id, at=work.at)
        task = Task(account_id=account.id, kind=TaskKind.MANUAL, state=TaskState.OPEN, owner_id=away.id)
        task.why, task.created_at = [], work.at
        work.session.add(task)

    pages = ("/tasks", f"/tasks/{task.id}", f"/contacts/{anna.id}", f"/deals/{deal.id}", "/deals", "/next-actions")
    named = [path for path in pages if "まで不在（代理 代理 花子）" in viewer.get(path).text]

    assert named == list(pages)
