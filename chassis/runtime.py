"""What a running service has at hand: its name, clock, database, Redis, and the bells that wake its loops."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from redis.asyncio import Redis

from chassis.clock import Clock, SystemClock
from chassis.database import Database
from chassis.work import Work, open_work


@dataclass
class Runtime:
    """Built closed and with plain arguments; `chassis.service.run` opens it."""

    name: str
    database: Database
    redis: Redis
    clock: Clock = field(default_factory=SystemClock)
    relay_bell: asyncio.Event = field(default_factory=asyncio.Event)
    timer_bell: asyncio.Event = field(default_factory=asyncio.Event)
    dispatch_bell: asyncio.Event = field(default_factory=asyncio.Event)
    stopping: asyncio.Event = field(default_factory=asyncio.Event)

    @asynccontextmanager
    async def work(self) -> AsyncGenerator[Work, None]:
        """One transaction that saves and emits; commits when the block ends without an error."""
        async with (
            self.database.transaction() as connection,
            open_work(connection, self.name, self.clock.now()) as work,
        ):
            yield work
        self.ring(work)
        work.committed()

    def ring(self, work: Work) -> None:
        """Wake the loops that have something to do after `work` committed."""
        if work.outbox:
            self.relay_bell.set()
        if work.timers:
            self.timer_bell.set()
        if work.dispatches:
            self.dispatch_bell.set()
