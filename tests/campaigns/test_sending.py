"""Sending over real SMTP: every message ends in one fate, nothing leaves twice, a stop always wins."""

import uuid
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select, update
from structlog.testing import capture_logs

from abm.connectors.mail.mailbox import get_caught, list_caught
from abm.models import Consent, Contact, Mail, Message, Preference, Task
from abm.words import (
    ConsentPurpose,
    GuardReason,
    ItemKind,
    MessageState,
    Pace,
    SendReason,
    TaskState,
)
from abm.work import Installation, unit_of_work
from campaigns.actors import messages_wait
from campaigns.messages import list_messages, message_json
from campaigns.outbox import pause_after
from campaigns.sequences import pause_sequence, resume_sequence
from tests.campaigns.worlds import (
    enrollments,
    hand_off,
    items,
    mailbox,
    make_post,
    messages,
    negotiate,
    pass_time,
    planned,
    post_to,
    real_people,
    send_all,
    stop,
    withdraw_consent,
)
from tests.smtp_server import HANG_UP, SILENCE, scripted


def test_a_mail_arrives_in_the_mailbox_and_on_the_timeline(installation: Installation) -> None:
    planned()

    with mailbox(installation) as post:
        send_all(post)

    (message,) = messages(installation.engine)
    assert (message.state, message.is_local, message.reason) == (MessageState.SENT, True, None)
    assert message.sent_at == message.delivered_at is not None
    (item,) = items(installation.engine, ItemKind.MAIL_SENT)
    assert item.detail == {
        "subject": "「はじめての原価管理 見える化ガイド」のご案内",
        "sequence": "first_steps",
        "step": "guide",
    }
    with unit_of_work() as work:
        (caught,) = list_caught(work.session)
        opened = get_caught(work.session, caught.number)
    assert caught.message_id == message.message_id
    assert opened.html is not None
    assert "/d/" in opened.html
    assert "{{" not in opened.html


def test_sending_twice_sends_once(installation: Installation) -> None:
    planned(count=3)

    with mailbox(installation) as post:
        send_all(post)
        send_all(post)

    with unit_of_work() as work:
        assert len(list_caught(work.session)) == 3


def test_a_stop_between_plan_and_send_wins(installation: Installation) -> None:
    planned()
    stop("p0@acme.example")

    with mailbox(installation) as post:
        send_all(post)

    (message,) = messages(installation.engine)
    assert (message.state, message.reason) == (MessageState.SUPPRESSED, GuardReason.SUPPRESSED)
    with unit_of_work() as work:
        assert list_caught(work.session) == []
    assert len(items(installation.engine, ItemKind.MAIL_WITHHELD)) == 1


def test_consent_withdrawn_between_plan_and_send_stops_the_mail(installation: Installation) -> None:
    planned()
    withdraw_consent()

    with mailbox(installation) as post:
        send_all(post)

    assert messages(installation.engine)[0].state == MessageState.SKIPPED


def test_a_deal_negotiated_between_plan_and_send_leaves_the_mail_to_its_owner(installation: Installation) -> None:
    planned()
    negotiate(messages(installation.engine)[0].account_id)

    with mailbox(installation) as post:
        send_all(post)

    (message,) = messages(installation.engine)
    assert (message.state, message.reason) == (MessageState.SKIPPED, GuardReason.OPEN_DEAL)


def test_a_hold_at_the_door_is_asked_again_each_hour_and_released(installation: Installation) -> None:
    planned()
    hand_off(enrollments(installation.engine)[0].account_id)
    with mailbox(installation) as post:
        for _ in range(3):
            send_all(post)
            pass_time(timedelta(hours=1))
        with unit_of_work() as work:
            assert [row.state for row in list_messages(work.session)] == [MessageState.HELD]
            work.session.execute(update(Task).values(state=TaskState.RECYCLED))
        pass_time(timedelta(hours=1))
        send_all(post)

    assert messages(installation.engine)[0].state == MessageState.SENT
    assert len(items(installation.engine, ItemKind.MAIL_WITHHELD)) == 1


