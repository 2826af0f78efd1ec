"""Reading a DKIM key record (RFC 6376, 3.6.1)."""

import binascii
from base64 import b64decode
from dataclasses import dataclass

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_der_public_key

# RFC 8301, 3.2: shorter keys are not verified; signers use 2048 bits.
SHORTEST, USUAL = 1024, 2048
ED25519_BYTES = 32


@dataclass(frozen=True)
class KeyRecord:
    """A public key as it lies in the DNS."""

    algorithm: str
    public: str
    is_testing: bool
    # Of an RSA key; None where the key cannot be read.
    bits: int | None


def read_tags(text: str) -> dict[str, str]:
    """The tags of a record; blanks inside values do not count."""
    pairs = (part.partition("=") for part in text.split(";") if "=" in part)
    return {name.strip().lower(): "".join(value.split()) for name, _, value in pairs}


def read_key(text: str) -> KeyRecord:
    """The key of a record."""
    tags = read_tags(text)
    algorithm, public = tags.get("k", "rsa").lower(), tags.get("p", "")
    return KeyRecord(algorithm, public, "y" in tags.get("t", "").split(":"), _bits(algorithm, public))


def _bits(algorithm: str, public: str) -> int | None:
    try:
        raw = b64decode(public, validate=True)
        if algorithm == "ed25519":
            return len(raw) * 8 if len(raw) == ED25519_BYTES else None
        key = load_der_public_key(raw)
    except (binascii.Error, ValueError, UnsupportedAlgorithm):
        return None
    return key.key_size if isinstance(key, RSAPublicKey) else None
