"""Answering from a mail: looking changes nothing, one press answers once, and only for that task and user."""

import re
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from abm.channels.links import write_link
from abm.models import AuditEntry, Delivery, Task, User
from abm.tokens import TokenKind
from abm.words import Language, TaskState
from abm.work import Installation, set_clock_offset, unit_of_work
from tests.abm.channels.worlds import add_rep, open_task, plan
from tests.abm.web.conftest import app_of, browser


@pytest.fixture
def rep(installation: Installation) -> User:
    """Whose tasks these are."""
    return add_rep(name="営業 花子")


def link_of(installation: Installation, task: Task, language: Language = Language.ENGLISH) -> str:
    """The address in the mail about this task."""
    plan()
    with unit_of_work() as work:
        rows = select(Delivery).where(Delivery.key.is_not(None)).order_by(Delivery.id.desc())
        key = work.session.scalars(rows).first().key  # type: ignore[union-attr]
    assert key is not None
    return write_link(installation.signer, "", key, language)


def state_of(task: Task) -> str:
    with unit_of_work() as work:
        return work.session.get_one(Task, task.id).state


def test_looking_changes_nothing_however_often(installation: Installation, stranger: FlaskClient, rep: User) -> None:
    task = open_task(rep)
    link = link_of(installation, task)

    pages = [stranger.get(f"{link}?press={press}") for press in ("accept", "reject", "", "accept&code=not_fit")]
    head = stranger.head(f"{link}?press=accept")

    assert {page.status_code for page in (*pages, head)} == {200}
    assert {page.headers["Cache-Control"] for page in (*pages, head)} == {"no-store"}
    assert "Score 48.2" in pages[0].text
    assert state_of(task) == TaskState.ASSIGNED


def test_one_press_accepts_in_the_name_of_its_owner(
    installation: Installation, stranger: FlaskClient, rep: User
) -> None:
    task = open_task(rep)
    link = link_of(installation, task)

    done = stranger.post(link, data={"code": "accept"})

    assert (done.status_code, state_of(task)) == (200, TaskState.ACCEPTED)
    assert "Noted: Accept" in done.text
    with unit_of_work() as work:
        acts = {entry.act: entry.user_id for entry in work.session.scalars(select(AuditEntry))}
    assert acts["task.answered_by_mail"] == rep.id


def test_a_second_press_is_told_kindly_that_the_first_one_counted(
    installation: Installation, stranger: FlaskClient, rep: User
) -> None:
    task = open_task(rep)
    link = link_of(installation, task)
    stranger.post(link, data={"code": "accept"})

    again = stranger.post(link, data={"code": "not_fit"})
    look = stranger.get(link)

    assert again.status_code == 409
    assert "answered already: Accept, by 営業 花子" in again.text
    assert "answered already" in look.text
    assert state_of(task) == TaskState.ACCEPTED


def test_rejecting_asks_only_for_what_that_answer_needs(
    installation: Installation, stranger: FlaskClient, rep: User
) -> None:
    task = open_task(rep)
    link = link_of(installation, task)

    choice = stranger.get(f"{link}?press=reject").text
    asked = stranger.get(f"{link}?press=reject&code=wrong_person").text
    refused = stranger.post(link, data={"code": "wrong_person", "text": " "})
    done = stranger.post(link, data={"code": "not_fit"})

    assert "code=competitor" in choice
    assert "<textarea" not in choice
    assert "department would be right" in asked
    assert (refused.status_code, done.status_code, state_of(task)) == (422, 200, TaskState.DISQUALIFIED)


@pytest.mark.parametrize("code", ["start", "meeting", "opportunity", "unreachable", "sing", ""])
def test_what_needs_the_page_beside_it_is_no_answer_of_a_mail(
    installation: Installation, stranger: FlaskClient, rep: User, code: str
) -> None:
    task = open_task(rep)

    refused = stranger.post(link_of(installation, task), data={"code": code})

    assert (refused.status_code, state_of(task)) == (422, TaskState.ASSIGNED)


def test_a_link_answers_for_a_week_only(installation: Installation, stranger: FlaskClient, rep: User) -> None:
    task = open_task(rep)
    link = link_of(installation, task)
    with unit_of_work() as work:
        set_clock_offset(work.session, timedelta(days=8))

    late = stranger.post(link, data={"code": "accept"})

    assert (late.status_code, state_of(task)) == (409, TaskState.ASSIGNED)
    assert "too old" in late.text


def test_a_task_given_to_somebody_else_is_not_answered_by_the_old_link(
    installation: Installation, stranger: FlaskClient, rep: User
) -> None:
    task = open_task(rep)
    link = link_of(installation, task)
    other = add_rep(name="営業 次郎")
    with unit_of_work() as work:
        work.session.get_one(Task, task.id).owner_id = other.id

    late = stranger.post(link, data={"code": "accept"})

    assert (late.status_code, state_of(task)) == (409, TaskState.ASSIGNED)
    assert "now with 営業 次郎" in late.text


def test_whoever_cannot_log_in_any_more_cannot_answer(
    installation: Installation, stranger: FlaskClient, rep: User
) -> None:
    task = open_task(rep)
    link = link_of(installation, task)
    with unit_of_work() as work:
        work.session.get_one(User, rep.id).disabled_at = work.at

    assert stranger.post(link, data={"code": "accept"}).status_code == 409
    assert state_of(task) == TaskState.ASSIGNED


def test_a_link_is_good_for_its_task_and_for_nothing_else(
    installation: Installation, stranger: FlaskClient, rep: User
) -> None:
    task = open_task(rep)
    link = link_of(installation, task)
    token = link.rpartition("/")[2]
    changed = token[:-1] + ("A" if token[-1] != "A" else "B")

    assert stranger.get(f"/tasks/by-mail/{changed}").status_code == 404
    assert stranger.post(f"/tasks/by-mail/{changed}", data={"code": "accept"}).status_code == 404
    assert all(installation.signer.read(token, kind) is None for kind in TokenKind if kind is not TokenKind.TASK)
    assert stranger.get(f"/tasks/{task.id}").status_code == 303


def test_a_press_needs_the_form_of_the_page(
    app: Flask, installation: Installation, stranger: FlaskClient, rep: User
) -> None:
    task = open_task(rep)
    link = link_of(installation, task)
    app.config["WTF_CSRF_ENABLED"] = True

    blind = stranger.post(link, data={"code": "accept"})
    token = re.search(r'name="csrf_token" value="([^"]+)"', stranger.get(link).text)
    assert token is not None
    seen = stranger.post(link, data={"code": "accept", "csrf_token": token.group(1)})

    assert (blind.status_code, seen.status_code) == (400, 200)


def test_the_page_speaks_the_language_of_the_mail(installation: Installation, rep: User) -> None:
    link = link_of(installation, open_task(rep), Language.JAPANESE)

    page = browser(app_of(installation), "en").get(link).text

    assert "受け取る" in page
    assert "営業 花子さんとして回答します。" in page