def test_of_two_mails_that_are_due_at_once_somebody_who_wants_a_pace_gets_one(installation: Installation) -> None:
    planned(count=2)
    with unit_of_work() as work:
        anna = work.session.scalars(select(Contact).order_by(Contact.email)).first()
        assert anna is not None
        work.session.execute(update(Message).values(contact_id=anna.id, email=anna.email))
        work.session.add(Preference(contact_id=anna.id, pace=Pace.WEEKLY, said_at=work.at, hit_id=uuid.uuid4()))

    with mailbox(installation) as post:
        send_all(post)
        states = [(message.state, message.reason) for message in messages(installation.engine)]
        pass_time(timedelta(days=7))
        send_all(post)

    assert sorted(states, key=str) == [("planned", "pace"), ("sent", None)]
    assert {message.state for message in messages(installation.engine)} == {"sent"}


def test_mail_of_an_archived_contact_is_cancelled(installation: Installation) -> None:
    planned()
    with unit_of_work() as work:
        work.session.execute(update(Contact).values(archived_at=work.at))

    with mailbox(installation) as post:
        send_all(post)

    assert messages(installation.engine)[0].state == MessageState.CANCELLED


def test_a_planned_mail_of_a_paused_sequence_waits_and_leaves_on_resume(installation: Installation) -> None:
    planned()
    with unit_of_work() as work:
        pause_sequence(work.session, "first_steps", work.at)
    with mailbox(installation) as post:
        send_all(post)
        assert messages(installation.engine)[0].reason == SendReason.PAUSED
        with unit_of_work() as work:
            resume_sequence(work.session, "first_steps", work.at)
        send_all(post)

    assert messages(installation.engine)[0].state == MessageState.SENT


@pytest.mark.parametrize(
    ("script", "state", "reason"),
    [
        ({"rcpt": "550 5.1.1 no such user"}, MessageState.FAILED, SendReason.SMTP_REFUSED),
        ({"rcpt": "450 later"}, MessageState.PLANNED, SendReason.SMTP_DEFERRED),
        ({"greeting": SILENCE}, MessageState.PLANNED, SendReason.SMTP_UNREACHABLE),
        ({"dot": SILENCE}, MessageState.UNKNOWN, SendReason.BROKEN_OFF),
        ({"dot": HANG_UP}, MessageState.UNKNOWN, SendReason.BROKEN_OFF),
        ({"dot": "What a nice mail"}, MessageState.UNKNOWN, SendReason.BROKEN_OFF),
    ],
    ids=["5xx", "4xx", "silence", "silence after the dot", "cut after the dot", "babble after the dot"],
)
def test_what_the_server_says_becomes_the_fate(
    installation: Installation, script: dict[str, str], state: MessageState, reason: SendReason
) -> None:
    real_people()

    with scripted(**script) as server, capture_logs() as logs:
        send_all(post_to(installation, server))

    (message,) = messages(installation.engine)
    assert (message.state, message.reason) == (state, reason)
    assert "acme.co.jp" not in str(logs)
    assert len(logs) == 1


def test_a_deferred_mail_is_tried_again_later_and_then_sent(installation: Installation) -> None:
    real_people()
    with scripted(rcpt="450 later") as server:
        send_all(post_to(installation, server))
    with unit_of_work() as work:
        assert not messages_wait(work.session, work.at)

    pass_time(timedelta(minutes=2))
    with scripted() as server:
        send_all(post_to(installation, server))
        assert len(server.taken) == 1

    (message,) = messages(installation.engine)
    assert (message.state, message.reason) == (MessageState.SENT, None)


def test_a_silent_server_is_asked_once_a_batch(installation: Installation) -> None:
    real_people(count=4)

    with scripted(greeting=SILENCE) as server:
        send_all(post_to(installation, server))
        assert server.connections == 1

    assert {message.reason for message in messages(installation.engine)} == {SendReason.SMTP_UNREACHABLE}


def test_one_mail_that_cannot_be_made_keeps_nobody_else(installation: Installation) -> None:
    planned(count=3)
    with unit_of_work() as work:
        first = work.session.query(Message).order_by(Message.id).first()
        other = work.session.query(Mail).filter(Mail.name == "first_steps_talk", Mail.language == "ja").one()
        other.compiled = {"subject": "x"}
        first.mail_id = other.id

    with mailbox(installation) as post:
        send_all(post)

    fates = sorted(
        ((message.state, message.reason) for message in messages(installation.engine)), key=lambda fate: fate[0]
    )
    assert fates == [
        (MessageState.PLANNED, SendReason.NOT_MADE),
        (MessageState.SENT, None),
        (MessageState.SENT, None),
    ]


