"""How a hit is written in the spool: one line, fields between tabs, a check sum in front.

Nine fields; hits that say more have a tenth, their detail as JSON, and reports an eleventh, the body in base64.
"""

import json
from binascii import a2b_base64, b2a_base64
from datetime import UTC, datetime, timedelta
from zlib import crc32

from abm.words import HitKind
from tracking.hit import Hit

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_KINDS = {kind.value: kind for kind in HitKind}


def write_line(hit: Hit) -> bytes:
    """The hit as one line; user agent and address must hold no control signs."""
    id_, kind, at, method, message_key, link_key, honeypot, user_agent, ip, one_click, detail, post = hit
    micros = (at - _EPOCH) // _MICROSECOND
    message = message_key.hex() if message_key else ""
    link = link_key.hex() if link_key else ""
    flags = ("h" if honeypot else "") + ("1" if one_click else "")
    body = f"{id_}\t{kind}\t{micros}\t{method}\t{message}\t{link}\t{flags}\t{ip}\t{user_agent}".encode()
    if detail is not None or post is not None:
        body += _more(hit)
    return b"%08x\t%b\n" % (crc32(body), body)


def read_line(line: bytes) -> Hit | None:
    """The hit of a line without its newline, or None when the line is not what was written."""
    try:
        body = line[9:]
        if line[:9] != b"%08x\t" % crc32(body):
            return None
        id_, kind, micros, method, message, link, flags, ip, user_agent, *more = body.decode().split("\t")
        at = _EPOCH + timedelta(microseconds=int(micros))
        keys = bytes.fromhex(message) or None, bytes.fromhex(link) or None
        hit = Hit(id_, _KINDS[kind], at, method, *keys, "h" in flags, user_agent, ip, "1" in flags)
        return _with_more(hit, more) if more else hit
    except (ValueError, KeyError, OverflowError):
        return None


def _more(hit: Hit) -> bytes:
    # JSON escapes every control sign, tabs and newlines among them.
    detail = "" if hit.detail is None else json.dumps(hit.detail, ensure_ascii=False, separators=(",", ":"))
    body = b"" if hit.body is None else b"\t" + b2a_base64(hit.body, newline=False)
    return b"\t" + detail.encode() + body


def _with_more(hit: Hit, more: list[str]) -> Hit:
    detail, *body = more
    if len(body) > 1:
        raise ValueError("more fields than a line has")
    return hit._replace(
        detail=json.loads(detail) if detail else None,
        body=a2b_base64(body[0], strict_mode=True) if body else None,
    )
