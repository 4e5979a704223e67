"""How we talk to Redis: a few quick tries for a dropped connection, then the caller's own patience takes over."""

from typing import Any

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import ExponentialWithJitterBackoff
from redis.exceptions import NoPermissionError, ReadOnlyError

from chassis.settings import Settings

READ_TIMEOUT_SECONDS = 5.0
"""Longer than the longest blocking read."""


def connect_redis(settings: Settings) -> Redis:
    """A client that connects when it is first used, and again when it has to. Answers are bytes."""
    client: Redis = Redis.from_url(str(settings.redis_url), **_options(retries=3, cap_seconds=1.0))
    return client


def broker_options(settings: Settings) -> dict[str, Any]:
    """The same for FastStream's broker, whose readers would otherwise spin on a replica or a missing permission."""
    retry_on_error = [ReadOnlyError, NoPermissionError]
    return {"url": str(settings.redis_url), **_options(retries=5, cap_seconds=2.0), "retry_on_error": retry_on_error}


def _options(*, retries: int, cap_seconds: float) -> dict[str, Any]:
    return {
        "socket_timeout": READ_TIMEOUT_SECONDS,
        "socket_connect_timeout": 3.0,
        "health_check_interval": 15,
        # One each: redis-py adds to the errors that a Retry handles.
        "retry": Retry(ExponentialWithJitterBackoff(base=0.05, cap=cap_seconds), retries),
    }
