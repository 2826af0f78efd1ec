"""The HTTP server: tracking and pages on one port (front), or one of them alone (web, tracking)."""

import os
import resource
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable
from enum import StrEnum
from wsgiref.types import WSGIApplication

import structlog
from granian import Granian
from granian.constants import HTTPModes, Interfaces
from granian.log import LogLevels
from werkzeug.middleware.dispatcher import DispatcherMiddleware

import abm.actors  # noqa: F401  a bell rung here goes to the queue its actor declared
from abm.api.app import create_api
from abm.bodies import with_bodies
from abm.config import Settings, load_settings
from abm.errors import ServiceDown
from abm.health import plain_not_found, with_health
from abm.logs import set_up_logging
from abm.tokens import read_secrets
from abm.web.app import create_app
from abm.work import Installation, open_installation
from tracking.wsgi import make_app

log = structlog.get_logger(__name__)

# How long requests that are under way may take once we are told to stop.
DRAIN_WITHIN = 15
LOOK_FOR_PARENT_EVERY = 0.5
# Whoever is connected takes a place although it says nothing; without a free place nobody else is let in.
MOST_CONNECTIONS = 8_192
# What the spool, the links and both engines need of a process's open files beside its connections.
OTHER_FILES = 512
LOADER_GRACE = 10.0
LIBRARY_LOGS = {
    "version": 1,
    "disable_existing_loggers": False,
    "loggers": {"_granian": {"propagate": True, "handlers": []}},
}


class Part(StrEnum):
    """What a server process serves."""

    FRONT = "front"
    WEB = "web"
    TRACKING = "tracking"


def serve(settings: Settings, part: Part) -> None:
    """Serve until SIGTERM or SIGINT, then finish the requests under way."""
    require_port(settings)
    # What the serving process would stumble over is said here, where somebody reads it.
    read_secrets(settings)
    server = Granian(
        part.value,
        address=settings.host,
        port=settings.port,
        interface=Interfaces.WSGI,
        http=HTTPModes.http1,
        # A thread that waits for the disk costs little, and each joins the next write of the spool: four times the
        # threads take a third more clicks.
        blocking_threads=settings.web_threads,
        # One process: the spool groups the hits of all threads into one write.
        workers=1,
        respawn_failed_workers=True,
        workers_kill_timeout=DRAIN_WITHIN,
        log_level=LogLevels.error,
        log_dictconfig=LIBRARY_LOGS,
        backpressure=places(),
    )
    server.serve(target_loader=load_application)


def serve_tracking(settings: Settings) -> None:
    """Serve tracking beside this host's loader; the loader is started again when it ends."""
    loader = Beside([sys.executable, "-m", "abm", "loader"])
    try:
        serve(settings, Part.TRACKING)
    finally:
        loader.stop()


def places() -> int:
    """How many may be connected at once: as many as this process may have files open, of which others need some."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MOST_CONNECTIONS + OTHER_FILES
    if soft != resource.RLIM_INFINITY and soft < wanted:
        soft = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    return MOST_CONNECTIONS if soft == resource.RLIM_INFINITY else max(OTHER_FILES, min(soft, wanted) - OTHER_FILES)


def load_application(part: str) -> WSGIApplication:
    """Called in the process that answers requests: its own connections, its own logs."""
    follow_parent()
    settings = load_settings()
    set_up_logging(settings, part)
    installation = open_installation(settings, pool_size=settings.web_connections, application=f"abm-{part}")
    return with_bodies(APPLICATIONS[Part(part)](installation), settings.web_threads)


def front(installation: Installation) -> WSGIApplication:
    """Tracking first, then health, then pages."""
    return make_app(installation, web(installation))


def web(installation: Installation) -> WSGIApplication:
    """Pages, and what other systems ask."""
    pages = create_app(installation.settings, installation.engine)
    api = create_api(installation.settings, installation.engine)
    return with_health(installation, DispatcherMiddleware(pages, {"/api": api}))


def tracking(installation: Installation) -> WSGIApplication:
    """Tracking only."""
    return make_app(installation, with_health(installation, plain_not_found))


APPLICATIONS: dict[Part, Callable[[Installation], WSGIApplication]] = {
    Part.FRONT: front,
    Part.WEB: web,
    Part.TRACKING: tracking,
}


def follow_parent() -> None:
    """End this process in good order when the one that watches it is killed: it would keep the port."""
    parent = os.getppid()

    def watch() -> None:
        wait = threading.Event()
        while os.getppid() == parent:
            wait.wait(LOOK_FOR_PARENT_EVERY)
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=watch, name="follow-parent", daemon=True).start()


class Beside:
    """A second process that runs as long as this one."""

    def __init__(self, argv: list[str], pause: float = 2.0) -> None:
        self._argv, self._pause = argv, pause
        self._leaving = threading.Event()
        self._process = self._start()
        self._watcher = threading.Thread(target=self._watch, daemon=True)
        self._watcher.start()

    def _start(self) -> subprocess.Popen[bytes]:
        return subprocess.Popen(self._argv, stdin=subprocess.DEVNULL, start_new_session=True)

    def _watch(self) -> None:
        while not self._leaving.is_set():
            status = self._process.wait()
            if not self._leaving.wait(self._pause):
                log.warning("started_again", command=self._argv[-1], status=status)
                self._process = self._start()

    def stop(self) -> None:
        """Ask it to end and wait; whoever does not want to is killed."""
        self._leaving.set()
        self._process.terminate()
        try:
            self._process.wait(LOADER_GRACE)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def require_port(settings: Settings) -> None:
    """Raise ServiceDown when somebody else listens where we should; the server itself would share the port."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((settings.host, settings.port))
            listener.listen()
        except OSError as error:
            raise ServiceDown(
                f"cannot listen on {settings.host}:{settings.port} ({error.strerror});"
                " stop what runs there, or set ABM_PORT and ABM_HOST"
            ) from error
