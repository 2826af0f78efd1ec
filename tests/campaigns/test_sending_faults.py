"""Senders killed at every point of the dialogue, and connections cut: the server's own ledger is the judge."""

import os
import random
import re
import threading
from collections import Counter
from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest
from dramatiq.middleware import Shutdown
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from abm.connectors.mail.calls import Calls
from abm.connectors.mail.dialogue import Dialogue, Limits
from abm.connectors.mail.pool import SmtpPool
from abm.db import make_engine
from abm.words import MessageState
from abm.work import Installation, unit_of_work
from campaigns.sending import send_due
from tests.campaigns.killed_sender import send_and_die
from tests.campaigns.test_sending_by_api import post_to as post_to_service
from tests.campaigns.worlds import let_leases_run_out, messages, post_to, real_people, send_all
from tests.receiver import receiving
from tests.smtp_server import ScriptedServer, scripted

# Come by once with each batch, and with each mail.
OF_BATCHES = ["claimed", "prepared"]
OF_MAILS = ["offered", "standing", "looking", "let_go", "pouring", "poured", "answered"]
# Only come by when much has left already.
LATE = ["settling", "settled"]
ENDS = {
    MessageState.SENT,
    MessageState.FAILED,
    MessageState.SUPPRESSED,
    MessageState.CANCELLED,
    MessageState.SKIPPED,
    MessageState.UNKNOWN,
}
MESSAGE_ID = re.compile(rb"^Message-ID: (<\S+>)\r$", re.MULTILINE)


@pytest.fixture
def chance() -> random.Random:
    """Chance that can be repeated: its seed is printed when a test fails."""
    seed = int(os.environ.get("ABM_TEST_SEED", random.randrange(100_000)))
    print("ABM_TEST_SEED", seed)
    return random.Random(seed)


def ledger(server: ScriptedServer) -> Counter[str]:
    """How often the server holds each mail."""
    return Counter(found[1].decode() for raw in server.taken if (found := MESSAGE_ID.search(raw)))


def check_ends(installation: Installation, server: ScriptedServer) -> None:
    """Every mail has one end, and the server holds none twice and none that has not left."""
    held = ledger(server)
    assert [message for message, times in held.items() if times > 1] == []
    for message in messages(installation.engine):
        assert message.state in ENDS
        if message.state == MessageState.SENT:
            assert held[message.message_id] == 1
        elif message.state != MessageState.UNKNOWN:
            assert held[message.message_id] == 0


def test_senders_killed_at_every_point_leave_each_mail_one_end(
    installation: Installation, chance: random.Random
) -> None:
    real_people(count=60)
    places = chance.sample(OF_BATCHES + OF_MAILS, 9)
    with scripted() as server:
        post = post_to(installation, server)
        for place in places:
            send_and_die(post.settings, place, chance.randrange(3) if place in OF_MAILS else 0)
            let_leases_run_out("messages")
        send_all(post)

    check_ends(installation, server)
    states = Counter(message.state for message in messages(installation.engine))
    assert states[MessageState.SENT] > 0
    assert states[MessageState.UNKNOWN] < 60


@pytest.mark.parametrize("place", LATE)
def test_a_sender_killed_around_its_writing_leaves_each_mail_one_end(installation: Installation, place: str) -> None:
    """A world for each: when the fates of a run are written, all its mails have left."""
    real_people(count=12)
    with scripted() as server:
        post = post_to(installation, server)
        send_and_die(post.settings, place, 0)
        let_leases_run_out("messages")
        send_all(post)

    check_ends(installation, server)


def test_a_database_that_cuts_connections_doubles_and_loses_no_mail(
    installation: Installation, chance: random.Random
) -> None:
    real_people(count=60)
    over = threading.Event()
    with scripted() as server:
        engine = make_engine(installation.settings.database_url, pool_size=3, application="cut off")
        post = replace(post_to(installation, server), engine=engine)

        def send() -> None:
            while not over.is_set():
                with suppress(SQLAlchemyError):
                    send_due(post)

        sender = threading.Thread(target=send)
        sender.start()
        for _ in range(5):
            over.wait(chance.random() / 3)
            with unit_of_work() as work:
                cut = "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'cut off'"
                work.session.execute(text(cut))
        over.set()
        sender.join()
        engine.dispose()
        let_leases_run_out("messages")
        send_all(post_to(installation, server))

    check_ends(installation, server)


def cut_off_after(monkeypatch: pytest.MonkeyPatch, owner: type, name: str, times: int = 1) -> None:
    """Once this was done so often the worker is told to stop, in the middle of a step."""
    real, done = getattr(owner, name), []

    def cut(*args: Any, **named: Any) -> Any:
        answer = real(*args, **named)
        done.append(answer)
        if len(done) == times:
            raise Shutdown
        return answer

    monkeypatch.setattr(owner, name, cut)


def test_a_sender_told_to_stop_writes_what_it_knows_and_gives_back_what_waits(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    real_people(count=12)
    cut_off_after(monkeypatch, Dialogue, "_note")
    # Somebody's recipient is never answered: that is not waited for.
    with scripted(slow="p1@") as server:
        post = replace(post_to(installation, server), limits=Limits(connections=2), pool=SmtpPool(timeout=30))
        with suppress(Shutdown):
            send_due(post)

    states = Counter(message.state for message in messages(installation.engine))
    assert {message.reason for message in messages(installation.engine)} == {None}
    assert states == {MessageState.SENT: len(server.taken), MessageState.PLANNED: 12 - len(server.taken)}
    assert server.taken


def test_a_sender_by_api_told_to_stop_loses_no_answer(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    real_people(count=3)
    cut_off_after(monkeypatch, Calls, "_hear", times=2)
    with receiving(200) as receiver, suppress(Shutdown):
        post = replace(post_to_service(installation, receiver), limits=Limits(connections=1))
        send_due(post)

    states = Counter(message.state for message in messages(installation.engine))
    assert states == {MessageState.SENT: len(receiver.got), MessageState.PLANNED: 3 - len(receiver.got)}
