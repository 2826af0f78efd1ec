"""Rendering: a compiled mail becomes a skeleton of bytes once; each recipient costs only what differs."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime
from html import escape, unescape

from abm.config import Settings
from abm.tokens import Signer, Token, TokenKind
from abm.words import Language
from campaigns.addressing import Recipient, known_values, with_words
from campaigns.blocks import Condition, has_blocks, passages
from campaigns.mime import SOFT_BREAK, address_header, header_text, one_line, quoted
from campaigns.placeholders import MERGE_FIELDS, fallback_of, name_of, split

BOUNDARY = b"=_abm_part"
TEXT_PART = (
    b"\r\n--" + BOUNDARY + b"\r\nContent-Type: text/plain; charset=utf-8\r\n"
    b"Content-Transfer-Encoding: quoted-printable\r\n\r\n"
)
HTML_PART = (
    b"\r\n--" + BOUNDARY + b"\r\nContent-Type: text/html; charset=utf-8\r\n"
    b"Content-Transfer-Encoding: quoted-printable\r\n\r\n"
)
END = b"\r\n--" + BOUNDARY + b"--\r\n"


@dataclass(frozen=True)
class Stored:
    """A compiled mail as it lies with its sequence version; links and honeypot by their keys."""

    mail_id: uuid.UUID
    language: Language
    subject: str
    html: str
    text: str
    # {{link.n}} → kind of token and key of the link.
    links: Mapping[str, tuple[TokenKind, bytes]]
    honeypot: bytes
    # What its links are about.
    topics: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Letter:
    """One message to one person: who, under which key and Message-ID, whether opens may be counted."""

    who: Recipient
    key: bytes
    message_id: str
    counts_opens: bool = False
    # What complaints are counted by; a mail to look at has none.
    feedback_id: str = ""


@dataclass(frozen=True)
class Slot:
    """A place of the skeleton that differs per recipient."""

    index: int
    name: str
    in_html: bool


@dataclass(frozen=True)
class Field:
    """What one placeholder says: a merge field, or these words where it is missing."""

    key: str
    name: str
    fallback: str | None
    in_html: bool


@dataclass(frozen=True)
class Branch:
    """The pieces that only some people get; of one block whoever holds first is taken."""

    block: int
    condition: Condition
    start: int
    end: int


@dataclass(frozen=True)
class Skeleton:
    """A mail as bytes with holes; made once per mail, joined per recipient."""

    pieces: tuple[bytes, ...]
    slots: tuple[Slot, ...]
    # The merge fields that the bodies ask for.
    fields: tuple[Field, ...]
    branches: tuple[Branch, ...]
    subject: tuple[str, ...]
    fixed_subject: bytes | None
    stored: Stored
    base: str
    base_bytes: bytes
    sender: bytes


def make_skeleton(stored: Stored, settings: Settings) -> Skeleton:
    """Everything that is the same for all recipients, encoded."""
    fixed = _fixed_values(settings)
    subject = split(_fill_fixed(stored.subject, fixed))
    cut = _Cut()
    cut.pieces.append(TEXT_PART)
    cut.add(_fill_fixed(stored.text, fixed), in_html=False)
    cut.pieces.append(HTML_PART)
    cut.add(_fill_fixed(stored.html, {k: escape(v) for k, v in fixed.items()}), in_html=True)
    cut.pieces.append(END)
    return Skeleton(
        pieces=tuple(cut.pieces),
        slots=tuple(cut.slots),
        fields=_fields(cut.slots),
        branches=tuple(cut.branches),
        subject=tuple(subject),
        fixed_subject=header_text(subject[0]) if len(subject) == 1 else None,
        stored=stored,
        base=settings.public_url,
        base_bytes=settings.public_url.encode(),
        sender=b"\r\nFrom: " + address_header(settings.sender_name, settings.sender_mail) + b"\r\nTo: ",
    )


def render(skeleton: Skeleton, letter: Letter, signer: Signer, sent_at: datetime) -> bytes:
    """The mail as it goes over the wire; `sent_at` carries the offset that the Date header shows."""
    known = known_values(letter.who, skeleton.stored.language)
    merge = with_words(known, skeleton.stored.language)
    values: dict[str, bytes] = {}
    stop = _tokens(skeleton, letter, signer, values)
    in_html = dict(values)
    for field in skeleton.fields:
        said = one_line(merge.get(field.name, "") if field.fallback is None else known[field.name] or field.fallback)
        if field.in_html:
            in_html[field.key] = quoted(escape(said))
        else:
            values[field.key] = quoted(said)
    pieces = list(skeleton.pieces)
    for slot in skeleton.slots:
        pieces[slot.index] = (in_html if slot.in_html else values).get(slot.name, b"")
    if skeleton.branches:
        _leave_out(pieces, skeleton.branches, letter.who)
    return b"".join((_head(skeleton, letter, merge, known, stop, sent_at), *pieces))


def _leave_out(pieces: list[bytes], branches: tuple[Branch, ...], who: Recipient) -> None:
    """Empty the passages that are for others."""
    taken: set[int] = set()
    for branch in branches:
        if branch.block not in taken and branch.condition.holds(who):
            taken.add(branch.block)
        else:
            pieces[branch.start : branch.end] = [b""] * (branch.end - branch.start)


def subject_of(skeleton: Skeleton, who: Recipient) -> str:
    """The subject this person reads."""
    if skeleton.fixed_subject is not None:
        return one_line(skeleton.subject[0])
    known = known_values(who, skeleton.stored.language)
    return _subject(skeleton, with_words(known, skeleton.stored.language), known)


def _fixed_values(settings: Settings) -> dict[str, str]:
    return {
        "base": settings.public_url,
        "sender.name": one_line(settings.sender_name),
        "sender.mail": settings.sender_mail,
        "sender.address": one_line(settings.sender_address),
    }


def _fill_fixed(text: str, fixed: Mapping[str, str]) -> str:
    parts = split(text)
    names = parts[1::2]
    parts[1::2] = [fixed.get(name, f"{{{{{name}}}}}") for name in names]
    return "".join(parts)


class _Cut:
    """The pieces of a mail while it is cut."""

    def __init__(self) -> None:
        self.pieces: list[bytes] = []
        self.slots: list[Slot] = []
        self.branches: list[Branch] = []
        self._blocks = 0

    def add(self, text: str, *, in_html: bool) -> None:
        """One body: what everybody gets, and the passages of its blocks."""
        is_whole = not has_blocks(text)
        before, most = self._blocks, -1
        for way, part in passages(text):
            start = len(self.pieces)
            self._add_literals(part, in_html=in_html, is_whole=is_whole)
            if way is not None:
                most = max(most, way.block)
                self.branches.append(Branch(before + way.block, way.condition, start, len(self.pieces)))
        self._blocks += most + 1

    def _add_literals(self, text: str, *, in_html: bool, is_whole: bool) -> None:
        """Literals between soft breaks, so that a value of any length can stand between them."""
        parts = split(text)
        last = len(parts) - 1
        for index, part in enumerate(parts):
            if index % 2:
                self.slots.append(Slot(len(self.pieces), part, in_html))
                self.pieces.append(b"")
            else:
                before = SOFT_BREAK if index or not is_whole else b""
                after = SOFT_BREAK if index < last or not is_whole else b""
                self.pieces.append(before + quoted(part) + after)


def _fields(slots: Sequence[Slot]) -> tuple[Field, ...]:
    """The merge fields of the bodies, each once a body."""
    asked = dict.fromkeys((slot.name, slot.in_html) for slot in slots if name_of(slot.name) in MERGE_FIELDS)
    return tuple(Field(key, name_of(key), _fallback(key, in_html), in_html) for key, in_html in asked)


def _fallback(key: str, in_html: bool) -> str | None:
    """The words of a key: within HTML they were written as such."""
    words = fallback_of(key)
    return unescape(words) if words and in_html else words


def _tokens(skeleton: Skeleton, letter: Letter, signer: Signer, values: dict[str, bytes]) -> bytes:
    """Write this recipient's tokens into the values; the stop address is returned for the header."""
    key, stored = letter.key, skeleton.stored
    for name, (kind, link_key) in stored.links.items():
        values[name] = signer.write(Token(kind, stored.language, key, link_key)).encode()
    values["honeypot"] = signer.write(Token(TokenKind.CLICK, stored.language, key, stored.honeypot)).encode()
    stop = f"{skeleton.base}/u/{signer.write(Token(TokenKind.STOP, stored.language, key))}".encode()
    values["stop_url"] = _wrapped(stop)
    why = signer.write(Token(TokenKind.WHY, stored.language, key))
    values["why_url"] = _wrapped(f"{skeleton.base}/why/{why}".encode())
    if letter.counts_opens:
        values["pixel"] = _pixel(skeleton.base, signer.write(Token(TokenKind.OPEN, stored.language, key)))
    return stop


