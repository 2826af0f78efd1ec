"""How often another system may ask: so many requests a minute and token, counted for all web processes together."""

import math

from flask import g
from flask_limiter import Limiter
from redis.exceptions import RedisError

from abm.clock import host_time
from abm.config import Settings

MINUTE = 60


def make_brake(settings: Settings) -> Limiter:
    """Counts the requests of each token; while Valkey is away each process counts its own, and none is refused for it.

    Its window begins with a token's first request and lasts a minute.
    """
    return Limiter(
        lambda: str(g.token.id),
        application_limits=[f"{settings.api_requests} per minute"],
        application_limits_exempt_when=lambda: "token" not in g,
        in_memory_fallback_enabled=True,
        swallow_errors=True,
    )


def seconds_to_wait(brake: Limiter) -> int:
    """When the token that was just refused may ask again."""
    limit = brake.current_limit
    try:
        left = limit.window.reset_time - host_time().timestamp() if limit else MINUTE
        return min(MINUTE, max(1, math.ceil(left)))
    except RedisError:
        # Valkey went away since it refused: a minute is long enough whenever the window began.
        return MINUTE
