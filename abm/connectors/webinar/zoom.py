"""Zoom: its webinar webhooks, and the question whether we are here."""

# Documents: developers.zoom.us/docs/api/webhooks ("Verify webhook events", "Validate your webhook endpoint") and
# developers.zoom.us/docs/api/meetings/events (webinar.registration_created, webinar.participant_joined and others).

import json
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from abm.clock import rfc3339
from abm.connectors.posted import (
    header,
    hmac_hex,
    is_fresh,
    is_one_of,
    moment_of,
    number_of,
    read_table,
    table_of,
    text_of,
    told,
)
from abm.connectors.provider_event import ProviderEvent
from abm.errors import Invalid
from abm.words import ProviderEventKind as Kind

# It tries again after 5, 30 and 90 minutes.
WITHIN = timedelta(hours=3)
QUESTION = "endpoint.url_validation"

KINDS: Mapping[str, Kind] = {
    "webinar.registration_created": Kind.REGISTERED,
    "webinar.registration_approved": Kind.REGISTERED,
    "webinar.participant_joined": Kind.JOINED,
    "webinar.participant_left": Kind.LEFT,
}


def verify(headers: Mapping[str, str], body: bytes, secrets: Sequence[str], at: datetime) -> bool:
    """Whether Zoom signed this lately; secrets are secret tokens of the app."""
    stamp = header(headers, "x-zm-request-timestamp")
    if not is_fresh(stamp, at, WITHIN):
        return False
    signed = b"v0:%b:%b" % (stamp.encode(), body)
    return is_one_of(header(headers, "x-zm-signature"), [f"v0={hmac_hex(secret, signed)}" for secret in secrets])


def answer_question(headers: Mapping[str, str], body: bytes, secrets: Sequence[str], at: datetime) -> bytes | None:
    """What Zoom wants to hear before it posts here, and every 72 hours; None when this is no such question of its."""
    try:
        said = read_table(body)
    except Invalid:
        return None
    token = text_of(said, "payload", "plainToken")
    if text_of(said, "event") != QUESTION or not token:
        return None
    # Answered with the very secret that the question was signed with.
    secret = next((one for one in secrets if verify(headers, body, [one], at)), None)
    if secret is None:
        return None
    return json.dumps({"plainToken": token, "encryptedToken": hmac_hex(secret, token.encode())}).encode()


def read_webhook(headers: Mapping[str, str], body: bytes) -> list[ProviderEvent]:
    """The one event of a post."""
    said = read_table(body)
    name, about = text_of(said, "event"), table_of(said, "payload", "object")
    if not name:
        raise Invalid("Zoom names the event", "event", "unreadable")
    kind = KINDS.get(name, Kind.UNKNOWN)
    person = table_of(about, "participant") or table_of(about, "registrant")
    when = person.get("join_time") or person.get("leave_time") or _sent(said)
    if kind is not Kind.UNKNOWN and not (text_of(about, "topic") and about.get("start_time")):
        raise Invalid("the report names no webinar and its time", "payload.object", "unreadable")
    return [
        ProviderEvent(
            kind=kind,
            id=":".join((name, text_of(about, "uuid") or text_of(about, "id"), _who(person), str(when))),
            at=moment_of(when),
            address=text_of(person, "email"),
            detail=told(event=name, seat=text_of(person, "user_id") or _who(person), **_webinar(about)),
        )
    ]


def _webinar(about: Mapping[str, Any]) -> dict[str, str]:
    """By what our webinars are known, and the one sitting of it in which people come and go."""
    started = about.get("start_time")
    return {
        "webinar": text_of(about, "topic"),
        "held_at": rfc3339(moment_of(started)) if started else "",
        "sitting": text_of(about, "uuid") or text_of(about, "id"),
    }


def _who(person: Mapping[str, Any]) -> str:
    names = ("registrant_id", "participant_uuid", "user_id", "id", "email")
    return next((found for name in names if (found := text_of(person, name))), "")


def _sent(said: Mapping[str, Any]) -> float:
    """When Zoom sent it, told in milliseconds."""
    return (number_of(said.get("event_ts")) or 0) / 1000
