"""What the readers of webhooks share: JSON that may hold anything, moments, message ids, and signatures."""

import hashlib
import hmac
import json
import math
import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from abm.errors import Invalid

LONGEST_TEXT = 500
# Clocks of two firms are never quite equal.
AHEAD = timedelta(minutes=5)
# Fractions of a second with more digits than a clock here can tell.
_FINE = re.compile(r"(\.\d{6})\d+")
_STATUS = re.compile(r"\b([245]\.\d{1,3}\.\d{1,3})\b")


def read_json(body: bytes) -> Any:
    """What the body says; Invalid when it is no JSON."""
    try:
        return json.loads(body)
    except (ValueError, RecursionError) as error:
        raise Invalid("the body is no JSON", "body", "unreadable") from error


def read_table(body: bytes) -> dict[str, Any]:
    """The JSON object that the body is; Invalid when it is something else."""
    found = read_json(body)
    if not isinstance(found, dict):
        raise Invalid("the body is no JSON object", "body", "unreadable")
    return found


def table_of(value: Any, *path: str) -> dict[str, Any]:
    """The object at this place; an empty one when there is none."""
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    return value if isinstance(value, dict) else {}


def list_of(value: Any) -> list[Any]:
    """A list as it is, one value as a list of it."""
    if isinstance(value, list):
        return value
    return [] if value in (None, "") else [value]


def text_of(value: Any, *path: str) -> str:
    """The text at this place, short enough to keep; empty when there is none."""
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    if value is None or isinstance(value, bool | dict | list):
        return ""
    return str(value).replace("\x00", "").strip()[:LONGEST_TEXT]


def number_of(value: Any) -> float | None:
    """The number this is, written as one or as text."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None


def told(**values: Any) -> dict[str, Any]:
    """The details that are there."""
    return {name: value for name, value in values.items() if value not in (None, "", [])}


def moment_of(value: Any) -> datetime:
    """A moment from seconds since 1970 or ISO 8601 text; Invalid when it is neither."""
    seconds = number_of(value)
    try:
        if seconds is not None:
            return datetime.fromtimestamp(seconds, UTC)
        moment = datetime.fromisoformat(_FINE.sub(r"\1", str(value)))
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError, OSError) as error:
        raise Invalid("a time of the report cannot be read", "timestamp", "unreadable") from error


def message_id_of(text: str) -> str:
    """A Message-ID as our messages write it."""
    bare = text.strip().strip("<>")
    return f"<{bare}>" if "@" in bare else ""


def status_in(text: str) -> str:
    """The enhanced status code (RFC 3463) in what a mail server said."""
    found = _STATUS.search(text)
    return found.group(1) if found else ""


def is_fresh(stamp: Any, at: datetime, within: timedelta) -> bool:
    """Whether something signed at `stamp` may still come in: neither too old nor from the future."""
    try:
        signed = moment_of(stamp)
    except Invalid:
        return False
    return at - within <= signed <= at + AHEAD


def hmac_hex(secret: str, signed: bytes) -> str:
    """HMAC-SHA256 as hexadecimal digits."""
    return hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()


def is_one_of(given: str, wanted: Iterable[str]) -> bool:
    """Whether this is one of those, compared without telling how far it was right."""
    mine = given.encode()
    return any(hmac.compare_digest(mine, one.encode()) for one in wanted)


def header(headers: Mapping[str, str], name: str) -> str:
    """A header by its name in lower case."""
    return headers.get(name, "")


def given_header(pairs: Any, name: str) -> str:
    """A header of the mail that was sent, where a provider repeats them as names and values."""
    tables = (table_of(one) for one in list_of(pairs))
    return next((text_of(one, "value") for one in tables if text_of(one, "name").lower() == name), "")
