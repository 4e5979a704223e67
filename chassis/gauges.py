"""Sets the gauges every service has, from Redis and the record, about once a second."""

from typing import Any

from redis.asyncio import Redis
from redis.exceptions import ResponseError

from chassis.observability import (
    DEAD_LETTERS_OPEN,
    DISPATCHES_OPEN,
    GROUP_LAG,
    GROUP_PENDING,
    OUTBOX_AGE,
    OUTBOX_UNSENT,
    TIMERS_OVERDUE,
    TIMERS_PARKED,
)
from chassis.runtime import Runtime
from chassis.work import QUERIES

LAG_COUNT_MAX = 10_000


async def observe_record(runtime: Runtime) -> None:
    """Outbox, dead letters, timers and dispatches of this service."""
    name = runtime.name
    async with runtime.database.connection() as connection:
        unsent = await connection.fetchrow(QUERIES["unsent_outbox"], name)
        dead = await connection.fetchval(QUERIES["count_dead_letters"], name)
        timers = await connection.fetchrow(QUERIES["timers_in_trouble"], name, runtime.clock.now())
        rows = await connection.fetch(QUERIES["count_dispatches"], name)
    if unsent is not None and timers is not None:
        OUTBOX_UNSENT.labels(name).set(unsent["unsent"])
        OUTBOX_AGE.labels(name).set(max(unsent["oldest_seconds"], 0.0))
        TIMERS_OVERDUE.labels(name).set(timers["overdue"])
        TIMERS_PARKED.labels(name).set(timers["parked"])
    DEAD_LETTERS_OPEN.labels(name).set(dead)
    dispatches = {row["status"]: row["dispatches"] for row in rows}
    for status in ("pending", "sending", "parked"):
        DISPATCHES_OPEN.labels(name, status).set(dispatches.get(status, 0))


async def observe_group(redis: Redis, stream: str, group: str) -> None:
    """Lag and pending of one group."""
    try:
        groups: list[dict[str, Any]] = await redis.xinfo_groups(stream)
    except ResponseError:
        return
    for info in groups:
        if info["name"].decode() == group:
            GROUP_PENDING.labels(stream, group).set(info["pending"])
            GROUP_LAG.labels(stream, group).set(await _lag(redis, stream, info))


async def _lag(redis: Redis, stream: str, info: dict[str, Any]) -> int:
    """Redis does not know the lag after some deletions; then we count, up to a limit."""
    if info.get("lag") is not None:
        return int(info["lag"])
    last = info["last-delivered-id"].decode()
    return len(await redis.xrange(stream, min=f"({last}", count=LAG_COUNT_MAX) or ())
