"""What our pipeline is measured against: the same four stages with nothing in them but the reading and the writing.

    python -m tests.bench.floors raw|single STAGE REDIS_URL DATABASE_URL

`raw`: redis-py, batches of 100, one INSERT of many rows and one pipeline out per batch. `single`: FastStream's
subscribers one message at a time, one INSERT and one publish each. Both write before they publish and acknowledge,
and neither has an inbox, an outbox, a retry or a decision in it: they are floors, not services.
"""

import asyncio
import json
import logging
import signal
import sys
from collections.abc import Sequence
from typing import Any

import asyncpg
from faststream.redis import RedisBroker, StreamSub
from redis.asyncio import Redis

from chassis.database import Connection

BATCH = 100
STAGES = ("ingest", "classify", "notify", "respond")
"""notify and respond both read what classify wrote, as ours do."""
READS = {"ingest": "floor:in", "classify": "floor:ingest", "notify": "floor:classify", "respond": "floor:classify"}
TABLES = "; ".join(
    f"create table floor_{stage} (position bigint generated always as identity primary key, body bytea not null)"
    for stage in STAGES
)


async def create_tables(database_url: str) -> None:
    """One per stage, as durable as the database they are in."""
    connection = await asyncpg.connect(database_url)
    try:
        await connection.execute(TABLES)
    finally:
        await connection.close()


async def create_groups(redis_url: str) -> None:
    """One per stage, from the beginning."""
    async with Redis.from_url(redis_url) as redis:
        for stage in STAGES:
            await redis.xgroup_create(READS[stage], stage, id="0", mkstream=True)


async def rows_of(connection: Connection, stage: str) -> int:
    """How many have come through `stage`."""
    return int(await connection.fetchval(f"select count(*) from floor_{stage}"))  # noqa: S608  # our own names


async def run_raw(stage: str, redis_url: str, database_url: str) -> None:
    """Read up to 100, write them with one statement, pass them on in one round trip that also acknowledges."""
    connection = await asyncpg.connect(database_url)
    insert = f"insert into floor_{stage} (body) select unnest($1::bytea[])"  # our own names
    async with Redis.from_url(redis_url) as redis:
        while True:
            answer: Any = await redis.xreadgroup(stage, "one", {READS[stage]: ">"}, count=BATCH, block=1_000)
            for _, entries in answer or ():
                await connection.execute(insert, [fields[b"body"] for _, fields in entries])
                await _pass_on(redis, stage, entries)


async def _pass_on(redis: Redis, stage: str, entries: Sequence[tuple[bytes, dict[bytes, bytes]]]) -> None:
    async with redis.pipeline(transaction=False) as pipe:
        for _, fields in entries:
            pipe.xadd(f"floor:{stage}", {"body": fields[b"body"]})
        pipe.xack(READS[stage], stage, *(entry_id for entry_id, _ in entries))
        await pipe.execute()


async def run_single(stage: str, redis_url: str, database_url: str) -> None:
    """One message, one INSERT, one publish."""
    pool = await asyncpg.create_pool(database_url, min_size=1, max_size=2)
    insert = f"insert into floor_{stage} (body) values ($1)"  # noqa: S608  # our own names
    broker = RedisBroker(redis_url, log_level=logging.DEBUG)
    subscription = StreamSub(READS[stage], group=stage, consumer="one", polling_interval=1_000)

    @broker.subscriber(stream=subscription)
    async def handle(body: dict[str, Any]) -> None:
        await pool.execute(insert, json.dumps(body).encode())
        await broker.publish(body, stream=f"floor:{stage}")

    await broker.start()
    await asyncio.Event().wait()


async def feed(kind: str, redis_url: str, bodies: Sequence[bytes]) -> None:
    """Put every body where ingest reads: a hundred in a round trip, or one by one through FastStream."""
    if kind == "single":
        async with RedisBroker(redis_url, log_level=logging.DEBUG) as broker:
            for body in bodies:
                await broker.publish(json.loads(body), stream=READS["ingest"])
        return
    async with Redis.from_url(redis_url) as redis:
        for start in range(0, len(bodies), BATCH):
            async with redis.pipeline(transaction=False) as pipe:
                for body in bodies[start : start + BATCH]:
                    pipe.xadd(READS["ingest"], {"body": body})
                await pipe.execute()


def main() -> None:
    kind, stage, redis_url, database_url = sys.argv[1:]
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    asyncio.run({"raw": run_raw, "single": run_single}[kind](stage, redis_url, database_url))


if __name__ == "__main__":
    main()
