"""Every page and every API route says who may see it, and every page that templates lead to is there."""

import re
from itertools import product
from pathlib import Path

import pytest
from flask import Flask

from abm.api.app import create_api
from abm.config import Settings
from abm.db import make_engine
from abm.web.access import is_guarded
from abm.web.app import TEMPLATES, create_app
from abm.web.navigation import ROOMS

# A link in a template whose page is named outright.
LINK = re.compile(r"""url_for\(\s*["']([\w.]+)["']\s*[,)]""")
# Answering without a log-in is an exception that is listed, so that adding one is a decision.
PUBLIC = {"static", "auth.log_in", "auth.log_in_now", "auth.log_out", "auth.set_up", "auth.set_up_now"} | {
    "auth.switch_language",
    # A private address, for calendars that cannot log in.
    "calendars.feed",
    # A link in a mail to a task's owner: a look changes nothing, a press answers that task once.
    "task_letters.show",
    "task_letters.press",
}


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    settings = Settings(state_dir=Path(tmp_path_factory.mktemp("state")), secret_key="x" * 40)
    return create_app(settings, make_engine("postgresql+psycopg://nobody@127.0.0.1:1/nothing"))


def test_every_route_says_who_may_see_it(pages: Flask) -> None:
    open_doors = [rule.endpoint for rule in pages.url_map.iter_rules() if not is_guarded(pages, rule.endpoint)]

    assert open_doors == []


def test_every_route_of_the_api_needs_a_scope_or_is_open() -> None:
    api = create_api(Settings(), make_engine("postgresql+psycopg://nobody@127.0.0.1:1/nothing"))
    views = api.view_functions.items()

    assert [name for name, view in views if hasattr(view, "needed_scope") == hasattr(view, "is_open")] == []
    assert [name for name, view in views if hasattr(view, "is_open")] == ["describe"]


def test_only_the_listed_routes_are_public(pages: Flask) -> None:
    marked = {name for name, view in pages.view_functions.items() if hasattr(view, "is_public")} | {"static"}

    assert marked == PUBLIC


def test_a_stranger_is_sent_to_the_log_in_by_every_other_page(pages: Flask) -> None:
    pages.config["WTF_CSRF_ENABLED"] = False
    stranger = pages.test_client()
    wrong = []
    for rule in pages.url_map.iter_rules():
        if rule.endpoint in PUBLIC:
            continue
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            answer = stranger.open(_address(pages, rule.endpoint, rule.arguments), method=method)
            if answer.status_code != 303 or "/login" not in answer.location:
                wrong.append((method, rule.rule, answer.status_code))

    assert wrong == []


def test_every_room_of_the_navigation_exists(pages: Flask) -> None:
    assert {room.endpoint for room in ROOMS} - set(pages.view_functions) == set()


def test_every_page_that_templates_lead_to_exists(pages: Flask) -> None:
    named: set[str] = set()
    for file in TEMPLATES.rglob("*.html"):
        named.update(LINK.findall(file.read_text(encoding="utf-8")))

    assert named - set(pages.view_functions) == set()


def _address(app: Flask, endpoint: str, arguments: set[str]) -> str:
    # One value that every kind of path part we use accepts is not to be had: try the usual ones in every mix.
    adapter = app.url_map.bind("localhost")
    for values in product(("00000000-0000-7000-8000-000000000000", 1, "x", "product", "pause"), repeat=len(arguments)):
        try:
            return adapter.build(endpoint, dict(zip(sorted(arguments), values, strict=True)))
        except ValueError:
            continue
    raise AssertionError(f"no address for {endpoint}")
