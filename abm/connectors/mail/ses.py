"""Amazon SES: sending by its API, and its events as Amazon SNS posts them."""

# Documents: docs.aws.amazon.com/ses/latest/dg/event-publishing-retrieving-sns-contents.html and …/notification-contents
# .html (feedback of an identity); docs.aws.amazon.com/ses/latest/APIReference-V2/API_SendEmail.html ("SendEmail", with
# its errors; it knows no key against sending twice); docs.aws.amazon.com/sns/latest/dg/
# sns-verify-signature-of-message.html and …/sns-message-and-json-formats.html for the envelope.

import json
import re
from base64 import b64decode, b64encode
from binascii import Error as NotBase64
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA1, SHA256
from cryptography.x509 import load_pem_x509_certificate

from abm.clock import host_time
from abm.connectors.mail.answers import ACCOUNT, BUSY, REFUSED, judge_answer
from abm.connectors.mail.aws import Scope, read_keys, signed_headers
from abm.connectors.mail.route import Route
from abm.connectors.mail.smtp import Envelope, Outcome
from abm.connectors.posted import (
    given_header,
    is_fresh,
    is_one_of,
    list_of,
    message_id_of,
    moment_of,
    read_table,
    table_of,
    text_of,
    told,
)
from abm.connectors.posting import Gate, Parcel, Posted, post
from abm.connectors.provider_event import ProviderEvent
from abm.errors import Invalid
from abm.words import ProviderEventKind as Kind

# SNS tries again for an hour at most, with the stamp and the signature of the first time.
WITHIN = timedelta(hours=2)
# Where the certificates of SNS lie; nothing else is ever asked for one.
CERTIFICATE = re.compile(
    r"https://(sns\.[a-z0-9-]{3,32}\.amazonaws\.com(?:\.cn)?)/(SimpleNotificationService-\w{8,64}\.pem)"
)
CONFIRMATION = re.compile(r"https://sns\.[a-z0-9-]{3,32}\.amazonaws\.com(?:\.cn)?/\?[\w=&%.:~+/-]+")
SIGNED = {
    "Notification": ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"),
    "SubscriptionConfirmation": ("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"),
    "UnsubscribeConfirmation": ("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"),
}
HASHES = {"1": SHA1, "2": SHA256}

# Events of a configuration set and notifications of an identity share most names.
KINDS: Mapping[str, Kind] = {
    "Send": Kind.ACCEPTED,
    "Delivery": Kind.DELIVERED,
    "DeliveryDelay": Kind.DEFERRED,
    "Bounce": Kind.BOUNCED,
    "Complaint": Kind.COMPLAINED,
    "Reject": Kind.DROPPED,
    "Rendering Failure": Kind.DROPPED,
    "Open": Kind.OPENED,
    "Click": Kind.CLICKED,
    "Subscription": Kind.UNSUBSCRIBED,
}
# Under which name the report of each event stands, and who it is about.
PLACES: Mapping[str, tuple[str, str]] = {
    "Delivery": ("delivery", "recipients"),
    "DeliveryDelay": ("deliveryDelay", "delayedRecipients"),
    "Bounce": ("bounce", "bouncedRecipients"),
    "Complaint": ("complaint", "complainedRecipients"),
    "Reject": ("reject", ""),
    "Rendering Failure": ("failure", ""),
    "Open": ("open", ""),
    "Click": ("click", ""),
    "Subscription": ("subscription", ""),
}

SEND = "/v2/email/outbound-emails"
ERRORS: Mapping[str, Outcome] = {
    "AccountSuspendedException": ACCOUNT,
    "SendingPausedException": ACCOUNT,
    "MailFromDomainNotVerifiedException": ACCOUNT,
    # Among others while an account may write to proven addresses only.
    "MessageRejected": REFUSED,
    "BadRequestException": REFUSED,
    # A configuration set that is not there.
    "NotFoundException": ACCOUNT,
    "LimitExceededException": BUSY,
    "TooManyRequestsException": BUSY,
    "ThrottlingException": BUSY,
    "Throttling": BUSY,
}
NOT_VERIFIED = "not verified"


def send(route: Route, envelope: Envelope, gate: Gate | None, within: float) -> Outcome:
    """Hand a mail over byte for byte; SES puts a Message-ID of its own in place of ours and reports both."""
    url = route.api_url + SEND
    body = json.dumps(
        {
            "Destination": {"ToAddresses": [envelope.rcpt_to]},
            "Content": {"Raw": {"Data": b64encode(envelope.raw).decode()}},
            **({"ConfigurationSetName": route.stream} if route.stream else {}),
        }
    ).encode()
    keys, scope = read_keys(route.password), Scope(route.region, "ses")
    headers = signed_headers("POST", url, {"Content-Type": "application/json"}, body, keys, scope, host_time())
    return judge(post(Parcel(url, headers, body), allow_private=True, within=within, gate=gate))


def judge(posted: Posted) -> Outcome:
    """The mail's fate by the answer of SendEmail; the kind of error stands in a header."""
    said = posted.said.decode("utf-8", "replace")
    name = posted.headers.get("x-amzn-errortype", "").partition(":")[0]
    meaning = ERRORS.get(name)
    if name == "MessageRejected" and NOT_VERIFIED in said.lower():
        meaning = ACCOUNT
    return judge_answer(posted, meaning, said)


