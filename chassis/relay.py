"""Publishes the outbox to the stream, and publishes again what Redis lost.

One relay per service leads (an advisory lock on its connection); the others stand by. How far it has come
is one row. A position counts only below the snapshot's xmin, because numbers are given before commits.
A relay that dies between publishing and recording publishes again: same ids, recognised by the inbox.
"""

import asyncio
import contextlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import asyncpg
import structlog
from redis.exceptions import RedisError, ResponseError

from chassis.database import Connection
from chassis.observability import RELAYED, REPUBLISHED
from chassis.runtime import Runtime
from chassis.settings import Settings
from chassis.work import QUERIES
from contracts import DATA_FIELD, STREAM_OF_SERVICE

log = structlog.get_logger()

UNSETTLED_WAIT_SECONDS = 0.01


@dataclass
class Cursor:
    """How far the relay has come, and what Redis confirmed last: the evidence by which a loss is seen."""

    xid: str
    position: int
    stream: str | None
    last_entry_id: str | None
    epoch: str | None


class Relay:
    """Outbox → stream, for one service."""

    def __init__(self, runtime: Runtime, settings: Settings) -> None:
        self._runtime = runtime
        self._redis = runtime.redis
        self._service = runtime.name
        self._batch_max = settings.relay_batch_max
        self._every_seconds = settings.relay_every_ms / 1000
        self._sweep_every_seconds = settings.sweep_every_ms / 1000

    async def run(self) -> None:
        """Lead while the lock is ours; return when it is somebody else's. Called again and again."""
        async with self._runtime.database.connection() as connection:
            if not await connection.fetchval(QUERIES["lock_relay"], self._service):
                return
            try:
                await self._lead(connection)
            finally:
                with contextlib.suppress(asyncpg.PostgresError, asyncpg.InterfaceError, OSError):
                    await connection.execute(QUERIES["unlock_relay"], self._service)

    async def _lead(self, connection: Connection) -> None:
        cursor = await self._cursor(connection)
        loop = asyncio.get_running_loop()
        look_at = 0.0
        while not self._runtime.stopping.is_set():
            if loop.time() >= look_at:
                await self._sweep_if_lost(connection, cursor)
                look_at = loop.time() + self._sweep_every_seconds
            self._runtime.relay_bell.clear()
            rows = await connection.fetch(
                QUERIES["next_outbox"], self._service, cursor.xid, cursor.position, self._batch_max
            )
            settled = _settled(rows)
            if settled:
                await self._publish(connection, cursor, settled)
            if len(settled) < self._batch_max:
                await self._rest(UNSETTLED_WAIT_SECONDS if len(settled) < len(rows) else self._every_seconds)

    async def _rest(self, seconds: float) -> None:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._runtime.relay_bell.wait(), seconds)

    async def _cursor(self, connection: Connection) -> Cursor:
        row = await connection.fetchrow(QUERIES["relay_cursor"], self._service)
        if row is None:
            raise RuntimeError("the relay's row could not be made")
        return Cursor(row["xid"], row["position"], row["stream"], row["last_entry_id"], row["epoch"])

    async def _publish(self, connection: Connection, cursor: Cursor, rows: Sequence[asyncpg.Record]) -> None:
        evidence, last_entry_id = await self._add(cursor, rows)
        last = rows[-1]
        if evidence is not None:
            # Seen in the same round trip, before these entries hid it.
            await self._sweep(connection, cursor, evidence)
        cursor.xid, cursor.position, cursor.stream = last["xid"], last["position"], last["stream"]
        cursor.last_entry_id = max(last_entry_id, cursor.last_entry_id or last_entry_id, key=_order)
        await self._record(connection, cursor)
        RELAYED.labels(self._service).inc(len(rows))

    async def _add(self, cursor: Cursor, rows: Sequence[asyncpg.Record]) -> tuple[str | None, str]:
        """XADD every row in one round trip that first asks whether Redis still is what it was."""
        stream: str = rows[0]["stream"]
        async with self._redis.pipeline(transaction=False) as pipe:
            self._ask(pipe, stream)
            for row in rows:
                pipe.xadd(row["stream"], {DATA_FIELD: row["body"]})
            answers: list[Any] = await pipe.execute(raise_on_error=False)
        for answer in answers[2:]:
            if isinstance(answer, Exception):
                raise answer
        return self._evidence(cursor, answers[:2]), answers[-1].decode()

    def _ask(self, pipe: Any, stream: str) -> None:
        pipe.get(self._epoch_key)
        pipe.xinfo_stream(stream)

    @property
    def _epoch_key(self) -> str:
        return f"amends:epoch:{self._service}"

    def _evidence(self, cursor: Cursor, answers: Sequence[Any]) -> str | None:
        """Why we believe that Redis lost something; None when nothing says so."""
        epoch, stream = answers
        for answer in answers:
            if isinstance(answer, RedisError) and not isinstance(answer, ResponseError):
                raise answer
        if isinstance(epoch, ResponseError):
            raise epoch
        if cursor.epoch is None:
            return "first_start"
        if epoch is None or epoch.decode() != cursor.epoch:
            return "epoch_gone"
        if cursor.last_entry_id is None:
            return None
        if isinstance(stream, ResponseError):
            return "stream_gone"
        return "stream_behind" if _order(_text(stream["last-generated-id"])) < _order(cursor.last_entry_id) else None

    async def _sweep_if_lost(self, connection: Connection, cursor: Cursor) -> None:
        stream = cursor.stream or STREAM_OF_SERVICE.get(self._service, f"amends:{self._service}")
        async with self._redis.pipeline(transaction=False) as pipe:
            self._ask(pipe, stream)
            answers = await pipe.execute(raise_on_error=False)
        evidence = self._evidence(cursor, answers)
        if evidence is not None:
            await self._sweep(connection, cursor, evidence)
            await self._record(connection, cursor)

    async def _sweep(self, connection: Connection, cursor: Cursor, evidence: str) -> None:
        """Publish again what some registered consumer has not handled, then mark this Redis as ours."""
        count, after = 0, ("0", 0)
        while rows := await connection.fetch(
            QUERIES["unhandled_outbox"], self._service, *after, cursor.xid, cursor.position, self._batch_max
        ):
            async with self._redis.pipeline(transaction=False) as pipe:
                for row in rows:
                    pipe.xadd(row["stream"], {DATA_FIELD: row["body"]})
                ids = await pipe.execute()
            cursor.last_entry_id, after = ids[-1].decode(), (rows[-1]["xid"], rows[-1]["position"])
            count += len(rows)
        if evidence == "stream_gone" and not count:
            cursor.last_entry_id = None
        elif evidence != "first_start" and not count:
            cursor.last_entry_id = await self._last_entry_id(cursor)
        await self._mark_epoch(cursor)
        REPUBLISHED.labels(self._service, evidence).inc(count)
        if evidence != "first_start":
            log.warning("redis_lost_entries", evidence=evidence, republished=count)

    async def _last_entry_id(self, cursor: Cursor) -> str | None:
        if cursor.stream is None:
            return None
        try:
            return _text((await self._redis.xinfo_stream(cursor.stream))["last-generated-id"])
        except ResponseError:
            return None

    async def _mark_epoch(self, cursor: Cursor) -> None:
        cursor.epoch = cursor.epoch or secrets.token_hex(8)
        await self._redis.set(self._epoch_key, cursor.epoch)

    async def _record(self, connection: Connection, cursor: Cursor) -> None:
        await connection.execute(
            QUERIES["record_relay"],
            self._service,
            cursor.xid,
            cursor.position,
            cursor.stream,
            cursor.last_entry_id,
            cursor.epoch,
        )


def _settled(rows: Sequence[asyncpg.Record]) -> list[asyncpg.Record]:
    """The rows before the first that a transaction still open may yet precede."""
    settled = []
    for row in rows:
        if row["body"] is None:
            break
        settled.append(row)
    return settled


def _order(entry_id: str) -> tuple[int, int]:
    milliseconds, _, count = entry_id.partition("-")
    return int(milliseconds), int(count or 0)


def _text(value: bytes | str) -> str:
    return value.decode() if isinstance(value, bytes) else value
