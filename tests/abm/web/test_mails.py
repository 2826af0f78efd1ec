"""Mails: taking a ready-made one over, checks with lines, publishing, links, previews, and a test to oneself."""

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from abm.models import Link, MailTemplate, Message
from abm.words import Language, MessageState, Role
from abm.work import Installation, unit_of_work
from campaigns.mails import compile_mails
from tests.abm.web.conftest import LogIn
from tests.worlds import make_account, make_contact

READY = "/mails/first_steps_guide/ja"
MINE = "/mails/spring/ja"
PAGE = """<html><body>
<p>{{contact.addressee}} {{contact.title|ご担当}}</p>
<p>{{#when role=decision_maker}}決裁者の皆さまへ{{#else}}皆さまへ{{/when}}</p>
<a href="https://www.example.com/x">詳細</a>
</body></html>
"""
FIELDS = {"kind": "html", "subject": "春のご案内", "preheader": "", "body": PAGE, "text": ""}


@pytest.fixture
def anna(installation: Installation) -> str:
    """A decision maker of Acme, by her address."""
    with unit_of_work() as work:
        acme = make_account(work.session, name="株式会社アクメ")
        anna = make_contact(work.session, acme, email="anna@acme.example", buying_role="decision_maker")
        return str(anna.email)


@pytest.fixture
def author(log_in: LogIn) -> FlaskClient:
    return log_in(Role.MARKETER)


def begin(author: FlaskClient, **over: str) -> None:
    author.post("/mails", data={"name": "spring", "language": "ja", "kind": "html", "subject": "x"})
    assert save(author, **over) == 303


def save(author: FlaskClient, address: str = MINE, **over: str) -> int:
    return author.post(address, data={**FIELDS, "seen": seen(), **over}).status_code


def seen() -> str:
    with unit_of_work() as work:
        row = work.session.scalars(select(MailTemplate).order_by(MailTemplate.number.desc()).limit(1)).one_or_none()
        return row.changed_at.isoformat() if row else ""


def test_a_ready_made_mail_is_copied_when_it_is_first_changed_and_sent_once_published(author: FlaskClient) -> None:
    assert "first_steps_guide" in author.get("/mails").text
    assert "Ready-made" in author.get(READY).text

    assert save(author, READY, subject="別の件名") == 303
    with unit_of_work() as work:
        before = {mail.language: mail.compiled.subject for mail in compile_mails(work.session, "first_steps_guide")}
    assert author.post(f"{READY}/publish").status_code == 303
    with unit_of_work() as work:
        after = {mail.language: mail.compiled.subject for mail in compile_mails(work.session, "first_steps_guide")}

    assert before[Language.JAPANESE].startswith("「はじめての原価管理")
    assert after == {**before, Language.JAPANESE: "別の件名"}
    assert author.post(f"{READY}/publish").status_code == 422


def test_a_bad_mail_is_kept_as_a_draft_told_with_its_line_and_not_published(author: FlaskClient) -> None:
    begin(author, body=PAGE.replace("{{/when}}", ""))
    page = author.get(MINE).text
    assert "Line 3: This block is not closed" in page
    assert author.post(f"{MINE}/publish").status_code == 422

    save(author, body=PAGE + "<img src='http://x.example/a.png'>{{contact.shoe}}{{honeypot}}")
    assert "a placeholder that only sending may put in" in author.get(MINE).text

    save(author, body=PAGE + "<img src='http://x.example/a.png'>{{contact.shoe}} 絶対に儲かる 〜")
    page = author.get(MINE).text
    for told in (
        "“contact.shoe” is not known",
        "Picture without words",
        "絶対に儲かる",
        "〜 → ～",
        "Legal footer added",
    ):
        assert told in page
    assert author.post(f"{MINE}/publish").status_code == 422


def test_somebody_elses_later_change_is_not_written_over(author: FlaskClient) -> None:
    begin(author)

    assert save(author, subject="later", seen="2020-01-01T00:00:00+00:00") == 422


