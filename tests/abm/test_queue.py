"""Bells: rung after the commit, and an outage of the queue is told once."""

import socket
import time
from collections.abc import Iterator
from pathlib import Path

import dramatiq
import pytest
import structlog
from dramatiq.brokers.stub import StubBroker
from dramatiq.middleware import SkipMessage

import abm.actors  # noqa: F401  declares what workers run
from abm import queue
from abm.canary import CANARY
from abm.queue import enqueue, make_broker, make_stub_broker, ring
from abm.work import Installation, unit_of_work


@pytest.fixture
def away(tmp_path: Path) -> Iterator[None]:
    """A queue that does not answer."""
    make_broker(f"unix://{tmp_path}/valkey.sock")
    yield
    make_stub_broker()
    ring("canary")


@pytest.fixture
def hung(monkeypatch: pytest.MonkeyPatch) -> Iterator[socket.socket]:
    """A queue that takes connections and says nothing."""
    monkeypatch.setattr(queue, "ANSWER_WITHIN", {"socket_connect_timeout": 0.2, "socket_timeout": 0.2})
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.setblocking(False)
        make_broker(f"redis://127.0.0.1:{listener.getsockname()[1]}/0")
        yield listener
        monkeypatch.setattr(queue, "_left_alone_until", [0.0])
        make_stub_broker()
        ring("canary")


def waiting(broker: StubBroker) -> int:
    return broker.queues["default"].qsize()


def test_a_bell_is_rung_once_and_only_after_the_commit(installation: Installation, broker: StubBroker) -> None:
    with unit_of_work() as work:
        enqueue(work.session, "canary")
        enqueue(work.session, "canary")
        assert waiting(broker) == 0

    assert waiting(broker) == 1


def test_an_act_that_failed_rings_nothing(installation: Installation, broker: StubBroker) -> None:
    with pytest.raises(ValueError, match="half way"):
        fail_half_way()

    assert waiting(broker) == 0


def fail_half_way() -> None:
    with unit_of_work() as work:
        enqueue(work.session, "canary")
        raise ValueError("half way")


def test_a_queue_that_is_away_is_told_once_and_breaks_nothing(away: None) -> None:
    with structlog.testing.capture_logs() as told:
        for _ in range(3):
            ring("canary")

    assert [line["event"] for line in told] == ["bell_not_rung"]


def test_a_queue_that_hangs_hangs_one_ringer_and_is_then_left_alone(hung: socket.socket) -> None:
    ring("canary")
    while calls(hung):
        pass

    ring("canary")

    assert calls(hung) == 0


def test_a_bell_that_keeps_coming_back_is_dropped_in_the_end(broker: StubBroker) -> None:
    rung_at = time.time() * 1000 - queue.MAX_AGE_MS - 1

    broker.emit_before("process_message", bell(rung_at + 60_000))
    with pytest.raises(SkipMessage):
        broker.emit_before("process_message", bell(rung_at))


def bell(rung_at: float) -> dramatiq.MessageProxy:
    return dramatiq.MessageProxy(dramatiq.Message("default", CANARY, (), {}, {}, message_timestamp=int(rung_at)))


def calls(listener: socket.socket) -> int:
    """Connections that wait to be taken; taking them here."""
    taken = 0
    while True:
        try:
            listener.accept()[0].close()
        except BlockingIOError:
            return taken
        taken += 1


def test_a_long_file_has_more_time_than_other_work(broker: StubBroker) -> None:
    limits = [broker.get_actor(name).options["time_limit"] for name in ("apply_import", "fold_events")]

    assert limits == [queue.LONG_TIME_LIMIT_MS, queue.TIME_LIMIT_MS]
