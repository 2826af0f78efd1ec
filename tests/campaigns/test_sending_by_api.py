"""Sending by the API of a service: the same last look as over SMTP, one fate for each message, samples stay at home."""

import json
from base64 import b64decode
from dataclasses import replace
from email import message_from_bytes

import pytest
from sqlalchemy import select, text

from abm.connectors.mail import calls
from abm.connectors.mail.dialogue import Limits
from abm.connectors.mail.mailbox import MailboxServer, list_caught
from abm.customers.suppression import STOP_LOCK
from abm.models import Contact, InboundPost
from abm.words import MessageState, SendReason
from abm.work import Installation, unit_of_work
from campaigns.parcels import Post
from campaigns.sending import send_due
from tests.campaigns.worlds import hand_over, make_post, messages, prepare_claimed, real_people, send_all, stop
from tests.receiver import Answer, Receiver, hang_up, receiving


def post_to(installation: Installation, receiver: Receiver, mailbox_port: int = 0) -> Post:
    """What sends by a service that listens here."""
    settings = replace(
        installation.settings,
        mail_provider="ses",
        mail_key="AKIDEXAMPLE:secret",
        mail_api_url=f"http://127.0.0.1:{receiver.port}",
        mailbox_port=mailbox_port,
        sender_address="東京都千代田区1-1",
    )
    return make_post(installation, settings, timeout=2)


def sent_to(receiver: Receiver) -> list[str]:
    return sorted(json.loads(body)["Destination"]["ToAddresses"][0] for _, body in receiver.got)


def test_everybody_gets_one_mail_with_the_message_id_of_its_row(installation: Installation) -> None:
    real_people(count=12)
    with receiving(200) as receiver:
        send_all(post_to(installation, receiver))
        send_all(post_to(installation, receiver))

    raws = [b64decode(json.loads(body)["Content"]["Raw"]["Data"]) for _, body in receiver.got]
    rows = messages(installation.engine)
    assert {row.state for row in rows} == {MessageState.SENT}
    assert all(row.hash and not row.is_local for row in rows)
    assert sorted(message_from_bytes(raw)["Message-ID"] for raw in raws) == sorted(row.message_id for row in rows)


def test_samples_stay_in_the_local_mailbox(installation: Installation) -> None:
    real_people(count=2)
    with unit_of_work() as work:
        contact = work.session.scalars(select(Contact).where(Contact.email == "p1@acme.co.jp")).one()
        contact.is_sample = True

    with receiving(200) as receiver, MailboxServer(installation.engine, 0) as server:
        send_all(post_to(installation, receiver, server.port))

    assert sent_to(receiver) == ["p0@acme.co.jp"]
    with unit_of_work() as work:
        assert [one.rcpt_to for one in list_caught(work.session)] == ["p1@acme.co.jp"]
    assert {row.state for row in messages(installation.engine)} == {MessageState.SENT}


def test_a_stop_in_the_last_moment_wins_over_a_mail_on_its_way(installation: Installation) -> None:
    real_people(count=2)
    with receiving(200) as receiver:
        post = post_to(installation, receiver)
        parcels = prepare_claimed(post)
        stop("p1@acme.co.jp")

        hand_over(post, parcels)
        send_all(post)

    assert sent_to(receiver) == ["p0@acme.co.jp"]
    states = {row.email: row.state for row in messages(installation.engine)}
    assert states == {"p0@acme.co.jp": MessageState.SENT, "p1@acme.co.jp": MessageState.SUPPRESSED}


def test_nothing_is_written_to_somebody_whose_stop_is_being_answered(installation: Installation) -> None:
    real_people()
    with receiving(200) as receiver:
        post = post_to(installation, receiver)
        parcels = prepare_claimed(post)
        with installation.engine.connect() as stopping:
            stopping.execute(text("select pg_advisory_lock(:key, hashtext('p0@acme.co.jp'))"), {"key": STOP_LOCK})
            hand_over(post, parcels)
            stopping.execute(text("select pg_advisory_unlock_all()"))

    (row,) = messages(installation.engine)
    assert (receiver.got, row.state, row.hash) == ([], MessageState.PLANNED, None)


@pytest.mark.parametrize(
    ("answer", "state", "reason"),
    [
        (429, MessageState.PLANNED, SendReason.PROVIDER_BUSY),
        (500, MessageState.PLANNED, SendReason.PROVIDER_BUSY),
        (403, MessageState.PLANNED, SendReason.PROVIDER_LOGIN),
        (400, MessageState.FAILED, SendReason.PROVIDER_REFUSED),
        (hang_up, MessageState.UNKNOWN, SendReason.BROKEN_OFF),
    ],
)
def test_each_answer_ends_in_one_state(
    installation: Installation, answer: Answer, state: MessageState, reason: SendReason
) -> None:
    real_people()
    with receiving(answer) as receiver:
        send_all(post_to(installation, receiver))

    (row,) = messages(installation.engine)
    assert (row.state, row.reason, len(receiver.got)) == (state, reason, 1)
    # What a service refuses says nothing about the address.
    with unit_of_work() as work:
        assert work.session.scalars(select(InboundPost)).all() == []


def test_a_service_that_lets_nobody_in_is_left_alone_for_the_rest_of_the_run(installation: Installation) -> None:
    real_people(count=20)
    with receiving(401) as receiver:
        send_all(replace(post_to(installation, receiver), limits=Limits(connections=8)))

    assert {row.reason for row in messages(installation.engine)} == {SendReason.PROVIDER_LOGIN}
    assert len(receiver.got) < 20


def test_a_busy_service_gets_a_rest_and_then_the_others(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(calls, "FIRST_REST_SECONDS", 0.05)
    real_people(count=12)
    with receiving(429, 200) as receiver:
        send_all(post_to(installation, receiver))

    reasons = [row.reason for row in messages(installation.engine) if row.state != MessageState.SENT]
    assert (reasons, len(receiver.got)) == ([SendReason.PROVIDER_BUSY], 12)


def test_a_key_that_cannot_be_read_keeps_the_mails(installation: Installation) -> None:
    real_people()
    with receiving(200) as receiver:
        post = post_to(installation, receiver)
        missing = replace(post.settings, mail_key="", mail_key_file="/nowhere/key")
        assert send_due(make_post(installation, missing))

    (row,) = messages(installation.engine)
    assert (row.state, row.reason, receiver.got) == (MessageState.PLANNED, SendReason.PROVIDER_LOGIN, [])
