"""Rendering: a compiled mail becomes a skeleton of bytes once; each recipient costs only what differs."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime
from html import escape

from abm.config import Settings
from abm.tokens import Signer, Token, TokenKind
from abm.words import Language
from campaigns.addressing import Recipient, merge_values
from campaigns.mime import SOFT_BREAK, address_header, header_text, one_line, quoted
from campaigns.placeholders import MERGE_FIELDS, split

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


@dataclass(frozen=True)
class Slot:
    """A place of the skeleton that differs per recipient."""

    index: int
    name: str
    in_html: bool


@dataclass(frozen=True)
class Skeleton:
    """A mail as bytes with holes; made once per mail, joined per recipient."""

    pieces: tuple[bytes, ...]
    slots: tuple[Slot, ...]
    # The merge fields that the bodies ask for, and their names within the HTML.
    merge_names: tuple[str, ...]
    html_names: frozenset[str]
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
    pieces: list[bytes] = [TEXT_PART]
    slots: list[Slot] = []
    _add_part(pieces, slots, _fill_fixed(stored.text, fixed), in_html=False)
    pieces.append(HTML_PART)
    _add_part(pieces, slots, _fill_fixed(stored.html, {k: escape(v) for k, v in fixed.items()}), in_html=True)
    pieces.append(END)
    return Skeleton(
        pieces=tuple(pieces),
        slots=tuple(slots),
        merge_names=tuple(sorted({slot.name for slot in slots} & MERGE_FIELDS)),
        html_names=frozenset(slot.name for slot in slots if slot.in_html) & MERGE_FIELDS,
        subject=tuple(subject),
        fixed_subject=header_text(subject[0]) if len(subject) == 1 else None,
        stored=stored,
        base=settings.public_url,
        base_bytes=settings.public_url.encode(),
        sender=b"\r\nFrom: " + address_header(settings.sender_name, settings.sender_mail) + b"\r\nTo: ",
    )


def render(skeleton: Skeleton, letter: Letter, signer: Signer, sent_at: datetime) -> bytes:
    """The mail as it goes over the wire; `sent_at` carries the offset that the Date header shows."""
    merge = merge_values(letter.who, skeleton.stored.language)
    said = {name: one_line(merge.get(name, "")) for name in skeleton.merge_names}
    values = {name: quoted(value) for name, value in said.items()}
    stop = _tokens(skeleton, letter, signer, values)
    in_html = {**values, **{name: quoted(escape(said[name])) for name in skeleton.html_names}}
    pieces = list(skeleton.pieces)
    for slot in skeleton.slots:
        pieces[slot.index] = (in_html if slot.in_html else values).get(slot.name, b"")
    return b"".join((_head(skeleton, letter, merge, stop, sent_at), *pieces))


def subject_of(skeleton: Skeleton, who: Recipient) -> str:
    """The subject this person reads."""
    return _subject(skeleton, merge_values(who, skeleton.stored.language))


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


def _add_part(pieces: list[bytes], slots: list[Slot], text: str, *, in_html: bool) -> None:
    """Literals between soft breaks, so that a value of any length can stand between them."""
    parts = split(text)
    last = len(parts) - 1
    for index, part in enumerate(parts):
        if index % 2:
            slots.append(Slot(len(pieces), part, in_html))
            pieces.append(b"")
        else:
            before, after = SOFT_BREAK if index else b"", SOFT_BREAK if index < last else b""
            pieces.append(before + quoted(part) + after)


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


def _head(skeleton: Skeleton, letter: Letter, merge: Mapping[str, str], stop: bytes, sent_at: datetime) -> bytes:
    subject = skeleton.fixed_subject
    if subject is None:
        subject = header_text(_subject(skeleton, merge))
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
            b">\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\nPrecedence: bulk\r\n"
            b'MIME-Version: 1.0\r\nContent-Type: multipart/alternative; boundary="',
            BOUNDARY,
            b'"\r\n',
        )
    )


def _subject(skeleton: Skeleton, merge: Mapping[str, str]) -> str:
    parts = list(skeleton.subject)
    parts[1::2] = [merge.get(name, "") for name in parts[1::2]]
    return one_line("".join(parts))
