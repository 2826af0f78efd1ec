"""Channels as settings: secrets shown once or never, tests, switching on, and sending again."""

import re
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from abm.models import Channel
from abm.web.acts import bind
from abm.words import Role
from abm.work import Installation, unit_of_work
from tests.abm.channels.worlds import add_rep, deliveries, listen, open_task, outlet_of, secrets_now, tell
from tests.abm.web.conftest import LogIn
from tests.receiver import receiving

SLACK = "https://hooks.slack.com/services/T000/B000/very-secret-abcd"


def form(**over: Any) -> dict[str, Any]:
    values = {"kind": "webhook", "title": "CRM", "url": "https://crm.example/hook", "language": "en"}
    return {**values, "events": ["assigned", "answered"], **over}


@pytest.fixture
def inside(app: Flask, installation: Installation) -> Flask:
    """Pages that may post to this machine."""
    bind(app, replace(installation.settings, allow_private_targets=True), installation.engine)
    return app


def channels() -> list[Channel]:
    with unit_of_work() as work:
        return list(work.session.scalars(select(Channel)))


@pytest.mark.parametrize("role", [Role.VIEWER, Role.SALES, Role.MARKETER])
def test_channels_are_for_administrators(log_in: LogIn, role: Role) -> None:
    browser = log_in(role)

    assert browser.get("/settings/channels").status_code == 403
    assert browser.post("/settings/channels", data=form()).status_code == 403


def test_a_secret_is_shown_once(log_in: LogIn) -> None:
    browser = log_in(Role.ADMIN)

    made = browser.post("/settings/channels", data=form())

    (channel,) = channels()
    (secret,) = secrets_now(channel)
    assert secret in made.text
    pages = [browser.get(address).text for address in ("/settings/channels", f"/settings/channels/{channel.id}")]
    assert not any(secret in page for page in pages)
    assert channel.events == ["assigned", "answered"]


def test_the_address_of_a_chat_is_never_shown_in_full(log_in: LogIn) -> None:
    browser = log_in(Role.ADMIN)

    made = browser.post("/settings/channels", data=form(kind="slack", url=SLACK), follow_redirects=True)
    listed = browser.get("/settings/channels")

    assert "https://hooks.slack.com/…abcd" in made.text
    assert not any("very-secret" in page.text for page in (made, listed))


@pytest.mark.parametrize(
    ("over", "said"),
    [
        ({"url": "http://crm.example/"}, "must begin with https"),
        ({"kind": "slack"}, "no address of a Slack webhook"),
        ({"kind": "teams"}, "no address of a Teams workflow"),
        ({"title": " "}, "give the channel a name"),
        ({"kind": "pigeon"}, "choose what kind"),
    ],
)
def test_what_cannot_work_is_refused_with_the_remedy(log_in: LogIn, over: dict[str, Any], said: str) -> None:
    refused = log_in(Role.ADMIN).post("/settings/channels", data=form(**over))

    assert (refused.status_code, said in refused.text, channels()) == (422, True, [])


def test_a_test_says_what_came_of_it(inside: Flask, log_in: LogIn) -> None:
    browser = log_in(Role.ADMIN)
    with receiving(204, 500) as receiver:
        channel = listen(receiver.url)
        good, bad = (
            browser.post(f"/settings/channels/{channel.id}/test", follow_redirects=True).text for _ in range(2)
        )

    assert "The test was taken (204)" in good
    assert "A fault on the other side (500)" in bad
    assert b'"type":"test"' in receiver.got[0][1]


def test_deliveries_show_their_tries_and_are_sent_again(
    inside: Flask, log_in: LogIn, installation: Installation
) -> None:
    browser = log_in(Role.ADMIN)
    open_task(None)
    with receiving(410, 204) as receiver:
        channel = listen(receiver.url)
        page = f"/settings/channels/{channel.id}"
        tell(outlet_of(installation))
        off = browser.get(page).text
        browser.post(f"{page}/enable")
        (delivery,) = deliveries()
        again = browser.post(f"{page}/deliveries/{delivery.id}/again", follow_redirects=True).text
        tell(outlet_of(installation))

    assert "Switched off on" in off
    assert "no longer there" in off
    assert "being sent again" in again
    assert receiver.ids == [str(delivery.id)] * 2
    assert "Delivered" in browser.get(page).text


def test_everything_since_a_moment_is_sent_again(log_in: LogIn, installation: Installation) -> None:
    browser = log_in(Role.ADMIN)
    open_task(None)
    tell(outlet_of(installation))
    channel = listen("https://crm.example/hook")
    page = f"/settings/channels/{channel.id}"

    missing = browser.post(f"{page}/again", data={"since": ""}, follow_redirects=True).text
    done = browser.post(f"{page}/again", data={"since": "2020-01-01T00:00"}, follow_redirects=True).text

    assert "say since when" in missing
    assert "Being sent again: 1." in done


def test_a_channel_is_changed_and_removed(log_in: LogIn) -> None:
    browser = log_in(Role.ADMIN)
    channel = listen("https://crm.example/hook")
    page = f"/settings/channels/{channel.id}"

    saved = browser.post(page, data=form(title="別", url="", events=["escalated"]))
    refused = browser.post(page, data=form(url="ftp://x"))
    fresh = browser.post(f"{page}/secret").text
    browser.post(f"{page}/remove")

    assert (saved.status_code, refused.status_code) == (303, 422)
    assert re.search(r"whsec_[A-Za-z0-9+/=]{40,}", fresh)
    assert browser.get(page).status_code == 404
    assert channels()[0].secrets == []


def test_mails_to_owners_are_listed_with_their_fate(log_in: LogIn, installation: Installation) -> None:
    open_task(add_rep(name="営業 花子"))
    tell(outlet_of(installation))
    browser = log_in(Role.ADMIN)

    assert "営業 花子" in browser.get("/settings/channels/mails").text
    assert "1 waiting" in browser.get("/settings/channels").text
