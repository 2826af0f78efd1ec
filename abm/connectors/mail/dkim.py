"""Signing mails with our own DKIM key, for servers that do not sign for us."""

# Documents: RFC 6376 (DKIM), RFC 8301 (its algorithms), RFC 8463 (Ed25519), RFC 8058 (what a stop header must be signed
# with). A key is read once: what signs is the library of cryptography that is here anyway, a hundred times as fast as
# libraries that parse the key and compute in Python for each mail.

import re
from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from abm.config import Settings
from abm.errors import BadConfiguration

SIGNED = (
    b"from",
    b"to",
    b"subject",
    b"date",
    b"message-id",
    b"list-unsubscribe",
    b"list-unsubscribe-post",
    b"feedback-id",
    b"mime-version",
    b"content-type",
)
# Named once more than they stand there, so that nobody can add a second one that a reader would be shown.
ONLY_ONCE = (b"from", b"to", b"subject")
# Verifiers do not take shorter ones (RFC 8301, 3.2).
SHORTEST_RSA = 1024
LINE = 72

_BLANKS = re.compile(rb"[ \t]+")
_FOLDED = re.compile(rb"\r\n(?=[ \t])")


@dataclass(frozen=True, repr=False)
class DkimKey:
    """Who signs: a private key, and where its public half is found."""

    domain: str
    selector: str
    private: RSAPrivateKey | Ed25519PrivateKey

    @property
    def algorithm(self) -> str:
        """As the signature names it."""
        return "rsa-sha256" if isinstance(self.private, RSAPrivateKey) else "ed25519-sha256"

    def sign(self, data: bytes) -> bytes:
        """The signature of these bytes."""
        if isinstance(self.private, RSAPrivateKey):
            return self.private.sign(data, PKCS1v15(), SHA256())
        return self.private.sign(sha256(data).digest())


@cache
def read_dkim_key(settings: Settings) -> DkimKey | None:
    """The key that the settings name; None when mails are not signed by us."""
    if not settings.dkim_key_file:
        return None
    if not settings.dkim_selector:
        raise BadConfiguration("dkim_selector is not set: dkim_key_file needs it")
    domain = settings.dkim_domain or settings.sender_mail.rpartition("@")[2]
    return DkimKey(domain.lower(), settings.dkim_selector, _read_private(Path(settings.dkim_key_file)))


def signed(raw: bytes, key: DkimKey | None) -> bytes:
    """The mail with its signature in front; as it is without a key."""
    if key is None:
        return raw
    head, _, body = raw.partition(b"\r\n\r\n")
    fields = _fields(head)
    named = [*(name for name, _ in fields), *ONLY_ONCE]
    digest = b64encode(sha256(_plain_body(body)).digest()).decode()
    field = (
        f"DKIM-Signature: v=1; a={key.algorithm}; c=relaxed/relaxed; d={key.domain};\r\n s={key.selector};"
        f"\r\n h={_folded(b':'.join(named).decode(), ':')};\r\n bh={digest};\r\n b="
    ).encode()
    _, itself = _plain_field(field)
    data = b"".join(plain + b"\r\n" for _, plain in fields) + itself
    return field + _in_lines(b64encode(key.sign(data))) + b"\r\n" + raw


def _read_private(file: Path) -> RSAPrivateKey | Ed25519PrivateKey:
    try:
        key = load_pem_private_key(file.read_bytes(), None)
    except OSError as error:
        raise BadConfiguration(f"dkim_key_file {file} cannot be read: {error.strerror}") from error
    except (ValueError, TypeError, UnsupportedAlgorithm):
        # What the library says of the file may quote it.
        raise BadConfiguration(f"dkim_key_file {file} holds no private key in PEM without a password") from None
    if not isinstance(key, RSAPrivateKey | Ed25519PrivateKey):
        raise BadConfiguration(f"dkim_key_file {file}: the key must be RSA or Ed25519")
    if isinstance(key, RSAPrivateKey) and key.key_size < SHORTEST_RSA:
        raise BadConfiguration(f"dkim_key_file {file}: the RSA key has {key.key_size} bits; 2048 are usual")
    return key


def _fields(head: bytes) -> Sequence[tuple[bytes, bytes]]:
    """The header fields that are signed, by name, in the order in which they stand."""
    read = (_plain_field(field) for field in _FOLDED.sub(b"", head).split(b"\r\n"))
    return [(name, plain) for name, plain in read if name in SIGNED]


def _plain_field(field: bytes) -> tuple[bytes, bytes]:
    """A field's name, and the field in relaxed form (RFC 6376, 3.4.2)."""
    name, _, value = _FOLDED.sub(b"", field).partition(b":")
    name = name.strip().lower()
    return name, name + b":" + _BLANKS.sub(b" ", value).strip()


def _plain_body(body: bytes) -> bytes:
    """A body in relaxed form (RFC 6376, 3.4.4)."""
    plain = _BLANKS.sub(b" ", body).replace(b" \r\n", b"\r\n").rstrip(b" ")
    plain = plain.rstrip(b"\r\n")
    return plain + b"\r\n" if plain else b""


def _folded(text: str, sign: str) -> str:
    """A list in lines of its own."""
    lines = [""]
    for part in text.split(sign):
        if len(lines[-1]) + len(part) > LINE:
            lines.append("")
        lines[-1] += part + sign
    return "\r\n  ".join(lines).removesuffix(sign)


def _in_lines(encoded: bytes) -> bytes:
    return b"\r\n ".join(encoded[at : at + LINE] for at in range(0, len(encoded), LINE))
