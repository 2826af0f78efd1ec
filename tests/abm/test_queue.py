"""Bells: rung after the commit, and an outage of the queue is told once."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog
from dramatiq.brokers.stub import StubBroker

from abm.queue import enqueue, make_broker, make_stub_broker, ring
from abm.work import Installation, unit_of_work


@pytest.fixture
def away(tmp_path: Path) -> Iterator[None]:
    """A queue that does not answer."""
    make_broker(f"unix://{tmp_path}/valkey.sock")
    yield
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
