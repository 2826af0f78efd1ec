"""Return paths (VERP): each mail has one of its own, so that where a report arrives says which mail it is about."""

import re
from base64 import b32decode, b32encode, urlsafe_b64decode, urlsafe_b64encode

from abm.tokens import Signer, Token, TokenKind
from abm.words import Language

MAILBOX = "bounces"
# A report names where it is going in its own headers; the mail that it quotes tells it, too.
LONGEST_SEARCHED = 64_000
# Base32, because servers on the way may write a local part in lower case.
_PATH = re.compile(rb"\b%s\+([a-z2-7]{26,40})@" % MAILBOX.encode(), re.IGNORECASE)


def write_return_path(signer: Signer, key: bytes, domain: str) -> str:
    """Where the mail with this message key comes back to."""
    token = signer.write(Token(TokenKind.BOUNCE, Language.ENGLISH, key))
    raw = urlsafe_b64decode(token + "=" * (-len(token) % 4))
    return f"{MAILBOX}+{b32encode(raw).rstrip(b'=').decode().lower()}@{domain}"


def find_message_key(signer: Signer, raw: bytes) -> bytes | None:
    """The key of the mail that came back, when a return path of ours stands in it."""
    for found in _PATH.finditer(raw[:LONGEST_SEARCHED]):
        if token := signer.read(_as_token(found[1]), TokenKind.BOUNCE):
            return token.message_key
    return None


def _as_token(spelled: bytes) -> str:
    """The token as the signer spells it; empty when these signs are none."""
    try:
        raw = b32decode(spelled.upper() + b"=" * (-len(spelled) % 8))
    except ValueError:
        return ""
    return urlsafe_b64encode(raw).rstrip(b"=").decode()
