"""Senders that die, sleep or race: every mail leaves at most once, and whatever comes in between wins."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.event import listens_for

from abm.connectors.mail.dialogue import Limits
from abm.connectors.mail.mailbox import CaughtMail, list_caught
from abm.connectors.mail.route import Route
from abm.db import make_engine
from abm.words import GuardReason, ItemKind, MessageState, SendReason
from abm.work import Installation, unit_of_work
from campaigns.doors import Door
from campaigns.outbox import claim_messages
from campaigns.parcels import prepare
from campaigns.sending import Run, record, settle_stranded
from campaigns.sequences import pause_sequence
from tests.campaigns.worlds import (
    hand_over,
    items,
    leave,
    let_leases_run_out,
    mailbox,
    messages,
    planned,
    post_to,
    prepare_claimed,
    real_people,
    send_all,
    stop,
    withdraw_consent,
)
from tests.smtp_server import scripted


def caught() -> list[CaughtMail]:
    """What the mailbox holds."""
    with unit_of_work() as work:
        return list_caught(work.session)


def test_a_stop_in_the_last_moment_wins_over_a_mail_on_its_way(installation: Installation) -> None:
    planned(count=2)
    with mailbox(installation) as post:
        parcels = prepare_claimed(post)
        stop("p1@acme.example")

        hand_over(post, parcels)
        send_all(post)

    states = {message.email: message.state for message in messages(installation.engine)}
    assert states == {"p0@acme.example": MessageState.SENT, "p1@acme.example": MessageState.SUPPRESSED}
    assert len(items(installation.engine, ItemKind.MAIL_WITHHELD)) == 1


def test_a_sender_that_died_before_its_mail_left_loses_nothing(installation: Installation) -> None:
    planned()
    with unit_of_work() as work:
        claim_messages(work.session, work.at)
    let_leases_run_out("messages")

    with mailbox(installation) as post:
        send_all(post)

    assert messages(installation.engine)[0].state == MessageState.SENT


def test_a_mail_caught_before_its_sender_died_is_found_not_sent_again(installation: Installation) -> None:
    planned()
    with mailbox(installation) as post:
        (parcel,) = prepare_claimed(post)
        leave(post, parcel)
        let_leases_run_out("messages")

        send_all(post)

    assert messages(installation.engine)[0].state == MessageState.SENT
    assert [item.detail["step"] for item in items(installation.engine, ItemKind.MAIL_SENT)] == ["guide"]
    assert len(caught()) == 1


def test_a_local_mail_that_never_arrived_is_sent_again(installation: Installation) -> None:
    planned()
    with mailbox(installation) as post:
        (parcel,) = prepare_claimed(post)
        with Door(post.engine) as door, door.let_go([parcel.leaving]):
            let_leases_run_out("messages")

        send_all(post)

    assert messages(installation.engine)[0].state == MessageState.SENT


def test_a_mail_whose_sender_died_at_a_real_server_is_unknown(installation: Installation) -> None:
    real_people()
    with scripted() as server:
        post = post_to(installation, server)
        (parcel,) = prepare_claimed(post)
        leave(post, parcel)
        let_leases_run_out("messages")

        send_all(post)
        assert len(server.taken) == 1
        post.pool.close()

    (message,) = messages(installation.engine)
    assert (message.state, message.reason) == (MessageState.UNKNOWN, SendReason.BROKEN_OFF)
    assert [item.detail["reason"] for item in items(installation.engine, ItemKind.MAIL_FAILED)] == ["broken_off"]


def test_a_worker_that_slept_past_its_lease_leaves_its_mails_to_the_next(installation: Installation) -> None:
    planned()
    with mailbox(installation) as post:
        with unit_of_work() as work:
            claims = claim_messages(work.session, work.at)
        let_leases_run_out("messages")
        settle_stranded(post)
        others = prepare_claimed(post)

        assert prepare(post, claims) == []
        hand_over(post, others)

    assert messages(installation.engine)[0].state == MessageState.SENT


def test_a_parcel_that_somebody_else_has_taken_over_is_not_handed_over(installation: Installation) -> None:
    planned()
    with mailbox(installation) as post:
        late = prepare_claimed(post)
        let_leases_run_out("messages")
        send_all(post)

        hand_over(post, late)

    assert len(caught()) == 1


def test_what_waits_long_for_its_server_stays_with_its_sender(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("campaigns.sending.KEEP_SECONDS", -1)
    planned()
    with mailbox(installation) as post, Run(post) as run:
        run.hand_over(prepare_claimed(post))
        let_leases_run_out("messages")
        run.step(0)
        settle_stranded(post)
        with unit_of_work() as work:
            assert not claim_messages(work.session, work.at)
        while run.is_busy:
            run.step()

    (message,) = messages(installation.engine)
    assert (message.state, message.attempts) == (MessageState.SENT, 1)


def test_more_is_claimed_while_all_that_waits_is_for_one_domain(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("campaigns.sending.FEW", 0)
    planned(count=3)
    with mailbox(installation) as post, scripted() as server:
        one_each = replace(post, limits=Limits(connections=2, per_domain=1))
        elsewhere = Route("127.0.0.1", server.port)
        parcels = [replace(parcel, route=elsewhere) for parcel in prepare_claimed(one_each)]
        with Run(one_each) as run:
            run.hand_over(parcels)
            wanted = []
            while run.is_busy:
                run.step()
                wanted.append(run.wants_more)

    assert True in wanted
    assert len(server.taken) == 3


def test_a_pause_in_the_last_moment_keeps_the_mail_here(installation: Installation) -> None:
    planned()
    with mailbox(installation) as post:
        parcels = prepare_claimed(post)
        with unit_of_work() as work:
            pause_sequence(work.session, "first_steps", work.at)

        hand_over(post, parcels)
        send_all(post)

    (message,) = messages(installation.engine)
    assert (message.state, message.reason) == (MessageState.PLANNED, SendReason.PAUSED)


def test_consent_withdrawn_in_the_last_moment_wins(installation: Installation) -> None:
    planned()
    with mailbox(installation) as post:
        parcels = prepare_claimed(post)
        withdraw_consent()

        hand_over(post, parcels)
        send_all(post)

    (message,) = messages(installation.engine)
    assert (message.state, message.reason) == (MessageState.SKIPPED, GuardReason.CONSENT_MISSING)


def test_what_left_before_the_database_went_away_is_recorded_as_sent(installation: Installation) -> None:
    planned(count=2)
    with mailbox(installation) as post:
        engine = make_engine(installation.settings.database_url, pool_size=2, application="cut off")
        cut_off = replace(post, engine=engine, limits=Limits(connections=1))
        with Run(cut_off) as run:
            run.hand_over(prepare_claimed(cut_off))
            while not caught():
                run.step()
            with unit_of_work() as work:
                cut = "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'cut off'"
                work.session.execute(text(cut))
        left = [message.state for message in messages(installation.engine)]
        send_all(post)
        engine.dispose()

    assert sorted(left) == [MessageState.PLANNED, MessageState.SENT]
    assert len(caught()) == 2


def test_fates_are_written_once_the_database_is_back(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("campaigns.sending.RECORD_AGAIN", (0.01, 0.01, 0.01))
    planned()
    with mailbox(installation) as post:
        outcomes = [(parcel, leave(post, parcel)) for parcel in prepare_claimed(post)]
        engine, refused = make_engine(installation.settings.database_url, pool_size=1), [1, 2]

        @listens_for(engine, "do_connect")
        def refuse(*_: object) -> None:
            if refused:
                refused.pop()
                raise psycopg.OperationalError("the database system is starting up")

        record(replace(post, engine=engine), outcomes)
        engine.dispose()

    assert messages(installation.engine)[0].state == MessageState.SENT


def test_a_worker_that_comes_too_late_settles_nothing(installation: Installation) -> None:
    planned()
    with mailbox(installation) as post:
        (parcel,) = prepare_claimed(post)
        outcome = leave(post, parcel)
        let_leases_run_out("messages")
        send_all(post)

        record(post, [(parcel, outcome)])

    assert len(items(installation.engine, ItemKind.MAIL_SENT)) == 1


def test_two_workers_at_once_send_no_mail_twice(installation: Installation) -> None:
    planned(count=50)

    with mailbox(installation) as post, ThreadPoolExecutor(3) as workers:
        list(workers.map(send_all, [post] * 3))

    assert len(caught()) == 50
    assert {message.state for message in messages(installation.engine)} == {MessageState.SENT}
