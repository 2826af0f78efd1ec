"""`abm mail`: compiled to one JSON document, the same again the second time; and sent to oneself to look at it."""

import json
import uuid
from email import message_from_bytes, policy
from pathlib import Path

import pytest
from sqlalchemy import select

from abm.cli.root import run_command
from abm.connectors.mail.mailbox import list_caught
from abm.models import CaughtMail, Message
from abm.words import MessageState
from abm.work import Installation, unit_of_work
from campaigns.mail_templates import FOLDER
from campaigns.trial_sending import send_trial
from tests.abm.cli.conftest import Command
from tests.campaigns.worlds import mailbox
from tests.worlds import make_account, make_contact, make_user

PAGE = """<!DOCTYPE html><html lang="en"><head><title>Spring &amp; costs</title>
<style>.a {color: red}</style><!--[if mso]><style>td {x: y}</style><![endif]--></head>
<body><p class="a">Dear {{ contact.family_name }} of {{account.name}}, {{contact.nickname}} {{ Contact.Name }}</p>
<!--[if mso]><v:roundrect href="https://www.example.com/vml"></v:roundrect><![endif]-->
<![if !mso]><a href="https://www.example.com/a?x=1&amp;y=2">A</a><![endif]>
<!--[if !mso]><!--><a class="a" href="https://www.example.com/b">B</a><!--<![endif]-->
<a href="mailto:a@b.example">write</a></body></html>
"""
KEYS = ["subject", "html", "text", "links", "left_alone", "placeholders", "pixel", "honeypot", "bytes", "warnings"]
DATA = {
    "contact": {"family_name": "O'Neil <b>"},
    "account": {"name": "Acme"},
    "sender": {"name": "Firm", "address": "1 St"},
}


@pytest.fixture
def page(tmp_path: Path) -> Path:
    """A mail somebody wrote elsewhere."""
    file = tmp_path / "spring.html"
    file.write_text(PAGE, "utf-8")
    return file


def compiled(capsys: pytest.CaptureFixture[str], *words: object) -> dict:
    """What the command writes; it needs no installation."""
    assert run_command(["mail", "compile", *[str(word) for word in words]]) == 0
    return json.loads(capsys.readouterr().out)


def test_a_page_is_compiled_without_an_installation(page: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = compiled(capsys, page)

    assert list(found) == KEYS
    assert found["links"] == [
        {"n": 1, "url": "https://www.example.com/a?x=1&y=2", "place": "html:5"},
        {"n": 2, "url": "https://www.example.com/b", "place": "html:6"},
    ]
    assert found["left_alone"] == ["mailto:a@b.example"]
    assert found["placeholders"][:3] == ["contact.family_name", "account.name", "contact.nickname"]
    assert (found["pixel"], found["honeypot"], found["bytes"]) == (True, True, len(found["html"].encode()))


def test_markup_for_outlook_stays_as_it_is(page: Path, capsys: pytest.CaptureFixture[str]) -> None:
    html = compiled(capsys, page)["html"]

    assert 'style="color: red;"' in html
    for kept in (
        "<!--[if mso]><style>td {x: y}</style><![endif]-->",
        '<!--[if mso]><v:roundrect href="https://www.example.com/vml"></v:roundrect><![endif]-->',
        '<![if !mso]><a href="{{base}}/c/{{link.1}}">A</a><![endif]>',
        '<!--[if !mso]><!--><a class="a" href="{{base}}/c/{{link.2}}" style="color: red;">B</a><!--<![endif]-->',
    ):
        assert kept in html


def test_what_is_unknown_or_missing_is_warned_of_with_its_line(page: Path, capsys: pytest.CaptureFixture[str]) -> None:
    warnings = compiled(capsys, page)["warnings"]

    told = [(warning["code"], warning["line"]) for warning in warnings]
    assert ("footer_added", 0) in told
    assert [line for code, line in told if code == "unknown_placeholder"] == [3, 3]
    assert any("Contact.Name" in warning["message"] for warning in warnings)


@pytest.mark.parametrize("options", [[], ["--base", "https://go.firm.co.jp/", "--data", json.dumps(DATA)]])
@pytest.mark.parametrize("again", [[], ["--base", "https://go.firm.co.jp/", "--data", json.dumps(DATA)]])
def test_compiling_its_own_html_again_changes_nothing(
    page: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], options: list[str], again: list[str]
) -> None:
    first = compiled(capsys, page, *options)
    page.write_text(first["html"], "utf-8")
    second = compiled(capsys, page, *(again if options else []))

    assert second["html"] == first["html"]
    assert second["links"] == []
    assert "{{honeypot}}" not in second["text"]


