"""Reports made for programs: delivery status (RFC 3464, 6533) and feedback (RFC 5965)."""

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from tracking.bounce.addresses import field_address, one_address
from tracking.bounce.charsets import decode
from tracking.bounce.parts import LONGEST_TEXT, Headers, Mail, read_fields

STATUS_KINDS = ("message/delivery-status", "message/global-delivery-status")
FEEDBACK_KINDS = ("message/feedback-report",)
ORIGINAL_KINDS = (
    "message/rfc822",
    "message/rfc822-headers",
    "text/rfc822-headers",
    "text/rfc822",
    "message/global",
    "message/global-headers",
    "message/partial",
)
# More recipients than any mail server takes at once.
MOST_RECIPIENTS = 1_000
# Feedback that is no complaint: failed authentication (RFC 6591) and "this is not spam".
NO_COMPLAINT = ("auth-failure", "not-spam", "dmarc", "auth_failure")

_STATUS = re.compile(r"[245]\.\d{1,3}\.\d{1,3}")
_XTEXT = re.compile(r"\+([0-9A-F]{2})")
_UTF8 = re.compile(r"\\x\{([0-9A-Fa-f]{2,6})\}")
_GROUP = re.compile(r"\n[ \t]*\n")


class Told(NamedTuple):
    """What a report says of one recipient."""

    address: str | None
    action: str
    status: str | None
    words: str


def read_status(mail: Mail) -> list[Told] | None:
    """Of whom the delivery report speaks; None when there is no such report."""
    found = [part for part in mail.parts if part.kind in STATUS_KINDS]
    if found:
        return list(_recipients(decode(part.raw(), "") for part in found))
    # A report whose MIME is broken is told by its fields.
    for part in mail.parts:
        low = part.body[:LONGEST_TEXT].lower() if part.kind.startswith("text/") else b""
        if b"inal-recipient:" in low and b"action:" in low:
            return list(_recipients([part.text()])) or None
    return None


def read_feedback(mail: Mail) -> Headers | None:
    """The fields of a feedback report."""
    for part in mail.parts:
        if part.kind in FEEDBACK_KINDS:
            return read_fields(decode(part.raw(), "").replace("\n\n", "\n"), every=("original-rcpt-to",))
    return None


def status_of(value: str) -> str | None:
    """The code of a status field, which may be followed by a comment."""
    found = _STATUS.search(value)
    return found[0] if found else None


def _recipients(texts: Iterable[str]) -> Iterator[Told]:
    for text in texts:
        for group in _GROUP.split(text)[:MOST_RECIPIENTS]:
            fields = read_fields(group)
            if "final-recipient" in fields or "original-recipient" in fields:
                yield _told(fields)


def _told(fields: Headers) -> Told:
    final, original = (typed_address(fields.get(f"{name}-recipient", "")) for name in ("final", "original"))
    status = status_of(fields.get("status", ""))
    words = fields.get("diagnostic-code", "")
    action = fields.get("action", "").partition("(")[0].strip().lower()
    address = _first_meant(original, final) or one_address(words)
    return Told(address, action, status, words)


def typed_address(value: str) -> str | None:
    """The address of `rfc822; somebody@example.com`."""
    kind, semicolon, rest = value.partition(";")
    value = rest if semicolon else kind
    if "\\x{" in value:
        value = _UTF8.sub(lambda sign: chr(int(sign[1], 16) % 0x110000), value)
    return field_address(value)


def _first_meant(original: str | None, final: str | None) -> str | None:
    """The address as we wrote it: the original one, which may be spelled in xtext (RFC 3461)."""
    if original is None or final is None:
        return original or final
    plain = _XTEXT.sub(lambda sign: chr(int(sign[1], 16)), original)
    return plain if plain.lower() == final.lower() or "+2B" in original or "+3D" in original else original
