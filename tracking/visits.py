"""The doors of our own web site: the script that tells of pages once the reader agreed, and what it tells."""

import json
import re
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from abm.tokens import Token, TokenKind
from abm.words import HitKind
from tracking import answers, metrics
from tracking.answers import Answer
from tracking.desk import Desk, accept
from tracking.hit import new_hit_id
from tracking.intake import Asked, SetAside, clean, take_more

SCRIPT = Path(__file__).with_name("abm.js").read_bytes()
# How long a browser may keep the script; a correction arrives within this.
KEEP_SCRIPT = 3600
LONGEST_BEACON = 8_192
LONGEST_PATH, LONGEST_TITLE = 500, 200
# By this word the address of a page of ours says whose mail brought the reader.
SIGN = "abm"
VISITOR = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")


def hand_out_script(desk: Desk, asked: Asked) -> Answer:
    """The script, the same for everybody."""
    return answers.script(SCRIPT, KEEP_SCRIPT)


def take_visit(desk: Desk, asked: Asked) -> Answer:
    """Keep that a page of ours was read; what comes from other sites' pages, or says nothing, is not."""
    origin = asked.headers.get("origin", "")
    if not is_ours(desk, origin):
        return _set_aside(SetAside.FOREIGN_SITE, answers.plain("403 Forbidden"))
    said = _said(asked.body)
    if said is None:
        return _set_aside(SetAside.UNREADABLE, answers.to_page("400 Bad Request", origin))
    token = desk.signer.read(str(said.get("who", "")), TokenKind.VISIT)
    detail = {
        "visitor": said["visitor"],
        "path": clean(str(said["path"]), LONGEST_PATH),
        "title": clean(str(said.get("title", "")), LONGEST_TITLE),
        # Where the page is, without whatever its address asked for: that may name people.
        "url": clean(origin + str(said["path"]), LONGEST_PATH),
        "referrer": clean(_site(str(said.get("referrer", ""))), LONGEST_TITLE),
    }
    key = token.message_key if token else None
    hit = take_more(asked, HitKind.PAGE, detail, new_hit_id(), desk.offset.now(), message_key=key)
    return answers.to_page("204 No Content", origin, accept(desk, hit))


def with_sign(desk: Desk, token: Token, url: str) -> str:
    """The destination, which learns who comes if it is a site of our own."""
    if not desk.settings.own_hosts or _host(url) not in desk.settings.own_hosts:
        return url
    sign = desk.signer.write(Token(TokenKind.VISIT, token.language, token.message_key))
    address, mark, place = url.partition("#")
    return f"{address}{'&' if '?' in address else '?'}{SIGN}={sign}{mark}{place}"


def is_ours(desk: Desk, origin: str) -> bool:
    """Whether a page of our own asks."""
    host = _host(origin)
    return bool(host) and (host in desk.settings.own_hosts or host == _host(desk.settings.public_url))


def _said(body: bytes) -> dict[str, Any] | None:
    """What the script sent; None when it was not the script."""
    if len(body) > LONGEST_BEACON:
        return None
    try:
        said = json.loads(body)
    except (ValueError, RecursionError):
        return None
    if not isinstance(said, dict) or not isinstance(said.get("visitor"), str) or not isinstance(said.get("path"), str):
        return None
    return said if VISITOR.fullmatch(said["visitor"]) and said["path"].startswith("/") else None


def _set_aside(reason: SetAside, answer: Answer) -> Answer:
    metrics.SET_ASIDE.labels(reason.value).inc()
    return answer


def _site(referrer: str) -> str:
    host = _host(referrer)
    return f"{referrer.partition(':')[0]}://{host}" if host else ""


@lru_cache(maxsize=4096)
def _host(url: str) -> str:
    """The host of a web address in lower case, with its port if it names one; empty for anything else."""
    try:
        parts = urlsplit(url)
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        return ""
    return f"{parts.hostname}{port}" if parts.scheme in ("http", "https") and parts.hostname else ""
