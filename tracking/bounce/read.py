"""A mail that came back to its reading: the report for programs first, then what is written for people."""

import re
from collections.abc import Iterable, Sequence

from abm.words import BounceKind, BounceReason, BounceStrength
from tracking.bounce.addresses import find_addresses
from tracking.bounce.parts import LONGEST_MAIL, Headers, Mail, split_headers, take_apart
from tracking.bounce.reading import OTHER, Reading, Recipient
from tracking.bounce.reply import RECEIPT_KINDS, is_receipt, says_answer, sounds_like_answer
from tracking.bounce.report import NO_COMPLAINT, ORIGINAL_KINDS, Told, read_feedback, read_status
from tracking.bounce.status import best_status, find_status, judge
from tracking.bounce.text import (
    Speech,
    is_reporter,
    named_in,
    quoted_message_id,
    says_delayed,
    says_failed,
    server_lines,
    speech_of,
    words_about,
    written_to,
)

# What a report calls a recipient that got the mail, or somebody else who will tell.
ARRIVED = ("delivered", "relayed", "expanded", "deliverable", "success")
_IDS = re.compile(r"<[^<>\s]{1,250}>")
# Complaints that come without the fields of RFC 5965: Hotmail's and Amazon's.
_COMPLAINT_SUBJECT = "complaint about message from"
_COMPLAINT_SENDERS = (
    "staff@hotmail.com",
    "staff@outlook.com",
    "complaints@email-abuse.amazonses.com",
    "abuse@live.com",
)


def read_bounce(raw: bytes) -> Reading:
    """What this mail says; never raises, and what cannot be read is `other`."""
    return _read(take_apart(raw))


def _read(mail: Mail) -> Reading:
    if not mail.headers:
        return OTHER
    original = _original(mail)
    return _feedback(mail, original) or _report(mail, original) or _wrapped(mail, original) or _letter(mail, original)


def _wrapped(mail: Mail, original: Headers) -> Reading | None:
    """A report that a gateway put into a mail of its own; a person who forwards one reports nothing."""
    kind = original.get("content-type", "").lower()
    if not (kind.startswith("multipart/report") and is_reporter(mail)):
        return None
    inner = take_apart(next(part for part in mail.parts if part.kind in ORIGINAL_KINDS).raw(LONGEST_MAIL))
    # Taken apart once more, but never a third time.
    return _report(inner, _original(inner))


def _feedback(mail: Mail, original: Headers) -> Reading | None:
    fields = read_feedback(mail)
    if fields is None:
        if not _is_bare_complaint(mail, original):
            return None
        fields = {}
    if fields.get("feedback-type", "abuse").strip().lower() in NO_COMPLAINT:
        return Reading(BounceKind.OTHER, (), _sent_id(mail, original))
    named = find_addresses(f"{fields.get('original-rcpt-to', '')} {fields.get('removal-recipient', '')}")
    found = _whole(named) or _whole(written_to(original)[:1])
    told = tuple(Recipient(address, None, BounceReason.COMPLAINED) for address in found)
    return Reading(BounceKind.COMPLAINT, told, _sent_id(mail, original))


def _is_bare_complaint(mail: Mail, original: Headers) -> bool:
    if "x-hmxmroriginalrecipient" in original or "feedback-report" in mail.headers.get("content-type", "").lower():
        return True
    sender = mail.headers.get("from", "").lower()
    return _COMPLAINT_SUBJECT in mail.header("subject").lower() and any(one in sender for one in _COMPLAINT_SENDERS)


def _whole(addresses: Sequence[str]) -> list[str]:
    """Those addresses of which nobody took out whose they are."""
    return [address for address in addresses if "redacted" not in address.lower()]


def _report(mail: Mail, original: Headers) -> Reading | None:
    told = read_status(mail)
    if told is None:
        return None
    speech = speech_of(mail)
    failed = [one for one in told if not _has_arrived(one)]
    if told and not failed:
        return Reading(BounceKind.OTHER, (), _sent_id(mail, original, speech))
    if not failed:
        return None
    read = [_of_told(one, mail, speech, original) for one in failed]
    recipients = _once(one for one in read if one)
    is_delay = all(one.strength is None for one in recipients) if recipients else _is_delayed(failed[0])
    kind = BounceKind.DELAY if is_delay else BounceKind.BOUNCE
    return Reading(kind, recipients, _sent_id(mail, original, speech))


