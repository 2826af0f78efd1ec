"""Running rung bells in the test's own thread, as a worker would."""

from dramatiq import Message
from dramatiq.brokers.stub import StubBroker

from abm.queue import FUNCTIONS
from abm.queue import Queue as Queues


def run_bells(broker: StubBroker, *, rounds: int = 50) -> list[str]:
    """Run every bell that was rung, and those these ring, until all is quiet; answers the names in order."""
    ran: list[str] = []
    for _ in range(rounds):
        messages = [broker.queues[queue.value].get_nowait() for queue in Queues for _ in _waiting(broker, queue)]
        if not messages:
            return ran
        for raw in messages:
            message = Message.decode(raw)
            ran.append(message.actor_name)
            FUNCTIONS[message.actor_name](*message.args, **message.kwargs)
    raise AssertionError(f"bells kept ringing: {ran[-10:]}")


def _waiting(broker: StubBroker, queue: Queues) -> range:
    return range(broker.queues[queue.value].qsize())
