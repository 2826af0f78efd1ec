"""Many mails over several connections: each gets one end, whatever becomes of the connections."""

import uuid
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace

from abm.connectors.mail.dialogue import Dialogue, Limits, Offer
from abm.connectors.mail.pool import SmtpPool
from abm.connectors.mail.route import Route
from abm.connectors.mail.smtp import Fate, Outcome
from tests.abm.connectors.test_smtp import MAIL
from tests.smtp_server import scripted


@contextmanager
def let_go(keys: Sequence[uuid.UUID]) -> Iterator[Collection[uuid.UUID]]:
    """Everybody may leave."""
    yield keys


def test_an_idle_connection_that_was_reset_costs_no_mail_its_fate() -> None:
    pool = SmtpPool(timeout=2)
    with scripted() as server:
        route = Route("127.0.0.1", server.port)
        pool.send(route, MAIL)
        (idle,) = pool._idle[route]
        # Not even writing goes any more, as after a reset by a server that was started again.
        idle.sock.shutdown(2)
        offers = [Offer(uuid.uuid4(), route, MAIL) for _ in range(2)]
        with Dialogue(pool, let_go) as dialogue:
            dialogue.add(offers)
            ended: dict[uuid.UUID, Outcome | None] = {}
            while dialogue.under_way:
                ended |= dict(dialogue.step())
        pool.close()

        assert ended == {offer.key: Outcome(Fate.ACCEPTED) for offer in offers}
        assert len(server.taken) == 3


def test_what_is_taken_back_leaves_its_domain_room_for_others() -> None:
    pool = SmtpPool(timeout=30)
    with scripted(slow="anna@") as server:
        route = Route("127.0.0.1", server.port)
        slow, quick = (
            Offer(uuid.uuid4(), route, replace(MAIL, rcpt_to=f"{who}@acme.example")) for who in ("anna", "bert")
        )
        with Dialogue(pool, let_go, Limits(per_domain=1)) as dialogue:
            dialogue.add([slow])
            while dialogue.waits:
                dialogue.step(0.01)
            dialogue.withdraw()
            dialogue.add([quick])
            ended: dict[uuid.UUID, Outcome | None] = {}
            while dialogue.under_way:
                ended |= dict(dialogue.step())
        pool.close()

        assert ended == {slow.key: None, quick.key: Outcome(Fate.ACCEPTED)}
