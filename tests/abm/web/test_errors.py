"""Errors as pages and as fragments, each with a way on."""

from urllib.parse import unquote

import pytest
from flask import Flask
from sqlalchemy.exc import DataError, OperationalError

from abm.errors import AbmError, Conflict, Invalid, NotFound, ServiceDown
from abm.web.access import public
from abm.web.app import create_app
from abm.words import Role
from abm.work import Installation
from tests.abm.web.conftest import LogIn, browser


@pytest.fixture
def failing(installation: Installation) -> Flask:
    """Pages with one more route, which raises what a test puts into `app.config["RAISE"]`."""
    app = create_app(installation.settings, installation.engine)

    @app.get("/fail")
    @public
    def fail() -> str:
        raise app.config["RAISE"]

    return app


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (NotFound("gone"), 404),
        (Invalid("bad", field="x"), 422),
        (Conflict("late"), 409),
        (ServiceDown("off"), 503),
        (OperationalError("select", {}, Exception("no server")), 503),
        (DataError("insert", {}, Exception("secret detail")), 422),
        (AbmError("odd"), 500),
        (ZeroDivisionError("secret detail"), 500),
    ],
)
@pytest.mark.parametrize(("language", "way_on"), [("ja", "ホームへ戻る"), ("en", "Go to the start page")])
def test_every_error_has_a_page_with_a_way_on(
    failing: Flask, error: Exception, status: int, language: str, way_on: str
) -> None:
    failing.config["RAISE"] = error

    answer = browser(failing, language).get("/fail")

    assert answer.status_code == status
    assert way_on in answer.text
    assert "secret detail" not in answer.text


@pytest.mark.parametrize(("language", "said"), [("ja", "再読み込み"), ("en", "too late for this")])
def test_a_conflict_speaks_the_reader_s_language(failing: Flask, language: str, said: str) -> None:
    failing.config["RAISE"] = Conflict("too late for this")

    page = browser(failing, language).get("/fail").text

    assert said in page
    assert (language == "en") == ("too late for this" in page)


def test_an_unknown_address_is_a_page_too(failing: Flask) -> None:
    answer = browser(failing, "ja").get("/nowhere")

    assert answer.status_code == 404
    assert "見つかりません" in answer.text


def test_a_wrong_address_leaves_the_navigation_to_who_is_logged_in(log_in: LogIn) -> None:
    answer = log_in(Role.SALES).get("/nowhere")

    assert answer.status_code == 404
    assert 'href="/settings"' in answer.text


def test_a_fragment_gets_the_error_as_a_short_text(failing: Flask) -> None:
    failing.config["RAISE"] = Conflict("somebody was faster")

    answer = browser(failing, "en").get("/fail", headers={"HX-Request": "true"})

    assert answer.status_code == 409
    assert answer.text == "somebody was faster"
    assert unquote(answer.headers["X-Problem-Text"]) == answer.text
