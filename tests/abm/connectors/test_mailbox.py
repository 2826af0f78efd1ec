"""The local mailbox catches what is sent to it and shows it."""

import smtplib
from collections.abc import Iterator

import pytest

from abm.connectors.mail.mailbox import BIGGEST_MAIL, MailboxServer, find_caught, get_caught, list_caught
from abm.errors import NotFound
from abm.work import Installation, unit_of_work

MAIL = (
    "Subject: =?utf-8?B?5Lu25ZCN?=\r\nFrom: a@sender.example\r\n"
    "To: b@acme.example\r\nMessage-ID: <1@sender.example>\r\n"
    "MIME-Version: 1.0\r\nContent-Type: multipart/alternative; boundary=x\r\n\r\n"
    "--x\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n本文です\r\n"
    "--x\r\nContent-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n<p>本文</p>\r\n--x--\r\n"
).encode()


@pytest.fixture
def client(installation: Installation) -> Iterator[smtplib.SMTP]:
    """A connection to a mailbox that writes into the test's database."""
    with MailboxServer(installation.engine, 0) as server, smtplib.SMTP("127.0.0.1", server.port, timeout=5) as client:
        yield client


def test_a_mail_is_caught_as_its_source_and_taken_apart(client: smtplib.SMTP) -> None:
    client.sendmail("a@sender.example", ["b@acme.example"], MAIL, ["BODY=8BITMIME"])

    with unit_of_work() as work:
        (caught,) = list_caught(work.session)
        opened = get_caught(work.session, caught.number)
    assert (caught.mail_from, caught.rcpt_to, caught.subject) == ("a@sender.example", "b@acme.example", "件名")
    assert opened.raw == MAIL
    assert opened.text is not None
    assert opened.text.strip() == "本文です"
    assert opened.html is not None
    assert opened.html.strip() == "<p>本文</p>"
    assert ("To", "b@acme.example") in opened.headers


def test_a_mail_to_several_is_kept_for_each_and_found_by_address(client: smtplib.SMTP) -> None:
    client.sendmail("a@sender.example", ["b@acme.example", "C@acme.example"], MAIL, ["BODY=8BITMIME"])

    with unit_of_work() as work:
        assert len(list_caught(work.session)) == 2
        assert [caught.rcpt_to for caught in list_caught(work.session, to="c@ACME.example")] == ["C@acme.example"]
        assert len(list_caught(work.session, limit=1)) == 1


def test_a_caught_mail_can_be_looked_up_by_its_message_id(client: smtplib.SMTP) -> None:
    client.sendmail("a@sender.example", ["b@acme.example"], MAIL, ["BODY=8BITMIME"])

    with unit_of_work() as work:
        ids = ["<1@sender.example>", "<2@sender.example>"]
        assert find_caught(work.session, ids) == {"<1@sender.example>"}


def test_a_mail_that_is_no_mail_is_caught_all_the_same(client: smtplib.SMTP) -> None:
    client.sendmail("", ["b@acme.example"], b"\xff\xfe\x00 nonsense")

    with unit_of_work() as work:
        (caught,) = list_caught(work.session)
        assert get_caught(work.session, caught.number).html is None


def test_a_mail_without_end_is_refused_and_the_next_one_taken(client: smtplib.SMTP) -> None:
    with pytest.raises(smtplib.SMTPResponseException) as refused:
        client.sendmail("a@sender.example", ["b@acme.example"], b"x" * 70 + b"\r\n" + (b"y" * 70 + b"\r\n") * 150_000)
    assert BIGGEST_MAIL < 72 * 150_000

    assert refused.value.smtp_code == 552
    client.sendmail("a@sender.example", ["b@acme.example"], MAIL, ["BODY=8BITMIME"])
    with unit_of_work() as work:
        assert len(list_caught(work.session)) == 1


def test_a_mail_that_was_never_caught_is_not_found(installation: Installation) -> None:
    with unit_of_work() as work, pytest.raises(NotFound):
        get_caught(work.session, 1)
