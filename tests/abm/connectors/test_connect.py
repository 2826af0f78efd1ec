"""Encryption on the way to a server is required where it must be, and never taken on trust."""

import ssl
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Sink
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from abm.connectors.mail import connect as connecting
from abm.connectors.mail.connect import connect
from abm.connectors.mail.pool import SmtpPool
from abm.connectors.mail.route import Route
from abm.connectors.mail.smtp import Envelope, Fate, Outcome
from abm.up import free_port
from abm.words import SendReason
from tests.smtp_server import scripted

MAIL = Envelope("marketing@sender.example", "anna@acme.example", b"Subject: hi\r\n\r\nend\r\n")
UNSAFE = Outcome(Fate.DEFERRED, SendReason.SMTP_UNSAFE)


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """A key with a certificate for localhost that nobody vouches for."""
    key = generate_private_key(SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    made = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    made = made.not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
    made = made.add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
    signed = made.sign(key, SHA256())
    file = tmp_path / "server.pem"
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    file.write_bytes(private + signed.public_bytes(Encoding.PEM))
    return file


@pytest.fixture
def encrypting(certificate: Path) -> Iterator[int]:
    """A server that offers STARTTLS with this certificate; its port."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)
    controller = Controller(Sink(), hostname="127.0.0.1", port=free_port(), tls_context=context)
    controller.start()
    yield controller.port
    controller.stop()


def test_a_server_that_offers_no_encryption_gets_nothing_where_it_is_required() -> None:
    with scripted() as server:
        outcome = SmtpPool(timeout=1).send(Route("127.0.0.1", server.port, tls_required=True), MAIL)

        assert (outcome, server.taken) == (UNSAFE, [])


def test_a_certificate_that_nobody_vouches_for_is_no_encryption(encrypting: int) -> None:
    assert SmtpPool(timeout=1).send(Route("localhost", encrypting, tls_required=True), MAIL) == UNSAFE
    assert SmtpPool(timeout=1).send(Route("localhost", encrypting), MAIL) == UNSAFE


def test_a_server_that_proves_who_it_is_is_spoken_to_encrypted(
    encrypting: int, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connecting, "_trust", lambda: ssl.create_default_context(cafile=str(certificate)))

    with connect(Route("localhost", encrypting, tls_required=True), 2) as session:
        assert isinstance(session.sock, ssl.SSLSocket)
