"""The desk every door leans on: keys, links, clock, spool, pages and a short way to the database."""

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

from abm.config import Settings
from abm.tokens import Signer
from abm.words import HitKind, Language
from abm.work import Installation
from tracking import answers, metrics
from tracking.answers import Answer
from tracking.board import Board
from tracking.hit import Hit, new_hit_id
from tracking.intake import Asked, Known, SetAside, take_in
from tracking.lines import write_line
from tracking.links import LinkTable
from tracking.offset import Offset
from tracking.pages import Filled, Page, Pages
from tracking.spool import HITS, STOPS, Spool
from tracking.standing import tell_of_doors

REFRESH_EVERY = 1.0
TEND_EVERY = 0.1
# A refresh that hangs on a silent database does not keep a process from ending.
CLOSE_WITHIN = 2.0

# Asked at every hit: naming the member of an enum takes Python 3.11 as long as a call.
_STOP = HitKind.STOP

T = TypeVar("T")
log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Desk:
    """What every door needs."""

    signer: Signer
    settings: Settings
    engine: Engine
    links: LinkTable
    board: Board
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
        settings=settings,
        engine=installation.engine,
        links=LinkTable(state / "links"),
        board=Board(state / "links" / "board.json"),
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


def note(desk: Desk, asked: Asked, known: Known, at: datetime | None = None) -> str | None:
    """The hit's id once it lies in the spool; None when there is no hit or no spool."""
    return accept(desk, take_in(asked, known, new_hit_id(), at or desk.offset.now()))


def accept(desk: Desk, hit: Hit | SetAside) -> str | None:
    """The hit's id once it lies in the spool; None when it was set aside or could not be stored."""
    if isinstance(hit, SetAside):
        metrics.SET_ASIDE.labels(hit.value).inc()
        return None
    return store(desk, hit)


def store(desk: Desk, hit: Hit) -> str | None:
    """The hit's id once it lies in the spool, which also says that it was accepted; None when it does not."""
    spool = desk.stops if hit.kind is _STOP else desk.hits
    if not spool.put(write_line(hit)):
        metrics.UNSTORED.inc()
        return None
    metrics.accepted(hit.kind).inc()
    return hit.id


def unknown(desk: Desk, language: Language | None = None) -> Answer:
    """The page for an address that leads nowhere."""
    return show(desk, "404 Not Found", Page.UNKNOWN, language or desk.language)


def show(desk: Desk, status: str, page: Page, language: Language, hit_id: str | None = None) -> Answer:
    """A page of our own that is the same for everybody."""
    return answers.page(status, desk.pages.html(page, language), desk.pages.policy, hit_id)


def fill(
    desk: Desk, status: str, page: Filled, language: Language, hit_id: str | None = None, **values: object
) -> Answer:
    """A page of our own with what is only for this reader."""
    return answers.page(status, desk.pages.filled(page, language, **values), desk.pages.policy, hit_id)


def ask_database(desk: Desk, ask: Callable[[Session], T], within: float) -> T | None:
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
    """Learn new links, the present offset and what else changed, and say how this process stands."""
    with Session(desk.engine) as session:
        desk.offset.refresh(session)
        desk.links.refresh(session)
        desk.board.refresh(session)
        tell_of_doors(session, desk.settings)
        session.commit()
