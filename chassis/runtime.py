"""What a running service has at hand: its name, clock, database, Redis, and the bells that wake its loops."""

import asyncio
import contextlib
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
    behind_until: float = 0.0
    """By the loop's clock: until when the readers count as behind; each full batch moves it on."""

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

    async def give_way(self, seconds_max: float) -> None:
        """Wait while readers are behind: what came in is decided before what can wait is done, but not for ever."""
        now = asyncio.get_running_loop().time
        give_up = now() + seconds_max
        while (wait := min(self.behind_until, give_up) - now()) > 0 and not self.stopping.is_set():
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self.stopping.wait(), wait)

    def ring(self, work: Work) -> None:
        """Wake the loops that have something to do after `work` committed."""
        if work.outbox:
            self.relay_bell.set()
        if work.timers:
            self.timer_bell.set()
        if work.dispatches:
            self.dispatch_bell.set()
