"""Postmark: its delivery, bounce, complaint, open, click and subscription webhooks."""

# Documents: postmarkapp.com/developer/webhooks/webhooks-overview (securing them by a user and password in the address)
# and the page of each webhook there; bounce types: postmarkapp.com/developer/api/bounce-api.

from base64 import b64encode
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from abm.connectors.posted import header, is_one_of, message_id_of, moment_of, read_table, status_in, text_of, told
from abm.connectors.provider_event import ProviderEvent
from abm.words import ProviderEventKind as Kind

KINDS: Mapping[str, Kind] = {
    "Delivery": Kind.DELIVERED,
    "Bounce": Kind.BOUNCED,
    "SpamComplaint": Kind.COMPLAINED,
    "Open": Kind.OPENED,
    "Click": Kind.CLICKED,
    "SubscriptionChange": Kind.UNSUBSCRIBED,
}
# What comes as a bounce and is none, or one of a sort; what is not named here is soft.
BOUNCE_TYPES: Mapping[str, Kind] = {
    "SpamComplaint": Kind.COMPLAINED,
    "Unsubscribe": Kind.UNSUBSCRIBED,
    "AutoResponder": Kind.UNKNOWN,
    "AddressChange": Kind.UNKNOWN,
    "ChallengeVerification": Kind.UNKNOWN,
    "Subscribe": Kind.UNKNOWN,
    "InboundError": Kind.UNKNOWN,
    "OpenRelayTest": Kind.UNKNOWN,
    "ManuallyDeactivated": Kind.DROPPED,
    "SMTPApiError": Kind.DROPPED,
    "TemplateRenderingFailed": Kind.DROPPED,
}
HARD = frozenset(("HardBounce", "BadEmailAddress"))
# Why Postmark itself stops mailing an address.
SUPPRESSED_FOR: Mapping[str, Kind] = {
    "HardBounce": Kind.BOUNCED,
    "SpamComplaint": Kind.COMPLAINED,
    "ManualSuppression": Kind.UNSUBSCRIBED,
}
TIMES = ("DeliveredAt", "BouncedAt", "ReceivedAt", "ChangedAt")


def verify(headers: Mapping[str, str], body: bytes, secrets: Sequence[str], at: datetime) -> bool:
    """Whether the post knows a secret, which is user:password; it is not signed and so never grows old."""
    wanted = [f"Basic {b64encode(secret.encode()).decode()}" for secret in secrets if ":" in secret]
    return is_one_of(header(headers, "authorization"), wanted)


def read_webhook(headers: Mapping[str, str], body: bytes) -> list[ProviderEvent]:
    """The one event of a post."""
    said = read_table(body)
    record, address = text_of(said, "RecordType"), text_of(said, "Email") or text_of(said, "Recipient")
    when = next((said[name] for name in TIMES if said.get(name)), None)
    details = text_of(said, "Details")
    kind = _kind(record, said)
    return [
        ProviderEvent(
            kind=kind,
            id=text_of(said, "ID") or ":".join((text_of(said, "MessageID"), record, address, str(when))),
            at=moment_of(when),
            address=address,
            message_id=message_id_of(text_of(said, "Metadata", "message_id")),
            hard=text_of(said, "Type") in HARD or text_of(said, "SuppressionReason") == "HardBounce",
            reason=text_of(said, "Type") or text_of(said, "SuppressionReason") or details,
            status=status_in(details),
            detail=told(event=record, url=text_of(said, "OriginalLink"), said=text_of(said, "Description")),
        )
    ]


def _kind(record: str, said: Mapping[str, Any]) -> Kind:
    kind = KINDS.get(record, Kind.UNKNOWN)
    if kind is Kind.BOUNCED:
        return BOUNCE_TYPES.get(text_of(said, "Type"), Kind.BOUNCED)
    if kind is Kind.UNSUBSCRIBED:
        # Mailing somebody again is for people to decide.
        is_suppressed = bool(said.get("SuppressSending"))
        return SUPPRESSED_FOR.get(text_of(said, "SuppressionReason"), kind) if is_suppressed else Kind.UNKNOWN
    return kind
