"""Renewals: the calendar, its file, and the answers for a contract."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select

from abm.handoff.actors import remind_renewals
from abm.models import Account, Contract, Task
from abm.words import ContractState, Role, TaskState
from abm.work import Installation, unit_of_work
from tests.abm.web.conftest import LogIn
from tests.worlds import make_account, make_user


def add_contract(days: int = 20, name: str = "株式会社アクメ", **over: Any) -> Contract:
    """A running contract of a new account, up for renewal in so many days."""
    with unit_of_work() as work:
        account = make_account(work.session, name)
        values = {"name": "保守契約", "renews_on": work.at.date() + timedelta(days=days), **over}
        contract = Contract(account_id=account.id, **values)
        work.session.add(contract)
    return contract


def state_of(contract: Contract) -> str:
    with unit_of_work() as work:
        return work.session.get_one(Contract, contract.id).state


def test_an_empty_calendar_says_how_a_contract_gets_here(log_in: LogIn) -> None:
    assert "Give a contract its renewal day" in log_in(Role.VIEWER).get("/renewals").text


def test_the_calendar_shows_what_is_overdue_and_sums_the_months(log_in: LogIn, installation: Installation) -> None:
    add_contract(-400, "株式会社過去")
    add_contract(amount=Decimal(12_000_000))
    add_contract(700, "株式会社遠い")

    page = log_in(Role.VIEWER, language="ja").get("/renewals").text

    assert "期限超過" in page
    assert "1,200万円" in page
    assert "株式会社遠い" not in page
    assert "1年より先の更新：1件" in page


def test_mine_shows_only_what_i_look_after(log_in: LogIn, installation: Installation) -> None:
    add_contract()

    assert "保守契約" not in log_in(Role.SALES).get("/renewals?mine=1").text


def test_the_file_runs_no_formula(log_in: LogIn, installation: Installation) -> None:
    add_contract(20, '=HYPERLINK("x")')

    answer = log_in(Role.VIEWER, language="ja").get("/renewals/calendar.csv")

    assert answer.content_type == "text/csv; charset=utf-8"
    assert answer.text.startswith("\ufeff更新日,会社名,")
    assert "\"'=HYPERLINK" in answer.text


@pytest.mark.parametrize(
    ("path", "form"), [("renewed", {"renews_on": "2040-04-01"}), ("ends", {"reason": "会社の統合"})]
)
def test_sales_answer_only_for_contracts_of_accounts_they_look_after(
    log_in: LogIn, installation: Installation, path: str, form: dict[str, str]
) -> None:
    contract = add_contract()
    with unit_of_work() as work:
        work.session.get_one(Account, contract.account_id).owner_id = make_user(work.session, name="加藤").id

    answer = log_in(Role.SALES).post(f"/renewals/{contract.id}/{path}", data=form)

    assert answer.status_code == 403
    with unit_of_work() as work:
        assert work.session.get_one(Contract, contract.id).ends_because is None
    assert state_of(contract) == ContractState.RUNNING


def test_a_reminder_leads_from_the_task_to_the_answer_and_back(log_in: LogIn, installation: Installation) -> None:
    contract = add_contract(amount=Decimal(100))
    remind_renewals()
    browser = log_in(Role.SALES)
    with unit_of_work() as work:
        task = work.session.scalars(select(Task)).one()

    assert f"/renewals/{contract.id}" in browser.get(f"/tasks/{task.id}").text
    next_day = (contract.renews_on or work.at.date()) + timedelta(days=365)
    done = browser.post(f"/renewals/{contract.id}/renewed", data={"renews_on": next_day.isoformat(), "amount": "120"})

    assert (done.status_code, done.location) == (303, f"/tasks/{task.id}")
    with unit_of_work() as work:
        following = work.session.scalars(select(Contract).where(Contract.state == ContractState.RUNNING)).one()
        assert (following.amount, following.renews_on) == (Decimal(120), next_day)
        assert work.session.get_one(Task, task.id).state == TaskState.DONE
    assert "Contract was renewed" in browser.get(f"/tasks/{task.id}").text


@pytest.mark.parametrize(
    ("act", "form", "said"),
    [
        ("renewed", {"renews_on": ""}, "Please fill this in"),
        ("renewed", {"renews_on": "2020-01-01"}, "after this one"),
        ("renewed", {"renews_on": "2050-01-01", "amount": "many"}, "This is no amount"),
        ("ends", {"reason": " "}, "Please fill this in"),
    ],
)
def test_an_answer_that_lacks_something_is_refused_with_the_remedy(
    log_in: LogIn, installation: Installation, act: str, form: dict[str, str], said: str
) -> None:
    contract = add_contract()

    refused = log_in(Role.SALES).post(f"/renewals/{contract.id}/{act}", data=form)

    assert refused.status_code == 422
    assert said in refused.text
    assert state_of(contract) == ContractState.RUNNING


def test_a_second_answer_comes_too_late(log_in: LogIn, installation: Installation) -> None:
    contract = add_contract()
    browser, form = log_in(Role.SALES), {"renews_on": "2050-01-01"}

    first, second = (browser.post(f"/renewals/{contract.id}/renewed", data=form) for _ in range(2))

    assert (first.status_code, second.status_code) == (303, 409)
    assert "This contract is over" in second.text


def test_what_will_end_stays_on_the_calendar_with_the_reason(log_in: LogIn, installation: Installation) -> None:
    contract = add_contract()
    browser = log_in(Role.SALES)

    browser.post(f"/renewals/{contract.id}/ends", data={"reason": "moves in house"})

    assert state_of(contract) == ContractState.RUNNING
    assert "moves in house" in browser.get("/renewals").text


def test_a_viewer_sees_the_calendar_but_cannot_answer(log_in: LogIn, installation: Installation) -> None:
    contract = add_contract()
    viewer = log_in(Role.VIEWER)

    assert f"/renewals/{contract.id}" not in viewer.get("/renewals").text
    assert viewer.post(f"/renewals/{contract.id}/renewed", data={}).status_code == 403


def test_a_contract_that_went_on_by_itself_says_so_on_calendar_and_page(
    log_in: LogIn, installation: Installation
) -> None:
    contract = add_contract(-2, renews_itself=True)
    remind_renewals()
    viewer, rep = log_in(Role.VIEWER, language="ja"), log_in(Role.SALES, language="ja")

    assert "自動更新1回" in viewer.get("/renewals").text
    assert "申し出なし：12か月の自動更新" in rep.get(f"/renewals/{contract.id}").text
    assert "契約「保守契約」を自動更新" in viewer.get(f"/accounts/{contract.account_id}").text
