"""Postmark: sending by its API, and its delivery, bounce, complaint, open, click and subscription webhooks."""

# Documents: postmarkapp.com/developer/webhooks/webhooks-overview (securing them by a user and password in the address)
# and the page of each webhook there; bounce types: postmarkapp.com/developer/api/bounce-api; sending:
# postmarkapp.com/developer/api/email-api ("Send a single email", which knows no key against sending twice) and
# …/api/overview ("API error codes"); our own Message-ID: postmarkapp.com/support, "X-PM-KeepID".

import json
from base64 import b64encode
from collections.abc import Mapping, Sequence
from datetime import datetime
from email.headerregistry import Address
from typing import Any

from abm.connectors.mail.answers import ACCOUNT, BUSY, SUPPRESSED, judge_answer
from abm.connectors.mail.fields import Fields, read_fields
from abm.connectors.mail.route import Route
from abm.connectors.mail.smtp import Envelope, Outcome
from abm.connectors.posted import header, is_one_of, message_id_of, moment_of, read_table, status_in, text_of, told
from abm.connectors.posting import Gate, Parcel, Posted, post
from abm.connectors.provider_event import ProviderEvent
from abm.errors import Invalid
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

SEND = "/email"
# Mail to many people goes by a stream for it; this is the name of the one every server has.
BROADCAST = "broadcast"
LONGEST_METADATA = 80
ERRORS: Mapping[int, Outcome] = {
    10: ACCOUNT,
    100: BUSY,
    400: ACCOUNT,
    401: ACCOUNT,
    405: ACCOUNT,
    406: SUPPRESSED,
    412: ACCOUNT,
    413: ACCOUNT,
    429: BUSY,
}
# Of message streams: this one is not there, is archived, or not for sending.
STREAM_ERRORS = range(1200, 1300)


def send(route: Route, envelope: Envelope, gate: Gate | None, within: float) -> Outcome:
    """Hand a mail over in fields, for bytes are not taken."""
    body = json.dumps(_payload(read_fields(envelope), route.stream or BROADCAST)).encode()
    headers = {
        "X-Postmark-Server-Token": route.password,
        "Content-Type": "application/json",
        "Accept": "application/json",
    }
    parcel = Parcel(route.api_url + SEND, headers, body)
    return judge(post(parcel, allow_private=True, within=within, gate=gate))


def judge(posted: Posted) -> Outcome:
    """The mail's fate by the error code of the answer."""
    try:
        said = read_table(posted.said)
    except Invalid:
        said = {}
    code = int(text) if (text := text_of(said, "ErrorCode")).isdigit() else 0
    meaning = ACCOUNT if code in STREAM_ERRORS else ERRORS.get(code)
    return judge_answer(posted, meaning, text_of(said, "Message"))


def _payload(mail: Fields, stream: str) -> dict[str, Any]:
    bare = mail.message_id.strip("<>")
    headers = {**mail.headers, "Message-ID": mail.message_id, "X-PM-KeepID": "true"}
    return {
        "From": _person(mail.sender),
        "To": _person(mail.recipient),
        **({"ReplyTo": mail.reply_to} if mail.reply_to else {}),
        "Subject": mail.subject,
        "TextBody": mail.text,
        "HtmlBody": mail.html,
        "Headers": [{"Name": name, "Value": value} for name, value in headers.items()],
        **({"Metadata": {"message_id": bare}} if len(bare) <= LONGEST_METADATA else {}),
        # Our links and our picture are in the mail already.
        "TrackOpens": False,
        "TrackLinks": "None",
        "MessageStream": stream,
    }


def _person(address: Address) -> str:
    if not address.display_name:
        return address.addr_spec
    name = address.display_name.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{name}" <{address.addr_spec}>'


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
