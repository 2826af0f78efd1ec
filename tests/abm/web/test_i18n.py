"""Which language a page speaks, and how it writes days, moments and numbers."""

from datetime import UTC, date, datetime

import pytest
from flask import Flask
from flask.testing import FlaskClient

from abm.web.i18n import day, happened, moment, number, number1, several
from abm.words import Role
from tests.abm.web.conftest import LogIn, browser

# Already the next day in Tokyo.
EVENING = datetime(2024, 12, 9, 18, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("wanted", "text"),
    [("ja", "ログイン"), ("ja-JP,ja;q=0.9,en;q=0.8", "ログイン"), ("en-GB", "Log in"), ("fr", "ログイン")],
)
def test_the_browser_chooses_the_language_else_the_installation(app: Flask, wanted: str, text: str) -> None:
    page = browser(app, wanted).get("/login").text

    assert f"<title>{text}" in page


def test_the_switch_wins_over_the_browser(stranger: FlaskClient) -> None:
    answer = stranger.post("/language", data={"language": "ja", "next": "/login"})

    assert answer.location == "/login"
    assert '<html lang="ja">' in stranger.get("/login").text


def test_a_user_keeps_the_language_in_another_browser(log_in: LogIn) -> None:
    log_in(Role.SALES).post("/language", data={"language": "ja"})

    assert '<html lang="ja">' in log_in(Role.SALES, language="en").get("/settings").text


def test_an_unknown_language_is_refused(stranger: FlaskClient) -> None:
    assert stranger.post("/language", data={"language": "xx"}).status_code == 422


@pytest.mark.parametrize(
    ("language", "written"),
    [
        ("ja", ["2024/12/10", "2024/12/10", "2024/12/10 03:05", "12,346", "12,345.7"]),
        ("en", ["10 Dec 2024", "10 Dec 2024", "10 Dec 2024 03:05", "12,346", "12,345.7"]),
    ],
)
def test_days_moments_and_numbers_are_written_in_the_installations_zone(
    app: Flask, language: str, written: list[str]
) -> None:
    with app.test_request_context(headers={"Accept-Language": language}):
        shown = [day(EVENING), day(date(2024, 12, 10)), moment(EVENING), number(12345.67), number1(12345.67)]

    assert shown == written


def test_nothing_is_written_as_nothing(app: Flask) -> None:
    with app.test_request_context():
        assert [day(None), moment(None), number(None), number1(None)] == [""] * 4


def test_what_is_known_by_its_day_alone_shows_no_hour(app: Flask) -> None:
    midnight = datetime(2024, 12, 9, 15, tzinfo=UTC)

    with app.test_request_context(headers={"Accept-Language": "ja"}):
        shown = [happened(midnight), happened(EVENING), happened(None)]

    assert shown == ["2024/12/10", "2024/12/10 03:05", ""]


@pytest.mark.parametrize(("language", "texts"), [("en", ["1 person", "1,200 people"]), ("ja", ["1名", "1,200名"])])
def test_one_of_a_thing_is_called_otherwise_than_many(app: Flask, language: str, texts: list[str]) -> None:
    with app.test_request_context(headers={"Accept-Language": language}):
        assert [several(count, "%(count)s person", "%(count)s people") for count in (1, 1_200)] == texts
