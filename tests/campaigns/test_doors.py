"""The last look: no DATA begins after an answered stop, however closely the two race."""

import random
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from threading import Thread
from uuid import UUID

from sqlalchemy import text

from abm.connectors.mail.dialogue import Limits
from abm.customers.suppression import STOP_LOCK, suppress
from abm.words import MessageState, SuppressionReason
from abm.work import Installation, unit_of_work
from campaigns.doors import Door
from campaigns.sending import Run
from tests.campaigns.worlds import messages, post_to, prepare_claimed, real_people
from tests.smtp_server import scripted

PEOPLE = 40


def stop_everybody(answered: dict[str, float], seed: int) -> None:
    """Stop one after another, noting when each was told that it is done."""
    chance = random.Random(seed)
    for n in chance.sample(range(PEOPLE), PEOPLE):
        email = f"p{n}@acme.co.jp"
        with unit_of_work() as work:
            suppress(work.session, email, SuppressionReason.UNSUBSCRIBED, work.at, "stop page")
        answered[email] = time.monotonic()
        time.sleep(chance.random() / 500)


def test_no_mail_begins_after_its_stop_was_answered(installation: Installation) -> None:
    seed = random.randrange(10_000)
    print("seed", seed)
    real_people(count=PEOPLE)
    answered: dict[str, float] = {}
    began: dict[str, float] = {}
    with scripted() as server, Run(post_to(installation, server)) as run:
        ask = run._let_go

        @contextmanager
        def noting(keys: Sequence[UUID]) -> Iterator[object]:
            """When the last DATA of a group has left, its mails have begun."""
            with ask(keys) as allowed:
                yield allowed
                began.update((run._parcels[key].outgoing.email, time.monotonic()) for key in allowed)

        run._dialogue._let_go = noting
        run.hand_over(prepare_claimed(run._post))
        stopper = Thread(target=stop_everybody, args=(answered, seed))
        stopper.start()
        while run.is_busy:
            run.step(0.01)
        stopper.join()

    assert [email for email, moment in began.items() if moment > answered[email]] == []
    assert len(server.taken) == len(began)
    states = {message.email: message.state for message in messages(installation.engine)}
    assert {email for email, state in states.items() if state == MessageState.SENT} == set(began)


def test_a_mail_whose_stop_is_being_written_is_not_let_go_and_keeps_nobody_waiting(installation: Installation) -> None:
    real_people(count=2)
    with scripted() as server:
        parcels = prepare_claimed(post_to(installation, server))
    hold = text("select pg_advisory_xact_lock(:key, hashtext('p1@acme.co.jp'))")

    with unit_of_work() as work, Door(installation.engine) as door:
        work.session.execute(hold, {"key": STOP_LOCK})
        with door.let_go([parcel.leaving for parcel in parcels]) as allowed:
            gone = {parcel.outgoing.email for parcel in parcels if parcel.outgoing.id in allowed}

    assert gone == {"p0@acme.co.jp"}


def test_one_slow_recipient_keeps_nobody_else_waiting(installation: Installation) -> None:
    real_people(count=6)
    with scripted(slow="p3@") as server:
        post = post_to(installation, server)
        with Run(post) as run:
            run.hand_over(prepare_claimed(post))
            while len(server.taken) < 5:
                run.step()
            assert run.is_busy

    assert Limits().connections > 1
    assert sorted(message.state for message in messages(installation.engine)) == ["planned"] + ["sent"] * 5
