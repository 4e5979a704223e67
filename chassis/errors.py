"""Three kinds of error decide what happens to an event.

Refused      never: it would fail in the same way again; dead letter at once, or a failed dispatch.
NotNow       not now: something outside is away; waited for, never counted as an attempt.
anything else is a fault of ours: tried again, at most `attempts_max` times, then a dead letter.
"""

import asyncpg
from redis.exceptions import BusyLoadingError
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeoutError


class Refused(Exception):
    """This can never be done: trying again would fail in the same way."""


class NotNow(Exception):
    """Something outside is away for the moment. `retry_after_seconds` is what it asked for, if it did."""

    def __init__(self, reason: str, retry_after_seconds: float | None = None) -> None:
        super().__init__(reason)
        self.retry_after_seconds = retry_after_seconds


INFRASTRUCTURE: tuple[type[BaseException], ...] = (
    NotNow,
    OSError,
    TimeoutError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    asyncpg.PostgresConnectionError,
    asyncpg.CannotConnectNowError,
    asyncpg.OperatorInterventionError,
    asyncpg.InsufficientResourcesError,
    asyncpg.TransactionRollbackError,
    asyncpg.ReadOnlySQLTransactionError,
    asyncpg.LockNotAvailableError,
    RedisConnectionError,
    RedisTimeoutError,
    BusyLoadingError,
)
"""What says nothing about the event: servers away, full or restarting, or two transactions in each other's way."""
