"""Reads a stream as one member of a consumer group, without losing, repeating or being stopped by anything.

FastStream reads and parses; what its streams leave open is closed here: groups start at 0, batches are
bounded, entries that nobody finished are claimed, faults are isolated from their batch and counted in
PostgreSQL, and a reader that stopped (NOGROUP) is started again.
"""

import asyncio
import contextlib
import os
import random
import socket
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from typing import Any, cast
from uuid import UUID

import structlog
from faststream import AckPolicy
from faststream.redis import RedisBroker, StreamSub
from faststream.redis.annotations import RedisBatchStreamMessage
from faststream.redis.message import BatchStreamMessage
from faststream.redis.parser import MessageFormat
from redis.asyncio import Redis
from redis.exceptions import RedisError, ResponseError

from chassis.entries import Decoded, Entry, Malformed, decode, identity
from chassis.errors import INFRASTRUCTURE, NotNow, Refused
from chassis.observability import (
    BATCH_SECONDS,
    DEAD_LETTERED,
    EVENTS_HANDLED,
    EVENTS_REPEATED,
    READER_RESTARTS,
)
from chassis.runtime import Runtime
from chassis.settings import Settings
from chassis.work import QUERIES, Received, Work
from contracts import DATA_FIELD, Event

log = structlog.get_logger()

Handler = Callable[[Work, Sequence[Received[Any]]], Awaitable[None]]

BEHIND_SECONDS = 0.25
"""A full batch says that more is waiting; so long after it, it says nothing any more."""


class Stopping(Exception):
    """The service is stopping: what is not finished stays pending and is given to somebody else."""


class RawEntries(MessageFormat):
    """Leaves the bytes alone: `parse` cannot fail, so no entry is ever stranded before it reaches us."""

    @classmethod
    async def encode(cls, **_: Any) -> bytes:
        raise RuntimeError("events leave by the outbox, never through the broker")

    @classmethod
    def parse(cls, data: Any) -> tuple[bytes, dict[str, Any]]:
        return b"0", {}


def consumer_name() -> str:
    """This process's name within its groups."""
    return f"{socket.gethostname()}-{os.getpid()}"


async def create_group(redis: Redis, stream: str, group: str) -> None:
    """Start `group` at the beginning of `stream`, so that what came before its first start is delivered too."""
    try:
        await redis.xgroup_create(stream, group, id="0", mkstream=True)
    except ResponseError as error:
        if "BUSYGROUP" not in str(error):
            raise


