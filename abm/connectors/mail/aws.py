"""Signing requests to Amazon Web Services with Signature Version 4."""

# Document: docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html ("Create a signed AWS
# API request"). The whole library of Amazon would be a hundred times as long as what is needed of it here.

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote, urlsplit

from abm.errors import BadConfiguration

ALGORITHM = "AWS4-HMAC-SHA256"


@dataclass(frozen=True, repr=False)
class Keys:
    """Who signs: an access key, with the token of a session when it is a short-lived one."""

    id: str
    secret: str
    token: str = ""


@dataclass(frozen=True)
class Scope:
    """What a signature is good for."""

    region: str
    service: str


def read_keys(text: str) -> Keys:
    """The keys as the settings write them, ACCESS_KEY_ID:SECRET[:SESSION_TOKEN]."""
    parts = text.split(":", 2)
    if len(parts) < 2 or not all(parts):
        raise BadConfiguration("mail_key of SES must be ACCESS_KEY_ID:SECRET or ACCESS_KEY_ID:SECRET:SESSION_TOKEN")
    return Keys(*parts)


def signed_headers(
    method: str, url: str, headers: Mapping[str, str], body: bytes, keys: Keys, scope: Scope, at: datetime
) -> dict[str, str]:
    """These headers with those that prove who asks; good for a quarter of an hour from `at`."""
    stamp = at.strftime("%Y%m%dT%H%M%SZ")
    parts = urlsplit(url)
    given = {name.lower(): " ".join(value.split()) for name, value in headers.items()}
    given |= {"host": parts.netloc, "x-amz-date": stamp}
    if keys.token:
        given["x-amz-security-token"] = keys.token
    names = ";".join(sorted(given))
    request = "\n".join(
        (
            method,
            quote(parts.path or "/", safe="/-_.~"),
            "&".join(sorted(parts.query.split("&"))) if parts.query else "",
            *(f"{name}:{given[name]}" for name in sorted(given)),
            "",
            names,
            hashlib.sha256(body).hexdigest(),
        )
    )
    place = f"{stamp[:8]}/{scope.region}/{scope.service}/aws4_request"
    asked = "\n".join((ALGORITHM, stamp, place, hashlib.sha256(request.encode()).hexdigest()))
    signature = _hmac(_signing_key(keys.secret, place), asked).hex()
    return {
        **{name: value for name, value in given.items() if name != "host"},
        "authorization": f"{ALGORITHM} Credential={keys.id}/{place}, SignedHeaders={names}, Signature={signature}",
    }


def _signing_key(secret: str, place: str) -> bytes:
    key = f"AWS4{secret}".encode()
    for part in place.split("/"):
        key = _hmac(key, part)
    return key


def _hmac(key: bytes, text: str) -> bytes:
    return hmac.new(key, text.encode(), hashlib.sha256).digest()
