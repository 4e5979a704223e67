"""Runs a service: its readers, relay, timers, dispatcher, janitor, probes and HTTP, until it is told to stop.

It starts whatever is away: probes and HTTP answer at once, readers begin when Redis and PostgreSQL are there.
A loop that fails is logged, counted and tried again; it never ends by itself.
"""

import asyncio
import contextlib
import gc
import logging
import random
import signal
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator
from typing import Any

import structlog
import uvicorn
from faststream.redis import RedisBroker
from redis.exceptions import RedisError

from chassis.bus import Consumer, RawEntries, Reader, create_group
from chassis.dispatch import Dispatcher
from chassis.errors import INFRASTRUCTURE
from chassis.gauges import observe_group, observe_record
from chassis.janitor import Janitor
from chassis.observability import LOOP_FAILURES, configure_logging
from chassis.probes import Pulse, create_probes
from chassis.redis_client import broker_options
from chassis.relay import Relay
from chassis.runtime import Runtime
from chassis.service import Service
from chassis.timers import Timers
from chassis.work import QUERIES
from contracts import STREAM_OF_SERVICE

log = structlog.get_logger()

AWAY: tuple[type[BaseException], ...] = (*INFRASTRUCTURE, RedisError)

Step = Callable[[], Awaitable[Any]]

OBSERVE_EVERY_SECONDS = 1.0
REVIVE_EVERY_SECONDS = 0.25
FAILURE_WAIT_SECONDS_MAX = 2.0
READY_SECONDS = 10.0
GARBAGE_OBJECTS = 20_000


