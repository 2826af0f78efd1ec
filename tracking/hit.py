"""A hit: one raw request as accepted, the value that travels from the door to the database."""

import os
import time
from datetime import datetime
from typing import NamedTuple

from abm.words import HitKind


# A named tuple, as are the facts judged: made a hundred thousand times a second, where a frozen dataclass takes
# four times as long.
class Hit(NamedTuple):
    """What was asked, when in business time, and for which message and link."""

    id: str
    kind: HitKind
    at: datetime
    method: str
    message_key: bytes
    link_key: bytes | None
    honeypot: bool
    user_agent: str
    ip: str
    one_click: bool = False


def new_hit_id() -> str:
    """A UUID (version 7) ordered by this host's clock, so that later hits lie beside each other in the table."""
    random = os.urandom(10).hex()
    stamp = f"{time.time_ns() // 1_000_000:012x}"
    variant = "89ab"[int(random[3], 16) & 3]
    return f"{stamp[:8]}-{stamp[8:]}-7{random[:3]}-{variant}{random[4:7]}-{random[7:19]}"