def test_data_and_base_are_filled_in_and_escaped(page: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = compiled(capsys, page, "--base", "https://go.firm.co.jp/", "--data", json.dumps(DATA))

    assert "Dear O&#x27;Neil &lt;b&gt; of Acme," in found["html"]
    assert 'href="https://go.firm.co.jp/c/{{link.1}}"' in found["html"]
    assert "Firm<br>1 St<br>" in found["html"]
    assert "{{stop_url}}" in found["html"]


def test_a_folder_is_compiled_in_the_language_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    japanese = compiled(capsys, FOLDER / "first_steps_guide")
    english = compiled(capsys, FOLDER / "first_steps_guide", "--language", "en")

    assert "のご案内" in japanese["subject"]
    assert english["subject"].isascii()
    assert "asset:product-x-guide" in [link["url"] for link in english["links"]]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["missing.html"], "no file or folder"),
        (["{folder}"], "holds no mail"),
        (["{page}", "--data", "{"], "no JSON"),
        (["{page}", "--data", '{"contact": 3}'], "data.contact"),
        (["{page}", "--base", "javascript:x"], "https://"),
    ],
)
def test_what_cannot_be_used_is_named(
    page: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], words: list[str], said: str
) -> None:
    (tmp_path / "empty").mkdir()
    given = [word.replace("{page}", str(page)).replace("{folder}", str(tmp_path / "empty")) for word in words]

    assert run_command(["mail", "compile", *given]) == 1
    assert said in capsys.readouterr().err


NAME = "first_steps_guide"
ANNA, ME = "anna@acme.example", "me@sender.example"


@pytest.fixture
def cast(installation: Installation) -> None:
    """A contact to read as, and users to look."""
    with unit_of_work() as work:
        make_contact(work.session, make_account(work.session))
        make_user(work.session, email=ME)
        make_user(work.session, email="gone@sender.example", disabled_at=work.at)


@pytest.mark.usefixtures("cast")
def test_a_test_reaches_the_user_in_the_words_for_the_contact(abm: Command, installation: Installation) -> None:
    answer = abm("mail", "trial", NAME, "--to", ME, "--contact", ANNA, "--json")

    message_id = answer.json.pop("message")
    assert (answer.code, answer.err) == (0, "")
    with mailbox(installation) as post:
        send_trial(post, uuid.UUID(message_id))
    with unit_of_work() as work:
        (caught,) = list_caught(work.session)
        message = work.session.get_one(Message, uuid.UUID(message_id))
        assert (caught.rcpt_to, caught.subject[:5]) == (ME, "【テスト】")
        assert (message.state, message.is_test) == (MessageState.SENT, True)
        body = message_from_bytes(work.session.scalars(select(CaughtMail.raw)).one(), policy=policy.default)
        plain = body.get_body(("plain",))
        assert plain is not None
        assert "安奈" in plain.get_content()


@pytest.mark.usefixtures("cast")
def test_a_test_is_in_the_contacts_language_unless_another_is_named(abm: Command) -> None:
    words = ("mail", "trial", NAME, "--to", ME, "--contact", ANNA, "--json")

    told = [abm(*words).json["language"], abm(*words, "--language", "en").json["language"]]

    assert told == ["ja", "en"]


@pytest.mark.usefixtures("cast")
@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        ((NAME, "--to", ME, "--contact", "nobody@acme.example"), 1, "no contact 'nobody@acme.example'"),
        ((NAME, "--to", ANNA, "--contact", ANNA), 1, f"no user '{ANNA}' can act"),
        ((NAME, "--to", "gone@sender.example", "--contact", ANNA), 1, "no user 'gone@sender.example' can act"),
        (("nothing", "--to", ME, "--contact", ANNA), 1, "there is no mail nothing in ja"),
        ((NAME, "--to", ME), 2, "--contact"),
        ((NAME, "--contact", ANNA), 2, "--to"),
        ((NAME, "--to", ME, "--contact", ANNA, "--language", "fr"), 2, "'fr' is not one of"),
    ],
)
def test_a_test_that_cannot_go_out_is_refused_and_leaves_no_message(
    abm: Command, words: tuple[str, ...], code: int, said: str
) -> None:
    answer = abm("mail", "trial", *words)

    assert (answer.code, said in answer.err) == (code, True), answer.err
    with unit_of_work() as work:
        assert work.session.scalars(select(Message)).all() == []
