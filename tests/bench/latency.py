"""`tracking.p99`: how long the slowest of a hundred clicks waits under half of what an empty application could answer.

wrk knows no constant rate, and a client in Python would be the limit itself. So the load is a number of users who ask
again as soon as they are answered: the smallest number that draws half its best rate, or more, out of the empty
application. As many then ask for clicks, in turn with the empty application. Who asks only when answered does not pile
up behind a slow answer, so these are waits at that load, not at a given number of requests a second; both rates stand
beside the figure. wrk is the limit, and the figure void, when it keeps its own core busy.
"""

import re
import resource
import statistics
import time
from collections.abc import Iterator
from dataclasses import dataclass

from abm.db import migrate
from tests.bench import Context, Figure, benchmark, require
from tests.bench.tracking import CONNECTIONS, make_paths, run_wrk, served

ROUNDS = 5
USERS = (1, 2, 3, 4, 6, 8, 12, 16, 24, 32)
# The part of its time that a client may work before it counts as the limit.
BUSY = 0.9
_UNITS = {"us": 1e-3, "ms": 1.0, "s": 1e3}


@dataclass(frozen=True)
class Load:
    """What one run of the client saw."""

    rate: float
    p99_ms: float
    busy: float


@benchmark("tracking.p99")
def wait(context: Context) -> Iterator[Figure]:
    """Milliseconds, the median of several runs."""
    require("wrk", "taskset")
    migrate(context.addresses.database_url)
    path = make_paths(context)["click"]
    seconds = 3 if context.scale == "1" else 20
    with served(context, "bare") as bare, served(context, "tracking") as ours:
        best = look(bare, "/", CONNECTIONS, seconds).rate
        users = next((n for n in USERS if look(bare, "/", n, 1).rate >= best / 2), USERS[-1])
        rounds = [(look(bare, "/", users, seconds), look(ours, path, users, seconds)) for _ in range(ROUNDS)]
    references, loads = zip(*rounds, strict=True)
    yield Figure(
        name="tracking.p99",
        value=statistics.median(load.p99_ms for load in loads),
        unit="ms",
        better="lower",
        reference="bare_wsgi",
        reference_value=statistics.median(load.p99_ms for load in references),
        rows=int(sum(load.rate for load in loads) * seconds),
        seconds=seconds * ROUNDS,
        limited_by="client" if statistics.median(load.busy for load in loads) > BUSY else None,
        more={
            "users": users,
            "rate": statistics.median(load.rate for load in loads),
            "reference_rate": statistics.median(load.rate for load in references),
            "reference_best_rate": best,
        },
    )


def look(base: str, path: str, users: int, seconds: int) -> Load:
    """So many users for so long."""
    before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    said = run_wrk(base, path, seconds, users, "--latency")
    after, took = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter() - started
    worked = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    p99 = re.search(r"99%\s+([\d.]+)(us|ms|s)", said)
    rate = re.search(r"Requests/sec:\s*([\d.]+)", said)
    if p99 is None or rate is None:
        raise RuntimeError(f"the load of {path} told no wait: {said}")
    return Load(float(rate[1]), float(p99[1]) * _UNITS[p99[2]], worked / took)
