"""A hit: one raw request as accepted, the value that travels from the door to the database."""

import time
from datetime import datetime
from random import getrandbits
from typing import Any, NamedTuple

from abm.words import HitKind


# A named tuple, as are the facts judged: made a hundred thousand times a second, where a frozen dataclass takes
# four times as long.
class Hit(NamedTuple):
    """What was asked, when in business time, and for which message and link if any."""

    id: str
    kind: HitKind
    at: datetime
    method: str
    message_key: bytes | None
    link_key: bytes | None
    honeypot: bool
    user_agent: str
    ip: str
    one_click: bool = False
    # What else was said, as JSON can carry it: none of a picture or a link, which must cost nothing more for it.
    detail: dict[str, Any] | None = None
    # What another system posted, as it came: kept beside the hit in `inbound_posts`.
    body: bytes | None = None


# Where version 7 and the variant stand in the number of a UUID (RFC 9562, section 5.7).
_VERSION = 0x7 << 76 | 0b10 << 62
_FREE = ~(0xF << 76 | 0b11 << 62)


def new_hit_id() -> str:
    """A UUID (version 7) ordered by this host's clock, so that later hits lie beside each other in the table."""
    # Unlike others', not unlike guesses: the id opens nothing. Python seeds its generator anew in every process.
    number = time.time_ns() // 1_000_000 << 80 | getrandbits(80)
    digits = f"{number & _FREE | _VERSION:032x}"
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"
