"""What links, files and webinars are about, as a marketer says it: topics, product, and where a webinar is joined.

What is said counts for what people do from then on; what was recorded before keeps what it was recorded with.
"""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import select
from sqlalchemy.orm import Session

from abm.clock import rfc3339
from abm.customers.audit import set_fields
from abm.customers.webinars import find_webinar
from abm.errors import Invalid, NotFound
from abm.models import Asset, AuditEntry, Link, Product, Webinar

LONGEST = 200
LONGEST_URL = 2_000
MOST_TOPICS = 20


@dataclass(frozen=True)
class LinkDraft:
    """What a link is called and about; `product` is a product's code."""

    label: str | None
    topics: Sequence[str]
    product: str | None


@dataclass(frozen=True)
class FileDraft:
    """What a file is about, and whether its download counts as a premium one."""

    topics: Sequence[str]
    product: str | None
    is_premium: bool


@dataclass(frozen=True)
class WebinarDraft:
    """What a webinar is about, and where those who follow a join link are sent."""

    topics: Sequence[str]
    join_url: str | None


@dataclass(frozen=True)
class NewWebinar:
    """A webinar that is to be held; mails can invite to it before anybody registered."""

    title: str
    held_at: datetime


def read_topics(text: str) -> list[str]:
    """The topics of a text, each once, in its order: between commas of either width or in lines of their own."""
    for sign in ("、", "，", "\r", "\n"):
        text = text.replace(sign, ",")
    return list(dict.fromkeys(topic for part in text.split(",") if (topic := part.strip())))


def describe_link(session: Session, number: int, draft: LinkDraft, *, by: uuid.UUID, at: datetime) -> None:
    """Say what a link is called and about."""
    link = session.get(Link, number)
    if link is None:
        raise NotFound("no such link")
    _check(session, draft.topics, draft.product)
    if len(draft.label or "") > LONGEST:
        raise Invalid(f"a label has at most {LONGEST} signs", field="label", code="too_long")
    _change(session, "link", None, link, asdict(draft), by=by, at=at, which={"number": number})


def describe_file(session: Session, file_id: uuid.UUID, draft: FileDraft, *, by: uuid.UUID, at: datetime) -> None:
    """Say what a file is about."""
    asset = session.get(Asset, file_id)
    if asset is None:
        raise NotFound("no such file")
    _check(session, draft.topics, draft.product)
    _change(session, "asset", asset.id, asset, asdict(draft), by=by, at=at)


def describe_webinar(
    session: Session, webinar_id: uuid.UUID, draft: WebinarDraft, *, by: uuid.UUID, at: datetime
) -> None:
    """Say what a webinar is about and where it is joined; join links in mails lead there from the next second on."""
    webinar = session.get(Webinar, webinar_id)
    if webinar is None:
        raise NotFound("no such webinar")
    _check(session, draft.topics, None)
    if draft.join_url and not _is_web_address(draft.join_url):
        raise Invalid("a join address begins with https://", field="join_url", code="url_unusable")
    _change(session, "webinar", webinar.id, webinar, asdict(draft), by=by, at=at)


def add_webinar(session: Session, new: NewWebinar, draft: WebinarDraft, *, by: uuid.UUID, at: datetime) -> uuid.UUID:
    """Enter a webinar before any report tells of it; reports of this title at about this time then belong to it."""
    title = new.title.strip()
    if not title:
        raise Invalid("a webinar needs a title", field="title", code="required")
    if len(title) > LONGEST:
        raise Invalid(f"a title has at most {LONGEST} signs", field="title", code="too_long")
    if not find_webinar(session, title, new.held_at).is_new:
        raise Invalid("a webinar of this title is held about then", field="title", code="webinar_exists")
    webinar = Webinar(title=title, held_at=new.held_at)
    session.add(webinar)
    session.flush()
    detail = {"title": title, "held_at": rfc3339(new.held_at)}
    act, subject = "webinar.add", "webinar"
    session.add(AuditEntry(at=at, user_id=by, act=act, subject=subject, subject_id=webinar.id, detail=detail))
    describe_webinar(session, webinar.id, draft, by=by, at=at)
    return webinar.id


def _check(session: Session, topics: Sequence[str], product: str | None) -> None:
    if len(topics) > MOST_TOPICS or any(len(topic) > LONGEST for topic in topics):
        raise Invalid(f"at most {MOST_TOPICS} topics of {LONGEST} signs", field="topics", code="too_long")
    if product and session.scalar(select(Product.id).where(Product.code == product)) is None:
        raise Invalid("no such product", field="product", code="unknown")


def _is_web_address(text: str) -> bool:
    if len(text) > LONGEST_URL or not text.isprintable() or " " in text:
        return False
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname)


def _change(
    session: Session,
    subject: str,
    subject_id: uuid.UUID | None,
    row: Link | Asset | Webinar,
    values: Mapping[str, Any],
    *,
    by: uuid.UUID,
    at: datetime,
    which: Mapping[str, Any] | None = None,
) -> None:
    """Set what differs and write down who did; nothing is written where nothing differs."""
    if changes := set_fields(row, values):
        detail = {**(which or {}), "changes": changes}
        entry = AuditEntry(
            at=at, user_id=by, act=f"{subject}.change", subject=subject, subject_id=subject_id, detail=detail
        )
        session.add(entry)
