"""Log-in, log-out, set-up links, and what keeps others out."""

import re
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select, update

from abm import users
from abm.models import SetupLink, User, UserSession
from abm.web.access import COOKIE
from abm.web.security import limiter
from abm.words import Role
from abm.work import unit_of_work
from tests.abm.web.conftest import PASSWORD, LogIn, add_user, browser, mail_of


@pytest.fixture
def anna(app: Flask) -> str:
    with unit_of_work() as work:
        add_user(work.session, work.at, Role.MARKETER, "Anna")
    return mail_of(Role.MARKETER)


def test_a_page_sends_a_stranger_to_the_log_in_and_back(stranger: FlaskClient, anna: str) -> None:
    sent = stranger.get("/settings?x=1")
    answer = stranger.post(sent.location, data={"email": anna, "password": PASSWORD})

    assert sent.location == "/login?next=%2Fsettings%3Fx%3D1"
    assert (answer.status_code, answer.location) == (303, "/settings?x=1")
    assert stranger.get("/settings").status_code == 200


def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(stranger: FlaskClient, anna: str) -> None:
    stranger.post("/login", data={"email": anna, "password": PASSWORD})

    cookie = stranger.get_cookie(COOKIE)

    assert cookie is not None
    assert cookie.http_only
    assert cookie.same_site == "Lax"


def test_the_database_keeps_neither_cookie_nor_password(stranger: FlaskClient, anna: str) -> None:
    stranger.post("/login", data={"email": anna, "password": PASSWORD})
    cookie = stranger.get_cookie(COOKIE)

    with unit_of_work() as work:
        kept = work.session.scalars(select(UserSession.token_hash)).all()
        password_hash = work.session.scalar(select(User.password_hash))

    assert cookie is not None
    assert kept == [users.digest(cookie.value)]
    assert password_hash is not None
    assert password_hash.startswith("$argon2id$")


@pytest.mark.parametrize("wrong", [{"password": "wrong"}, {"email": "nobody@sender.example"}, {"password": ""}])
def test_a_wrong_password_and_an_unknown_address_get_the_same_answer(
    stranger: FlaskClient, anna: str, wrong: dict[str, str]
) -> None:
    answer = stranger.post("/login", data={"email": anna, "password": PASSWORD, **wrong})

    assert answer.status_code == 422
    assert "Mail address or password is not right." in answer.text
    assert stranger.get_cookie(COOKIE) is None


@pytest.mark.parametrize("elsewhere", ["https://evil.example/", "//evil.example", "/\\evil.example", "evil"])
def test_the_log_in_never_leads_to_another_site(stranger: FlaskClient, anna: str, elsewhere: str) -> None:
    answer = stranger.post("/login", data={"email": anna, "password": PASSWORD, "next": elsewhere})

    assert answer.location == "/"


def test_logging_out_makes_the_cookie_worthless(app: Flask, log_in: LogIn) -> None:
    client = log_in(Role.VIEWER)
    cookie = client.get_cookie(COOKIE)
    assert cookie is not None

    client.post("/logout")
    thief = browser(app, "en")
    thief.set_cookie(COOKIE, cookie.value)

    assert thief.get("/settings").status_code == 303


def test_an_old_session_has_ended(log_in: LogIn) -> None:
    client = log_in(Role.VIEWER)

    with unit_of_work() as work:
        work.session.execute(update(UserSession).values(expires_at=func.now() - timedelta(seconds=1)))

    assert client.get("/settings").status_code == 303


def test_a_visit_after_an_hour_keeps_the_session_alive(log_in: LogIn) -> None:
    client = log_in(Role.VIEWER)
    with unit_of_work() as work:
        soon = func.now() + timedelta(hours=1)
        work.session.execute(update(UserSession).values(seen_at=func.now() - timedelta(hours=2), expires_at=soon))

    client.get("/settings")

    with unit_of_work() as work:
        left = work.session.scalar(select(UserSession.expires_at - func.now()))
    assert left is not None
    assert left > timedelta(days=13)


