"""Resend: its webhooks, signed as Svix does."""

# Documents: resend.com/docs/webhooks/event-types, the page of each event there, and
# resend.com/docs/webhooks/verify-webhooks-requests.

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from abm.connectors.posted import (
    given_header,
    header,
    list_of,
    message_id_of,
    moment_of,
    read_table,
    status_in,
    table_of,
    text_of,
    told,
)
from abm.connectors.provider_event import ProviderEvent
from abm.connectors.standard import is_signed
from abm.words import ProviderEventKind as Kind

KINDS: Mapping[str, Kind] = {
    "email.sent": Kind.ACCEPTED,
    "email.delivered": Kind.DELIVERED,
    "email.delivery_delayed": Kind.DEFERRED,
    "email.bounced": Kind.BOUNCED,
    # Not even tried: the address bounced or complained earlier.
    "email.suppressed": Kind.BOUNCED,
    "email.failed": Kind.DROPPED,
    "email.complained": Kind.COMPLAINED,
    "email.opened": Kind.OPENED,
    "email.clicked": Kind.CLICKED,
}


def verify(headers: Mapping[str, str], body: bytes, secrets: Sequence[str], at: datetime) -> bool:
    """Whether Resend signed this lately; secrets are signing secrets, whsec_…."""
    return is_signed(headers, body, secrets, at, prefix="svix")


def read_webhook(headers: Mapping[str, str], body: bytes) -> list[ProviderEvent]:
    """One event for each recipient of the mail it is about."""
    said = read_table(body)
    data = table_of(said, "data")
    addresses = [text_of(one) for one in list_of(data.get("to"))] or [""]
    return [_event(headers, said, data, address) for address in addresses]


def _event(headers: Mapping[str, str], said: Mapping[str, Any], data: Mapping[str, Any], address: str) -> ProviderEvent:
    name = text_of(said, "type")
    bounce = table_of(data, "bounce") or table_of(data, "suppressed") or table_of(data, "failed")
    words = text_of(bounce, "message") or text_of(bounce, "reason")
    return ProviderEvent(
        kind=KINDS.get(name, Kind.UNKNOWN),
        id=f"{header(headers, 'svix-id') or text_of(data, 'email_id') + name}:{address}",
        at=moment_of(said.get("created_at") or data.get("created_at")),
        address=address,
        message_id=message_id_of(text_of(data, "message_id") or given_header(data.get("headers"), "message-id")),
        hard=name == "email.suppressed" or text_of(bounce, "type") == "Permanent",
        reason=text_of(bounce, "subType") or words,
        status=status_in(words),
        detail=told(event=name, url=text_of(data, "click", "link"), said=words),
    )
