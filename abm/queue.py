"""Bells on Dramatiq: messages say "there is work", rows say which; a lost bell costs seconds.

Waiting is never a queue delay and a message never carries more than ids, because the broker may
deliver a message twice, late, or not at all.
"""

import threading
import time
from collections.abc import Callable
from enum import StrEnum
from typing import Any, ParamSpec, TypeVar

import dramatiq
import redis
import structlog
from dramatiq.brokers.redis import RedisBroker
from dramatiq.brokers.stub import StubBroker
from dramatiq.errors import DramatiqError
from dramatiq.middleware import AgeLimit, Callbacks, Pipelines, Retries, ShutdownNotifications, TimeLimit
from redis.exceptions import RedisError
from redis.exceptions import TimeoutError as RedisTimeout
from sqlalchemy.orm import Session

P = ParamSpec("P")
R = TypeVar("R")

log = structlog.get_logger(__name__)

# Set while the queue does not answer: an outage is logged when it begins and when it ends, not at every bell.
_unheard = threading.Event()
# A queue that hangs must not hang whoever rings or listens.
ANSWER_WITHIN = {"socket_connect_timeout": 5, "socket_timeout": 10}
# And having hung one, it is not rung again for a while: what is due is found by the sweeps.
LEAVE_ALONE_FOR = 5.0
_left_alone_until = [0.0]

# A killed worker's messages come back after this long instead of after minutes.
HEARTBEAT_TIMEOUT_MS = 15_000
# Chance per fetch that a worker looks for messages of dead workers; the library's 1 in 100 000 is for busy queues.
MAINTENANCE_CHANCE = 20_000
# An actor that fails is tried this often again: the row behind it stays due.
MAX_RETRIES = 3
# A message that kills its worker comes back whenever another one dies of it, for the library counts errors only; an
# old bell is dropped, and its row rings a new one.
MAX_AGE_MS = 3_600_000
# One pass of an actor; batches are bounded far below.
TIME_LIMIT_MS = 600_000
# A file of a million rows is one pass, which nobody can cut: on a busy machine it takes long.
LONG_TIME_LIMIT_MS = 6 * 3_600_000


class Queue(StrEnum):
    """One queue per kind of work, so that a flood of one does not starve the others."""

    DEFAULT = "default"
    TRACKING = "tracking"
    SCORING = "scoring"
    NURTURE = "nurture"
    SENDING = "sending"


ACTORS: dict[str, Queue] = {}
TIME_LIMITS: dict[str, int] = {}
FUNCTIONS: dict[str, Callable[..., Any]] = {}


def actor(
    name: str, *, queue: Queue = Queue.DEFAULT, time_limit_ms: int = TIME_LIMIT_MS
) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Declare a function that workers run when its bell rings; it may run twice and must not mind."""

    def declare(function: Callable[P, R]) -> Callable[P, R]:
        ACTORS[name], TIME_LIMITS[name] = queue, time_limit_ms
        FUNCTIONS[name] = function
        return function

    return declare


def make_broker(redis_url: str) -> dramatiq.Broker:
    """The broker on Valkey with every declared actor on it."""
    broker = RedisBroker(  # type: ignore[no-untyped-call]  # the library leaves its options untyped
        client=redis.Redis.from_url(redis_url, **ANSWER_WITHIN),
        middleware=_middleware(),
        heartbeat_timeout=HEARTBEAT_TIMEOUT_MS,
        maintenance_chance=MAINTENANCE_CHANCE,
        namespace="abm",
    )
    _put_actors_on(broker)
    _left_alone_until[0] = 0.0
    return broker


def make_stub_broker() -> StubBroker:
    """A broker in memory, for tests that do not look at the queue."""
    broker = StubBroker(middleware=_middleware())
    _put_actors_on(broker)
    return broker


def _middleware() -> list[dramatiq.Middleware]:
    return [
        AgeLimit(max_age=MAX_AGE_MS),
        TimeLimit(time_limit=TIME_LIMIT_MS),
        ShutdownNotifications(notify_shutdown=True),
        Callbacks(),
        Pipelines(),
        Retries(max_retries=MAX_RETRIES, min_backoff=1_000, max_backoff=60_000),
    ]


def _put_actors_on(broker: dramatiq.Broker) -> None:
    dramatiq.set_broker(broker)
    for name, function in FUNCTIONS.items():
        limit = {"time_limit": TIME_LIMITS[name]}
        queue = ACTORS[name].value
        dramatiq.Actor(function, broker=broker, actor_name=name, queue_name=queue, priority=0, options=limit)
    for one in Queue:
        broker.declare_queue(one.value)


def enqueue(session: Session, name: str, **arguments: Any) -> None:
    """Ring this actor's bell once the act is committed; the same bell asked for twice rings once."""
    bells = session.info.setdefault("bells", {})
    bells[(name, tuple(sorted(arguments.items())))] = (name, arguments)


def ring_bells(session: Session) -> None:
    """Send what the committed act asked for; a silent queue is logged, the sweep finds the rows."""
    for name, arguments in session.info.pop("bells", {}).values():
        ring(name, **arguments)


def ring(name: str, **arguments: Any) -> None:
    """Send one bell now, to an actor that this process may not have declared."""
    if time.monotonic() < _left_alone_until[0]:
        return
    broker = dramatiq.get_broker()
    queue = ACTORS.get(name, Queue.DEFAULT)
    message: dramatiq.Message[Any] = dramatiq.Message(
        queue_name=queue.value, actor_name=name, args=(), kwargs=arguments, options={}
    )
    try:
        broker.enqueue(message)
    except (RedisError, DramatiqError, OSError) as error:
        if isinstance(error, TimeoutError | RedisTimeout):
            _left_alone_until[0] = time.monotonic() + LEAVE_ALONE_FOR
        if not _unheard.is_set():
            log.warning("bell_not_rung", actor=name, error=type(error).__name__)
        _unheard.set()
    else:
        if _unheard.is_set():
            log.info("bells_heard_again", actor=name)
        _unheard.clear()
