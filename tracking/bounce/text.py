"""Reports made for people: whether one is a bounce, of whom it speaks, and what it says of each.

qmail, Exim, Sendmail, Notes, Exchange, carriers and providers each have their own layout. What they share is read: a
machine writes, it says that a mail was not delivered, names addresses at the start of lines or behind a label, explains
each, and then quotes the mail it is about.
"""

import re
from collections.abc import Sequence
from typing import NamedTuple

from tracking.bounce.addresses import ADDRESS, find_addresses, is_machine, tidy
from tracking.bounce.finding import find_group
from tracking.bounce.letter_words import (
    DELAYED,
    FAILED,
    FIRST_FIELDS,
    GAVE_UP,
    QUOTE_SIGNS,
    QUOTING,
    SUBJECTS,
    SURELY_DELAYED,
    SURELY_FAILED,
    any_in,
)
from tracking.bounce.parts import Headers, Mail
from tracking.bounce.report import ORIGINAL_KINDS
from tracking.bounce.status import LONGEST, find_reply, find_status, flatten

# Reports say what they have to say within this.
LONGEST_REPORT = 12_000

# Who writes nothing but reports, and who also writes them.
_REPORTER = re.compile(
    r"mailer[-_ ]?daemon|mail[-_ ]?daemon|post[-_]?master@|^\W*post[-_]?master\W*$"
    r"|mail[-_ ]?deliver|delivery (?:sub|system|service)"
    r"|mail ?system|system ?administrator|mdaemon|mxlogic|messagelabs|jetmail|<>",
    re.IGNORECASE,
)
_MACHINE = re.compile(
    r"admin|bounce|returned|no-?reply|root@|mail@|system|server|service|gateway|smtp|notification", re.IGNORECASE
)
_ANSWERED = re.compile(r"^\s*(?:re|aw|sv|antw|fwd?|wg|tr|転送|返信)\s*[:：]", re.IGNORECASE)
# What stands in front of the addresses that failed, behind a summary of the mail.
_LIST = re.compile(
    r"(?:following|these|this) (?:\w+ )?(?:recipient|address|user|destination)|(?:not|be) delivered to|did not reach"
    r"|addressed to|address(?:es)? (?:that )?failed|(?:recipient|address)\S{0,5} (?:failed|was|were|had)"
    r"|folgende|destinataires? suivant|siguiente|seguent[ei]"
    r"|(?:次の|以下の)(?:宛先|あて先|受信者|アドレス|ユーザ|メールアドレス)",
    re.IGNORECASE,
)
# An address that a report speaks of: alone on its line, before a colon, or behind a label.
_NAMED = re.compile(
    r"^[ \t>*・■\['\"]{0,40}(?:\d{1,2}[.)] )?(?P<label>[^\n:<@\[]{0,60}[:：][ \t]*)?(?:rfc822;[ \t]*)?(?:mailto:)?<?"
    rf"(?P<at>{ADDRESS})[>\]'\"]{{0,2}}(?:[ \t]*(?:$|[:;,.(\[]|-{{1,3}} |on \w))",
    re.IGNORECASE | re.MULTILINE,
)
_NOT_MEANT = re.compile(
    r"(?:(?<!generated )from|sender|reply-?to|contact|please|support|送信者|差出人|送信元|問い?合わせ先?|連絡先)"
    r"\W{0,4}$",
    re.IGNORECASE,
)
_AT_RCPT = re.compile(rf"RCPT TO:[ \t]*<?(?P<at>{ADDRESS})>?", re.IGNORECASE)
_ANYWHERE = re.compile(rf"(?P<at>{ADDRESS})")
_MESSAGE_ID = re.compile(r"^[ \t>]*(?:original-)?message-id:\s*(<[^<>\s]{1,250}>)", re.IGNORECASE | re.MULTILINE)


class Speech(NamedTuple):
    """A report's own words, and the mail it quotes below them."""

    words: str
    quoted: str


class Named(NamedTuple):
    """An address a report speaks of, with what it says of it."""

    address: str
    words: str


def speech_of(mail: Mail) -> Speech:
    """The words for people in front of the original mail; of markup only if there is nothing else."""
    plain, pages = [], []
    for part in mail.parts:
        if part.kind in ORIGINAL_KINDS:
            break
        if part.kind == "text/html":
            pages.append(part)
        elif part.kind.startswith("text/") and "attachment" not in part.headers.get("content-disposition", ""):
            plain.append(part.text())
    text = "\n".join(plain)
    if len(text.strip()) < 20 and pages:
        text += "\n".join(page.text() for page in pages)
    end = _end_of_report(text)
    return Speech(text[: min(end, LONGEST_REPORT)], text[end:])


def _end_of_report(text: str) -> int:
    """Where the quoted mail begins; a report that consists of nothing else has no such place."""
    end, is_empty = 0, True
    for line in text.splitlines(keepends=True):
        low = line.lower().lstrip(">")
        if not is_empty and (low.startswith(FIRST_FIELDS) or low.lstrip(QUOTE_SIGNS).startswith(QUOTING)):
            return end
        is_empty = is_empty and not line.strip()
        end += len(line)
    return len(text)


