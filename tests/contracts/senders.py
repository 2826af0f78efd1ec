"""Providers as they post to us: their samples under tests/data/webhooks, signed as each of them signs."""

import hashlib
import hmac
import json
from base64 import b64decode, b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from types import ModuleType

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, SECP256R1, EllipticCurvePrivateKey, generate_private_key
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key as generate_rsa_key
from cryptography.hazmat.primitives.hashes import SHA1, SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import NameOID

from abm.connectors import generic
from abm.connectors.mail import mailgun, postmark, resend, sendgrid, ses
from abm.connectors.webinar import zoom

SAMPLES = Path(__file__).parents[1] / "data" / "webhooks"
# The host's clock when the samples are posted.
NOW = datetime(2026, 11, 13, 3, 0, 10, tzinfo=UTC)
TOPIC = "arn:aws:sns:ap-northeast-1:111122223333:mail-events"
SVIX = "whsec_" + b64encode(b"a secret of twenty-four b").decode()
OTHER_SVIX = "whsec_" + b64encode(b"another of twenty-four by").decode()

Headers = Mapping[str, str]
Sign = Callable[[bytes, str, datetime], tuple[dict[str, str], bytes]]


@dataclass(frozen=True)
class Sender:
    """One provider: its reader, two secrets that we know it by, and how it signs with one of them."""

    name: str
    reader: ModuleType
    secrets: tuple[str, str]
    sign: Sign
    # What a signature does not cover is not noticed at the door.
    covers_body: bool = True
    grows_old: bool = True
    samples: list[str] = field(default_factory=list)

    def sample(self, name: str) -> bytes:
        """A payload as it lies in the samples."""
        return (SAMPLES / self.name / f"{name}.json").read_bytes()

    def post(self, name: str, secret: str | None = None, at: datetime = NOW) -> tuple[dict[str, str], bytes]:
        """A sample as it is posted: headers and body."""
        return self.sign(self.sample(name), secret or self.secrets[0], at)


def senders() -> dict[str, Sender]:
    """Every provider by the word in its address."""
    found = [
        Sender("ses", ses, (TOPIC, f"{TOPIC}-2"), _sign_ses, covers_body=False),
        Sender("sendgrid", sendgrid, (public_key(0), public_key(1)), _sign_sendgrid),
        Sender("postmark", postmark, ("hook:first", "hook:second"), _sign_postmark, covers_body=False, grows_old=False),
        Sender("mailgun", mailgun, ("first-signing-key", "second-signing-key"), _sign_mailgun, covers_body=False),
        Sender("resend", resend, (SVIX, OTHER_SVIX), _svix("svix")),
        Sender("zoom", zoom, ("first-token", "second-token"), _sign_zoom),
        Sender("generic", generic, (SVIX, OTHER_SVIX), _svix("webhook")),
    ]
    for one in found:
        one.samples.extend(sorted(file.stem for file in (SAMPLES / one.name).glob("*.json")))
    return {one.name: one for one in found}


@cache
def curve_key(number: int) -> EllipticCurvePrivateKey:
    """SendGrid's own key, of which we know the public half."""
    return generate_private_key(SECP256R1())


@cache
def public_key(number: int) -> str:
    """A verification key as SendGrid's settings show it."""
    der = curve_key(number).public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return b64encode(der).decode()


@cache
def amazon() -> tuple[RSAPrivateKey, bytes]:
    """The key Amazon SNS signs with, and its certificate as PEM."""
    key = generate_rsa_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "sns.amazonaws.com")])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(NOW - timedelta(days=100))
        .not_valid_after(NOW + timedelta(days=100))
        .sign(key, SHA256())
    )
    return key, certificate.public_bytes(Encoding.PEM)


def _sign_ses(body: bytes, secret: str, at: datetime) -> tuple[dict[str, str], bytes]:
    said = json.loads(body) | {"TopicArn": secret, "Timestamp": at.strftime("%Y-%m-%dT%H:%M:%S.000Z")}
    names = ["Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"]
    if said["Type"] != "Notification":
        names = ["Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"]
    content = "".join(f"{name}\n{said[name]}\n" for name in names if name in said).encode()
    version = SHA1() if said["SignatureVersion"] == "1" else SHA256()
    said["Signature"] = b64encode(amazon()[0].sign(content, PKCS1v15(), version)).decode()
    kind = {"x-amz-sns-message-type": said["Type"], "content-type": "text/plain; charset=UTF-8"}
    return kind, json.dumps(said, ensure_ascii=False).encode()


def _sign_sendgrid(body: bytes, secret: str, at: datetime) -> tuple[dict[str, str], bytes]:
    key = next((curve_key(n) for n in (0, 1) if public_key(n) == secret), curve_key(2))
    stamp = str(int(at.timestamp()))
    signature = b64encode(key.sign(stamp.encode() + body, ECDSA(SHA256()))).decode()
    return {
        "x-twilio-email-event-webhook-signature": signature,
        "x-twilio-email-event-webhook-timestamp": stamp,
    }, body


def _sign_postmark(body: bytes, secret: str, at: datetime) -> tuple[dict[str, str], bytes]:
    return {"authorization": f"Basic {b64encode(secret.encode()).decode()}"}, body


def _sign_mailgun(body: bytes, secret: str, at: datetime) -> tuple[dict[str, str], bytes]:
    said = json.loads(body)
    stamp = said["signature"]["timestamp"] = str(int(at.timestamp()))
    said["signature"]["signature"] = _hex(secret, (stamp + said["signature"]["token"]).encode())
    return {"content-type": "application/json"}, json.dumps(said, ensure_ascii=False).encode()


def _svix(prefix: str) -> Sign:
    def sign(body: bytes, secret: str, at: datetime) -> tuple[dict[str, str], bytes]:
        id_, stamp = f"msg_{hashlib.sha256(body).hexdigest()[:24]}", str(int(at.timestamp()))
        raw = hmac.new(_raw(secret), f"{id_}.{stamp}.".encode() + body, hashlib.sha256).digest()
        signed = f"v1,{b64encode(b'an older secret').decode()} v1,{b64encode(raw).decode()}"
        return {f"{prefix}-id": id_, f"{prefix}-timestamp": stamp, f"{prefix}-signature": signed}, body

    return sign


def _sign_zoom(body: bytes, secret: str, at: datetime) -> tuple[dict[str, str], bytes]:
    stamp = str(int(at.timestamp()))
    signature = _hex(secret, f"v0:{stamp}:".encode() + body)
    return {"x-zm-request-timestamp": stamp, "x-zm-signature": f"v0={signature}"}, body


def _hex(secret: str, content: bytes) -> str:
    return hmac.new(secret.encode(), content, hashlib.sha256).hexdigest()


def _raw(secret: str) -> bytes:
    return b64decode(secret.removeprefix("whsec_"))
