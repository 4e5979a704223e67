"""One way to connect to Redis, for our own commands and for FastStream's reader.

Reconnects with back-off; READONLY and NOPERM (a failover, a wrong ACL) are backed off from, not hammered at.
"""

from typing import Any

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import ExponentialWithJitterBackoff
from redis.exceptions import NoPermissionError, ReadOnlyError

from chassis.settings import Settings

READ_TIMEOUT_SECONDS = 5.0
CONNECT_TIMEOUT_SECONDS = 3.0
HEALTH_CHECK_SECONDS = 15


def connect_redis(settings: Settings) -> Redis:
    """A client that connects when first used. Answers are bytes."""
    client: Redis = Redis.from_url(str(settings.redis_url), **_options(retries=3, cap_seconds=1.0))
    return client


def broker_options(settings: Settings) -> dict[str, Any]:
    """Arguments for FastStream's RedisBroker: patient, because its reader restarts at once on what is raised."""
    retry_on_error = [ReadOnlyError, NoPermissionError]
    return {"url": str(settings.redis_url), **_options(retries=5, cap_seconds=2.0), "retry_on_error": retry_on_error}


def _options(*, retries: int, cap_seconds: float) -> dict[str, Any]:
    return {
        "socket_timeout": READ_TIMEOUT_SECONDS,
        "socket_connect_timeout": CONNECT_TIMEOUT_SECONDS,
        "socket_keepalive": True,
        "health_check_interval": HEALTH_CHECK_SECONDS,
        "retry": Retry(ExponentialWithJitterBackoff(base=0.05, cap=cap_seconds), retries),
    }
