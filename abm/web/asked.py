"""What a reader asked for in an address or a form: read leniently, so that an old link still shows a page."""

import uuid
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from typing import TypeVar

from flask import request

from abm.clock import day_start
from abm.web.acts import settings

Word = TypeVar("Word", bound=StrEnum)


def asked_word(name: str, kind: type[Word]) -> Word | None:
    """A word of an enum, or nothing when it is none."""
    text = request.args.get(name, "")
    return kind(text) if text in set(kind) else None


def asked_page() -> int:
    """The number of the page, counted from 1."""
    return max(1, request.args.get("page", 1, type=int) or 1)


def asked_number(name: str, choices: Sequence[int], otherwise: int) -> int:
    """One of the numbers there are to choose from."""
    text = request.args.get(name, "")
    return int(text) if text in {str(one) for one in choices} else otherwise


def asked_id(name: str) -> uuid.UUID | None:
    """An id, or nothing when it is none."""
    return read_id(request.args.get(name, ""))


def read_id(text: str) -> uuid.UUID | None:
    """The id in a text, if it is one."""
    try:
        return uuid.UUID(text)
    except ValueError:
        return None


def read_ids(texts: Iterable[str]) -> list[uuid.UUID]:
    """The ids among some texts."""
    return [found for text in texts if (found := read_id(text))]


def read_day(text: str) -> date | None:
    """The calendar day in a text as date fields send it."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def read_local_moment(text: str) -> datetime | None:
    """A moment as date-and-time fields send it, in the installation's zone."""
    try:
        moment = datetime.fromisoformat(text)
        return (moment if moment.tzinfo else moment.replace(tzinfo=settings().zone)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def asked_moment(name: str, now: datetime) -> datetime:
    """The moment asked for, or the end of the day, but never later than now."""
    text = request.args.get(name, "")
    day = read_day(text)
    if day is None:
        return min(now, read_local_moment(text) or now)
    if day.year >= date.max.year:
        return now
    return min(now, day_start(day + timedelta(days=1), settings().zone) - timedelta(seconds=1))


def fragment() -> str:
    """The id of the part of the page that the browser will change; empty for a whole page."""
    return request.headers.get("HX-Target", "") if request.headers.get("HX-Request") else ""
