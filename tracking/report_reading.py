"""From posts that wait to reports that are applied: claim, fetch what a signature needs, read, apply, settle."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from uuid import UUID

import structlog
from sqlalchemy import Engine
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from abm.clock import host_time
from abm.connectors.mail import ses
from abm.connectors.mail.certificates import Fetch, fetch_certificate, keep_certificate, read_certificate
from abm.errors import Invalid, ProviderError
from abm.words import Applied, PostReason
from abm.work import unit_of_work
from tracking.bounce import read_bounce
from tracking.bounces import MAIL, told_by
from tracking.effects import Outcomes, Standards, apply_reports
from tracking.inbound import Claimed, claim_posts, put_off, retry_posts, settle_done, settle_failed
from tracking.reports import Told, find_nobodys, keep_reports, locate, settle
from tracking.webhooks import READERS

# Reports of people who are known by now, taken up again in one act.
AGAIN_AT_ONCE = 2_000
# Amazon signs with one certificate for months: whoever names many at once is not Amazon, and waits.
FETCHED_AT_ONCE = 3

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Reader:
    """What reading needs of a process."""

    engine: Engine
    certificates: Path
    fetch: Fetch = fetch_certificate
    now: Callable[[], datetime] = host_time
    standards: Standards | None = None


@dataclass(frozen=True)
class Read:
    """What a post says, or why it says nothing."""

    post: Claimed
    told: tuple[Told, ...] = ()
    reason: PostReason | None = None


def read_next_posts(reader: Reader) -> int:
    """Read the oldest posts; answers how many there were."""
    with unit_of_work(reader.engine) as work:
        claimed = claim_posts(work.session)
    # Nobody waits for the network but those who need it: their turn comes when the others are done.
    ready, lacking = _by_certificate(reader, claimed)
    for posts in (ready, lacking):
        certificates = _certificates(reader, posts)
        _settle_each_or_all(reader, [_read(post, certificates, reader.now()) for post in posts])
    return len(claimed)


def retry_inbound(session: Session, source: str | None = None, standards: Standards | None = None) -> tuple[int, int]:
    """Try failed posts again, and reports of people who are known by now; answers how many of each."""
    posts = retry_posts(session, source)
    outcomes = _apply(session, find_nobodys(session, source, AGAIN_AT_ONCE), standards)
    return posts, sum(applied is Applied.TAKEN for _, applied in outcomes)


def _read(post: Claimed, certificates: Mapping[str, bytes | None], at: datetime) -> Read:
    if post.is_worn_out:
        return Read(post, reason=PostReason.NO_CERTIFICATE if post.source == "ses" else PostReason.NOT_APPLIED)
    if post.source == MAIL:
        told = tuple(told_by(read_bounce(post.body), post.received_at, raw=post.body))
        return Read(post, told, None if told else PostReason.UNREADABLE)
    if post.source not in READERS:
        return Read(post, reason=PostReason.UNKNOWN_SOURCE)
    try:
        if reason := _signature_fault(post, certificates, at):
            return Read(post, reason=reason)
        return Read(post, _told(post))
    except Invalid:
        return Read(post, reason=PostReason.UNREADABLE)
    except Exception as error:
        # A fault of ours in one reader must not keep two hundred posts of all sources waiting.
        log.error("post_not_read", source=post.source, hit=str(post.hit_id), error=type(error).__name__)
        return Read(post, reason=PostReason.NOT_APPLIED)


def _told(post: Claimed) -> tuple[Told, ...]:
    """What a genuine post tells; Invalid when it cannot be read."""
    events = READERS[post.source].read(post.headers, post.body)
    return tuple(Told(post.source, post.hit_id, post.received_at, event) for event in events)


def _signature_fault(post: Claimed, certificates: Mapping[str, bytes | None], at: datetime) -> PostReason | None:
    """What is wrong with a signature that the door could not look at."""
    if post.source != "ses":
        return None
    certificate = certificates.get(ses.certificate_url(post.body))
    if certificate is None:
        return PostReason.NO_CERTIFICATE
    if ses.is_current(certificate, at) and ses.is_signed(post.body, certificate):
        return None
    return PostReason.WRONG_SIGNATURE


def _certificates(reader: Reader, posts: Sequence[Claimed]) -> dict[str, bytes | None]:
    """Each certificate these posts name, outside of any transaction; None where it is not to be had."""
    urls = dict.fromkeys(url for post in posts if (url := _certificate_url(post)))
    found = {url: read_certificate(reader.certificates, url) for url in urls}
    for url in [url for url, kept in found.items() if kept is None][:FETCHED_AT_ONCE]:
        found[url] = _fetch(reader, url)
    return found


def _certificate_url(post: Claimed) -> str:
    """Where the certificate of a post lies; empty when it needs none, or names none that may be asked for."""
    try:
        return ses.certificate_url(post.body) if post.source == "ses" else ""
    except Invalid:
        return ""


def _fetch(reader: Reader, url: str) -> bytes | None:
    try:
        fetched = reader.fetch(url)
    except ProviderError as error:
        log.warning("certificate_not_fetched", error=str(error))
        return None
    # A page that is no certificate is not kept: the next try may get the right one.
    if not ses.is_current(fetched, reader.now()):
        return None
    try:
        keep_certificate(reader.certificates, url, fetched)
    except OSError as error:
        # The posts at hand can be read all the same; the next ones ask for it again.
        log.warning("certificate_not_kept", error=error.strerror)
    return fetched


def _settle_each_or_all(reader: Reader, reads: Sequence[Read]) -> None:
    try:
        _settle_all(reader, reads)
    except OperationalError:
        raise
    except Exception as error:
        # One post that cannot be applied must not hold up the others: each has an act of its own, and that one is kept.
        log.warning("posts_read_one_by_one", error=type(error).__name__)
        for read in reads:
            _settle_alone(reader, read)


def _by_certificate(reader: Reader, posts: Sequence[Claimed]) -> tuple[list[Claimed], list[Claimed]]:
    """Posts that can be read now, and those whose certificate lies elsewhere."""
    sides: tuple[list[Claimed], list[Claimed]] = ([], [])
    for post in posts:
        url = _certificate_url(post)
        sides[bool(url) and read_certificate(reader.certificates, url) is None].append(post)
    return sides


def _settle_all(reader: Reader, reads: Sequence[Read]) -> None:
    if not reads:
        return
    with unit_of_work(reader.engine) as work:
        told = [one for read in reads for one in read.told]
        _apply(work.session, keep_reports(work.session, told), reader.standards)
        settle_done(work.session, [read.post.hit_id for read in reads if read.reason is None])
        for read in reads:
            _set_aside(work.session, read)


def _settle_alone(reader: Reader, read: Read) -> None:
    try:
        _settle_all(reader, [read])
    except OperationalError:
        raise
    except Exception as error:
        # Whatever it is, people see it on the page and may try again once it is mended. Only its name goes into the
        # log: the database's own words carry addresses.
        log.error("post_not_applied", source=read.post.source, hit=str(read.post.hit_id), error=type(error).__name__)
        with unit_of_work(reader.engine) as work:
            settle_failed(work.session, [read.post.hit_id], PostReason.NOT_APPLIED)


def _set_aside(session: Session, read: Read) -> None:
    if read.reason is PostReason.NO_CERTIFICATE and not read.post.is_worn_out:
        put_off(session, read.post, read.reason)
    elif read.reason:
        settle_failed(session, [read.post.hit_id], read.reason)


def _apply(session: Session, ids: Sequence[UUID], standards: Standards | None) -> Outcomes:
    if not ids:
        return []
    outcomes = apply_reports(session, locate(session, ids), standards)
    settle(session, outcomes)
    return outcomes
