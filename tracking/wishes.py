"""How a person wants mail: read from what the preferences page posted, and folded from all that was ever said."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, TypeVar

from abm.words import Pace

Word = TypeVar("Word", bound=StrEnum)

PAUSE = timedelta(days=91)
MOST_TOPICS, LONGEST_TOPIC = 100, 100


class Pause(StrEnum):
    """What was said about a pause."""

    THREE_MONTHS = "three_months"
    END = "end"


class News(StrEnum):
    """What was said about where the person works."""

    MOVED = "moved"
    LEFT = "left"


@dataclass(frozen=True)
class Wish:
    """What one visit of the page changed; None or nothing leaves it as it is."""

    pace: Pace | None = None
    # The topics the page showed, and those of them that were left ticked.
    shown: tuple[str, ...] = ()
    wanted: tuple[str, ...] = ()
    pause: Pause | None = None
    open_tracking: bool | None = None
    news: News | None = None


@dataclass(frozen=True)
class Wanted:
    """How a person wants mail now."""

    pace: Pace = Pace.ANY
    paused_until: datetime | None = None
    muted: frozenset[str] = frozenset()


def read_wish(posted: Mapping[str, Sequence[str]]) -> Wish:
    """What the form's fields say; whatever it cannot hold says nothing."""
    return Wish(
        pace=_one_of(Pace, _first(posted, "pace")),
        shown=_topics(posted.get("shown", ())),
        wanted=_topics(posted.get("topic", ())),
        pause=_one_of(Pause, _first(posted, "pause")),
        open_tracking=_changed_consent(posted),
        news=_one_of(News, _first(posted, "news")),
    )


def to_detail(wish: Wish) -> dict[str, Any]:
    """The wish as a hit carries it."""
    said = {"pace": wish.pace, "pause": wish.pause, "open_tracking": wish.open_tracking, "news": wish.news}
    topics = {"shown": list(wish.shown), "wanted": list(wish.wanted)} if wish.shown else {}
    return {**{name: value for name, value in said.items() if value is not None}, **topics}


def from_detail(detail: Mapping[str, Any]) -> Wish:
    """The wish that a hit carries."""
    given = detail.get("open_tracking")
    return Wish(
        pace=_one_of(Pace, str(detail.get("pace", ""))),
        shown=_topics(detail.get("shown", ())),
        wanted=_topics(detail.get("wanted", ())),
        pause=_one_of(Pause, str(detail.get("pause", ""))),
        open_tracking=given if isinstance(given, bool) else None,
        news=_one_of(News, str(detail.get("news", ""))),
    )


def fold(said: Iterable[tuple[datetime, str, Wish]]) -> Wanted:
    """What holds after all that was said, in the order of time whatever the order of arrival."""
    wanted = Wanted()
    for at, _, wish in sorted(said, key=lambda one: one[:2]):
        wanted = _after(wanted, wish, at)
    return wanted


def _after(wanted: Wanted, wish: Wish, at: datetime) -> Wanted:
    if wish.pace:
        wanted = replace(wanted, pace=wish.pace)
    if wish.pause:
        wanted = replace(wanted, paused_until=at + PAUSE if wish.pause is Pause.THREE_MONTHS else None)
    if wish.shown:
        muted = wanted.muted - set(wish.shown) | set(wish.shown) - set(wish.wanted)
        wanted = replace(wanted, muted=frozenset(muted))
    return wanted


def _changed_consent(posted: Mapping[str, Sequence[str]]) -> bool | None:
    """What was said of counting opens; a page that showed the same and was sent back as it was says nothing."""
    said = _first(posted, "open_tracking")
    return None if said == _first(posted, "open_tracking_was") else {"yes": True, "no": False}.get(said)


def _one_of(words: type[Word], text: str) -> Word | None:
    return words(text) if text in set(words) else None


def _first(posted: Mapping[str, Sequence[str]], name: str) -> str:
    return next(iter(posted.get(name, ())), "")


def _topics(given: Iterable[str]) -> tuple[str, ...]:
    fit = (topic for topic in given if isinstance(topic, str) and topic.isprintable() and len(topic) <= LONGEST_TOPIC)
    return tuple(dict.fromkeys(fit))[:MOST_TOPICS]
