"""Tracking beside plainer ways: an accepted click against an empty application and against one INSERT each; the loader
against a bare COPY."""

import os
import re
import signal
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from abm.db import make_engine, migrate
from abm.models import Link
from abm.queue import make_broker
from abm.tokens import Signer, Token, TokenKind, new_link_key, new_message_key
from abm.up import free_port
from abm.words import HitKind, Language, LinkKind
from tests.bench import Context, Figure, benchmark, require
from tracking.hit import Hit, new_hit_id
from tracking.lines import write_line
from tracking.loader import load_once
from tracking.spool import HITS, Spool

SECRET = "a secret for benchmarks that is long enough"
AGENT = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0 Safari/537.36"
# A round goes once through every way, so that a busy moment of the machine meets all of them.
ROUNDS = 3
CONNECTIONS = 64
DESTINATION = "https://www.sender.example/products"


@benchmark("tracking.click", "tracking.open")
def click(context: Context) -> Iterator[Figure]:
    """Requests a second on one core, durable before the answer."""
    require("wrk", "taskset")
    migrate(context.addresses.database_url)
    paths = make_paths(context)
    seconds = 5 if context.scale == "1" else 30
    with (
        served(context, "bare") as bare,
        served(context, "tracking") as ours,
        served(context, "flask_insert") as flask,
    ):
        ways: dict[str, Callable[[], float]] = {
            "bare": lambda: _wrk(bare, "/", seconds),
            "click": lambda: _wrk(ours, paths["click"], seconds),
            "open": lambda: _wrk(ours, paths["open"], seconds),
            "flask": lambda: _wrk(flask, paths["click"], seconds),
        }
        rates = _interleaved(ways)
    for name, reference, value in (
        ("bare_wsgi", "bare", "click"),
        ("flask_insert", "flask", "click"),
        ("bare_wsgi", "bare", "open"),
        ("flask_insert", "flask", "open"),
    ):
        yield _figure(f"tracking.{value}", rates[value], "requests/s", name, rates[reference], seconds * ROUNDS)


@benchmark("tracking.load")
def load(context: Context) -> Iterator[Figure]:
    """Hits a second from the spool into PostgreSQL, judged, against a bare COPY of the same rows."""
    migrate(context.addresses.database_url)
    # The loader rings its bell as it does in an installation: an unreachable queue would be measured instead.
    make_broker(context.addresses.redis_url)
    engine = make_engine(context.addresses.database_url)
    rows, folder = context.rows(100_000, 1_000_000), context.folder / "spool"
    ways: dict[str, Callable[[], float]] = {
        "load": lambda: _load_rate(engine, folder, rows),
        "copy": lambda: _copy_rate(engine, rows),
    }
    started = time.perf_counter()
    rates = _interleaved(ways)
    engine.dispose()
    seconds = time.perf_counter() - started
    yield replace(_figure("tracking.load", rates["load"], "hits/s", "copy", rates["copy"], seconds), rows=rows)


def _figure(name: str, value: float, unit: str, reference: str, beside: float, seconds: float) -> Figure:
    rows = int(value * seconds)
    return Figure(name, value, unit, "higher", reference, beside, rows, seconds)


def _interleaved(ways: dict[str, Callable[[], float]]) -> dict[str, float]:
    found: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(ROUNDS):
        for name, way in ways.items():
            found[name].append(way())
    return {name: statistics.median(rates) for name, rates in found.items()}


def make_paths(context: Context) -> dict[str, str]:
    """Addresses that are accepted: a click and an open."""
    key = new_link_key()
    engine = make_engine(context.addresses.database_url)
    with Session(engine) as session:
        session.add(Link(key=key, kind=LinkKind.URL, url=DESTINATION))
        session.commit()
    engine.dispose()
    signer, message = Signer([SECRET.encode()]), new_message_key()
    token = signer.write(Token(TokenKind.CLICK, Language.JAPANESE, message, key))
    picture = signer.write(Token(TokenKind.OPEN, Language.JAPANESE, message))
    return {"click": f"/c/{token}", "open": f"/o/{picture}.gif"}


@contextmanager
def served(context: Context, which: str) -> Iterator[str]:
    """An application on one core; the client has the others."""
    port = free_port()
    environment = {
        **os.environ,
        "ABM_STATE_DIR": str(context.folder / which),
        "DATABASE_URL": context.addresses.database_url,
        "REDIS_URL": context.addresses.redis_url,
        "ABM_SECRET_KEY": SECRET,
    }
    command = [sys.executable, "-m", "tests.bench.served", which, str(port), str(_SERVER_CORE)]
    process = subprocess.Popen(command, env=environment, cwd=Path(__file__).parents[2], start_new_session=True)
    try:
        _wait_for(port)
        yield f"http://127.0.0.1:{port}"
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait()


_CORES = sorted(os.sched_getaffinity(0))
_SERVER_CORE = _CORES[0] if len(_CORES) > 1 else -1
_CLIENT_CORES = ",".join(map(str, _CORES[1:] or _CORES))


def _wrk(base: str, path: str, seconds: int) -> float:
    said = run_wrk(base, path, seconds, CONNECTIONS)
    rate = re.search(r"Requests/sec:\s*([\d.]+)", said)
    if rate is None:
        raise RuntimeError(f"the load of {path} failed: {said}")
    return float(rate[1])


def run_wrk(base: str, path: str, seconds: int, connections: int, *more: str) -> str:
    """What wrk says after asking for one address on every core but the server's."""
    command = ["taskset", "-c", _CLIENT_CORES, "wrk", "-t1", f"-c{connections}", f"-d{seconds}s", *more]
    command += ["-H", f"User-Agent: {AGENT}", f"{base}{path}"]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    if "Non-2xx" in said:
        raise RuntimeError(f"the load of {path} failed: {said}")
    return said


def _wait_for(port: int, seconds: float = 30.0) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise RuntimeError("the server did not start")


def _hits(rows: int) -> list[Hit]:
    at, link = datetime.now(UTC), new_link_key()
    messages = [new_message_key() for _ in range(max(1, rows // 3))]
    return [
        Hit(new_hit_id(), HitKind.CLICK, at, "GET", messages[n % len(messages)], link, False, AGENT, "192.0.2.1")
        for n in range(rows)
    ]


def _load_rate(engine: Engine, folder: Path, rows: int) -> float:
    with engine.begin() as connection:
        connection.execute(text("truncate hits"))
    spool = Spool(folder, HITS)
    lines = [write_line(hit) for hit in _hits(rows)]
    for start in range(0, rows, 1000):
        spool.put(b"".join(lines[start : start + 1000]))
    spool.seal_old(0)
    started = time.perf_counter()
    while load_once(engine, folder):
        pass
    return rows / (time.perf_counter() - started)


def _copy_rate(engine: Engine, rows: int) -> float:
    """The rows just loaded, as they came out of the database, by one binary COPY into a table with the same indexes."""
    with engine.begin() as connection:
        connection.execute(text("create table if not exists bare_hits (like hits including all)"))
        connection.execute(text("truncate bare_hits"))
        driver: Any = connection.connection.driver_connection
        with driver.cursor().copy("copy (select * from hits) to stdout (format binary)") as copy:
            data = b"".join(bytes(part) for part in copy)
    started = time.perf_counter()
    with engine.begin() as connection:
        driver = connection.connection.driver_connection
        with driver.cursor().copy("copy bare_hits from stdin (format binary)") as copy:
            copy.write(data)
    return rows / (time.perf_counter() - started)
