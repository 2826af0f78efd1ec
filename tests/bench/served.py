"""The applications that the tracking benchmarks serve with granian, each in a process of its own."""

import os
import sys
from collections.abc import Callable, Iterable
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from flask import Flask, redirect
from granian import Granian
from granian.constants import HTTPModes, Interfaces
from granian.log import LogLevels
from sqlalchemy import text

from abm.config import Settings, load_settings
from abm.tokens import TokenKind
from abm.work import open_installation
from tracking.hit import new_hit_id
from tracking.wsgi import make_app

# As many as a front has by default.
THREADS = Settings().web_threads


def bare(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    """The least a WSGI application can do."""
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", "0")])
    return [b""]


def load_bare(name: str) -> WSGIApplication:
    """No installation at all."""
    return bare


def load_tracking(name: str) -> WSGIApplication:
    """Tracking as the front serves it."""
    return make_app(open_installation(load_settings()), bare)


def load_flask_insert(name: str) -> WSGIApplication:
    """The plain way: a Flask route that stores the hit with one INSERT and commits before it redirects."""
    installation = open_installation(load_settings(), pool_size=THREADS)
    app = Flask("plain")
    statement = text(
        "insert into hits (id, kind, at, method, message_key, link_key, user_agent, verdict, reasons, rules)"
        " values (:id, 'click', now(), 'GET', :message, :link, '', 'unknown', '{}', '')"
    )

    @app.get("/c/<token>")
    def click(token: str) -> object:
        read = installation.signer.read(token, TokenKind.CLICK)
        assert read is not None
        values = {"id": new_hit_id(), "message": read.message_key, "link": read.link_key}
        with installation.engine.begin() as connection:
            connection.execute(statement, values)
        return redirect("https://www.sender.example/")

    return app


LOADERS: dict[str, Callable[[str], WSGIApplication]] = {
    "bare": load_bare,
    "tracking": load_tracking,
    "flask_insert": load_flask_insert,
}

if __name__ == "__main__":
    which, port, core = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    if core >= 0:
        os.sched_setaffinity(0, {core})
    Granian(
        which,
        address="127.0.0.1",
        port=port,
        interface=Interfaces.WSGI,
        http=HTTPModes.http1,
        workers=1,
        blocking_threads=THREADS,
        backpressure=1024,
        log_level=LogLevels.warning,
    ).serve(target_loader=LOADERS[which])
