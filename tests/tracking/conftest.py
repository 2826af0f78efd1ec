"""A sent mail, and the doors its recipient comes in by: over the thin layer and as Flask routes."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy.orm import Session
from werkzeug.test import Client, TestResponse

from abm.work import Installation
from tests.tracking.world import BROWSER, Sent, send_mail
from tracking.desk import Desk, close_desk, open_desk, seal_all
from tracking.loader import load_once
from tracking.record import record_batch
from tracking.routes import make_blueprint
from tracking.wsgi import over_desk

Visit = Callable[..., TestResponse]


@dataclass(frozen=True)
class Doors:
    """Tracking of one installation as a test drives it."""

    installation: Installation
    desk: Desk
    client: Client

    @property
    def spool(self) -> Path:
        return self.installation.settings.state_dir / "spool"

    def visit(self, path: str, method: str = "GET", agent: str = BROWSER, **over: object) -> TestResponse:
        """Ask as a browser does."""
        return self.client.open(path, method=method, headers={"User-Agent": agent}, **over)

    def load(self) -> None:
        """What the loader does with all that was accepted."""
        seal_all(self.desk)
        while load_once(self.installation.engine, self.spool):
            pass

    def record(self) -> None:
        """What the worker does with all that was loaded."""
        with Session(self.installation.engine) as session:
            while record_batch(session):
                session.commit()


@pytest.fixture
def sent(installation: Installation) -> Sent:
    """Anna's mail, committed."""
    with Session(installation.engine, expire_on_commit=False) as session:
        sent = send_mail(session, installation.signer)
        session.commit()
    return sent


@pytest.fixture(params=["thin", "flask"])
def doors(installation: Installation, request: pytest.FixtureRequest) -> Iterator[Doors]:
    """Both ways of answering the same addresses."""
    desk = open_desk(installation)
    yield Doors(installation, desk, Client(_application(request.param, desk)))
    close_desk(desk)


def _application(way: str, desk: Desk):
    app = Flask("elsewhere")
    app.add_url_rule("/elsewhere", view_func=lambda: "a page")
    if way == "flask":
        app.register_blueprint(make_blueprint(desk))
        return app
    return over_desk(desk, app)