def _has_arrived(told: Told) -> bool:
    return told.action in ARRIVED or (not told.action and (told.status or "").startswith("2"))


def _is_delayed(told: Told) -> bool:
    return told.action.startswith("delay")


def _of_told(told: Told, mail: Mail, speech: Speech, original: Headers) -> Recipient | None:
    address = told.address
    if address is None:
        # A local name instead of an address: whoever the people's part or the mail itself speaks of.
        address = next((one.address for one in named_in(mail, speech, original)), None)
    if address is None:
        return None
    judged = judge(told.words, told.status)
    if judged.reason is BounceReason.UNKNOWN or (not told.words and judged.reason is not BounceReason.NO_SUCH_USER):
        judged = judge(f"{told.words}\n{words_about(address, speech.words)}", told.status)
    strength = None if _is_delayed(told) else judged.strength
    return Recipient(address, strength, judged.reason, best_status(told.words, told.status))


def _letter(mail: Mail, original: Headers) -> Reading:
    """A mail without a report for programs."""
    if is_receipt(mail):
        return _answer(mail, original)
    speech = speech_of(mail)
    if not is_reporter(mail) and (sounds_like_answer(mail) or says_answer(mail)):
        return _answer(mail, original)
    if says_failed(mail, speech.words):
        return _of_letter(mail, speech, original)
    if sounds_like_answer(mail) or says_answer(mail):
        return _answer(mail, original)
    return Reading(BounceKind.OTHER, (), _sent_id(mail, original))


def _of_letter(mail: Mail, speech: Speech, original: Headers) -> Reading:
    quoted = original or split_headers(speech.quoted.partition("\n\n")[2].lstrip("\n").encode())[0]
    named = named_in(mail, speech, quoted or _quoted_fields(speech.quoted))
    is_delay = says_delayed(mail, speech.words)
    recipients = _once(_of_named(one.address, one.words, is_delay) for one in named)
    kind = BounceKind.DELAY if is_delay else BounceKind.BOUNCE
    return Reading(kind, recipients, _sent_id(mail, original, speech))


def _of_named(address: str, words: str, is_delay: bool) -> Recipient:
    judged = judge(server_lines(words), None)
    if judged.reason is BounceReason.UNKNOWN:
        judged = judge(words, None)
    strength: BounceStrength | None = None if is_delay else judged.strength
    return Recipient(address, strength, judged.reason, find_status(words))


def _quoted_fields(quoted: str) -> Headers:
    """The headers of a mail quoted below a line that says so."""
    return split_headers(quoted.partition("\n")[2].lstrip("\n").encode())[0]


def _answer(mail: Mail, original: Headers) -> Reading:
    found = find_addresses(mail.headers.get("from", ""))[:1]
    told = tuple(Recipient(address, None, BounceReason.ANSWERED) for address in found)
    receipt = "\n".join(part.text() for part in mail.parts if part.kind in RECEIPT_KINDS)
    return Reading(BounceKind.AUTO_REPLY, told, _sent_id(mail, original, Speech("", receipt)))


def _once(recipients: Iterable[Recipient]) -> tuple[Recipient, ...]:
    """Each address once, with the worst that is said of it."""
    kept: dict[str, Recipient] = {}
    for one in recipients:
        key = one.address.lower()
        if key not in kept or _weight(one) > _weight(kept[key]):
            kept[key] = one
    return tuple(kept.values())


def _weight(recipient: Recipient) -> int:
    return (None, BounceStrength.SOFT, BounceStrength.HARD).index(recipient.strength)


def _original(mail: Mail) -> Headers:
    """The headers of the mail that came back, where it is attached."""
    for part in mail.parts:
        if part.kind in ORIGINAL_KINDS:
            raw = part.raw().lstrip(b"\n")
            if raw.startswith((b"From ", b">From ")):
                raw = raw.partition(b"\n")[2]
            return split_headers(raw)[0]
    return {}


def _sent_id(mail: Mail, original: Headers, speech: Speech | None = None) -> str | None:
    """The Message-ID of what we had sent: of the attached or quoted mail, else of what this answers."""
    if found := _IDS.search(original.get("message-id", "")):
        return found[0]
    if speech and (quoted := quoted_message_id(speech.quoted) or quoted_message_id(speech.words)):
        return quoted
    for name in ("x-original-message-id", "original-message-id", "in-reply-to", "references"):
        if ids := _IDS.findall(mail.headers.get(name, "")):
            return str(ids[-1])
    return None
