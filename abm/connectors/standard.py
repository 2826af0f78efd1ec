"""Standard Webhooks signatures: who sends by that specification, or by Svix, from which it came."""

from binascii import Error as NotBase64
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from standardwebhooks.webhooks import EmptyWebhookSecretError, Webhook

from abm.connectors.posted import header, is_fresh, is_one_of, moment_of

# Specification: github.com/standard-webhooks/standard-webhooks, "Signature scheme" and "Timestamp and replay attacks";
# every attempt is signed anew, so that a few minutes are enough.
WITHIN = timedelta(minutes=5)


def is_signed(
    headers: Mapping[str, str], body: bytes, secrets: Sequence[str], at: datetime, prefix: str = "webhook"
) -> bool:
    """Whether one of the signatures was made with one of the secrets, lately."""
    stamp, id_ = header(headers, f"{prefix}-timestamp"), header(headers, f"{prefix}-id")
    if not (id_ and stamp.isascii() and stamp.isdigit() and is_fresh(stamp, at, WITHIN)):
        return False
    try:
        content = body.decode()
    except UnicodeDecodeError:
        return False
    # The library's own check asks its own clock; what it signs we compare ourselves.
    wanted = [one.sign(id_, moment_of(stamp), content) for one in map(_webhook, secrets) if one]
    given = header(headers, f"{prefix}-signature").split(" ")
    return any(is_one_of(signature, wanted) for signature in given)


def sign(id_: str, at: datetime, body: bytes, secrets: Sequence[str]) -> dict[str, str]:
    """The headers of a post that these secrets sign: several while one takes the place of another."""
    signed = [one.sign(id_, at, body.decode()) for one in map(_webhook, secrets) if one]
    return {
        "webhook-id": id_,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": " ".join(signed),
    }


def _webhook(secret: str) -> Webhook | None:
    try:
        return Webhook(secret)
    except (NotBase64, ValueError, EmptyWebhookSecretError):
        return None
