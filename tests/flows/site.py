"""An installation of which every part can be killed and started again: engines of its own, the real processes."""

import http.client
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

import psutil
import psycopg
from psycopg.rows import namedtuple_row
from sqlalchemy import NullPool, create_engine, text
from sqlalchemy.exc import DBAPIError

from abm.children import signal_group
from abm.config import Settings
from abm.db import migrate
from abm.engines.place import DATABASE, Addresses, addresses, place_of, prepare_folders
from abm.engines.servers import Setup, forget_dead_server, prepare_postgres, prepare_valkey
from abm.tokens import Signer
from abm.up import as_environment, free_port
from tests.abm.processes import until

ROOT = Path(__file__).parents[2]
SECRET = "a secret for tests that is long enough"
# A whole start on two cores that other tests may share.
WITHIN = 90.0


class Server:
    """PostgreSQL or Valkey as the guardian would start it, but started again by the test only."""

    def __init__(self, plan: dict[str, Any], before: Callable[[], None] = lambda: None) -> None:
        self._plan, self._before = plan, before
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self._before()
        with open(self._plan["log"], "ab") as log:
            self.process = subprocess.Popen(self._plan["argv"], stdin=subprocess.DEVNULL, stdout=log, stderr=log)

    def end(self, number: int) -> None:
        """Send this signal and see it go."""
        assert self.process is not None
        self.process.send_signal(number)
        self.process.wait(WITHIN)

    @property
    def tree(self) -> list[psutil.Process]:
        """The server with all its helpers."""
        assert self.process is not None
        first = psutil.Process(self.process.pid)
        return [first, *first.children(recursive=True)]


class Answered(NamedTuple):
    """What came back."""

    status: int
    headers: http.client.HTTPMessage
    body: bytes


@dataclass
class Site:
    """What runs, by name, and how to ask it."""

    settings: Settings
    folder: Path
    postgres: Server
    valkey: Server
    nursery: subprocess.Popen[str]
    running: dict[str, psutil.Process] = field(default_factory=dict)
    # By how many seconds the host of a process, by its name, has a clock that is ahead.
    clocks: dict[str, float] = field(default_factory=dict)

    @property
    def signer(self) -> Signer:
        return Signer([SECRET.encode()])

    @property
    def spool(self) -> Path:
        return self.settings.state_dir / "spool"

    def start(self, *names: str) -> None:
        """Run these commands of `abm`; what follows a dot tells several of one from each other."""
        assert self.nursery.stdin is not None
        assert self.nursery.stdout is not None
        for name in names:
            ahead, command = self.clocks.get(name, 0), name.partition(".")[0]
            self.nursery.stdin.write(f"{self.folder / name}.log\t{ahead}\t{command}\n")
            self.nursery.stdin.flush()
            self.running[name] = psutil.Process(int(self.nursery.stdout.readline()))

    def kill(self, name: str) -> None:
        """`kill -9` of one process, after which its supervisor ends what it had started itself."""
        self.running[name].kill()
        until(lambda: not self.running[name].is_running(), within=WITHIN)
        self.end_group(name)

    def look_after(self) -> None:
        """Start again what ended meanwhile, as the supervisor does."""
        for name, process in list(self.running.items()):
            if not process.is_running():
                self.end_group(name)
                self.start(name)

    def end_group(self, name: str, number: int = signal.SIGTERM) -> None:
        """End a process with all it had started."""
        signal_group(self.running[name].pid, number)
        until(lambda: not signal_group(self.running[name].pid, 0), within=WITHIN)

    def answers(self) -> bool:
        """Whether the front answers."""
        try:
            return self.get("/healthz").status == 200
        except (OSError, http.client.HTTPException):
            return False

    def get(
        self,
        path: str,
        method: str = "GET",
        body: bytes | None = None,
        headers: Mapping[str, str] = MappingProxyType({}),
    ) -> Answered:
        """One request on a connection of its own."""
        connection = http.client.HTTPConnection(self.settings.host, self.settings.port, timeout=WITHIN)
        try:
            connection.request(method, path, body, dict(headers))
            answer = connection.getresponse()
            return Answered(answer.status, answer.headers, answer.read())
        finally:
            connection.close()

    def ask(self, statement: str, **values: object) -> Sequence[Any]:
        """Rows, on a connection of its own; OperationalError while PostgreSQL is away."""
        with psycopg.connect(self.settings.database_url.replace("+psycopg", ""), row_factory=namedtuple_row) as found:
            return found.execute(statement, values).fetchall()

    def metric(self, name: str) -> float:
        """One of the front's counters."""
        for line in self.get("/metrics").body.decode().splitlines():
            if line.startswith(f"{name} "):
                return float(line.split()[1])
        raise AssertionError(f"no such metric: {name}")

    def log(self, name: str) -> str:
        """What a process said."""
        file = self.folder / f"{name}.log"
        return file.read_text() if file.exists() else ""


@contextmanager
def own_engines(folder: Path, **over: Any) -> Iterator[Site]:
    """Both engines with a migrated database, and nothing that uses them yet."""
    state = folder / "state"
    settings = Settings(state_dir=state, port=free_port(), secret_key=SECRET, log_json=True, **over)
    setup = Setup(place_of(settings), "en", durable=False)
    prepare_folders(setup.place, "en")
    where = addresses(settings)
    postgres = Server(prepare_postgres(setup), lambda: forget_dead_server(setup.place))
    valkey = Server(prepare_valkey(setup))
    settings = replace(settings, database_url=where.database_url, redis_url=where.redis_url)
    environ = {
        name: value for name, value in os.environ.items() if not name.startswith(("ABM_", "DATABASE_", "REDIS_"))
    }
    environ |= as_environment(settings) | {"ABM_SECRET_KEY": SECRET}
    nursery = subprocess.Popen(
        [sys.executable, "-m", "tests.flows.nursery"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env=environ,
    )
    site = Site(settings, folder, postgres, valkey, nursery)
    try:
        postgres.start()
        valkey.start()
        until(lambda: _has_database(where), within=WITHIN)
        migrate(where.database_url)
        yield site
    finally:
        _end_all(site)


def _end_all(site: Site) -> None:
    assert site.nursery.stdin is not None
    # At the end of its input it kills whatever it had started.
    site.nursery.stdin.close()
    site.nursery.wait(WITHIN)
    for server in (site.postgres, site.valkey):
        if server.process and server.process.poll() is None:
            server.process.send_signal(signal.SIGCONT)
            server.end(signal.SIGINT)


def _has_database(where: Addresses) -> bool:
    """Whether PostgreSQL answers; our database is made the first time."""
    admin = create_engine(where.database_url.replace(f"/{DATABASE}?", "/postgres?"), poolclass=NullPool)
    try:
        with admin.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            if not connection.scalar(text("select 1 from pg_database where datname = :name"), {"name": DATABASE}):
                connection.execute(text(f"create database {DATABASE}"))
    except DBAPIError:
        return False
    return True
