"""A worker: threads of this process that run whatever bells ring, until told to stop."""

import gc
import os
import threading
import time

import dramatiq
import structlog

import abm.actors  # noqa: F401  declares every actor before the broker is made
from abm.config import Settings
from abm.work import open_installation

log = structlog.get_logger(__name__)

# How long a running actor may go on once we are told to stop, and how long it then has to give up: rows it holds fall
# due again when their lease runs out. Together less than what supervisors grant before they kill.
DRAIN_WITHIN = 6.0
GIVE_UP_WITHIN_MS = 3_000
# How much less often than others the system asks a worker to run: whoever looks at a page waits for no import.
GIVES_WAY = 10
# How soon an idle worker hears a bell.
LISTEN_EVERY_MS = 250
# How many more objects than were given back Python lets be made before it looks for circles among them, and how often
# among older ones: a batch is a hundred thousand that all go at its end.
CIRCLES_AFTER = (100_000, 50, 100)


def run_worker(settings: Settings, stop: threading.Event) -> None:
    """Run rung bells until `stop`; then finish what is running and give back what is not begun."""
    spare_collector()
    open_installation(settings, pool_size=settings.worker_threads + 1, application="abm-worker")
    broker = dramatiq.get_broker()
    # The library's own command line does this; it starts the threads behind time limits.
    broker.emit_after("process_boot")
    worker = dramatiq.Worker(broker, worker_threads=settings.worker_threads, worker_timeout=LISTEN_EVERY_MS)
    worker.start()
    log.info("worker_started", threads=settings.worker_threads)
    stop.wait()
    _drain(worker)
    worker.stop(timeout=GIVE_UP_WITHIN_MS)
    broker.close()
    log.info("worker_stopped")


def spare_collector() -> None:
    """Let Python look for circles less often, and never in what this process holds from its start (see `gc`)."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*CIRCLES_AFTER)


def give_way() -> None:
    """Let this process run when those that answer people have nothing to do."""
    os.nice(GIVES_WAY)


def _drain(worker: dramatiq.Worker) -> None:
    """Begin nothing new and let what runs come to its end, for a while; stopping at once would cut it off."""
    deadline = time.monotonic() + DRAIN_WITHIN
    for listening in worker.consumers.values():
        listening.pause()
    for running in worker.workers:
        running.pause()
    for running in worker.workers:
        running.paused_event.wait(max(0.0, deadline - time.monotonic()))
