"""The renewal reminder in the browser: a contract with a day, the task in time, its answer, and no second one."""

from datetime import date, timedelta

import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from abm import users
from abm.due import SWEEPS
from abm.handoff.wording import say_why
from abm.models import Account, Contract, Task
from abm.queue import ring
from abm.scheduler import Bells, look
from abm.words import CloseReason, ContractState, Language, Role, TaskKind, TaskState
from abm.work import Installation, set_clock_offset, unit_of_work
from tests.abm.processes import until
from tests.abm.scoring.ledgers import TOKYO
from tests.flows.conftest import Visit
from tests.worlds import make_account

RENEWAL = "remind_of_renewals"


@pytest.mark.usefixtures("worker")
def test_a_renewal_is_remembered_in_time_and_answered_once(visit: Visit, site: str, installation: Installation) -> None:
    page, errors = visit(Role.SALES)
    account = make_own_account()
    today = day_now()
    first_day = today + timedelta(days=200)

    page.goto(f"{site}/accounts/{account.id}/contracts/new")
    page.fill("input[name=name]", "保守契約")
    page.fill("input[name=amount]", "120万円")
    page.fill("input[name=renews_on]", first_day.isoformat())
    page.click("#main form button.btn-primary")
    page.goto(f"{site}/renewals")
    expect(page.locator("#main")).to_contain_text("120万円")
    assert not look_once(installation)

    go_to_day(30)
    assert look_once(installation)
    until(lambda: len(renewal_tasks()) == 1, within=30)
    page.goto(f"{site}/tasks?mine=1")
    expect(page.locator(".abm-task")).to_contain_text("「保守契約」の契約更新日")

    go_to_day(130)
    look_once(installation)
    until(lambda: len(renewal_tasks()[0].evidence) == 2, within=30)
    page.reload()
    expect(page.locator(".abm-task")).to_have_count(1)
    expect(page.locator(".abm-task")).to_contain_text("70日")

    page.click(".abm-task .btn-primary")
    page.click("#renewals .btn-primary")
    next_day = first_day + timedelta(days=365)
    expect(page.locator("input[name=renews_on]")).to_have_value(next_day.isoformat())
    page.click("text=更新済みにする")
    expect(page.locator("#messages")).to_contain_text("次の契約を作成しました")

    go_to_day(230)
    assert not look_once(installation)
    (task,) = renewal_tasks()
    assert (task.state, task.answer) == (TaskState.DONE, CloseReason.RENEWED)
    assert say_why(task.why, Language.ENGLISH, TOKYO)[0].endswith("in 70 days (JPY 1,200,000)")
    assert contracts() == [(ContractState.RENEWED, first_day), (ContractState.RUNNING, next_day)]
    assert errors == []


def make_own_account() -> Account:
    """An account that the rep of this flow looks after."""
    with unit_of_work() as work:
        rep = users.find_user(work.session, f"{Role.SALES}@sender.example")
        assert rep is not None
        return make_account(work.session, owner_id=rep.id)


def day_now() -> date:
    with unit_of_work() as work:
        return work.at.astimezone(TOKYO).date()


def go_to_day(number: int) -> None:
    """Let so many days of business time have passed since the beginning."""
    with unit_of_work() as work:
        set_clock_offset(work.session, timedelta(days=number))


def look_once(installation: Installation) -> bool:
    """What the scheduler does each second; whether it rang for renewals."""
    with installation.engine.connect() as connection:
        return RENEWAL in look(connection, Bells(ring), SWEEPS)


def renewal_tasks() -> list[Task]:
    with unit_of_work() as work:
        return list(work.session.scalars(select(Task).where(Task.kind == TaskKind.RENEWAL)))


def contracts() -> list[tuple[str, date | None]]:
    with unit_of_work() as work:
        rows = work.session.execute(select(Contract.state, Contract.renews_on).order_by(Contract.renews_on))
        return [(state, renews_on) for state, renews_on in rows]
