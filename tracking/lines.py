"""How a hit is written in the spool: one line, fields between tabs, a check sum in front."""

from datetime import UTC, datetime, timedelta
from zlib import crc32

from abm.words import HitKind
from tracking.hit import Hit

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_KINDS = {kind.value: kind for kind in HitKind}


def write_line(hit: Hit) -> bytes:
    """The hit as one line; user agent and address must hold no control signs."""
    micros = (hit.at - _EPOCH) // _MICROSECOND
    link = hit.link_key.hex() if hit.link_key else ""
    flags = ("h" if hit.honeypot else "") + ("1" if hit.one_click else "")
    body = (
        f"{hit.id}\t{hit.kind}\t{micros}\t{hit.method}\t{hit.message_key.hex()}\t{link}\t{flags}"
        f"\t{hit.ip}\t{hit.user_agent}"
    ).encode()
    return b"%08x\t%b\n" % (crc32(body), body)


def read_line(line: bytes) -> Hit | None:
    """The hit of a line without its newline, or None when the line is not what was written."""
    try:
        body = line[9:]
        if line[:9] != b"%08x\t" % crc32(body):
            return None
        id_, kind, micros, method, message, link, flags, ip, user_agent = body.decode().split("\t")
        at = _EPOCH + timedelta(microseconds=int(micros))
        keys = bytes.fromhex(message), bytes.fromhex(link) or None
        return Hit(id_, _KINDS[kind], at, method, *keys, "h" in flags, user_agent, ip, "1" in flags)
    except (ValueError, KeyError, OverflowError):
        return None
