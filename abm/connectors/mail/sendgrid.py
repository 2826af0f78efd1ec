"""Twilio SendGrid: sending by its API, and its Event Webhook."""

# Documents: twilio.com/docs/sendgrid/for-developers/tracking-events/event ("Event Webhook Reference") and
# …/tracking-events/getting-started-event-webhook-security-features ("Signed Event Webhook");
# twilio.com/docs/sendgrid/api-reference/mail-send/mail-send ("Mail Send", which knows no key against sending twice) and
# …/mail-send/errors.

import json
from base64 import b64decode
from binascii import Error as NotBase64
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from email.headerregistry import Address
from typing import Any

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, EllipticCurvePublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_der_public_key

from abm.connectors.mail.answers import judge_answer
from abm.connectors.mail.fields import Fields, read_fields
from abm.connectors.mail.route import Route
from abm.connectors.mail.smtp import Envelope, Outcome
from abm.connectors.posted import header, is_fresh, message_id_of, moment_of, read_json, status_in, text_of, told
from abm.connectors.posting import Gate, Parcel, post
from abm.connectors.provider_event import ProviderEvent
from abm.errors import Invalid
from abm.words import ProviderEventKind as Kind

SIGNATURE = "x-twilio-email-event-webhook-signature"
STAMP = "x-twilio-email-event-webhook-timestamp"
# It tries again for a day, and no document says that each try is signed anew.
WITHIN = timedelta(hours=26)

KINDS: Mapping[str, Kind] = {
    "processed": Kind.ACCEPTED,
    "delivered": Kind.DELIVERED,
    "deferred": Kind.DEFERRED,
    "bounce": Kind.BOUNCED,
    "dropped": Kind.DROPPED,
    "spamreport": Kind.COMPLAINED,
    "unsubscribe": Kind.UNSUBSCRIBED,
    "group_unsubscribe": Kind.UNSUBSCRIBED,
    "open": Kind.OPENED,
    "click": Kind.CLICKED,
}
# A mail dropped for what its address did earlier tells us that it did so.
DROPPED_FOR: Mapping[str, Kind] = {
    "bounced address": Kind.BOUNCED,
    "invalid": Kind.BOUNCED,
    "spam reporting address": Kind.COMPLAINED,
    "unsubscribed address": Kind.UNSUBSCRIBED,
}

SEND = "/v3/mail/send"
# Comes back with every event of the mail.
OURS = "message_id"
# Our links and our picture are in the mail already, and our stop link is the one that counts.
UNTOUCHED = {
    "click_tracking": {"enable": False, "enable_text": False},
    "open_tracking": {"enable": False},
    "subscription_tracking": {"enable": False},
}


def send(route: Route, envelope: Envelope, gate: Gate | None, within: float) -> Outcome:
    """Hand a mail over in fields, for bytes are not taken; errors have no codes beyond the status."""
    body = json.dumps(_payload(read_fields(envelope))).encode()
    headers = {"Authorization": f"Bearer {route.password}", "Content-Type": "application/json"}
    posted = post(Parcel(route.api_url + SEND, headers, body), allow_private=True, within=within, gate=gate)
    return judge_answer(posted, said=posted.said.decode("utf-8", "replace"))


def _payload(mail: Fields) -> dict[str, Any]:
    bodies = (("text/plain", mail.text), ("text/html", mail.html))
    return {
        "personalizations": [{"to": [_person(mail.recipient)]}],
        "from": _person(mail.sender),
        **({"reply_to": {"email": mail.reply_to}} if mail.reply_to else {}),
        "subject": mail.subject,
        "content": [{"type": kind, "value": value} for kind, value in bodies if value],
        "headers": {**mail.headers, "Message-ID": mail.message_id},
        "custom_args": {OURS: mail.message_id},
        "tracking_settings": UNTOUCHED,
    }


def _person(address: Address) -> dict[str, str]:
    name = {"name": address.display_name} if address.display_name else {}
    return {"email": address.addr_spec, **name}


def verify(headers: Mapping[str, str], body: bytes, secrets: Sequence[str], at: datetime) -> bool:
    """Whether SendGrid signed this lately; secrets are its public verification keys."""
    stamp = header(headers, STAMP)
    if not is_fresh(stamp, at, WITHIN):
        return False
    return any(_is_signed(key, header(headers, SIGNATURE), stamp.encode() + body) for key in secrets)


def read_webhook(headers: Mapping[str, str], body: bytes) -> list[ProviderEvent]:
    """The events of one post, which is a batch."""
    batch = read_json(body)
    if not isinstance(batch, list) or not all(isinstance(one, dict) for one in batch):
        raise Invalid("SendGrid posts a list of events", "body", "unreadable")
    return [_event(one) for one in batch]


def _event(said: Mapping[str, Any]) -> ProviderEvent:
    name, reason = text_of(said, "event"), text_of(said, "reason")
    kind = KINDS.get(name, Kind.UNKNOWN)
    if kind is Kind.DROPPED:
        kind = DROPPED_FOR.get(reason.lower(), Kind.DROPPED)
    status = text_of(said, "status") or status_in(reason)
    response = text_of(said, "response")
    return ProviderEvent(
        kind=kind,
        id=text_of(said, "sg_event_id"),
        at=moment_of(said.get("timestamp")),
        address=text_of(said, "email"),
        message_id=message_id_of(text_of(said, OURS)) or message_id_of(text_of(said, "smtp-id")),
        # A block is a refusal of today; only what is called a bounce speaks of the address.
        hard=name == "dropped" or (text_of(said, "type") != "blocked" and not status.startswith("4")),
        reason=reason or response,
        status=status or status_in(response),
        detail=told(event=name, url=text_of(said, "url"), type=text_of(said, "type")),
    )


def _is_signed(key: str, signature: str, content: bytes) -> bool:
    try:
        public = load_der_public_key(b64decode(_bare(key)))
        if not isinstance(public, EllipticCurvePublicKey):
            return False
        public.verify(b64decode(signature), content, ECDSA(SHA256()))
    except (InvalidSignature, UnsupportedAlgorithm, NotBase64, ValueError):
        return False
    return True


def _bare(key: str) -> str:
    """The key as the settings page shows it, also when it was copied as a PEM file."""
    return "".join(line for line in key.split() if not line.startswith("-----") and line not in ("PUBLIC", "KEY-----"))
