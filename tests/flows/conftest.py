"""Fixtures of flows in a browser: the real pages with their tokens, and a worker that does what they ask for."""

from collections.abc import Callable, Iterator
from threading import Thread

import pytest
from dramatiq import Worker
from dramatiq.brokers.stub import StubBroker
from playwright.sync_api import Browser, Page
from werkzeug.serving import make_server

import abm.actors  # noqa: F401  declares what the worker runs
from abm import users
from abm.web.access import COOKIE
from abm.web.app import create_app
from abm.words import Role
from abm.work import Installation, unit_of_work
from tests.flows.browser import chromium as start_chromium
from tests.flows.browser import new_page

PASSWORD = "correct horse battery"
# A page, logged in, in a language, and the list in which its console errors gather.
Visit = Callable[..., tuple[Page, list[str]]]


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """One browser for the flows of a file."""
    with start_chromium() as browser:
        yield browser


@pytest.fixture
def site(installation: Installation) -> Iterator[str]:
    """The address of the pages."""
    server = make_server("127.0.0.1", 0, create_app(installation.settings, installation.engine), threaded=True)
    thread = Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.port}"
    server.shutdown()
    thread.join()


@pytest.fixture
def worker(broker: StubBroker, installation: Installation) -> Iterator[Worker]:
    """Runs what the pages enqueue, as a worker process does."""
    worker = Worker(broker, worker_timeout=50, worker_threads=1)
    worker.start()
    yield worker
    worker.stop()


@pytest.fixture
def visit(chromium: Browser, site: str) -> Iterator[Visit]:
    """Opens a page of somebody who is logged in."""
    opened: list[Page] = []

    def visit(role: Role = Role.MARKETER, *, language: str = "ja", width: int = 1280) -> tuple[Page, list[str]]:
        with unit_of_work() as work:
            mail = f"{role}@sender.example"
            user = users.find_user(work.session, mail) or users.add_user(
                work.session, mail, role, work.at, name=f"{role} 太郎", password=PASSWORD
            )
            token = users.open_session(work.session, user)
        page, errors = new_page(chromium, language=language, width=width)
        page.context.add_cookies([{"name": COOKIE, "value": token, "url": site}])
        page.set_default_timeout(20_000)
        opened.append(page)
        return page, errors

    yield visit
    for page in opened:
        page.context.close()