def is_reporter(mail: Mail) -> bool:
    """Whether somebody wrote this who writes nothing but reports of failures."""
    headers = mail.headers
    kind = headers.get("content-type", "").lower()
    is_report = kind.startswith("multipart/report") and "delivery-status" in kind
    return is_report or "x-failed-recipients" in headers or bool(_REPORTER.search(headers.get("from", "")))


def says_failed(mail: Mail, words: str) -> bool:
    """Whether a report without fields for programs is one of a failure or delay."""
    subject = mail.header("subject").lower()
    low = words.lower()
    is_told = any_in(SUBJECTS, subject) and not _ANSWERED.match(subject)
    if is_reporter(mail):
        return is_told or any_in(FAILED, low) or any_in(SURELY_DELAYED, low)
    is_bounced_to_nobody = "<>" in mail.headers.get("return-path", "")
    has_reason = find_group(flatten(words[:LONGEST])) is not None
    if is_bounced_to_nobody and has_reason and any_in(SURELY_FAILED, low):
        return True
    if not is_told or not (any_in(FAILED, low) or any_in(SURELY_DELAYED, low)):
        return False
    return has_reason or is_bounced_to_nobody or bool(_MACHINE.search(mail.headers.get("from", "")))


def says_delayed(mail: Mail, words: str) -> bool:
    """Whether the mail may still arrive."""
    head = f"{mail.header('subject')}\n{words}".lower()
    return any_in(SURELY_DELAYED, head) or (any_in(DELAYED, head) and not any_in(GAVE_UP, head))


def named_in(mail: Mail, speech: Speech, original: Headers) -> list[Named]:
    """The addresses a report speaks of."""
    ours = {address.lower() for address in find_addresses(mail.headers.get("to", ""))}
    ours |= {address.lower() for address in find_addresses(mail.headers.get("from", ""))}
    meant = written_to(original)
    places = _places(mail, speech.words, ours, meant)
    if not places:
        return [Named(address, speech.words) for address in meant[:1]]
    if len(places) == 1:
        return [Named(places[0][0], speech.words)]
    return [Named(address, _words_of(speech.words, at, places)) for address, at in places]


def written_to(original: Headers) -> list[str]:
    """Who the original mail was written to."""
    found: list[str] = []
    for field in ("x-original-to", "x-hmxmroriginalrecipient", "x-apparently-to", "delivered-to", "to", "cc"):
        found += [one for one in find_addresses(original.get(field, "")) if one not in found]
    return found


def words_about(address: str, words: str) -> str:
    """What a report for people says of an address that the report for programs names."""
    at = words.lower().find(address.lower())
    return words[at:] if at >= 0 else words


def server_lines(words: str) -> str:
    """What a server answered, with its codes: advice around it ("is the address right?") is not its reason."""
    lines = words.splitlines()
    told = [number for number, line in enumerate(lines) if find_status(line) or find_reply(line)]
    # Answers go on for a line or two.
    wanted = sorted({near for number in told for near in range(number, min(number + 3, len(lines)))})
    return "\n".join(lines[number] for number in wanted)


def quoted_message_id(text: str) -> str | None:
    """The Message-ID of a mail quoted in a text."""
    found = _MESSAGE_ID.search(text)
    return found[1] if found else None


def _places(mail: Mail, words: str, ours: set[str], meant: Sequence[str]) -> list[tuple[str, int]]:
    """Addresses with where their explanation begins; the surest way that finds any counts."""
    failed = find_addresses(mail.headers.get("x-failed-recipients", ""))
    if failed:
        return [(address, max(words.find(address), 0)) for address in failed]
    wanted = {address.lower() for address in meant}
    listed = _LIST.search(words)
    for start in (listed.end(), 0) if listed else (0,):
        for pattern in (_NAMED, _AT_RCPT, _ANYWHERE):
            found = _matches(pattern, words, start)
            known = [one for one in found if one[0].lower() in wanted]
            others = [one for one in found if one[0].lower() not in ours and not is_machine(one[0])]
            if known:
                return [one for one in found if one in known or (one in others and _is_explained(one[1], found, words))]
            if others:
                return others
    return []


def _is_explained(at: int, places: Sequence[tuple[str, int]], words: str) -> bool:
    """Whether a reason stands behind this address and before the next one."""
    return find_group(flatten(words[at : _next_place(at, places, words)])) is not None


def _next_place(at: int, places: Sequence[tuple[str, int]], words: str) -> int:
    return min((other for _, other in places if other > at), default=len(words))


def _matches(pattern: re.Pattern[str], words: str, start: int) -> list[tuple[str, int]]:
    found: dict[str, tuple[str, int]] = {}
    for match in pattern.finditer(words, start):
        at = match.start("at")
        if not _NOT_MEANT.search(words[max(at - 20, start) : at].rstrip("<\"'[ ")):
            address = tidy(match["at"])
            found.setdefault(address.lower(), (address, match.end("at")))
    return list(found.values())


def _words_of(words: str, at: int, places: Sequence[tuple[str, int]]) -> str:
    """From an address to the next one; all of it where nothing stands between them."""
    between = words[at : _next_place(at, places, words)]
    return between if len(between.strip()) > 80 or find_group(" ".join(between.lower().split())) else words