def test_a_server_setting_that_cannot_be_read_is_shown_on_the_message(installation: Installation) -> None:
    real_people()

    send_all(make_post(installation, replace(installation.settings, smtp_url="mail.firm.co.jp")))

    assert messages(installation.engine)[0].reason == SendReason.SMTP_UNREACHABLE


def test_a_mail_that_could_not_leave_for_days_is_given_up(installation: Installation) -> None:
    real_people()

    with scripted(rcpt="450 later") as server:
        post = post_to(installation, server)
        for _ in range(2):
            send_all(post)
            pass_time(timedelta(days=4))

    (message,) = messages(installation.engine)
    assert (message.state, message.reason) == (MessageState.FAILED, SendReason.GAVE_UP)


def test_a_mail_that_was_held_for_weeks_is_not_given_up_at_its_first_refusal(installation: Installation) -> None:
    real_people()
    with unit_of_work() as work:
        pause_sequence(work.session, "first_steps", work.at)
    with scripted(rcpt="450 later") as server:
        post = post_to(installation, server)
        send_all(post)
        pass_time(timedelta(weeks=3))
        with unit_of_work() as work:
            resume_sequence(work.session, "first_steps", work.at)

        send_all(post)

    (message,) = messages(installation.engine)
    assert (message.state, message.reason) == (MessageState.PLANNED, SendReason.SMTP_DEFERRED)


def test_an_unknown_mail_is_never_sent_again_by_itself(installation: Installation) -> None:
    real_people()
    with scripted(dot=HANG_UP) as server:
        send_all(post_to(installation, server))

    pass_time(timedelta(days=1))
    with scripted() as server:
        send_all(post_to(installation, server))
        assert server.taken == []

    assert len(items(installation.engine, ItemKind.MAIL_FAILED)) == 1


def test_a_newer_opt_in_lets_the_mail_leave_after_a_refusal(installation: Installation) -> None:
    planned()
    with unit_of_work() as work:
        contact = work.session.query(Contact).one()
        for granted, basis, at in ((False, None, work.at - timedelta(days=2)), (True, "opt_in", work.at)):
            values = {"granted": granted, "basis": basis, "evidence": "phone", "at": at}
            work.session.add(Consent(contact_id=contact.id, purpose=ConsentPurpose.MAIL, **values))

    with mailbox(installation) as post:
        send_all(post)

    assert messages(installation.engine)[0].state == MessageState.SENT


def test_a_real_mail_without_the_senders_address_waits_and_says_so(installation: Installation) -> None:
    real_people()
    with scripted() as server:
        post = post_to(installation, server)
        send_all(replace(post, settings=replace(post.settings, sender_address="")))
        assert server.taken == []

    assert messages(installation.engine)[0].reason == SendReason.SENDER_INCOMPLETE


def test_samples_never_reach_a_real_server(installation: Installation) -> None:
    real_people()
    with unit_of_work() as work:
        work.session.execute(update(Contact).values(is_sample=True))

    with scripted() as server:
        send_all(post_to(installation, server))
        assert server.connections == 0

    assert messages(installation.engine)[0].reason == SendReason.NO_MAILBOX


def test_an_address_with_a_line_break_fails_before_any_server_sees_it(installation: Installation) -> None:
    planned()
    with unit_of_work() as work:
        work.session.execute(update(Contact).values(email="a@acme.co.jp>\r\nRCPT TO:<b@acme.co.jp"))

    with scripted() as server:
        send_all(post_to(installation, server))
        assert server.connections == 0

    assert messages(installation.engine)[0].reason == SendReason.ADDRESS_UNUSABLE


def test_messages_are_listed_with_their_fates(installation: Installation) -> None:
    planned(count=2)
    stop("p1@acme.example")
    with mailbox(installation) as post:
        send_all(post)

    with unit_of_work() as work:
        lines = [message_json(row) for row in list_messages(work.session)]
        only_sent = list_messages(work.session, state="sent", sequence="first_steps")
    assert sorted((line["contact"]["email"], line["state"]) for line in lines) == [
        ("p0@acme.example", "sent"),
        ("p1@acme.example", "suppressed"),
    ]
    assert [row.email for row in only_sent] == ["p0@acme.example"]


def test_pauses_between_tries_double_up_to_an_hour() -> None:
    minute = timedelta(minutes=1)

    assert [pause_after(n * minute) // minute for n in (0, 1, 2, 6, 60, 5_000)] == [1, 1, 2, 6, 60, 60]
