"""Sealing: what others could misuse lies in the database as nobody without the secret key can read it."""

from base64 import urlsafe_b64encode
from collections.abc import Sequence
from hashlib import blake2b

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from abm.errors import BadConfiguration

# Tells what is sealed from what older releases wrote down as it was.
MARK = "sealed:"


class Seal:
    """Closes texts with the newest secret and opens those closed with any secret it is given."""

    def __init__(self, secret_list: Sequence[bytes]) -> None:
        keys = [Fernet(_key(secret)) for secret in secret_list]
        self._newest, self._all = keys[0], MultiFernet(keys)

    def close(self, text: str) -> str:
        """The text as it may lie in the database; never twice the same."""
        return MARK + self._newest.encrypt(text.encode()).decode()

    def open(self, kept: str) -> str:
        """What was closed; a text of an older release is what it says."""
        if not kept.startswith(MARK):
            return kept
        try:
            return self._all.decrypt(kept.removeprefix(MARK)).decode()
        except InvalidToken:
            raise BadConfiguration(
                "this was sealed with a secret key that is not among ABM_SECRET_KEY any more; "
                "add that key behind the new one, separated by a comma, or enter it again"
            ) from None

    def is_newest(self, kept: str) -> bool:
        """False for what lies open, or was closed with a secret that has a successor."""
        if not kept.startswith(MARK):
            return False
        try:
            self._newest.decrypt(kept.removeprefix(MARK))
        except InvalidToken:
            return False
        return True


def _key(secret: bytes) -> bytes:
    return urlsafe_b64encode(blake2b(secret, digest_size=32, person=b"abm-seal").digest())
