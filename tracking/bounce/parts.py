"""A mail taken apart as far as a bounce needs it: bounded in time and memory, whatever the bytes are.

The standard library's parser builds a tree of everything, the original mail included. Here only headers and the
parts of multiparts are told apart; an attached original stays as bytes, of which only the headers are ever read.
"""

import re
from binascii import Error, a2b_base64, a2b_qp
from collections.abc import Iterator
from html import unescape
from typing import NamedTuple

from tracking.bounce.charsets import decode, decode_words

# What reports say stands in front of the original mail; nothing behind these limits is looked at.
LONGEST_MAIL = 4_000_000
LONGEST_TEXT = 100_000
LONGEST_HEADER = 64_000
DEEPEST = 8
MOST_PARTS = 64

Headers = dict[str, str]

_FIELD = re.compile(r"^([!-9;-~]+)[ \t]*:[ \t]*(.*(?:\n[ \t].*)*)", re.MULTILINE)
_BOUNDARY = re.compile(r'boundary\s*=\s*(?:"([^"]*)"|([^\s;]+))', re.IGNORECASE)
_CHARSET = re.compile(r'charset\s*=\s*"?([^\s";]+)', re.IGNORECASE)
_TAG = re.compile(r"<[^<>]*>")
_BREAKS = re.compile(r"<(?:br|/?p|/?div|/?tr|/?li|/?h\d|/?table|/?pre)\b[^<>]*>", re.IGNORECASE)


class Part(NamedTuple):
    """One leaf of a mail, still encoded."""

    kind: str
    headers: Headers
    body: bytes

    def text(self) -> str:
        """What a person would read; of markup only its words."""
        found = _CHARSET.search(self.headers.get("content-type", ""))
        text = decode(self.raw(), found[1] if found else "")
        return words_of_html(text) if self.kind == "text/html" else text

    def raw(self, longest: int = LONGEST_TEXT) -> bytes:
        """The bytes after their transfer encoding was undone, as far as they are looked at."""
        encoding = self.headers.get("content-transfer-encoding", "").strip().lower()
        if encoding == "base64":
            return _unified(_from_base64(self.body[: 2 * longest]))
        body = self.body[:longest]
        return _unified(a2b_qp(body)) if encoding == "quoted-printable" else body


class Mail(NamedTuple):
    """The headers of a mail and its leaves, in order."""

    headers: Headers
    parts: list[Part]

    def header(self, name: str) -> str:
        """A header's text, decoded; empty when it is not there."""
        return decode_words(self.headers.get(name, ""))


def take_apart(raw: bytes) -> Mail:
    """Headers and leaves of a mail with any line ends; never raises."""
    data = _unified(raw[:LONGEST_MAIL].replace(b"\0", b"")).lstrip(b"\n")
    if data.startswith((b"From ", b">From ")):
        data = data.partition(b"\n")[2]
    headers, body = split_headers(data)
    return Mail(headers, list(_leaves(headers, body, 0))[:MOST_PARTS])


def split_headers(data: bytes) -> tuple[Headers, bytes]:
    """The header block and what follows it; where two fields have one name, the first counts."""
    block, body = _split(data)
    return read_fields(decode(block[:LONGEST_HEADER], "")), body


def read_fields(block: str, every: tuple[str, ...] = ()) -> Headers:
    """Fields by their lower-case names, unfolded; of these names every one, separated by commas."""
    fields: Headers = {}
    for name, value in _FIELD.findall(block):
        key, text = name.lower(), value.replace("\n", " ").strip()
        if key not in fields:
            fields[key] = text
        elif key in every:
            fields[key] += f", {text}"
    return fields


def words_of_html(page: str) -> str:
    """A page's words, a line for each block."""
    for name in ("style", "script", "title"):
        page = _without(page, name)
    return unescape(_TAG.sub("", _BREAKS.sub("\n", page)))


def _split(data: bytes) -> tuple[bytes, bytes]:
    """Up to the first empty line, or to the first line that can be no header."""
    end = 0
    for line in data[:LONGEST_HEADER].split(b"\n"):
        is_header = line[:1] in (b" ", b"\t") or b":" in line
        if not line.strip():
            return data[:end], data[end + len(line) + 1 :]
        if not is_header:
            return data[:end], data[end:]
        end += len(line) + 1
    return data[:end], data[end:]


def _leaves(headers: Headers, body: bytes, depth: int) -> Iterator[Part]:
    content = headers.get("content-type", "")
    # The first word: some servers forget the semicolon behind it.
    kind = (content.replace(";", " ").split() or ["text/plain"])[0].lower()
    pieces = _pieces(content, body) if kind.startswith("multipart/") and depth < DEEPEST else []
    if not pieces:
        # A multipart without its boundaries is read as the text it looks like.
        yield Part("text/plain" if kind.startswith("multipart/") else kind, headers, body)
    for piece in pieces:
        inner, rest = split_headers(piece)
        yield from _leaves(inner, rest, depth + 1)


def _pieces(content: str, body: bytes) -> list[bytes]:
    named = _BOUNDARY.search(content)
    if not named or not (boundary := (named[1] or named[2] or "").strip()):
        return []
    # Cut at each boundary line; a longer boundary that begins alike belongs to somebody else.
    cut = (b"\n" + body).split(b"\n--" + boundary.encode("utf-8", "replace"), MOST_PARTS)
    pieces: list[bytes] = []
    for piece in cut[1:]:
        mark, _, rest = piece.partition(b"\n")
        if mark.strip() == b"--":
            break
        if not mark.strip():
            pieces.append(rest)
        elif pieces:
            pieces[-1] += b"\n--" + boundary.encode() + piece
    return pieces


def _unified(data: bytes) -> bytes:
    return data.replace(b"\r\n", b"\n").replace(b"\r", b"\n") if b"\r" in data else data


def _from_base64(body: bytes) -> bytes:
    try:
        return a2b_base64(body)
    except Error:
        # Cut off in the middle: what is whole so far.
        signs = re.sub(rb"[^A-Za-z0-9+/]", b"", body)
        try:
            return a2b_base64(signs[: len(signs) // 4 * 4])
        except Error:
            return b""


def _without(page: str, name: str) -> str:
    """The page without what stands in these elements; one that never ends takes the rest with it."""
    low = page.lower()
    if len(low) != len(page):
        low = page
    kept, at = [], 0
    while (start := low.find(f"<{name}", at)) >= 0:
        kept.append(page[at:start])
        end = low.find(f"</{name}", start)
        at = end if end >= 0 else len(page)
    return "".join(kept) + page[at:]
