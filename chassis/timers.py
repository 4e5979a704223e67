"""Durable timers: rows in PostgreSQL, fired in the transaction that marks them fired.

A missed timer (the service was down) fires once when it is back, late. A timer whose handler keeps failing
is parked for a person.
"""

import asyncio
import contextlib
from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import timedelta

import asyncpg
import structlog

from chassis.errors import INFRASTRUCTURE
from chassis.runtime import Runtime
from chassis.settings import Settings
from chassis.work import QUERIES, Timer, Work

log = structlog.get_logger()

Handler = Callable[[Work, Sequence[Timer]], Awaitable[None]]

BATCH_MAX = 25
"""One transaction each; every relay waits for the oldest one that has written."""
GIVE_WAY_SECONDS_MAX = 1.0
"""Before each batch, while readers are behind: only when all is decided is it known what is most pressing."""


class Timers:
    """Fires what is due, for one service."""

    def __init__(self, runtime: Runtime, handlers: Mapping[str, Handler], settings: Settings) -> None:
        self._runtime = runtime
        self._handlers = handlers
        self._every_seconds = settings.timers_every_ms / 1000
        self._attempts_max = settings.attempts_max

    async def run(self) -> None:
        """One look: fire everything due, then rest until the next look or a bell."""
        self._runtime.timer_bell.clear()
        await self._runtime.give_way(GIVE_WAY_SECONDS_MAX)
        if await self.fire() < BATCH_MAX:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._runtime.timer_bell.wait(), self._every_seconds)

    async def fire(self) -> int:
        """Fire what is due now, at most BATCH_MAX; returns how many were due."""
        try:
            return await self._fire_due(BATCH_MAX)
        except INFRASTRUCTURE:
            raise
        except Exception as error:
            log.warning("timers_failed", error=type(error).__name__)
            return await self._fire_one_by_one()

    async def _fire_due(self, limit: int) -> int:
        async with self._runtime.work() as work:
            rows = await work.connection.fetch(
                QUERIES["due_timers"], self._runtime.name, work.now, list(self._handlers), limit
            )
            for kind, timers in _by_kind(rows).items():
                await self._handlers[kind](work, timers)
            await work.connection.execute(QUERIES["mark_fired"], [row["id"] for row in rows], work.now)
        return len(rows)

    async def _fire_one_by_one(self) -> int:
        now = self._runtime.clock.now()
        async with self._runtime.database.connection() as connection:
            rows = await connection.fetch(
                QUERIES["list_due_timers"], self._runtime.name, now, list(self._handlers), BATCH_MAX
            )
        for row in rows:
            try:
                await self._fire_alone(_timer(row))
            except INFRASTRUCTURE:
                raise
            except Exception as error:
                await self._failed(row, error)
        return len(rows)

    async def _fire_alone(self, timer: Timer) -> None:
        async with self._runtime.work() as work:
            if await work.connection.fetchval(QUERIES["lock_timer"], timer.id):
                await self._handlers[timer.kind](work, [timer])
                await work.connection.execute(QUERIES["mark_fired"], [timer.id], work.now)

    async def _failed(self, row: asyncpg.Record, error: Exception) -> None:
        failures = row["failures"] + 1
        retry_at = self._runtime.clock.now() + timedelta(seconds=2**failures)
        async with self._runtime.database.transaction() as connection:
            park = failures >= self._attempts_max
            await connection.execute(QUERIES["timer_failed"], row["id"], type(error).__name__, retry_at, park)
        log.error("timer_failed", kind=row["kind"], failures=failures, parked=park, exc_info=error)


def _by_kind(rows: Sequence[asyncpg.Record]) -> dict[str, list[Timer]]:
    kinds: dict[str, list[Timer]] = defaultdict(list)
    for row in rows:
        kinds[row["kind"]].append(_timer(row))
    return kinds


def _timer(row: asyncpg.Record) -> Timer:
    return Timer(kind=row["kind"], key=row["key"], due_at=row["due_at"], id=row["id"], payload=row["payload"])
