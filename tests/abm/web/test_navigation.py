"""What the navigation offers to whom."""

import re
from dataclasses import replace

import pytest

from abm.web.access import COOKIE, CurrentUser
from abm.web.app import create_app
from abm.web.navigation import url_with
from abm.words import Role
from abm.work import Installation
from tests.abm.web.conftest import LogIn, browser


def test_the_room_one_is_in_is_marked(log_in: LogIn) -> None:
    page = log_in(Role.VIEWER).get("/settings").text

    assert '<a href="/settings" aria-current="page">' in page


def test_the_mailbox_is_offered_only_while_it_catches_the_mail(installation: Installation, log_in: LogIn) -> None:
    client = log_in(Role.VIEWER)
    cookie = client.get_cookie(COOKIE)
    assert cookie is not None
    settings = replace(installation.settings, smtp_url="smtp://127.0.0.1:25")
    with_server = browser(create_app(settings, installation.engine), "en")
    with_server.set_cookie(COOKIE, cookie.value)

    assert 'href="/mailbox"' in client.get("/settings").text
    assert 'href="/mailbox"' not in with_server.get("/settings").text


@pytest.mark.parametrize("role", list(Role))
def test_whoever_is_offered_a_tab_of_tracking_may_open_it(role: Role, log_in: LogIn) -> None:
    client = log_in(role)
    tabs = re.findall(r'class="nav-link[^"]*" href="(/tracking[^"]*)"', client.get("/tracking").text)

    assert {tab: client.get(tab).status_code for tab in tabs} == dict.fromkeys(tabs, 200)
    assert "/tracking/health" in tabs


@pytest.mark.parametrize(
    ("mine", "asked", "may"),
    [
        (Role.ADMIN, Role.MARKETER, True),
        (Role.MARKETER, Role.SALES, True),
        (Role.SALES, Role.MARKETER, False),
        (Role.VIEWER, Role.VIEWER, True),
        (Role.VIEWER, Role.SALES, False),
    ],
)
def test_a_role_includes_the_weaker_ones(mine: Role, asked: Role, may: bool) -> None:
    user = CurrentUser(id=None, name="", email="", role=mine, language=None)  # type: ignore[arg-type]

    assert user.may(asked) is may


def test_a_changed_query_keeps_the_rest(installation: Installation) -> None:
    app = create_app(installation.settings, installation.engine)

    with app.test_request_context("/accounts?q=%E6%A0%AA&page=3&sort=name"):
        assert url_with(page=None, sort="-name") == "/accounts?q=%E6%A0%AA&sort=-name"
