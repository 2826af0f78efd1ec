"""Signed tokens in mail links: short, unguessable, and silent about ids and addresses.

Layout, base64url without padding: key number (1 byte), kind and language (1), message key (8),
link key (5, in links, downloads and joins only), MAC (8). The MAC is BLAKE2b in keyed mode (RFC 7693) over
all before it; both keys are random, so a token tells nothing but where it was issued.
"""

import binascii
import hmac
import os
import secrets
from base64 import urlsafe_b64encode
from collections.abc import Sequence
from enum import IntEnum
from hashlib import blake2b
from pathlib import Path
from typing import NamedTuple
from unicodedata import normalize

from abm.config import Settings
from abm.errors import BadConfiguration
from abm.seal import Seal
from abm.words import Language

MESSAGE_KEY_BYTES = 8
LINK_KEY_BYTES = 5
MAC_BYTES = 8
DIGEST_BYTES = 32
HEAD_BYTES = 2
LONGEST_TOKEN = 64
# The two signs in which base64url differs; the library's own functions for it take twice the time.
_TO_URL, _FROM_URL = bytes.maketrans(b"+/", b"-_"), bytes.maketrans(b"-_", b"+/")

_LANGUAGES = (Language.JAPANESE, Language.ENGLISH)


class TokenKind(IntEnum):
    """What a token opens; each kind is good for its own route only."""

    OPEN = 1
    CLICK = 2
    DOWNLOAD = 3
    WEBINAR = 4
    STOP = 5
    PREFERENCES = 6
    WHY = 7
    # Tells our own site by whose mail a visitor came; good for nothing else.
    VISIT = 8
    # Lets the owner of a task answer it from a mail; the pages read it, not the doors of tracking.
    TASK = 9
    # The return path of a mail; only what reads bounces takes it.
    BOUNCE = 10


# A named tuple: one is read at every hit, where a frozen dataclass takes four times as long to make.
class Token(NamedTuple):
    """What a valid token says."""

    kind: TokenKind
    language: Language
    message_key: bytes
    link_key: bytes | None = None


class Signer:
    """Writes tokens with the newest secret and reads those of every secret it is given."""

    def __init__(self, secret_list: Sequence[bytes]) -> None:
        self._keys = {_number(secret): _key(secret) for secret in reversed(secret_list)}
        self._newest = _number(secret_list[0])
        self._digest_keys = [_digest_key(secret) for secret in secret_list]
        # What is kept under the same secrets.
        self.seal = Seal(secret_list)

    def write(self, token: Token) -> str:
        """The token as text, 24 or 31 characters."""
        head = bytes((self._newest, token.kind << 3 | _LANGUAGES.index(token.language)))
        body = head + token.message_key + (token.link_key or b"")
        return urlsafe_b64encode(body + _mac(self._keys[self._newest], body)).rstrip(b"=").decode()

    def read(self, text: str, kind: TokenKind) -> Token | None:
        """The token, or None when it is not one of ours, altered, or of another kind."""
        raw = _decode(text)
        if raw is None or (key := self._keys.get(raw[0])) is None:
            return None
        body, mac = raw[:-MAC_BYTES], raw[-MAC_BYTES:]
        if not hmac.compare_digest(mac, _mac(key, body)):
            return None
        return _unpack(body, kind)

    def digests(self, address: str) -> list[bytes]:
        """Keyed digests of a mail address, one per secret, the newest first: they tell it again, not what it is."""
        spelled = normalize("NFKC", address).strip().casefold().encode()
        return [blake2b(spelled, digest_size=DIGEST_BYTES, key=key).digest() for key in self._digest_keys]


def new_message_key() -> bytes:
    """A fresh random key for one message."""
    return secrets.token_bytes(MESSAGE_KEY_BYTES)


def new_link_key() -> bytes:
    """A fresh random key for one link."""
    return secrets.token_bytes(LINK_KEY_BYTES)


def read_secrets(settings: Settings) -> list[bytes]:
    """The installation's secrets, newest first; made in the state folder only when both engines are our own."""
    text = settings.secret_key
    if not text and settings.secret_key_file:
        text = _read_file(Path(settings.secret_key_file))
    if not text and settings.embedded:
        text = _own_secret(settings.state_dir / "secret.key")
    if not text:
        raise BadConfiguration(
            "secret_key is not set: with your own database or queue every host needs the same one; "
            "set ABM_SECRET_KEY or ABM_SECRET_KEY_FILE (several, newest first, separated by commas)"
        )
    return [_checked(part.strip()) for part in text.split(",") if part.strip()]


def _own_secret(file: Path) -> str:
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    # Two processes at once: one creates the file, the other reads what the first one wrote.
    draft = file.with_name(f"{file.name}.{os.getpid()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as out:
        out.write(secrets.token_urlsafe(48))
    try:
        os.link(draft, file)
    except FileExistsError:
        pass
    finally:
        draft.unlink()
    return _read_file(file)


def _read_file(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8").strip()
    except OSError as error:
        raise BadConfiguration(f"secret key file {file} cannot be read: {error.strerror}") from error


def _checked(secret: str) -> bytes:
    if len(secret) < 32:
        raise BadConfiguration("secret_key is too short: give at least 32 characters")
    return secret.encode()


def _number(secret: bytes) -> int:
    return blake2b(secret, digest_size=1, person=b"abm-number").digest()[0]


def _key(secret: bytes) -> bytes:
    return blake2b(secret, digest_size=32, person=b"abm-token").digest()


def _digest_key(secret: bytes) -> bytes:
    return blake2b(secret, digest_size=32, person=b"abm-erased").digest()


def _mac(key: bytes, body: bytes) -> bytes:
    return blake2b(body, digest_size=MAC_BYTES, key=key).digest()


def _decode(text: str) -> bytes | None:
    if not text.isascii() or len(text) > LONGEST_TOKEN:
        return None
    spelled = text.encode()
    try:
        raw = binascii.a2b_base64(spelled.translate(_FROM_URL) + b"=" * (-len(spelled) % 4))
    except binascii.Error:
        return None
    # One token has one spelling: other texts that decode to the same bytes are no tokens.
    if binascii.b2a_base64(raw, newline=False).translate(_TO_URL).rstrip(b"=") != spelled:
        return None
    return raw if len(raw) >= HEAD_BYTES + MESSAGE_KEY_BYTES + MAC_BYTES else None


def _unpack(body: bytes, kind: TokenKind) -> Token | None:
    link_key = body[HEAD_BYTES + MESSAGE_KEY_BYTES :]
    language = body[1] & 0b111
    if body[1] >> 3 != kind or len(link_key) not in (0, LINK_KEY_BYTES) or language >= len(_LANGUAGES):
        return None
    return Token(kind, _LANGUAGES[language], body[HEAD_BYTES : HEAD_BYTES + MESSAGE_KEY_BYTES], link_key or None)
