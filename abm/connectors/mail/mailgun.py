"""Mailgun: its event webhooks."""

# Documents: documentation.mailgun.com/docs/mailgun/user-manual/webhooks/securing-webhooks, …/webhooks/webhook-payloads
# and …/user-manual/events/event-structure.

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from abm.connectors.posted import (
    hmac_hex,
    is_fresh,
    is_one_of,
    message_id_of,
    moment_of,
    number_of,
    read_table,
    status_in,
    table_of,
    text_of,
    told,
)
from abm.connectors.provider_event import ProviderEvent
from abm.errors import Invalid
from abm.words import ProviderEventKind as Kind

# It tries again for eight hours, and no document says that each try is signed anew.
WITHIN = timedelta(hours=9)

KINDS: Mapping[str, Kind] = {
    "accepted": Kind.ACCEPTED,
    "delivered": Kind.DELIVERED,
    "failed": Kind.BOUNCED,
    "rejected": Kind.DROPPED,
    "complained": Kind.COMPLAINED,
    "unsubscribed": Kind.UNSUBSCRIBED,
    "opened": Kind.OPENED,
    "clicked": Kind.CLICKED,
}
# A mail not even tried, for what its address did earlier.
FAILED_FOR: Mapping[str, Kind] = {
    "suppress-complaint": Kind.COMPLAINED,
    "suppress-unsubscribe": Kind.UNSUBSCRIBED,
}
# Failures for good that say nothing of the address: a sender refused, or a server silent for too long.
SOFT = frozenset(("old", "espblock", "generic"))


def verify(headers: Mapping[str, str], body: bytes, secrets: Sequence[str], at: datetime) -> bool:
    """Whether Mailgun signed this lately; secrets are webhook signing keys, of the account or of its parent."""
    try:
        signature = table_of(read_table(body), "signature")
    except Invalid:
        return False
    stamp, token = text_of(signature, "timestamp"), text_of(signature, "token")
    if not token or not is_fresh(stamp, at, WITHIN):
        return False
    wanted = [hmac_hex(secret, f"{stamp}{token}".encode()) for secret in secrets]
    given = [text_of(signature, name) for name in ("signature", "parent-signature")]
    return any(is_one_of(one, wanted) for one in given)


def read_webhook(headers: Mapping[str, str], body: bytes) -> list[ProviderEvent]:
    """The one event of a post."""
    said = table_of(read_table(body), "event-data")
    if not said:
        raise Invalid("Mailgun posts event-data", "event-data", "unreadable")
    name, reason = text_of(said, "event"), text_of(said, "reason")
    outcome = table_of(said, "delivery-status")
    words = text_of(outcome, "message") or text_of(outcome, "description")
    return [
        ProviderEvent(
            kind=_kind(name, reason, said),
            id=text_of(said, "id"),
            at=moment_of(said.get("timestamp")),
            address=text_of(said, "recipient"),
            message_id=message_id_of(text_of(said, "message", "headers", "message-id")),
            hard=reason not in SOFT and (number_of(outcome.get("code")) or 500) >= 500,
            reason=reason or words,
            status=text_of(outcome, "enhanced-code") or status_in(words),
            detail=told(event=name, url=text_of(said, "url"), code=text_of(outcome, "code"), said=words),
        )
    ]


def _kind(name: str, reason: str, said: Mapping[str, Any]) -> Kind:
    kind = KINDS.get(name, Kind.UNKNOWN)
    if kind is Kind.BOUNCED and text_of(said, "severity") == "temporary":
        return Kind.DEFERRED
    return FAILED_FOR.get(reason, kind) if kind is Kind.BOUNCED else kind
