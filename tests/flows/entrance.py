"""The doors of tracking as one host serves them, and small web sites of others beside them."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Thread
from wsgiref.types import WSGIApplication

from werkzeug import Request, Response
from werkzeug.serving import make_server

from abm.work import Installation, unit_of_work
from tracking.desk import Desk, close_desk, open_desk, refresh, seal_all
from tracking.loader import load_once
from tracking.record import record_batch
from tracking.wsgi import over_desk


@dataclass(frozen=True)
class Entrance:
    """Where recipients come in."""

    url: str
    desk: Desk
    installation: Installation

    def refresh(self) -> None:
        """Learn now what the doors else learn within a second."""
        refresh(self.desk)

    def settle(self) -> None:
        """What loader and worker do with all that was accepted."""
        seal_all(self.desk)
        while load_once(self.installation.engine, self.installation.settings.state_dir / "spool"):
            pass
        with unit_of_work() as work:
            while record_batch(work.session):
                pass


@contextmanager
def entrance(installation: Installation) -> Iterator[Entrance]:
    """The doors, open on a port of this machine."""
    desk = open_desk(installation)
    refresh(desk)
    with served(over_desk(desk, Response(status=404))) as url:
        yield Entrance(url, desk, installation)
    close_desk(desk)


@contextmanager
def pages_of(pages: Mapping[str, str]) -> Iterator[str]:
    """A web site of these pages, by path; answers its origin."""

    @Request.application
    def site(request: Request) -> Response:
        page = pages.get(request.path)
        # Browsers ask every site for its icon, and tell of one that is missing.
        return Response(page, content_type="text/html; charset=utf-8") if page else Response(status=204)

    with served(site) as url:
        yield url


@contextmanager
def served(app: WSGIApplication) -> Iterator[str]:
    """An application on a free port of this machine; answers its origin."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.port}"
    server.shutdown()
    thread.join()
