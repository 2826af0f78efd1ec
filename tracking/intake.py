"""From a request's facts to a hit, or set aside with the reason; knows neither HTTP nor the database."""

import json
from collections.abc import Callable, Mapping
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Any, NamedTuple

from abm.tokens import Token, TokenKind
from abm.words import HitKind, LinkKind
from tracking.hit import Hit

LONGEST_AGENT = 512
LONGEST_ADDRESS = 64
# What a hit may say beside its few fixed facts, as JSON.
LONGEST_DETAIL = 65_536
_NO_HEADERS: Mapping[str, str] = MappingProxyType({})


class SetAside(StrEnum):
    """Why a request became no hit."""

    FOREIGN_TOKEN = "foreign_token"
    UNKNOWN_LINK = "unknown_link"
    NO_ACT = "no_act"
    TOO_LARGE = "too_large"
    WITHDRAWN = "withdrawn"
    FOREIGN_SITE = "foreign_site"
    UNREADABLE = "unreadable"


class Asked(NamedTuple):
    """What came to a door: the token as text, and who asked how."""

    token: str
    method: str
    user_agent: str
    ip: str
    one_click: bool = False
    body: bytes = b""
    # Names in lower case; gathered only for what is posted, and for doors that ask for them.
    headers: Mapping[str, str] = _NO_HEADERS
    query: str = ""


class Known(NamedTuple):
    """What we know of it: the token if it is ours, and what stands behind its link."""

    token: Token | None
    link: LinkKind | None = None


Step = Callable[[Asked, Known], SetAside | None]


def take_in(asked: Asked, known: Known, hit_id: str, at: datetime) -> Hit | SetAside:
    """The hit this request is; each step passes it on or sets it aside."""
    for step in STEPS:
        if reason := step(asked, known):
            return reason
    token, link = known
    assert token is not None  # the first step let nothing else through
    kind, _, message_key, link_key = token
    return Hit(
        hit_id,
        _kind(kind, link),
        at,
        asked.method,
        message_key,
        link_key,
        link is _HONEYPOT,
        clean(asked.user_agent, LONGEST_AGENT),
        clean(asked.ip, LONGEST_ADDRESS),
        asked.one_click,
    )


def take_more(
    asked: Asked,
    kind: HitKind,
    detail: dict[str, Any],
    hit_id: str,
    at: datetime,
    *,
    message_key: bytes | None = None,
    link_key: bytes | None = None,
    body: bytes | None = None,
) -> Hit | SetAside:
    """The hit of a request that says more than its address does; set aside when it says too much."""
    if len(json.dumps(detail, ensure_ascii=False).encode()) > LONGEST_DETAIL:
        return SetAside.TOO_LARGE
    return Hit(
        id=hit_id,
        kind=kind,
        at=at,
        method=asked.method,
        message_key=message_key,
        link_key=link_key,
        honeypot=False,
        user_agent=clean(asked.user_agent, LONGEST_AGENT),
        ip=clean(asked.ip, LONGEST_ADDRESS),
        detail=detail,
        body=body,
    )


def refuse_foreign_tokens(asked: Asked, known: Known) -> SetAside | None:
    """Only what we signed ourselves says anything about anybody."""
    return SetAside.FOREIGN_TOKEN if known.token is None else None


def refuse_unknown_links(asked: Asked, known: Known) -> SetAside | None:
    """A link we cannot resolve was not followed."""
    return SetAside.UNKNOWN_LINK if known.token and known.token.link_key and known.link is None else None


def refuse_looking_at_the_stop_page(asked: Asked, known: Known) -> SetAside | None:
    """Only a POST stops mail: link scanners and prefetching browsers look at the page too."""
    looked = known.token is not None and known.token.kind is _STOP and asked.method != "POST"
    return SetAside.NO_ACT if looked else None


STEPS: tuple[Step, ...] = (refuse_foreign_tokens, refuse_unknown_links, refuse_looking_at_the_stop_page)


def _kind(kind: TokenKind, link: LinkKind | None) -> HitKind:
    if kind is _STOP:
        return HitKind.STOP
    return _FOLLOWED[link]


# What following a link is; without a link, a mail was opened.
_FOLLOWED: Mapping[LinkKind | None, HitKind] = {
    None: HitKind.OPEN,
    **dict.fromkeys(LinkKind, HitKind.CLICK),
    LinkKind.FILE: HitKind.DOWNLOAD,
    LinkKind.WEBINAR: HitKind.JOIN,
}
# Asked at every hit: naming the member of an enum takes Python 3.11 as long as a call.
_STOP, _HONEYPOT = TokenKind.STOP, LinkKind.HONEYPOT


def clean(text: str, longest: int) -> str:
    """One line of text. Control signs would break the spool's lines, and a NUL the database's text."""
    text = text[:longest]
    return text if text.isprintable() else "".join(sign if sign.isprintable() else " " for sign in text)
