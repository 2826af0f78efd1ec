"""What the doors answer: status, headers and body as any web layer can send them."""

from base64 import b64decode
from typing import NamedTuple
from urllib.parse import quote

from tracking.links import FileFacts

Headers = list[tuple[str, str]]

HIT_HEADER = "X-Hit"
# The transparent picture of one pixel.
PIXEL = b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")
# Answers are for one person once, and the address with its token must not travel on to other sites.
_PRIVATE: Headers = [
    ("Cache-Control", "no-store"),
    ("Referrer-Policy", "no-referrer"),
    ("X-Content-Type-Options", "nosniff"),
]
_PIXEL: Headers = [("Content-Type", "image/gif"), ("Content-Length", str(len(PIXEL))), *_PRIVATE]
_REDIRECT: Headers = [("Content-Length", "0"), *_PRIVATE]


class Answer(NamedTuple):
    """An HTTP answer as a value."""

    status: str
    headers: Headers
    body: bytes = b""


def pixel(hit_id: str | None) -> Answer:
    """The picture, always."""
    return Answer("200 OK", _with_hit(_PIXEL, hit_id), PIXEL)


def redirect(url: str, hit_id: str | None) -> Answer:
    """On to where the link leads."""
    headers = [("Location", url), *_REDIRECT]
    if hit_id:
        headers.append((HIT_HEADER, hit_id))
    return Answer("302 Found", headers)


def download(file: FileFacts, content: bytes, hit_id: str | None) -> Answer:
    """The file under its own name."""
    headers: Headers = [
        ("Content-Type", file.content_type),
        ("Content-Length", str(len(content))),
        ("Content-Disposition", f"attachment; filename*=UTF-8''{quote(file.filename, safe='')}"),
        ("Content-Security-Policy", "sandbox"),
    ]
    return Answer("200 OK", [*headers, *_with_hit(_PRIVATE, hit_id)], content)


def page(status: str, html: bytes, policy: str, hit_id: str | None = None) -> Answer:
    """A page of our own under a policy that lets nothing in from elsewhere."""
    headers: Headers = [
        ("Content-Type", "text/html; charset=utf-8"),
        ("Content-Length", str(len(html))),
        ("Content-Security-Policy", policy),
        ("X-Robots-Tag", "noindex"),
    ]
    return Answer(status, [*headers, *_with_hit(_PRIVATE, hit_id)], html)


def said(status: str, body: bytes, content_type: str, hit_id: str | None = None) -> Answer:
    """An answer with a body of its own, for machines."""
    headers: Headers = [("Content-Type", content_type), ("Content-Length", str(len(body)))]
    return Answer(status, [*headers, *_with_hit(_PRIVATE, hit_id)], body)


def script(content: bytes, keep_seconds: int) -> Answer:
    """A script of ours, which pages of other origins may run and browsers keep for a while."""
    headers: Headers = [
        ("Content-Type", "text/javascript; charset=utf-8"),
        ("Content-Length", str(len(content))),
        ("Cache-Control", f"public, max-age={keep_seconds}"),
        ("Cross-Origin-Resource-Policy", "cross-origin"),
        ("Referrer-Policy", "no-referrer"),
        ("X-Content-Type-Options", "nosniff"),
    ]
    return Answer("200 OK", headers, content)


def to_page(status: str, origin: str, hit_id: str | None = None) -> Answer:
    """An answer that a page of this origin may read; nobody is known by a cookie here."""
    headers: Headers = [("Access-Control-Allow-Origin", origin), ("Vary", "Origin")]
    if hit_id:
        headers.append(("Access-Control-Expose-Headers", HIT_HEADER))
    return Answer(status, [*headers, *_with_hit(_PRIVATE, hit_id)])


def plain(status: str, hit_id: str | None = None, allow: str = "") -> Answer:
    """An answer for machines, which read no pages."""
    body = status.encode() + b"\n"
    headers: Headers = [("Content-Type", "text/plain"), ("Content-Length", str(len(body)))]
    if allow:
        headers.append(("Allow", allow))
    return Answer(status, [*headers, *_with_hit(_PRIVATE, hit_id)], body)


def _with_hit(headers: Headers, hit_id: str | None) -> Headers:
    return [*headers, (HIT_HEADER, hit_id)] if hit_id else headers
