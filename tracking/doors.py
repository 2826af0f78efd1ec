"""The doors recipients come in by: one function a route, for whichever web layer stands in front.

The answer never waits for more than the spool's fsync; whatever is down, people get their picture,
page and file, and what we learn from it never delays or breaks that.
"""

import atexit
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as TookTooLong
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

import structlog
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from abm.tokens import Signer, Token, TokenKind
from abm.words import HitKind, Language
from abm.work import Installation
from tracking import answers, metrics
from tracking.answers import Answer
from tracking.hit import Hit, new_hit_id
from tracking.intake import Asked, Known, SetAside, take_in
from tracking.lines import write_line
from tracking.links import Link, LinkTable
from tracking.offset import Offset
from tracking.pages import Page, Pages
from tracking.spool import HITS, STOPS, Spool
from tracking.stops import stop_mail

# A stop waits this long for the database before it is answered "takes effect within minutes".
STOP_WITHIN = 0.3
# A link that appeared a moment ago is looked up within this.
LINK_WITHIN = 0.3
REFRESH_EVERY = 1.0
TEND_EVERY = 0.1
# A refresh that hangs on a silent database does not keep a process from ending.
CLOSE_WITHIN = 2.0

T = TypeVar("T")
log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Desk:
    """What every door needs."""

    signer: Signer
    engine: Engine
    links: LinkTable
    offset: Offset
    pages: Pages
    hits: Spool
    stops: Spool
    language: Language
    # Whoever asks the database from a door waits no longer than the door may.
    helpers: ThreadPoolExecutor
    stopped: threading.Event
    threads: list[threading.Thread]


def open_desk(installation: Installation) -> Desk:
    """A desk that keeps itself up to date until the process ends."""
    state, settings = installation.settings.state_dir.absolute(), installation.settings
    desk = Desk(
        signer=installation.signer,
        engine=installation.engine,
        links=LinkTable(state / "links"),
        offset=Offset(state / "links" / "clock_offset"),
        pages=Pages(settings),
        hits=Spool(state / "spool", HITS),
        stops=Spool(state / "spool", STOPS),
        language=Language(settings.language),
        helpers=ThreadPoolExecutor(max_workers=4, thread_name_prefix="tracking-database"),
        stopped=threading.Event(),
        threads=[],
    )
    for name, run in (("tracking-tend", _tend), ("tracking-refresh", _keep_fresh)):
        desk.threads.append(thread := threading.Thread(target=run, args=(desk,), name=name, daemon=True))
        thread.start()
    atexit.register(close_desk, desk)
    return desk


def close_desk(desk: Desk) -> None:
    """End the desk's threads and give the loader what is left."""
    desk.stopped.set()
    for thread in desk.threads:
        thread.join(CLOSE_WITHIN)
    desk.helpers.shutdown(wait=False, cancel_futures=True)
    seal_all(desk)


def seal_all(desk: Desk) -> None:
    """Give the loader everything at once."""
    for spool in (desk.stops, desk.hits):
        spool.seal_old(0)


def show_pixel(desk: Desk, asked: Asked) -> Answer:
    """The picture of an opened mail; whoever asks gets it."""
    token = desk.signer.read(asked.token.removesuffix(".gif"), TokenKind.OPEN)
    return answers.pixel(_note(desk, asked, Known(token)))


def follow_link(desk: Desk, asked: Asked) -> Answer:
    """Send the reader on to where the link of a mail leads."""
    return _follow(desk, asked, TokenKind.CLICK)


def hand_out_file(desk: Desk, asked: Asked) -> Answer:
    """The file behind a link of a mail."""
    return _follow(desk, asked, TokenKind.DOWNLOAD)


def show_stop(desk: Desk, asked: Asked) -> Answer:
    """The page that asks; looking at it changes nothing."""
    token = desk.signer.read(asked.token, TokenKind.STOP)
    if token is None:
        return _unknown(desk)
    return _page(desk, "200 OK", Page.STOP, token.language)


def show_why(desk: Desk, asked: Asked) -> Answer:
    """The page that says why we write to people; looking at it is no event."""
    token = desk.signer.read(asked.token, TokenKind.WHY)
    if token is None:
        return _unknown(desk)
    return _page(desk, "200 OK", Page.WHY, token.language)


def stop(desk: Desk, asked: Asked) -> Answer:
    """Stop all mail to this recipient, at once when the database answers, else within minutes."""
    token = desk.signer.read(asked.token, TokenKind.STOP)
    if token is None:
        return plain_or_page(desk, asked, "404 Not Found", Page.UNKNOWN, desk.language)
    at = desk.offset.now()
    hit_id = _note(desk, asked, Known(token), at)
    status, page = _outcome(spooled=hit_id is not None, committed=_stop_now(desk, token, at))
    metrics.STOPS.labels(page.value).inc()
    return plain_or_page(desk, asked, status, page, token.language, hit_id)


