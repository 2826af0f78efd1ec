"""`loop.click_to_score`: how long after its answer a click stands in the score of the person, under 300 hits a second.

Everything runs as it does in an installation: the tracking server with its loader, a worker and the scheduler, each a
process. wrk draws the load over connections that rest a tenth of a second between two clicks, each of another mail.
Beside it somebody clicks ten times a second and looks until the points are there.
"""

import http.client
import os
import re
import signal
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path

from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from abm.config import Settings
from abm.db import make_engine
from abm.tokens import Signer, Token, TokenKind
from abm.up import as_environment, free_port
from abm.words import Language
from tests.bench import Context, Figure, benchmark, require
from tests.bench.growth_click import FILL
from tests.bench.tracking import AGENT, SECRET
from tests.tracking.world import send_mail

RATE = 300
CONNECTIONS = 30
EVERY = 0.1
# Accounts, people, enrollments, their mails, and links; nobody has done anything yet.
WORLD = FILL[:5]
LONGEST_WAIT = 60.0
# Less load than this is not what was promised.
LEAST = 0.9
SCRIPT = """
local paths, n = {}, 0
for path in io.lines(os.getenv("PATHS")) do paths[#paths + 1] = path end
function request() n = n %% #paths + 1; return wrk.format("GET", paths[n]) end
function delay() return %d end
"""
SCORED = text("select contact_id from contact_scores where contact_id = any(cast(:people as uuid[]))")
MAILS = text(
    """
    select m.key, m.contact_id, l.key from (
        select *, row_number() over (order by md5(id::text)) as place from messages where message_id like '<%'
    ) m
    join (select key, row_number() over (order by key) - 1 as place, count(*) over () as all from links
          where kind = 'url' and url ~ '/[0-9]+$') l on l.place = m.place % l.all
    order by m.place
    """
)


@benchmark("loop.click_to_score")
def measure_loop(context: Context) -> Iterator[Figure]:
    """Seconds, of which nineteen of twenty clicks need no more."""
    require("wrk", "taskset")
    seconds = 20 if context.scale == "1" else 120
    clicks, probes = int(RATE * seconds * 1.2), int(seconds / EVERY)
    settings = replace(context.settings, state_dir=context.folder / "loop", port=free_port(), secret_key=SECRET)
    settings = replace(settings, database_url=context.addresses.database_url, redis_url=context.addresses.redis_url)
    engine = make_engine(settings.database_url)
    people, paths = _prepare(engine, clicks + probes + 1)
    with _running(settings):
        _first_click(engine, settings, people[-1], paths[-1])
        load = _load(context.folder, settings, paths[:clicks], seconds)
        waits = _look(engine, settings, people[clicks:-1], paths[clicks:-1])
        said, _errors = load.communicate(timeout=LONGEST_WAIT)
    engine.dispose()
    rate = float(re.search(r"Requests/sec:\s*([\d.]+)", said)[1])  # type: ignore[index]
    yield Figure(
        name="loop.click_to_score",
        value=statistics.quantiles(waits, n=20)[-1],
        unit="s",
        better="lower",
        reference="clock",
        reference_value=1.0,
        rows=int(rate * seconds) + probes,
        seconds=seconds,
        limited_by="client" if rate < LEAST * RATE else None,
        more={"rate": rate, "median": statistics.median(waits), "slowest": max(waits)},
    )


def _prepare(engine: Engine, mails: int) -> tuple[list[str], list[str]]:
    """So many mails that arrived long ago: whose they are, and where their link leads."""
    signer = Signer([SECRET.encode()])
    with Session(engine) as session:
        send_mail(session, signer)
        for statement in WORLD:
            session.execute(text(statement), {"mails": mails} if ":mails" in statement else {})
        session.commit()
        rows = session.execute(MAILS).all()[:mails]
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("vacuum analyze"))
    tokens = [Token(TokenKind.CLICK, Language.JAPANESE, bytes(mail), bytes(link)) for mail, _, link in rows]
    return [str(row.contact_id) for row in rows], [f"/c/{signer.write(token)}" for token in tokens]


@contextmanager
def _running(settings: Settings) -> Iterator[None]:
    """The processes of an installation, until they answer and after."""
    environ = {**os.environ, **as_environment(settings), "ABM_SECRET_KEY": SECRET}
    with ExitStack() as stack:
        for name in ("tracking", "worker", "scheduler"):
            command = [sys.executable, "-m", "abm", name]
            process = subprocess.Popen(command, env=environ, cwd=Path(__file__).parents[2], start_new_session=True)
            stack.callback(process.wait)
            stack.callback(os.killpg, process.pid, signal.SIGTERM)
        yield


def _first_click(engine: Engine, settings: Settings, person: str, path: str) -> None:
    """Return once everything has started: a click stands in a score."""
    deadline = time.monotonic() + LONGEST_WAIT
    while True:
        try:
            _look(engine, settings, [person], [path])
            return
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.2)


def _load(folder: Path, settings: Settings, paths: Sequence[str], seconds: int) -> "subprocess.Popen[str]":
    """wrk at work; each click is of another mail."""
    list_of_paths, script = folder / "paths", folder / "rest.lua"
    list_of_paths.write_text("\n".join(paths))
    # A little less rest than the rate asks for: answers take their time as well.
    script.write_text(SCRIPT % int(850 * CONNECTIONS / RATE))
    command = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", "-s", str(script), "-H", f"User-Agent: {AGENT}"]
    environ = {**os.environ, "PATHS": str(list_of_paths)}
    command.append(f"http://127.0.0.1:{settings.port}")
    return subprocess.Popen(command, env=environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def _look(engine: Engine, settings: Settings, people: Sequence[str], paths: Sequence[str]) -> list[float]:
    """Click for these people one after the other, and see when each has points: seconds from the answer on."""
    asking = http.client.HTTPConnection("127.0.0.1", settings.port, timeout=LONGEST_WAIT)
    waiting: dict[str, float] = {}
    waits: list[float] = []
    still = list(zip(people, paths, strict=True))[::-1]
    due, deadline = time.monotonic(), time.monotonic() + EVERY * len(still) + LONGEST_WAIT
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        while still or waiting:
            if still and time.monotonic() >= due:
                person, path = still.pop()
                asking.request("GET", path, headers={"User-Agent": AGENT})
                asking.getresponse().read()
                waiting[person], due = time.monotonic(), due + EVERY
            for (person,) in connection.execute(SCORED, {"people": list(waiting)}).all():
                waits.append(time.monotonic() - waiting.pop(str(person)))
            if time.monotonic() > deadline:
                raise RuntimeError(f"{len(waiting)} clicks of {len(people)} never came to a score")
            time.sleep(0.01)
    asking.close()
    return waits