class Consumer:
    """One stream of one service: decides what happens to each batch."""

    def __init__(
        self, runtime: Runtime, stream: str, handlers: Mapping[type[Event], Handler], *, attempts_max: int
    ) -> None:
        self.runtime = runtime
        self.stream = stream
        self.group = runtime.name
        self._handlers = handlers
        self._attempts_max = attempts_max

    async def take(self, entries: Sequence[Entry], *, isolated: bool) -> None:
        """Handle what was delivered; what could not be finished stays pending. Raises Stopping only."""
        with BATCH_SECONDS.labels(self.group, self.stream).time():
            if isolated or not await self._all_at_once(entries):
                for entry in entries:
                    await self._alone(entry)

    async def _all_at_once(self, entries: Sequence[Entry]) -> bool:
        try:
            decoded = [item for entry in entries if (item := await self._readable(entry)) is not None]
            await self._patiently(lambda: self._handle(decoded))
        except Stopping:
            raise
        except Exception as error:
            log.warning("batch_failed", stream=self.stream, entries=len(entries), error=type(error).__name__)
            return False
        await self._acknowledge(item.entry.id for item in decoded)
        return True

    async def _readable(self, entry: Entry) -> Decoded | None:
        try:
            return decode(entry)
        except Malformed as error:
            await self._bury(entry, error.reason, str(error), attempts=1)
            return None

    async def _handle(self, items: Sequence[Decoded], forget_attempts_of: str | None = None) -> None:
        """One transaction: handlers, inbox, outbox.

        The inbox is written last. Until a transaction writes it holds nothing up, and what a handler thinks about
        before it saves (an assessment, a decision) may take long: every relay waits for the oldest writer.
        """
        if not items:
            return
        async with self.runtime.work() as work:
            fresh = await self._not_handled(work, items)
            for kind, events in _by_kind(item for item in items if item.event_id in fresh).items():
                if kind in self._handlers:
                    await self._handlers[kind](work, events)
                work.count(EVENTS_HANDLED, self.group, kind.type)
            await self._mark_handled(work, fresh)
            if forget_attempts_of is not None:
                await work.connection.execute(QUERIES["forget_attempts"], self.group, forget_attempts_of)
        EVENTS_REPEATED.labels(self.group).inc(len(items) - len(fresh))

    async def _not_handled(self, work: Work, items: Sequence[Decoded]) -> set[UUID]:
        ids = {item.event_id for item in items}
        rows = await work.connection.fetch(QUERIES["handled_before"], self.group, list(ids))
        return ids - {row["event_id"] for row in rows}

    async def _mark_handled(self, work: Work, fresh: set[UUID]) -> None:
        rows = await work.connection.fetch(QUERIES["add_to_inbox"], self.group, list(fresh))
        if len(rows) < len(fresh):
            raise NotNow("somebody else handled some of these meanwhile")

    async def _alone(self, entry: Entry) -> None:
        """Handle one entry in a transaction of its own, its start recorded: if it kills us, that is known."""
        item = await self._readable(entry)
        if item is None:
            return
        key = str(item.event_id)
        starts = await self._patiently(lambda: self._record(QUERIES["record_start"], key))
        if starts > self._attempts_max:
            await self._bury(entry, "never_finished", "its handler was started and never came back", starts - 1)
            return
        try:
            await self._patiently(lambda: self._handle([item], forget_attempts_of=key))
        except (Stopping, asyncio.CancelledError):
            with contextlib.suppress(Exception):
                await asyncio.shield(self._record(QUERIES["forget_start"], key))
            raise
        except Exception as error:
            await self._failed(entry, key, error)
        else:
            await self._acknowledge([entry.id])

    async def _failed(self, entry: Entry, key: str, error: Exception) -> None:
        name = type(error).__name__
        failures = await self._patiently(lambda: self._record(QUERIES["record_failure"], key, name))
        log.warning("event_failed", stream=self.stream, entry=entry.id, failures=failures, exc_info=error)
        if isinstance(error, Refused):
            await self._bury(entry, "refused", f"{name}: {error}", failures)
        elif failures >= self._attempts_max:
            await self._bury(entry, "attempts_exhausted", name, failures)

    async def _record(self, query: str, *arguments: Any) -> int:
        async with self.runtime.database.transaction() as connection:
            return int(await connection.fetchval(query, self.group, *arguments) or 0)

    async def _bury(self, entry: Entry, reason: str, error: str, attempts: int) -> None:
        """Keep the original bytes and the reason: in the record first, then in `<stream>:dead`; then let go."""
        await self._patiently(lambda: self._bury_once(entry, reason, error, attempts))
        DEAD_LETTERED.labels(self.group, self.stream, reason).inc()
        log.error("event_dead_lettered", stream=self.stream, entry=entry.id, reason=reason, error=error)
        await self._acknowledge([entry.id])

    async def _bury_once(self, entry: Entry, reason: str, error: str, attempts: int) -> None:
        event_id, event_type = identity(entry)
        async with self.runtime.database.transaction() as connection:
            letter = (self.group, self.stream, entry.id, event_id, event_type, reason, error[:2_000], attempts)
            await connection.execute(QUERIES["add_dead_letter"], *letter, entry.body)
            await connection.execute(QUERIES["forget_attempts"], self.group, str(event_id))
        fields = {"consumer": self.group, "entry_id": entry.id, "reason": reason, DATA_FIELD: entry.body}
        await self.runtime.redis.xadd(f"{self.stream}:dead", cast("dict[Any, Any]", fields))

    async def _acknowledge(self, ids: Iterable[str]) -> None:
        finished = list(ids)
        if not finished:
            return
        try:
            await self.runtime.redis.xack(self.stream, self.group, *finished)
        except RedisError as error:
            # The work is committed: they will be claimed again, found in the inbox, and acknowledged then.
            log.warning("acknowledge_failed", stream=self.stream, entries=len(finished), error=type(error).__name__)

    async def _patiently(self, action: Callable[[], Awaitable[Any]]) -> Any:
        """Wait for servers that are away: back-pressure, not an attempt."""
        wait = 0.05
        while True:
            try:
                return await action()
            except INFRASTRUCTURE as error:
                log.warning("waiting_for_servers", stream=self.stream, error=type(error).__name__)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self.runtime.stopping.wait(), wait * random.uniform(0.8, 1.2))  # noqa: S311  # jitter
                raise Stopping
            wait = min(wait * 2, 2.0)


