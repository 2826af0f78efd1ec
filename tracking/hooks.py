"""The door for machines: a report is genuine and in the spool before it is answered, or its sender tries again."""

from collections.abc import Mapping

from abm.clock import host_time
from abm.words import HitKind
from tracking import answers, metrics
from tracking.answers import Answer
from tracking.desk import Desk, accept
from tracking.hit import new_hit_id
from tracking.intake import Asked, SetAside, clean, take_more
from tracking.webhooks import LONGEST_HEADER, LONGEST_POST, SOURCES, Challenge, Post, Refused, kept_headers


def take_report(desk: Desk, asked: Asked) -> Answer:
    """Accept what another system posted at /hook/<source>."""
    if (verify := SOURCES.get(asked.token)) is None:
        return answers.plain("404 Not Found")
    if len(asked.body) > LONGEST_POST:
        metrics.SET_ASIDE.labels(SetAside.TOO_LARGE.value).inc()
        return answers.plain("413 Content Too Large")
    found = verify(Post(asked.token, asked.headers, asked.body, host_time()), desk.settings)
    if isinstance(found, Refused):
        metrics.REFUSED.labels(asked.token, found.reason).inc()
        return answers.plain("401 Unauthorized")
    if isinstance(found, Challenge):
        return answers.said("200 OK", found.body, found.content_type)
    return accept_post(desk, asked.token, asked.headers, asked.body, asked)


def accept_post(desk: Desk, source: str, headers: Mapping[str, str], body: bytes, asked: Asked | None = None) -> Answer:
    """202 with X-Hit once the report lies in the spool, 503 when it could not be stored: machines try again."""
    kept = {name: clean(value, LONGEST_HEADER) for name, value in kept_headers(headers).items()}
    asked = asked or Asked("", "POST", "", "")
    detail = {"source": source, "headers": kept}
    hit_id = accept(desk, take_more(asked, HitKind.WEBHOOK, detail, new_hit_id(), desk.offset.now(), body=body))
    return answers.plain("202 Accepted" if hit_id else "503 Service Unavailable", hit_id)
