"""One honest answer per mail, whatever a server says or does not say."""

import pytest

from abm.connectors.mail.pool import SmtpPool
from abm.connectors.mail.route import Route
from abm.connectors.mail.smtp import Envelope, Fate, Outcome
from abm.words import SendReason
from tests.smtp_server import HANG_UP, SILENCE, scripted

MAIL = Envelope("marketing@sender.example", "anna@acme.example", b"Subject: hi\r\n\r\n.dot\r\n..\r\nend\r\n")
UNREACHABLE = Outcome(Fate.DEFERRED, SendReason.SMTP_UNREACHABLE)
UNKNOWN = Outcome(Fate.UNKNOWN, SendReason.BROKEN_OFF)


@pytest.mark.parametrize(
    ("script", "outcome"),
    [
        ({}, Outcome(Fate.ACCEPTED)),
        ({"mail": "250", "rcpt": "250-well\r\n250", "dot": "250"}, Outcome(Fate.ACCEPTED)),
        ({"rcpt": "550 5.1.1 who?"}, Outcome(Fate.REFUSED, SendReason.SMTP_REFUSED, 550)),
        ({"rcpt": "450 4.2.0 later"}, Outcome(Fate.DEFERRED, SendReason.SMTP_DEFERRED, 450)),
        ({"mail": "451 later"}, Outcome(Fate.DEFERRED, SendReason.SMTP_DEFERRED, 451)),
        ({"data": "554 no"}, Outcome(Fate.REFUSED, SendReason.SMTP_REFUSED, 554)),
        ({"dot": "552 too big"}, Outcome(Fate.REFUSED, SendReason.SMTP_REFUSED, 552)),
        ({"dot": "452 full"}, Outcome(Fate.DEFERRED, SendReason.SMTP_DEFERRED, 452)),
        ({"mail": "421 going down"}, Outcome(Fate.DEFERRED, SendReason.SMTP_DEFERRED, 421)),
        ({"greeting": "554 not you"}, Outcome(Fate.DEFERRED, SendReason.SMTP_DEFERRED, 554)),
        ({"greeting": SILENCE}, UNREACHABLE),
        ({"rcpt": SILENCE}, UNREACHABLE),
        ({"data": HANG_UP}, UNREACHABLE),
        ({"dot": HANG_UP}, UNKNOWN),
        ({"dot": SILENCE}, UNKNOWN),
    ],
    ids=lambda value: "-".join(value.values()) or "all well" if isinstance(value, dict) else "",
)
def test_every_answer_and_every_silence_has_its_fate(script: dict[str, str], outcome: Outcome) -> None:
    pool = SmtpPool(timeout=0.3)
    with scripted(**script) as server:
        assert pool.send(Route("127.0.0.1", server.port), MAIL) == outcome
        pool.close()


def test_nobody_listening_is_unreachable() -> None:
    with scripted() as server:
        port = server.port

    assert SmtpPool(timeout=0.3).send(Route("127.0.0.1", port), MAIL) == UNREACHABLE


def test_a_host_that_is_no_name_is_unreachable() -> None:
    assert SmtpPool(timeout=0.3).send(Route("mail..firm.co.jp", 25), MAIL) == UNREACHABLE


def test_a_connection_is_used_again_and_dots_arrive_as_sent() -> None:
    pool = SmtpPool(timeout=2)
    with scripted() as server:
        for _ in range(3):
            pool.send(Route("127.0.0.1", server.port), MAIL)
        pool.close()

        assert server.connections == 1
        assert server.taken == [b"Subject: hi\r\n\r\n..dot\r\n...\r\nend\r\n"] * 3


def test_a_refused_mail_leaves_the_connection_usable() -> None:
    pool = SmtpPool(timeout=2)
    with scripted(rcpt="550 no") as server:
        for _ in range(2):
            pool.send(Route("127.0.0.1", server.port), MAIL)
        pool.close()

        assert server.connections == 1


def test_a_connection_that_died_while_idle_is_replaced() -> None:
    pool = SmtpPool(timeout=2)
    with scripted() as server:
        pool.send(Route("127.0.0.1", server.port), MAIL)
        (idle,) = pool._idle[Route("127.0.0.1", server.port)]
        idle.sock.shutdown(2)

        assert pool.send(Route("127.0.0.1", server.port), MAIL).fate == Fate.ACCEPTED
        assert len(server.taken) == 2
        pool.close()


def test_a_password_never_travels_in_the_clear(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("abm.connectors.mail.route.LOOPBACK", ())
    with scripted() as server:
        route = Route("127.0.0.1", server.port, "user", "password")

        assert SmtpPool(timeout=1).send(route, MAIL) == Outcome(Fate.DEFERRED, SendReason.SMTP_UNSAFE)


def test_a_route_hides_its_password() -> None:
    assert "secret" not in repr(Route("mail.firm.example", 25, "user", "secret"))
