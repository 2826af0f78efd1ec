"""What other systems posted: each source with its address, what came of it, and what could not be read."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.orm import Session

from abm.config import Settings
from abm.words import Applied, PostState, ProviderEventKind
from tracking.webhooks import READERS

DAYS = 30
FAILURES_SHOWN = 50

# Posts are numbered by time, so that the newest days are one stretch of the table.
_POSTS = text(
    """
    select source, max(received_at) as last_at, count(*) as posts,
           count(*) filter (where state = :waiting) as waiting, count(*) filter (where state = :failed) as failed
    from inbound_posts where hit_id > uuidv7(make_interval(days => -:days)) group by source
    """
)
_REPORTS = text(
    """
    select source, applied, count(*) as number
    from provider_reports where received_at > cast(:at as timestamptz) - make_interval(days => :days)
    group by source, applied
    """
)
_FAILURES = text(
    """
    select source, received_at, state, reason, attempts, octet_length(body) as bytes from inbound_posts
    where hit_id > uuidv7(make_interval(days => -:days)) and (state = :failed or (state = :waiting and attempts > 0))
    order by hit_id desc limit :limit
    """
)
# Shown until the first other report of that source has come, which proves that it was confirmed.
_TO_CONFIRM = text(
    """
    select distinct on (source) source, detail ->> 'url' as url from provider_reports r
    where kind = :kind and detail ? 'url' and not exists (
        select from provider_reports o
        where o.source = r.source and o.kind <> :kind and o.received_at > r.received_at
    )
    order by source, received_at desc, id desc
    """
)
_ANY = text("select exists (select from inbound_posts)")


@dataclass(frozen=True)
class InboundSource:
    """One source over the last days."""

    name: str
    address: str
    setting: str
    is_set: bool
    last_at: datetime | None
    posts: int
    waiting: int
    failed: int
    taken: int
    evidence: int
    nobody: int
    unknown: int
    confirm_url: str | None


@dataclass(frozen=True)
class Failure:
    """A post that could not be read, or waits for what it needs."""

    source: str
    received_at: datetime
    is_waiting: bool
    reason: str
    attempts: int
    bytes: int


@dataclass(frozen=True)
class Inbound:
    """Everything the page of incoming webhooks shows."""

    sources: Sequence[InboundSource]
    failures: Sequence[Failure]
    has_posts: bool

    @property
    def can_retry(self) -> bool:
        """Whether there is anything to try again."""
        return bool(self.failures) or any(one.nobody for one in self.sources)


def read_inbound(session: Session, settings: Settings, at: datetime) -> Inbound:
    """Each source we can read and how it fares."""
    states = {"days": DAYS, "waiting": PostState.WAITING.value, "failed": PostState.FAILED.value}
    posts = {row.source: row for row in session.execute(_POSTS, states)}
    reports: dict[tuple[str, str], int] = {
        (row.source, row.applied): row.number for row in session.execute(_REPORTS, {"days": DAYS, "at": at})
    }
    asked = {"kind": ProviderEventKind.ASKED_TO_CONFIRM.value}
    links = {row.source: row.url for row in session.execute(_TO_CONFIRM, asked)}
    sources = [_source(name, settings, posts.get(name), reports, links.get(name)) for name in READERS]
    rows = session.execute(_FAILURES, {**states, "limit": FAILURES_SHOWN})
    failures = [
        Failure(row.source, row.received_at, row.state == PostState.WAITING, row.reason or "", row.attempts, row.bytes)
        for row in rows
    ]
    return Inbound(sources, failures, bool(session.scalar(_ANY)))


def _source(
    name: str, settings: Settings, posts: Row[Any] | None, reports: dict[tuple[str, str], int], link: str | None
) -> InboundSource:
    source = READERS[name]
    return InboundSource(
        name=name,
        address=f"{settings.public_url}/hook/{name}",
        setting=f"ABM_{source.setting.upper()}",
        is_set=bool(source.secrets(settings)),
        last_at=posts.last_at if posts else None,
        posts=posts.posts if posts else 0,
        waiting=posts.waiting if posts else 0,
        failed=posts.failed if posts else 0,
        taken=reports.get((name, Applied.TAKEN), 0),
        evidence=reports.get((name, Applied.EVIDENCE), 0),
        nobody=reports.get((name, Applied.NOBODY), 0),
        unknown=reports.get((name, Applied.UNKNOWN_EVENT), 0),
        confirm_url=link,
    )