def test_the_first_administrator_is_made_by_the_one_time_link(stranger: FlaskClient) -> None:
    with unit_of_work() as work:
        address = f"/setup/{users.make_setup_link(work.session)}"
    form = {"name": "管理 太郎", "email": "boss@sender.example", "password": PASSWORD, "repeated": PASSWORD}

    shown = stranger.get(address)
    answer = stranger.post(address, data=form)
    again = stranger.post(address, data={**form, "email": "other@sender.example"})

    assert "First administrator" in shown.text
    assert answer.status_code == 303
    assert "管理 太郎" in stranger.get("/settings").text
    assert again.status_code == 404


def test_a_second_first_administrator_is_refused(stranger: FlaskClient, anna: str) -> None:
    with unit_of_work() as work:
        address = f"/setup/{users.make_setup_link(work.session)}"
    form = {"name": "x", "email": "boss@sender.example", "password": PASSWORD, "repeated": PASSWORD}

    assert stranger.post(address, data=form).status_code == 409


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"password": "short", "repeated": "short"}, "at least 10 characters"),
        ({"repeated": "another one"}, "The two passwords are not the same."),
        ({"email": "no address"}, "This is not a mail address."),
    ],
)
def test_a_wrong_set_up_form_says_what_is_wrong_and_leaves_the_link_good(
    stranger: FlaskClient, change: dict[str, str], text: str
) -> None:
    with unit_of_work() as work:
        address = f"/setup/{users.make_setup_link(work.session)}"
    form = {"name": "x", "email": "boss@sender.example", "password": PASSWORD, "repeated": PASSWORD}

    answer = stranger.post(address, data={**form, **change})

    assert answer.status_code == 422
    assert text in answer.text
    assert stranger.post(address, data=form).status_code == 303


def test_an_old_link_no_longer_works(stranger: FlaskClient) -> None:
    with unit_of_work() as work:
        address = f"/setup/{users.make_setup_link(work.session)}"
        work.session.execute(update(SetupLink).values(expires_at=func.now() - timedelta(seconds=1)))

    answer = stranger.get(address)

    assert answer.status_code == 404
    assert "used or is too old" in answer.text


def test_guessing_is_slowed_down(app: Flask, anna: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limiter, "enabled", True)
    client = browser(app, "en")
    guess = {"email": "guessed@sender.example", "password": "wrong"}

    answers = [client.post("/login", data=guess).status_code for _ in range(11)]

    assert answers == [422] * 10 + [429]


def test_who_knows_the_password_is_not_slowed_down(app: Flask, anna: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limiter, "enabled", True)

    answers = {
        browser(app, "en").post("/login", data={"email": anna, "password": PASSWORD}).status_code for _ in range(12)
    }

    assert answers == {303}


def test_a_form_without_its_token_is_refused(app: Flask, log_in: LogIn) -> None:
    client = log_in(Role.ADMIN)
    app.config["WTF_CSRF_ENABLED"] = True

    refused = client.post("/language", data={"language": "ja"})
    token = re.search(r'name="csrf-token" content="([^"]+)"', client.get("/settings").text)
    assert token
    taken = client.post("/language", data={"language": "ja"}, headers={"X-CSRFToken": token[1]})

    assert refused.status_code == 400
    assert "too old to be sent" in refused.text
    assert taken.status_code == 303


def test_every_answer_carries_the_protective_headers(stranger: FlaskClient) -> None:
    headers = stranger.get("/login").headers

    policy = headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("path", ["/login", "/nowhere"])
def test_no_page_carries_a_script_or_style_inside(stranger: FlaskClient, path: str) -> None:
    page = stranger.get(path, follow_redirects=True).text

    assert re.findall(r"<script(?![^>]*\ssrc=)|<style|\sstyle=|\son\w+=", page) == []


def test_a_fragment_without_a_session_sends_the_whole_page_to_the_log_in(stranger: FlaskClient) -> None:
    answer = stranger.get("/settings", headers={"HX-Request": "true"})

    assert (answer.status_code, answer.headers["HX-Redirect"]) == (401, "/login")
