"""Reports that other systems post to us: who may, how each proves itself, and what of a request is kept."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import NamedTuple

from abm.config import Settings

# The largest batches of the providers are a few hundred kilobytes.
LONGEST_POST = 1_048_576
LONGEST_HEADER = 1_000
# What a reader may need of the headers once the door has checked the signature; never what authorises.
KEPT_HEADERS = ("content-type", "user-agent", "webhook-id", "webhook-timestamp", "svix-id", "x-amz-sns-message-type")


class Post(NamedTuple):
    """A report as it came in; `at` is this host's clock, for signatures that grow old."""

    source: str
    headers: Mapping[str, str]
    body: bytes
    at: datetime


class Refused(NamedTuple):
    """It does not prove to be from whom it says; answered 401 and counted by reason."""

    reason: str


class Challenge(NamedTuple):
    """A question of the sender's whether we are here; answered at once, nothing is stored."""

    body: bytes
    content_type: str = "application/json"


# None: it is genuine. Neither the database nor the network is asked here.
Verify = Callable[[Post, Settings], Refused | Challenge | None]

# Each source by the word in its address, /hook/<source>.
SOURCES: dict[str, Verify] = {}


def kept_headers(headers: Mapping[str, str]) -> dict[str, str]:
    """The few headers a reader needs, at a length that a row can hold."""
    return {name: headers[name][:LONGEST_HEADER] for name in KEPT_HEADERS if name in headers}
