"""What may befall those who run a sequence: killed, cut off, put to sleep, renewed; and the scene it happens on."""

import signal
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from random import Random

import psycopg
import redis
from sqlalchemy import Engine, text

from abm.children import signal_group
from tests.abm.processes import until
from tests.flows.sink import Sink
from tests.flows.site import WITHIN, Site

WORKERS, SCHEDULERS = ("worker", "worker.ahead"), ("scheduler", "scheduler.2")
# All of one host.
HOST_AHEAD, CLOCK_AHEAD = ("front", "loader", "worker.ahead"), 90.0


@dataclass
class Scene:
    """What goes on, and what was seen of it."""

    site: Site
    sink: Sink
    engine: Engine
    random: Random
    # How many mails had begun when a sender was killed.
    kills: list[int] = field(default_factory=list)
    # Whose stop was answered how, and how many mails had begun by then.
    stops: dict[str, tuple[int, int]] = field(default_factory=dict)
    clicks: list[str] = field(default_factory=list)
    # How many mails had begun before this day.
    morning: int = 0

    def await_mails(self, most: int, within: float = 1.0) -> None:
        """Until a few more mails have begun, or that takes too long."""
        goal, patience = len(self.sink.ledger) + self.random.randrange(1, most), time.monotonic() + within
        until(lambda: len(self.sink.ledger) >= goal or time.monotonic() > patience)

    def kill_sender(self, name: str) -> None:
        self.site.kill(name)
        self.kills.append(self.sink.catch_up())


def kill_worker(scene: Scene) -> None:
    name = scene.random.choice(WORKERS)
    scene.kill_sender(name)
    scene.await_mails(20)
    scene.site.start(name)


def kill_scheduler(scene: Scene) -> None:
    name = scene.random.choice(SCHEDULERS)
    scene.site.kill(name)
    scene.await_mails(20)
    scene.site.start(name)


def sleep(scene: Scene) -> None:
    """One worker sleeps past its leases while another does its work, and goes on as if nothing had been."""
    one, other = scene.random.sample(WORKERS, 2)
    group = scene.site.running[one].pid
    signal_group(group, signal.SIGSTOP)
    scene.kills.append(scene.sink.catch_up())
    scene.kill_sender(other)
    let_leases_run_out(scene)
    scene.site.start(other)
    scene.await_mails(40)
    signal_group(group, signal.SIGCONT)


def deploy(scene: Scene) -> None:
    """Processes are asked to end and started anew, with a migration before that."""
    widen_tables(scene)
    for name in (scene.random.choice(WORKERS), scene.random.choice(SCHEDULERS)):
        scene.site.end_group(name)
        scene.site.start(name)


def widen_tables(scene: Scene) -> None:
    """What a migration does to those who work on."""
    column = f"later_{scene.random.randrange(10**9)}"
    for table in ("enrollments", "messages"):
        with scene.engine.begin() as connection:
            connection.execute(text(f"alter table {table} add column {column} bigint"))
            scene.await_mails(5, within=0.2)


def crash_postgres(scene: Scene) -> None:
    scene.site.postgres.end(signal.SIGQUIT)
    scene.await_mails(20)
    scene.site.postgres.start()
    until(lambda: is_there(scene.site), within=WITHIN)


def stop_postgres(scene: Scene) -> None:
    scene.site.postgres.end(signal.SIGINT)
    scene.site.postgres.start()
    until(lambda: is_there(scene.site), within=WITHIN)


def cut_connections(scene: Scene) -> None:
    for _ in range(3):
        scene.await_mails(20)
        scene.site.ask("select pg_terminate_backend(pid) from pg_stat_activity where application_name ~ '^abm'")


def kill_valkey(scene: Scene) -> None:
    scene.site.valkey.end(signal.SIGKILL)
    scene.await_mails(40)
    scene.site.valkey.start()


def flush_valkey(scene: Scene) -> None:
    """It forgets every bell."""

    def is_flushed() -> bool:
        # Killed a moment ago, it may still be reading its file.
        with suppress(redis.RedisError), redis.Redis.from_url(scene.site.settings.redis_url) as client:
            return bool(client.flushall())
        return False

    until(is_flushed, within=WITHIN)


def let_leases_run_out(scene: Scene) -> None:
    """As if those who hold them had been away for long; what somebody is writing just now is passed over."""
    with scene.engine.begin() as connection:
        for table in ("enrollments", "messages"):
            leased = f"select id from {table} where leased_until is not null for update skip locked"
            past = "clock_timestamp() - interval '1 second'"
            connection.execute(text(f"update {table} set leased_until = {past} where id in ({leased})"))
        connection.execute(text("update inbound_posts set not_before = null"))


def is_there(site: Site) -> bool:
    """Whether PostgreSQL answers."""
    with suppress(psycopg.Error):
        return bool(site.ask("select 1"))
    return False


Fault = Callable[[Scene], None]
FAULTS: tuple[Fault, ...] = (
    kill_worker,
    kill_worker,
    kill_scheduler,
    sleep,
    deploy,
    crash_postgres,
    stop_postgres,
    cut_connections,
    kill_valkey,
    flush_valkey,
)
