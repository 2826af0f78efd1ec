"""The local mailbox: what was caught is shown, and can do nothing to the page."""

from dataclasses import replace
from email.message import EmailMessage

import pytest

from abm.models import CaughtMail
from abm.web.app import create_app
from abm.web.mailbox import frame_height
from abm.words import Role
from abm.work import Installation, unit_of_work
from tests.abm.web.conftest import LogIn
from tests.worlds import NOON

HTML = "<html><head><title>x</title></head><body><script>alert(1)</script><a href='https://example.com'>話</a></body></html>"


@pytest.fixture
def mail(installation: Installation) -> int:
    """A caught mail with both parts."""
    message = EmailMessage()
    message["Subject"], message["From"], message["To"] = "原価管理のご案内", "us@sender.example", "anna@acme.example"
    message.set_content("テキスト版です")
    message.add_alternative(HTML, subtype="html")
    with unit_of_work() as work:
        values = {"mail_from": "us@sender.example", "rcpt_to": "anna@acme.example", "subject": message["Subject"]}
        caught = CaughtMail(caught_at=NOON, message_id="<1@x>", raw=message.as_bytes(), **values)
        work.session.add(caught)
    return caught.number


def test_an_empty_mailbox_leads_to_the_sequences(log_in: LogIn) -> None:
    assert 'href="/sequences"' in log_in(Role.MARKETER).get("/mailbox").text


@pytest.mark.parametrize(("typed", "found"), [("anna@", True), ("原価", True), ("bert", False)])
def test_a_mail_is_found_by_recipient_and_subject(log_in: LogIn, mail: int, typed: str, found: bool) -> None:
    page = log_in(Role.VIEWER).get("/mailbox", query_string={"q": typed}).text

    assert (f"/mailbox/{mail}" in page) is found


def test_a_mail_shows_its_text_and_its_source(log_in: LogIn, mail: int) -> None:
    page = log_in(Role.VIEWER).get(f"/mailbox/{mail}").text

    assert "テキスト版です" in page
    assert "Content-Type: multipart/alternative" in page
    assert "<script>alert" not in page


def test_a_longer_mail_has_a_higher_frame() -> None:
    line = "あ" * 30 + "\n"

    assert frame_height(line * 40) > frame_height(line * 20) > frame_height("")
    assert frame_height("あ" * 60) > frame_height("a" * 60)


def test_the_mail_s_own_page_is_shut_in_and_opens_links_beside(log_in: LogIn, mail: int) -> None:
    body = log_in(Role.VIEWER).get(f"/mailbox/{mail}/body")

    policy = body.headers["Content-Security-Policy"]
    assert policy.startswith("sandbox allow-popups")
    assert "allow-scripts" not in policy
    assert "allow-same-origin" not in policy
    assert body.headers["X-Frame-Options"] == "SAMEORIGIN"
    assert body.text.index('<base target="_blank">') < body.text.index("<a href")


def test_the_source_comes_as_a_file(log_in: LogIn, mail: int) -> None:
    source = log_in(Role.VIEWER).get(f"/mailbox/{mail}/source")

    assert source.content_type.startswith("message/rfc822")
    assert source.headers["Content-Disposition"].startswith("attachment")


def test_there_is_no_mailbox_once_a_real_server_sends(installation: Installation, mail: int) -> None:
    real = replace(installation.settings, smtp_url="smtp://mail.example")
    browser = create_app(real, installation.engine).test_client()

    assert browser.get("/mailbox").status_code != 200
    assert browser.get(f"/mailbox/{mail}/body").status_code != 200


def test_an_unknown_mail_is_not_found(log_in: LogIn) -> None:
    assert log_in(Role.VIEWER).get("/mailbox/404").status_code == 404
