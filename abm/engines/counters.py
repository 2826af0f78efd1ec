"""Where requests are counted: in Valkey, for all processes together, and without waiting long for it."""

from typing import Any

from redis.backoff import NoBackoff
from redis.retry import Retry

from abm.config import Settings
from abm.engines.place import addresses

# A request waits for the count: a Valkey that has not said anything by then is away, and each process counts alone.
ANSWER_WITHIN = {"socket_connect_timeout": 1, "socket_timeout": 1}


def count_in_valkey(settings: Settings) -> dict[str, Any]:
    """What an application is configured with for its limiter to count there."""
    return {
        # The limiter names a socket differently from the redis client.
        "RATELIMIT_STORAGE_URI": addresses(settings).redis_url.replace("unix://", "redis+unix://", 1),
        # Once more at once, for a connection that was cut while nobody used it.
        "RATELIMIT_STORAGE_OPTIONS": {**ANSWER_WITHIN, "retry": Retry(NoBackoff(), 1)},
        "RATELIMIT_KEY_PREFIX": "abm",
    }