def verify(headers: Mapping[str, str], body: bytes, secrets: Sequence[str], at: datetime) -> bool:
    """Whether this may come from a topic of ours; secrets are the topics' ARNs.

    The signature is not looked at here, for its certificate has to be fetched: `is_signed` tells once it is there,
    and nothing is read before.
    """
    try:
        envelope = read_table(body)
    except Invalid:
        return False
    of_amazon = CERTIFICATE.fullmatch(text_of(envelope, "SigningCertURL")) is not None
    known = text_of(envelope, "Type") in SIGNED and text_of(envelope, "SignatureVersion") in HASHES
    mine = is_one_of(text_of(envelope, "TopicArn"), secrets)
    return mine and known and of_amazon and is_fresh(envelope.get("Timestamp"), at, WITHIN)


def certificate_url(body: bytes) -> str:
    """Where the certificate of the signature lies; Invalid when that is not Amazon's."""
    url = text_of(read_table(body), "SigningCertURL")
    if not CERTIFICATE.fullmatch(url):
        raise Invalid("the certificate does not lie with Amazon SNS", "SigningCertURL", "wrong_signature")
    return url


def is_signed(body: bytes, certificate: bytes) -> bool:
    """Whether the post bears the signature of this certificate (PEM)."""
    envelope = read_table(body)
    algorithm = HASHES.get(text_of(envelope, "SignatureVersion"))
    if algorithm is None:
        return False
    try:
        public = load_pem_x509_certificate(certificate).public_key()
        if not isinstance(public, RSAPublicKey):
            return False
        signature = b64decode(str(envelope.get("Signature", "")))
        public.verify(signature, _signed_text(envelope), PKCS1v15(), algorithm())
    except (InvalidSignature, NotBase64, ValueError):
        return False
    return True


def is_current(certificate: bytes, at: datetime) -> bool:
    """Whether a certificate (PEM) is one and may be used at this moment."""
    try:
        found = load_pem_x509_certificate(certificate)
    except ValueError:
        return False
    return found.not_valid_before_utc <= at.astimezone(UTC) <= found.not_valid_after_utc


def read_webhook(headers: Mapping[str, str], body: bytes) -> list[ProviderEvent]:
    """One event for each recipient of the mail it is about."""
    envelope = read_table(body)
    if text_of(envelope, "Type") != "Notification":
        return [_of_subscription(envelope)]
    said = read_table(str(envelope.get("Message", "")).encode())
    name = text_of(said, "eventType") or text_of(said, "notificationType")
    place, who = PLACES.get(name, ("", ""))
    report = table_of(said, place) if place else {}
    people = [table_of(one) or {"emailAddress": one} for one in list_of(report.get(who) if who else None)]
    people = people or [{"emailAddress": one} for one in list_of(table_of(said, "mail").get("destination"))[:1]]
    return [_event(envelope, said, report, one) for one in people or [{}]]


def _event(
    envelope: Mapping[str, Any], said: Mapping[str, Any], report: Mapping[str, Any], person: Mapping[str, Any]
) -> ProviderEvent:
    name = text_of(said, "eventType") or text_of(said, "notificationType")
    mail, address = table_of(said, "mail"), _bare(text_of(person, "emailAddress"))
    words = text_of(person, "diagnosticCode") or text_of(report, "smtpResponse") or text_of(report, "errorMessage")
    sort = text_of(report, "bounceSubType") or text_of(report, "complaintFeedbackType")
    return ProviderEvent(
        kind=_kind(name, report),
        id=f"{text_of(envelope, 'MessageId')}:{address}",
        at=moment_of(report.get("timestamp") or mail.get("timestamp") or envelope.get("Timestamp")),
        address=address,
        # SES sends under a Message-ID of its own; ours stands among the headers.
        message_id=message_id_of(
            given_header(mail.get("headers"), "message-id") or text_of(mail, "commonHeaders", "messageId")
        ),
        # Transient and undetermined bounces may not come again.
        hard=text_of(report, "bounceType") == "Permanent",
        reason=sort or text_of(report, "delayType") or text_of(report, "reason") or words,
        status=text_of(person, "status"),
        detail=told(event=name, url=text_of(report, "link"), type=text_of(report, "bounceType"), said=words),
    )


def _kind(name: str, report: Mapping[str, Any]) -> Kind:
    kind = KINDS.get(name, Kind.UNKNOWN)
    if kind is Kind.COMPLAINED and text_of(report, "complaintFeedbackType") == "not-spam":
        return Kind.UNKNOWN
    stays = kind is Kind.UNSUBSCRIBED and table_of(report, "newTopicPreferences").get("unsubscribeAll") is not True
    return Kind.UNKNOWN if stays else kind


def _of_subscription(envelope: Mapping[str, Any]) -> ProviderEvent:
    name = text_of(envelope, "Type")
    kind = Kind.ASKED_TO_CONFIRM if name == "SubscriptionConfirmation" else Kind.UNKNOWN
    detail = told(event=name, topic=text_of(envelope, "TopicArn"), url=_confirmation_url(envelope))
    return ProviderEvent(kind, text_of(envelope, "MessageId"), moment_of(envelope.get("Timestamp")), detail=detail)


def _confirmation_url(envelope: Mapping[str, Any]) -> str:
    """The link by which a person confirms the subscription; nothing of ours ever follows it, and no other is shown."""
    url = str(envelope.get("SubscribeURL", ""))
    return url if CONFIRMATION.fullmatch(url) else ""


def _signed_text(envelope: Mapping[str, Any]) -> bytes:
    names = SIGNED.get(str(envelope.get("Type")), ())
    return "".join(f"{name}\n{envelope[name]}\n" for name in names if envelope.get(name) is not None).encode()


def _bare(address: str) -> str:
    """The address of `Name <address>`."""
    return address.rpartition("<")[2].rstrip(">").strip()