def plain_or_page(
    desk: Desk, asked: Asked, status: str, page: Page, language: Language, hit_id: str | None = None
) -> Answer:
    """Mail programs that unsubscribe by one click read the status only."""
    return answers.plain(status, hit_id) if asked.one_click else _page(desk, status, page, language, hit_id)


def refuse_method(allow: str) -> Answer:
    """Nothing is done by this method here."""
    return answers.plain("405 Method Not Allowed", allow=allow)


def _outcome(*, spooled: bool, committed: bool) -> tuple[str, Page]:
    if committed:
        return "200 OK", Page.STOPPED
    return ("202 Accepted", Page.RECEIVED) if spooled else ("503 Service Unavailable", Page.FAILED)


def _stop_now(desk: Desk, token: Token, at: datetime) -> bool:
    def commit(session: Session) -> bool:
        stop_mail(session, [(token.message_key, at)])
        session.commit()
        return True

    return _ask_database(desk, commit, STOP_WITHIN) or False


def _follow(desk: Desk, asked: Asked, kind: TokenKind) -> Answer:
    token = desk.signer.read(asked.token, kind)
    link = _find_link(desk, token)
    known = Known(token, link.kind if link else None)
    hit_id = _note(desk, asked, known)
    if token is None or link is None:
        return _unknown(desk, token.language if token else None)
    if link.file:
        content = desk.links.content(link.file)
        if content is None:
            return _page(desk, "503 Service Unavailable", Page.LATER, token.language, hit_id)
        return answers.download(link.file, content, hit_id)
    # A honeypot may lead nowhere.
    if not link.url:
        return _page(desk, "404 Not Found", Page.UNKNOWN, token.language, hit_id)
    return answers.redirect(link.url, hit_id)


def _find_link(desk: Desk, token: Token | None) -> Link | None:
    if token is None or (key := token.link_key) is None:
        return None
    return desk.links.find(key) or _ask_database(desk, lambda s: desk.links.refresh_one(s, key), LINK_WITHIN)


def _note(desk: Desk, asked: Asked, known: Known, at: datetime | None = None) -> str | None:
    """The hit's id once it lies in the spool; None when there is no hit or no spool."""
    hit = take_in(asked, known, new_hit_id(), at or desk.offset.now())
    if isinstance(hit, SetAside):
        metrics.SET_ASIDE.labels(hit.value).inc()
        return None
    return _store(desk, hit)


def _store(desk: Desk, hit: Hit) -> str | None:
    spool = desk.stops if hit.kind is HitKind.STOP else desk.hits
    if not spool.put(write_line(hit)):
        metrics.UNSTORED.inc()
        return None
    metrics.accepted(hit.kind).inc()
    return hit.id


def _unknown(desk: Desk, language: Language | None = None) -> Answer:
    return _page(desk, "404 Not Found", Page.UNKNOWN, language or desk.language)


def _page(desk: Desk, status: str, page: Page, language: Language, hit_id: str | None = None) -> Answer:
    return answers.page(status, desk.pages.html(page, language), desk.pages.policy, hit_id)


def _ask_database(desk: Desk, ask: Callable[[Session], T], within: float) -> T | None:
    """The database's answer, or None when it does not come in time; the asking itself goes on."""
    asking: Future[T] = desk.helpers.submit(_in_session, desk.engine, ask)
    try:
        return asking.result(within)
    except (TookTooLong, SQLAlchemyError):
        # What has not begun need not begin: a stop lies in the spool, a link is asked for again.
        asking.cancel()
        return None


def _in_session(engine: Engine, ask: Callable[[Session], T]) -> T:
    with Session(engine) as session:
        return ask(session)


def _tend(desk: Desk) -> None:
    """Seal what has waited long enough."""
    while not desk.stopped.wait(TEND_EVERY):
        desk.stops.seal_old()
        desk.hits.seal_old()


def _keep_fresh(desk: Desk) -> None:
    """Read links and clock each second; while the database is away the last ones hold."""
    while not desk.stopped.is_set():
        try:
            refresh(desk)
        except SQLAlchemyError:
            pass
        except Exception:
            # A thread that ends would leave this process with old links for ever; the log tells people why.
            log.exception("links_not_refreshed")
        desk.stopped.wait(REFRESH_EVERY)


def refresh(desk: Desk) -> None:
    """Learn new links and the present offset."""
    with Session(desk.engine) as session:
        desk.offset.refresh(session)
        desk.links.refresh(session)
