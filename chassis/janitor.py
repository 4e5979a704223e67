"""Keeps streams and tables small without taking away what anybody needs.

A stream is trimmed only below what every registered group has finished, and only what is older than the
retention. Never MAXLEN: it deletes what nobody has read.
"""

from datetime import timedelta
from typing import Any

from redis.asyncio import Redis
from redis.exceptions import ResponseError

from chassis.bus import consumer_name
from chassis.runtime import Runtime
from chassis.settings import Settings
from chassis.work import QUERIES

IDLE_CONSUMER_MS = 3_600_000
TIMERS_KEPT = timedelta(days=30)


class Janitor:
    """Looks after one service's own stream, its membership of groups, and its rows in schema bus."""

    def __init__(
        self, runtime: Runtime, settings: Settings, *, produces: str | None, consumes: tuple[str, ...]
    ) -> None:
        self._runtime = runtime
        self._produces = produces
        self._consumes = consumes
        self._retention_ms = int(settings.stream_retention_seconds * 1000)
        self._outbox_kept = timedelta(days=settings.outbox_retention_days)

    async def run(self) -> None:
        """One round."""
        if self._produces is not None:
            await self.trim(self._produces)
        for stream in self._consumes:
            await self.forget_idle_consumers(stream)
        await self.forget_old_rows()

    async def trim(self, stream: str) -> int:
        """Drop entries that no group needs and that are older than the retention; returns how many."""
        redis = self._runtime.redis
        async with self._runtime.database.connection() as connection:
            registered = {row["consumer"] for row in await connection.fetch(QUERIES["consumers_of"], stream)}
        needed = await _oldest_needed(redis, stream, registered)
        if needed is None:
            return 0
        seconds, _ = await redis.time()
        expired = (int(seconds) * 1000 - self._retention_ms, 0)
        below = min(needed, expired)
        return int(await redis.xtrim(stream, minid=f"{max(below[0], 0)}-{below[1]}", approximate=False))

    async def forget_idle_consumers(self, stream: str) -> int:
        """Remove replicas that are gone and hold nothing; returns how many."""
        redis, group, removed = self._runtime.redis, self._runtime.name, 0
        try:
            consumers: list[dict[str, Any]] = await redis.xinfo_consumers(stream, group)
        except ResponseError:
            return 0
        for consumer in consumers:
            name = consumer["name"].decode()
            if consumer["pending"] == 0 and consumer["idle"] > IDLE_CONSUMER_MS and name != consumer_name():
                await redis.xgroup_delconsumer(stream, group, name)
                removed += 1
        return removed

    async def forget_old_rows(self) -> None:
        """Outbox rows after their retention, inbox rows a day later, fired timers after a month."""
        name = self._runtime.name
        async with self._runtime.database.transaction() as connection:
            await connection.execute(QUERIES["forget_old_outbox"], name, self._outbox_kept)
            await connection.execute(QUERIES["forget_old_inbox"], name, self._outbox_kept + timedelta(days=1))
            await connection.execute(QUERIES["forget_old_timers"], name, TIMERS_KEPT)


async def _oldest_needed(redis: Redis, stream: str, registered: set[str]) -> tuple[int, int] | None:
    """The first entry that some group has not finished; None while a registered group is missing."""
    try:
        groups: list[dict[str, Any]] = await redis.xinfo_groups(stream)
        info: dict[str, Any] = await redis.xinfo_stream(stream)
    except ResponseError:
        return None
    if not registered <= {group["name"].decode() for group in groups}:
        return None
    needed = [_after(info["last-generated-id"])]
    for group in groups:
        pending: dict[str, Any] = await redis.xpending(stream, group["name"])
        needed.append(_parts(pending["min"]) if pending["pending"] else _after(group["last-delivered-id"]))
    return min(needed)


def _parts(entry_id: bytes | str) -> tuple[int, int]:
    text = entry_id.decode() if isinstance(entry_id, bytes) else entry_id
    milliseconds, _, count = text.partition("-")
    return int(milliseconds), int(count or 0)


def _after(entry_id: bytes | str) -> tuple[int, int]:
    milliseconds, count = _parts(entry_id)
    return milliseconds, count + 1