def test_links_carry_topics_and_a_product_to_what_is_sent(author: FlaskClient) -> None:
    begin(author)
    given = {"url": "https://www.example.com/x", "topics": "原価管理、在庫", "product": "X", "seen": seen()}

    assert author.post(f"{MINE}/links", data=given).status_code == 303
    assert author.post(f"{MINE}/publish").status_code == 303

    with unit_of_work() as work:
        mail = compile_mails(work.session, "spring")[0]
        assert mail.about["https://www.example.com/x"].topics == ("原価管理", "在庫")
        assert mail.about["https://www.example.com/x"].product == "X"


def test_the_preview_reads_as_this_contact_and_touches_nothing_around_it(author: FlaskClient, anna: str) -> None:
    begin(author)

    body = author.get(f"{MINE}/body?contact={anna}")
    dark = author.get(f"{MINE}/body?contact={anna}&dark=1").text

    assert "株式会社アクメ" in body.text
    assert "決裁者の皆さまへ" in body.text
    assert "\n<p>皆さまへ" not in body.text
    assert 'href="https://www.example.com/x"' in body.text
    assert "{{" not in body.text
    assert "sandbox" in body.headers["Content-Security-Policy"]
    assert "invert(1)" in dark
    assert author.get(f"{MINE}/preview?contact={anna}").status_code == 200
    for part in ("preview", "body"):
        assert author.get(f"/mails/spring/fr/{part}").status_code == 404


def test_addresses_are_read_as_they_were_written_in_the_page_and_in_the_text(author: FlaskClient) -> None:
    begin(author, body=PAGE.replace("/x", "/x?a=1&amp;b=2"), text="https://www.example.com/x?a=1&b=2\n")

    once = "https://www.example.com/x?a=1&amp;b=2"
    assert f'href="{once}"' in author.get(f"{MINE}/body").text
    assert once in author.get(f"{MINE}/preview").text
    assert "&amp;amp;" not in author.get(f"{MINE}/preview").text


def test_a_test_reaches_oneself_once_and_counts_nowhere(author: FlaskClient, anna: str) -> None:
    begin(author)

    assert author.post(f"{MINE}/trial", data={"contact": anna}).status_code == 303

    with unit_of_work() as work:
        message = work.session.scalars(select(Message)).one()
        assert (message.is_test, message.state, message.enrollment_id) == (True, MessageState.HELD, None)
        assert message.email != anna
        assert len(work.session.scalars(select(Link).where(Link.mail_id == message.mail_id)).all()) == 2


def test_an_earlier_version_becomes_the_draft_again(author: FlaskClient) -> None:
    begin(author, subject="first")
    author.post(f"{MINE}/publish")
    save(author, subject="second")

    assert author.post(f"{MINE}/restore/1", data={"seen": seen()}).status_code == 303

    assert "first" in author.get(MINE).text.split("</h1>")[0]


def test_only_marketers_write_and_the_editor_is_for_mjml_with_a_policy_of_its_own(
    author: FlaskClient, log_in: LogIn
) -> None:
    begin(author)
    viewer = log_in(Role.VIEWER)

    assert viewer.get(MINE).status_code == 200
    assert viewer.post(MINE, data=FIELDS).status_code == 403
    assert author.get(f"{MINE}/design").status_code == 303
    editor = author.get(f"{READY}/design")
    assert "mail_editor" in editor.text
    assert "script-src 'self'" in editor.headers["Content-Security-Policy"]
    assert "style-src 'self'" in author.get(READY).headers["Content-Security-Policy"]
    assert "unsafe" not in author.get(READY).headers["Content-Security-Policy"]


def test_a_new_mail_begins_in_the_readers_language_and_a_name_that_is_taken_is_refused(author: FlaskClient) -> None:
    assert "Short name" in author.get("/mails/new").text
    taken = {"name": "first_steps_guide", "language": "ja", "kind": "mjml", "subject": "x"}

    assert author.post("/mails", data=taken).status_code == 422
    assert author.post("/mails", data={**taken, "name": "../etc"}).status_code == 422
    assert author.post("/mails", data={**taken, "name": "plain", "kind": "text"}).status_code == 303
    assert author.get("/mails/plain/ja").status_code == 200
