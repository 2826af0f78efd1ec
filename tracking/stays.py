"""How long somebody was there, from when they came and went; pure."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import NamedTuple


class Passage(NamedTuple):
    """Somebody came (or went) on one connection; who comes back has another one."""

    seat: str
    at: datetime
    came: bool


def minutes_there(passages: Iterable[Passage]) -> float | None:
    """Minutes between coming and going, counted once where two connections overlap; None while none is complete."""
    stays = sorted(_stays(passages))
    if not stays:
        return None
    total, until = timedelta(), stays[0][0]
    for came, went in stays:
        total += max(went - max(came, until), timedelta())
        until = max(until, went)
    return total.total_seconds() / 60 or None


def _stays(passages: Iterable[Passage]) -> Iterable[tuple[datetime, datetime]]:
    """From the first coming to the last going of each connection; one that lacks either tells of no time."""
    came: dict[str, list[datetime]] = defaultdict(list)
    went: dict[str, list[datetime]] = defaultdict(list)
    for passage in passages:
        (came if passage.came else went)[passage.seat].append(passage.at)
    for seat, moments in came.items():
        if seat in went and max(went[seat]) > min(moments):
            yield min(moments), max(went[seat])
