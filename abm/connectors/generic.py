"""Any other system: Standard Webhooks that tell what a person did."""

# Document: github.com/standard-webhooks/standard-webhooks, spec/standard-webhooks.md ("Payload structure": type,
# timestamp, data). What `data` holds is ours, and the README lists it.

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from abm.clock import rfc3339
from abm.connectors.posted import (
    header,
    list_of,
    moment_of,
    number_of,
    read_table,
    table_of,
    text_of,
    told,
)
from abm.connectors.provider_event import ProviderEvent
from abm.connectors.standard import is_signed
from abm.errors import Invalid
from abm.words import EventKind
from abm.words import ProviderEventKind as Kind

LONGEST_MINUTES = 24 * 60.0
# What was told instead of minutes is kept so far.
LONGEST_TOLD = 40
MOST_TOPICS = 20

# The words a sender may use in `data.event`, or else in `type`.
EVENTS: Mapping[str, EventKind] = {
    "form": EventKind.INQUIRY,
    "inquiry": EventKind.INQUIRY,
    "demo_request": EventKind.DEMO_REQUEST,
    "quote_request": EventKind.DEMO_REQUEST,
    "booth_talk": EventKind.BOOTH_TALK,
    "meeting": EventKind.MEETING,
    "reply": EventKind.REPLY,
    "registration": EventKind.WEBINAR_REGISTERED,
    "attendance": EventKind.WEBINAR_ATTENDED,
    "on_demand": EventKind.WEBINAR_ON_DEMAND,
    "download": EventKind.DOWNLOAD,
    "premium_download": EventKind.PREMIUM_DOWNLOAD,
    "page": EventKind.PAGE,
    "key_page": EventKind.KEY_PAGE,
    "careers_page": EventKind.CAREERS_PAGE,
}
UNSUBSCRIBE = "unsubscribe"


def verify(headers: Mapping[str, str], body: bytes, secrets: Sequence[str], at: datetime) -> bool:
    """Whether somebody who knows a secret signed this lately; secrets are whsec_… or base64."""
    return is_signed(headers, body, secrets, at)


def read_webhook(headers: Mapping[str, str], body: bytes) -> list[ProviderEvent]:
    """The one event of a post; Invalid when it names nobody or no time."""
    said = read_table(body)
    data = table_of(said, "data")
    name = (text_of(data, "event") or text_of(said, "type")).lower().replace("-", "_").replace(" ", "_")
    kind = _kind(name)
    address = text_of(data, "email")
    if kind is not Kind.UNKNOWN and "@" not in address:
        raise Invalid("data.email must be the mail address of the person", "data.email", "unreadable")
    at = moment_of(data.get("at") or said.get("timestamp"))
    detail = told(event=name, **_detail(data, at)) | ({"kind": EVENTS[name].value} if name in EVENTS else {})
    id_ = header(headers, "webhook-id") or f"{name}:{address}:{rfc3339(at)}"
    return [ProviderEvent(kind, id_, at, address, reason=text_of(data, "reason"), detail=detail)]


def _kind(name: str) -> Kind:
    if name in EVENTS:
        return Kind.DID
    return Kind.UNSUBSCRIBED if name == UNSUBSCRIBE else Kind.UNKNOWN


def _detail(data: Mapping[str, Any], at: datetime) -> dict[str, Any]:
    return {
        "title": text_of(data, "title"),
        "url": text_of(data, "url"),
        "product": text_of(data, "product"),
        "topics": [topic for one in list_of(data.get("topics"))[:MOST_TOPICS] if (topic := text_of(one))],
        "webinar": text_of(data, "webinar"),
        "held_at": rfc3339(moment_of(data.get("held_at") or at)) if data.get("webinar") else "",
        **_minutes(data.get("minutes")),
    }


def _minutes(said: Any) -> dict[str, Any]:
    """Minutes as they can be, and what was said where that is no time anybody stays."""
    minutes = number_of(said)
    if minutes is not None and 0 <= minutes <= LONGEST_MINUTES:
        return {"minutes": minutes or None}
    held = LONGEST_MINUTES if minutes and minutes > 0 else None
    return {"minutes": held, "told_minutes": str(said)[:LONGEST_TOLD] if said is not None else None}
