"""Whether the installation does its work: /healthz, /readyz and /metrics, answered before any page or token is read."""

import json
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass
from http import HTTPStatus
from typing import Any
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Gauge, generate_latest
from sqlalchemy import Connection, NullPool, create_engine, text
from sqlalchemy.exc import SQLAlchemyError

from abm.db import lacks_migrations
from abm.engines import find_problems
from abm.work import Installation

# A process whose last sign of work is older does not do its work.
FRESH_WITHIN_SECONDS = 20.0
# Asked by load balancers every second from everywhere: one look serves them all.
LOOK_EVERY = 1.0
ANSWER_WITHIN = {"connect_timeout": 2, "options": "-c statement_timeout=2000", "application_name": "abm-health"}

TEXTS = {
    "ok": {"en": "works", "ja": "正常"},
    "unknown": {"en": "cannot be told while PostgreSQL is away", "ja": "PostgreSQL に接続できないため不明"},
    "behind": {
        "en": "the database lacks migrations; run `abm migrate`",
        "ja": "データベースが古い状態です。abm migrate を実行してください",
    },
    "never": {
        "en": "no sign of work yet; is `abm {command}` running?",
        "ja": "まだ動作が確認できません。abm {command} が起動しているか確認してください",
    },
    "stale": {
        "en": "last sign of work {seconds} s ago; is `abm {command}` running?",
        "ja": "最後の動作確認は {seconds} 秒前です。abm {command} が起動しているか確認してください",
    },
}
# Who writes a heartbeat, and the command that runs it.
PROCESSES = {"tracking": ("loader", "loader"), "worker": ("worker", "worker"), "scheduler": ("scheduler", "scheduler")}


@dataclass(frozen=True)
class Check:
    """One thing that must work, whether it does, and in words what is wrong."""

    name: str
    ok: bool
    state: str
    message: str


def find_checks(installation: Installation) -> list[Check]:
    """Every check, in the order in which one depends on the other."""
    language = installation.settings.language
    problems = {problem.code.partition("_")[0]: problem for problem in find_problems(installation.addresses)}
    checks = []
    for engine in ("postgres", "valkey"):
        problem = problems.get(engine)
        checks.append(
            Check(engine, False, problem.code, problem.message(language)) if problem else _check(engine, "ok", language)
        )
    return [*checks, *_rows_checks(installation, language)]


def _rows_checks(installation: Installation, language: str) -> Iterator[Check]:
    """What the database tells about itself and about the processes."""
    engine = create_engine(installation.addresses.database_url, poolclass=NullPool, connect_args=ANSWER_WITHIN)
    try:
        with engine.connect() as connection:
            behind = lacks_migrations(connection)
            ages = {} if behind else _ages(connection)
    except SQLAlchemyError:
        yield from (_check(name, "unknown", language) for name in ("migrations", *PROCESSES))
        return
    yield _check("migrations", "behind" if behind else "ok", language)
    for name, (process, command) in PROCESSES.items():
        yield _process_check(name, ages.get(process), command, language)


def _ages(connection: Connection) -> dict[str, float]:
    """Seconds since the last sign of work of each kind of process, on whatever host."""
    seconds = "select process, extract(epoch from clock_timestamp() - max(at))::float as age"
    rows = connection.execute(text(seconds + " from heartbeats group by process"))
    return {row.process: row.age for row in rows}


def _process_check(name: str, age: float | None, command: str, language: str) -> Check:
    if age is None:
        return _check(name, "never", language, command=command)
    if age > FRESH_WITHIN_SECONDS:
        return _check(name, "stale", language, command=command, seconds=round(age))
    return _check(name, "ok", language)


def _check(name: str, state: str, language: str, **values: object) -> Check:
    return Check(name, state == "ok", state, TEXTS[state][language].format(**values))


class Health:
    """Looks at most once a second and answers everybody else from that look."""

    def __init__(self, installation: Installation) -> None:
        self._installation = installation
        self._lock = threading.Lock()
        self._looked_at = float("-inf")
        self._checks: list[Check] = []

    def checks(self) -> list[Check]:
        """The checks, at most a second old."""
        with self._lock:
            if time.monotonic() - self._looked_at > LOOK_EVERY:
                self._checks = find_checks(self._installation)
                self._looked_at = time.monotonic()
            return self._checks


Answer = tuple[HTTPStatus, str, bytes]


def with_health(installation: Installation, fallback: WSGIApplication) -> WSGIApplication:
    """The application with the three health routes in front of it."""
    health = Health(installation)
    routes: dict[str, Callable[[Health], Answer]] = {"/healthz": _healthz, "/readyz": _readyz, "/metrics": _metrics}

    def answer(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        route = routes.get(environ.get("PATH_INFO", ""))
        if route is None or environ["REQUEST_METHOD"] not in ("GET", "HEAD"):
            return fallback(environ, start_response)
        status, content_type, body = route(health)
        headers = [("Content-Type", content_type), ("Content-Length", str(len(body))), ("Cache-Control", "no-store")]
        start_response(f"{status.value} {status.phrase}", headers)
        return [body if environ["REQUEST_METHOD"] == "GET" else b""]

    return answer


def _healthz(health: Health) -> Answer:
    """This process lives; nothing else is asked."""
    return _json(HTTPStatus.OK, {"ok": True})


def _readyz(health: Health) -> Answer:
    """200 when everything does its work, else 503 naming what does not."""
    checks = health.checks()
    ready = all(check.ok for check in checks)
    status = HTTPStatus.OK if ready else HTTPStatus.SERVICE_UNAVAILABLE
    return _json(status, {"ok": ready, "checks": [asdict(check) for check in checks]})


def _metrics(health: Health) -> Answer:
    """This process's counters and the checks, as Prometheus reads them."""
    registry = CollectorRegistry()
    ready = Gauge("abm_ready", "1 when this part of the installation does its work", ["check"], registry=registry)
    for check in health.checks():
        ready.labels(check.name).set(check.ok)
    return HTTPStatus.OK, CONTENT_TYPE_LATEST, generate_latest() + generate_latest(registry)


def _json(status: HTTPStatus, document: dict[str, Any]) -> Answer:
    return status, "application/json", json.dumps(document, ensure_ascii=False).encode() + b"\n"


def plain_not_found(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    """The end of the line for a process that serves no pages."""
    body = b"not found\n"
    start_response("404 Not Found", [("Content-Type", "text/plain"), ("Content-Length", str(len(body)))])
    return [body]