class _Server(uvicorn.Server):
    """Leaves signals to the service."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def _server(app: Any, host: str, port: int) -> _Server:
    config = uvicorn.Config(
        app, host=host, port=port, log_config=None, access_log=False, lifespan="off", timeout_graceful_shutdown=5
    )
    return _Server(config)


class Runner:
    """One running service. `start`, then `stop`; `run` does both around a signal."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._runtime: Runtime = service.runtime
        self._settings = service.settings
        self._loops: dict[str, asyncio.Task[None]] = {}
        self._pulse = Pulse(READY_SECONDS)
        self._broker = RedisBroker(
            **broker_options(service.settings),
            message_format=RawEntries,
            logger=logging.getLogger("faststream"),
            log_level=logging.DEBUG,
            graceful_timeout=service.settings.graceful_seconds,
        )
        self._readers = [Reader(self._broker, self._consumer(stream), self._settings) for stream in self.consumes]
        self._dispatcher = Dispatcher(self._runtime, service.adapters, service.on_settled, self._settings)
        self._reading = False

    @property
    def consumes(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(event.stream for event in self._service.handlers))

    def _consumer(self, stream: str) -> Consumer:
        handlers = {event: handler for event, handler in self._service.handlers.items() if event.stream == stream}
        return Consumer(self._runtime, stream, handlers, attempts_max=self._settings.attempts_max)

    def start(self) -> None:
        """Begin everything; nothing here waits."""
        settings, service = self._settings, self._service
        probes = create_probes(self._livez, self.readiness)
        self._servers = [_server(probes, settings.probes_host, settings.probes_port)]
        if service.http is not None:
            self._servers.append(_server(service.http, service.http_host, service.http_port))
        for number, server in enumerate(self._servers):
            self._loops[f"http_{number}"] = asyncio.create_task(server.serve())
        relay = Relay(self._runtime, settings)
        produces = STREAM_OF_SERVICE.get(self._runtime.name)
        janitor = Janitor(self._runtime, settings, produces=produces, consumes=self.consumes)
        self._keep("reading", self._begin_reading, REVIVE_EVERY_SECONDS)
        self._keep("reclaim", self._reclaim, settings.reclaim_every_ms / 1000)
        self._keep("relay", relay.run, settings.relay_every_ms / 1000)
        self._keep("observe", self._observe, OBSERVE_EVERY_SECONDS)
        self._keep("janitor", janitor.run, settings.janitor_every_seconds)
        for loop in service.loops:
            self._keep(loop.name, loop.step, loop.every_seconds)
        if service.timers:
            self._keep("timers", Timers(self._runtime, service.timers, settings).run, 0)
        if service.adapters:
            self._keep("dispatch", self._dispatcher.run, 0)

    def _keep(self, name: str, step: Step, every_seconds: float) -> None:
        self._loops[name] = asyncio.create_task(self._again_and_again(name, step, every_seconds))

    async def _again_and_again(self, name: str, step: Step, every_seconds: float) -> None:
        wait = 0.1
        while not self._runtime.stopping.is_set():
            try:
                await step()
            except asyncio.CancelledError:
                raise
            except AWAY as error:
                LOOP_FAILURES.labels(self._runtime.name, name).inc()
                log.warning("loop_waits", loop=name, error=type(error).__name__)
            except Exception as error:
                LOOP_FAILURES.labels(self._runtime.name, name).inc()
                log.exception("loop_failed", loop=name, error=type(error).__name__)
            else:
                wait = 0.1
                await self._rest(every_seconds)
                continue
            await self._rest(wait * random.uniform(0.8, 1.2))  # noqa: S311  # jitter
            wait = min(wait * 2, FAILURE_WAIT_SECONDS_MAX)

    async def _rest(self, seconds: float) -> None:
        if seconds <= 0:
            return
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._runtime.stopping.wait(), seconds)

    async def _begin_reading(self) -> None:
        """Register, create every group at 0, start the readers; afterwards keep them running."""
        if not self._reading:
            async with self._runtime.database.transaction() as connection:
                await connection.execute(QUERIES["register_consumers"], list(self.consumes), self._runtime.name)
            for stream in self.consumes:
                await create_group(self._runtime.redis, stream, self._runtime.name)
            await self._broker.start()
            self._reading = True
            log.info("service_reading", streams=self.consumes)
        for reader in self._readers:
            await reader.revive()

    async def _reclaim(self) -> None:
        if self._reading:
            for reader in self._readers:
                await reader.reclaim()

    async def _observe(self) -> None:
        await observe_record(self._runtime)
        for stream in self.consumes:
            await observe_group(self._runtime.redis, stream, self._runtime.name)
        for observe in self._service.observers:
            await observe(self._runtime)
        await self._runtime.redis.ping()
        self._pulse.beat()

    async def _livez(self) -> str | None:
        ended = sorted(name for name, task in self._loops.items() if task.done())
        return f"ended: {', '.join(ended)}" if ended else None

    async def readiness(self) -> str | None:
        """None: events are read and worked on; otherwise what is missing."""
        if not self._reading:
            return "waiting for Redis and PostgreSQL"
        if not self._pulse.fresh:
            return f"Redis or PostgreSQL has not answered for {READY_SECONDS:.0f} s"
        stopped = [reader.stream for reader in self._readers if not reader.running]
        return f"reader stopped: {', '.join(stopped)}" if stopped else None

    async def stop(self) -> None:
        """Let batches, calls and requests under way end; take nothing new."""
        self._runtime.stopping.set()
        for bell in (self._runtime.relay_bell, self._runtime.timer_bell, self._runtime.dispatch_bell):
            bell.set()
        for server in self._servers:
            server.should_exit = True
        with contextlib.suppress(TimeoutError, *INFRASTRUCTURE):
            await asyncio.wait_for(self._end_in_order(), self._settings.graceful_seconds + 5)
        for task in self._loops.values():
            task.cancel()
        await asyncio.gather(*self._loops.values(), return_exceptions=True)

    async def _end_in_order(self) -> None:
        # Nobody may start a reader once the broker is closing: it would connect on a pool that nobody closes again.
        await asyncio.gather(self._loops["reading"], return_exceptions=True)
        await asyncio.gather(*(reader.stop() for reader in self._readers))
        await self._broker.stop()
        await self._dispatcher.finish()
        await asyncio.gather(*self._loops.values(), return_exceptions=True)


@contextlib.asynccontextmanager
async def running(service: Service) -> AsyncGenerator[Runner, None]:
    """`service`, running; stopped at the end of the block."""
    runner = Runner(service)
    async with service.runtime.database:
        runner.start()
        try:
            yield runner
        finally:
            await runner.stop()
            closing = [getattr(adapter, "close", None) for adapter in service.adapters.values()]
            for close in (*closing, *(loop.close for loop in service.loops)):
                if close is not None:
                    await close()
            await service.runtime.redis.aclose()


def _collect_garbage_less_often() -> None:
    """What was loaded stays, and a batch makes thousands of short-lived objects that hardly ever hold each other."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(GARBAGE_OBJECTS, 10, 10)


async def run(service: Service) -> None:
    """Run `service` until SIGTERM or SIGINT."""
    configure_logging(service.runtime.name, service.settings.log_level)
    _collect_garbage_less_often()
    told_to_stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, told_to_stop.set)
    async with running(service):
        log.info("service_started", http_port=service.http_port, probes_port=service.settings.probes_port)
        await told_to_stop.wait()
        log.info("service_stopping")
    log.info("service_stopped")