def _wrapped(url: bytes) -> bytes:
    """An address of ours as quoted-printable: as it is, for only a long one or an = would need more."""
    return url if len(url) < 75 and b"=" not in url else quoted(url.decode())


def _pixel(base: str, token: str) -> bytes:
    return quoted(f'<img src="{base}/o/{token}.gif" width="1" height="1" alt="" style="display:block">')


def _head(
    skeleton: Skeleton,
    letter: Letter,
    merge: Mapping[str, str],
    known: Mapping[str, str],
    stop: bytes,
    sent_at: datetime,
) -> bytes:
    feedback = f"\r\nFeedback-ID: {letter.feedback_id}".encode() if letter.feedback_id else b""
    subject = skeleton.fixed_subject
    if subject is None:
        subject = header_text(_subject(skeleton, merge, known))
    return b"".join(
        (
            b"Subject: ",
            subject,
            skeleton.sender,
            address_header(letter.who.full_name, letter.who.email),
            b"\r\nDate: ",
            format_datetime(sent_at).encode(),
            b"\r\nMessage-ID: ",
            letter.message_id.encode(),
            b"\r\nList-Unsubscribe: <",
            stop,
            b">\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click",
            feedback,
            b'\r\nPrecedence: bulk\r\nMIME-Version: 1.0\r\nContent-Type: multipart/alternative; boundary="',
            BOUNDARY,
            b'"\r\n',
        )
    )


def _subject(skeleton: Skeleton, merge: Mapping[str, str], known: Mapping[str, str]) -> str:
    parts = list(skeleton.subject)
    for index in range(1, len(parts), 2):
        name, words = name_of(parts[index]), fallback_of(parts[index])
        parts[index] = merge.get(name, "") if words is None else known.get(name) or words
    return one_line("".join(parts))
