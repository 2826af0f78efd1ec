"""Sales at work in the browser: accept and start by thumb or key, reject with a reason, answer from a mail."""

import re
from collections.abc import Iterator
from dataclasses import replace

import pytest
from playwright.sync_api import expect

from abm import users
from abm.channels.actors import make_outlet
from abm.connectors.mail.mailbox import MailboxServer, get_caught, list_caught
from abm.models import Task, User
from abm.words import AnswerCode, Role, TaskState
from abm.work import Installation, unit_of_work, use_installation
from tests.abm.channels.worlds import open_task, tell
from tests.flows.conftest import Visit


@pytest.fixture
def rep(visit: Visit) -> User:
    """The one who is logged in."""
    page, _ = visit(Role.SALES)
    page.context.close()
    with unit_of_work() as work:
        found = users.find_user(work.session, f"{Role.SALES}@sender.example")
        assert found is not None
        return found


def state_of(task: Task) -> tuple[str, str | None]:
    with unit_of_work() as work:
        found = work.session.get_one(Task, task.id)
        return found.state, found.answer


def card(task: Task) -> str:
    return f"#task-{task.id}"


def test_a_hand_off_is_accepted_and_started_by_thumb(visit: Visit, site: str, rep: User) -> None:
    task = open_task(rep)
    page, errors = visit(Role.SALES, width=390)

    page.goto(f"{site}/tasks?mine=1")
    page.locator(card(task)).get_by_role("button", name="受け取る").click()
    page.locator(".abm-states a", has_text=re.compile(r"受け取り済み\s*1")).click()
    page.wait_for_url("**tab=accepted**")
    page.locator(card(task)).get_by_role("button", name="着手").click()
    expect(page.locator(".abm-states")).to_contain_text(re.compile(r"対応中\s*1"))

    assert state_of(task) == (TaskState.WORKING, AnswerCode.START)
    assert errors == []


def test_a_hand_off_is_rejected_with_its_reason_without_leaving_the_board(visit: Visit, site: str, rep: User) -> None:
    task = open_task(rep)
    page, errors = visit(Role.SALES, width=390)

    page.goto(f"{site}/tasks?mine=1")
    here = page.locator(card(task))
    here.get_by_role("link", name="その他の回答").click()
    here.get_by_role("link", name="担当者違い").click()
    here.locator("textarea").fill("製造部の課長")
    here.get_by_role("button", name="回答を送信").click()
    expect(page.locator(".abm-states")).to_contain_text(re.compile(r"終了\s*1"))

    assert state_of(task) == (TaskState.REJECTED, AnswerCode.WRONG_PERSON)
    assert page.url.endswith("/tasks?mine=1")
    assert errors == []


def test_a_day_meant_by_the_customer_is_one_tap(visit: Visit, site: str, rep: User) -> None:
    task = open_task(rep)
    page, errors = visit(Role.SALES, width=390)

    page.goto(f"{site}/tasks/{task.id}")
    page.locator(".abm-jump").get_by_role("link", name="回答").click()
    page.locator("#answer").get_by_role("link", name="時期尚早").click()
    page.locator("#answer").get_by_role("button", name="来月").click()
    expect(page.locator("#main")).to_contain_text("再育成")

    assert state_of(task) == (TaskState.RECYCLED, AnswerCode.NOT_NOW)
    assert errors == []


def test_the_board_is_worked_by_keys_alone(visit: Visit, site: str, rep: User) -> None:
    first, second = open_task(rep), open_task(rep)
    page, errors = visit(Role.SALES)

    page.goto(f"{site}/tasks?mine=1")
    page.keyboard.press("?")
    expect(page.locator("#keys")).to_be_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("k")
    held = page.evaluate("document.activeElement.id")
    page.keyboard.press("a")
    accepted = page.locator(".abm-column", has=page.locator(f"#{held}")).get_by_role("heading").first
    expect(accepted).to_contain_text("受け取り済み")
    # Only then do the keys of the new cards answer in place; until then they lead to the task's own page.
    expect(page.locator(".htmx-settling")).to_have_count(0)
    page.keyboard.press("j")
    page.keyboard.press("r")
    expect(page.locator(".abm-answering")).to_be_visible()

    assert sorted(state_of(task)[0] for task in (first, second)) == [TaskState.ACCEPTED, TaskState.ASSIGNED]
    assert errors == []


@pytest.fixture
def caught(installation: Installation) -> Iterator[Installation]:
    """The installation with its local mailbox running."""
    with MailboxServer(installation.engine, 0) as server:
        yield use_installation(replace(installation, settings=replace(installation.settings, mailbox_port=server.port)))


def test_a_mail_is_answered_by_one_press_and_no_log_in(
    visit: Visit, site: str, rep: User, caught: Installation
) -> None:
    task = open_task(rep)
    tell(make_outlet(caught))
    page, errors = visit(Role.SALES, width=390)
    page.context.clear_cookies()

    link = link_in_mail()
    page.goto(f"{site}{link}")
    assert state_of(task)[0] == TaskState.ASSIGNED
    page.get_by_role("button", name="受け取る").click()
    expect(page.locator("#main")).to_contain_text("「受け取る」で受け付けました")
    page.goto(f"{site}{link}")
    expect(page.locator("#main")).to_contain_text("回答済みです")

    assert state_of(task) == (TaskState.ACCEPTED, AnswerCode.ACCEPT)
    assert errors == []


def link_in_mail() -> str:
    """Where the button of the newest mail leads, without its host."""
    with unit_of_work() as work:
        newest = list_caught(work.session)[0]
        said = get_caught(work.session, newest.number).text or ""
    found = re.search(r"/tasks/by-mail/\S+press=accept", said)
    assert found is not None
    return found.group()


def test_without_scripts_the_same_answers_are_given(visit: Visit, site: str, rep: User) -> None:
    task = open_task(rep)
    page, _ = visit(Role.SALES, width=390)
    plain = page.context.browser.new_context(java_script_enabled=False, locale="ja")  # type: ignore[union-attr]
    plain.add_cookies(page.context.cookies())  # type: ignore[arg-type]
    bare = plain.new_page()

    bare.goto(f"{site}/tasks?mine=1")
    bare.click(f"{card(task)} >> text=その他の回答")
    bare.click("#answer >> text=競合・同業")
    bare.click("#answer >> text=回答を送信")

    assert state_of(task) == (TaskState.DISQUALIFIED, AnswerCode.COMPETITOR)
    plain.close()


def test_a_manager_gives_a_task_to_somebody_else(visit: Visit, site: str, rep: User) -> None:
    with unit_of_work() as work:
        other = users.add_user(work.session, "jiro@sender.example", Role.SALES, work.at, name="営業 次郎")
    task = open_task(rep)
    page, errors = visit(Role.MARKETER, language="en")

    page.goto(f"{site}/tasks/overview")
    row = page.locator("#open tr", has_text="株式会社アクメ")
    row.locator("select").select_option("営業 次郎")
    row.get_by_role("button", name="Give").click()
    expect(page.locator("#messages")).to_contain_text("new owner")

    with unit_of_work() as work:
        assert work.session.get_one(Task, task.id).owner_id == other.id
    assert errors == []