def _by_kind(items: Iterable[Decoded]) -> dict[type[Event], list[Received[Any]]]:
    seen = set()
    groups: dict[type[Event], list[Received[Any]]] = defaultdict(list)
    for item in items:
        if item.event is not None and item.event_id not in seen:
            seen.add(item.event_id)
            groups[type(item.event.data)].append(item.event)
    return groups


class Reader:
    """FastStream's subscriber of one stream, kept running, and the claims of what others left behind."""

    def __init__(self, broker: RedisBroker, consumer: Consumer, settings: Settings) -> None:
        self._consumer = consumer
        self._settings = settings
        self._name = consumer_name()
        subscription = StreamSub(
            consumer.stream,
            group=consumer.group,
            consumer=self._name,
            batch=True,
            max_records=settings.batch_max,
            polling_interval=1_000,
        )
        # Any: the parts of FastStream used here are semi-private; tests/integration/test_bus.py covers them.
        self._subscriber: Any = broker.subscriber(stream=subscription, ack_policy=AckPolicy.MANUAL)
        self._subscriber(self._deliver)

    @property
    def stream(self) -> str:
        return self._consumer.stream

    @property
    def running(self) -> bool:
        return bool(self._subscriber.running) and any(not task.done() for task in self._subscriber.tasks)

    async def _deliver(self, batch: list[Any], message: RedisBatchStreamMessage) -> None:
        raw = cast("dict[str, Any]", message.raw_message)
        entries = [Entry(_text(i), fields) for i, fields in zip(raw["message_ids"], raw["data"], strict=True)]
        if len(entries) >= self._settings.batch_max:
            self._consumer.runtime.behind_until = asyncio.get_running_loop().time() + BEHIND_SECONDS
        with contextlib.suppress(Stopping):
            await self._consumer.take(entries, isolated=bool(raw.get("claimed")))

    async def revive(self) -> None:
        """Start a reader that has stopped: its group was flushed away, or its task died."""
        if self.running or self._consumer.runtime.stopping.is_set():
            return
        log.warning("reader_restarted", stream=self.stream)
        READER_RESTARTS.labels(self._consumer.group, self.stream).inc()
        await self.stop()
        await create_group(self._consumer.runtime.redis, self.stream, self._consumer.group)
        await self._subscriber.start()

    async def stop(self) -> None:
        """End the batch under way, then wait for the tasks that read: FastStream cancels them and goes on at once."""
        tasks = list(self._subscriber.tasks)
        await self._subscriber.stop()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def reclaim(self) -> int:
        """Take over what has been pending for too long, entry by entry; returns how many."""
        redis, claimed, start = self._consumer.runtime.redis, 0, "0-0"
        while not self._consumer.runtime.stopping.is_set():
            start, entries = await self._claim_after(redis, start)
            if entries:
                claimed += len(entries)
                await self._subscriber.consume(self._as_message(entries))
            if start == "0-0":
                break
        return claimed

    async def _claim_after(self, redis: Redis, start: str) -> tuple[str, list[tuple[bytes, dict[bytes, bytes]]]]:
        try:
            answer: Any = await redis.xautoclaim(
                self.stream, self._consumer.group, self._name, self._settings.reclaim_idle_ms, start_id=start, count=100
            )
        except ResponseError as error:
            if "NOGROUP" not in str(error) and "no such key" not in str(error):
                raise
            return "0-0", []
        return _text(answer[0]), [(i, fields) for i, fields in answer[1] if fields]

    def _as_message(self, entries: Sequence[tuple[bytes, dict[bytes, bytes]]]) -> BatchStreamMessage:
        message = {
            "type": "bstream",
            "channel": self.stream,
            "data": [fields for _, fields in entries],
            "message_ids": [i for i, _ in entries],
            "claimed": True,
        }
        return cast("BatchStreamMessage", message)


def _text(value: bytes | str) -> str:
    return value.decode() if isinstance(value, bytes) else value
