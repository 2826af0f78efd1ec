"""Our own signatures, judged by a verifier that is not ours and asks a resolver of this test for the key."""

import os
from base64 import b64encode
from dataclasses import replace
from pathlib import Path

import dkim
import pytest
from cryptography.hazmat.primitives.asymmetric.dsa import generate_private_key as make_dsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key as make_rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from abm.config import Settings
from abm.connectors.mail.dkim import read_dkim_key, signed
from abm.errors import BadConfiguration
from abm.work import open_installation
from campaigns.compile import MailSource
from campaigns.render import make_skeleton, render
from tests.campaigns.test_render import SENT_AT, SETTINGS, SIGNER, letter, stored

RSA = make_rsa(65537, 2048)
ED25519 = Ed25519PrivateKey.generate()
SIGNED = ("From", "To", "Subject", "Date", "Message-ID", "List-Unsubscribe", "List-Unsubscribe-Post", "Feedback-ID")


def settings_with(folder: Path, pem: bytes, **over: str) -> Settings:
    """A key file and settings that name it; each file has its own name, for a key is read once."""
    file = folder / f"{os.urandom(4).hex()}.pem"
    file.write_bytes(pem)
    return replace(SETTINGS, **{"dkim_key_file": str(file), "dkim_selector": "spring", **over})


def pem_of(private: object) -> bytes:
    return private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def record_of(private: RSAPrivateKey | Ed25519PrivateKey) -> bytes:
    """What stands in the DNS."""
    public = private.public_key()
    if isinstance(private, RSAPrivateKey):
        return b"v=DKIM1; k=rsa; p=" + b64encode(public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo))
    return b"v=DKIM1; k=ed25519; p=" + b64encode(public.public_bytes(Encoding.Raw, PublicFormat.Raw))


def mail(subject: str = "「原価管理」のご案内", html: str = "<p>一</p>") -> bytes:
    skeleton = make_skeleton(stored(MailSource(subject, html, "x  y \r\n\r\n\r\n")), SETTINGS)
    return render(skeleton, letter(feedback_id="a:b:c:d"), SIGNER, SENT_AT)


def is_genuine(raw: bytes, record: bytes) -> bool:
    def resolve(name: bytes, timeout: int = 5) -> bytes | None:
        return record if name == b"spring._domainkey.sender.example." else None

    return bool(dkim.verify(raw, dnsfunc=resolve))


@pytest.mark.parametrize("private", [RSA, ED25519], ids=["rsa", "ed25519"])
def test_a_signed_mail_is_genuine_until_any_header_or_word_of_it_is_changed(
    tmp_path: Path, private: RSAPrivateKey | Ed25519PrivateKey
) -> None:
    key, record = read_dkim_key(settings_with(tmp_path, pem_of(private))), record_of(private)

    for raw in (
        mail(),
        mail("件" * 200),
        mail("Plain", "<p>" + "  a\t" * 400 + "</p>"),
        mail().replace(b" ", b"  ", 1),
    ):
        assert is_genuine(signed(raw, key), record)
    sent = signed(mail(), key)

    assert max(map(len, sent.split(b"\r\n"))) <= 78
    for name in SIGNED:
        assert not is_genuine(sent.replace(f"\r\n{name}: ".encode(), f"\r\n{name}: x".encode(), 1), record), name
    assert not is_genuine(sent.replace(b"--=_abm_part--", b"more"), record)
    for added in (b"From: boss@sender.example", b"Subject: won", b"To: all@acme.example"):
        assert not is_genuine(added + b"\r\n" + sent, record)
        assert not is_genuine(sent.replace(b"\r\n\r\n", b"\r\n" + added + b"\r\n\r\n", 1), record)


def test_without_a_key_a_mail_stays_as_it_is() -> None:
    assert read_dkim_key(SETTINGS) is None
    assert signed(mail(), None) == mail()


@pytest.mark.parametrize(
    ("pem", "over", "says"),
    [
        (b"no key\n", {}, "dkim_key_file"),
        (b"-----BEGIN PRIVATE KEY-----\nc2VjcmV0IHdvcmRz\n-----END PRIVATE KEY-----\n", {}, "dkim_key_file"),
        (pem_of(make_dsa(1024)), {}, "RSA or Ed25519"),
        (pem_of(RSA), {"dkim_selector": ""}, "dkim_selector"),
        (pem_of(RSA), {"dkim_key_file": "/nowhere/key.pem"}, "dkim_key_file /nowhere/key.pem cannot be read"),
    ],
    ids=["text", "broken", "another algorithm", "no selector", "no file"],
)
def test_a_key_that_cannot_be_used_is_told_of_at_the_start_by_its_setting(
    tmp_path: Path, pem: bytes, over: dict[str, str], says: str
) -> None:
    with pytest.raises(BadConfiguration, match=says) as told:
        open_installation(settings_with(tmp_path, pem, **over))

    assert "c2Vj" not in str(told.value)


def test_a_key_is_never_shown(tmp_path: Path) -> None:
    key = read_dkim_key(settings_with(tmp_path, pem_of(RSA)))

    assert "private" not in repr(key).lower()
