"""Streams and tables get small without taking away what anybody needs; on real servers."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from uuid import uuid4

import pytest
from redis.asyncio import Redis

from chassis.janitor import IDLE_CONSUMER_MS, Janitor
from chassis.runtime import Runtime
from chassis.settings import Settings
from contracts import MentionReceived
from tests.builders import a_mention_received, entries_of
from tests.integration.test_bus import a_settings

STREAM = MentionReceived.stream
MakeRuntime = Callable[..., Awaitable[Runtime]]


@pytest.fixture
def settings(redis_url: str, database_url: str) -> Settings:
    return a_settings(redis_url, database_url, stream_retention_seconds=1)


async def a_janitor(make_runtime: MakeRuntime, settings: Settings, *registered: str) -> Janitor:
    runtime = await make_runtime("ingest")
    async with runtime.database.transaction() as connection:
        for consumer in registered:
            await connection.execute("insert into bus.consumers (stream, consumer) values ($1, $2)", STREAM, consumer)
    return Janitor(runtime, settings, produces=STREAM, consumes=())


async def old_entries(redis: Redis, count: int) -> None:
    for number in range(1, count + 1):
        await redis.xadd(STREAM, {"n": number}, id=f"{number}-0")


async def test_what_every_group_finished_is_trimmed_after_the_retention(
    redis: Redis, make_runtime: MakeRuntime, settings: Settings
) -> None:
    janitor = await a_janitor(make_runtime, settings, "classify")
    await old_entries(redis, 10)
    await redis.xadd(STREAM, {"n": "young"})
    await redis.xgroup_create(STREAM, "classify", id="0")
    await redis.xreadgroup("classify", "c", {STREAM: ">"}, noack=True)

    assert await janitor.trim(STREAM) == 10
    assert await redis.xlen(STREAM) == 1


async def test_what_is_pending_or_unread_is_never_trimmed(
    redis: Redis, make_runtime: MakeRuntime, settings: Settings
) -> None:
    janitor = await a_janitor(make_runtime, settings, "classify", "respond")
    await old_entries(redis, 10)
    for group, count in (("classify", 10), ("respond", 4)):
        await redis.xgroup_create(STREAM, group, id="0")
        await redis.xreadgroup(group, "c", {STREAM: ">"}, count=count)
    await redis.xack(STREAM, "respond", *(f"{n}-0" for n in range(1, 5)))
    await redis.xack(STREAM, "classify", "1-0", "2-0")

    await janitor.trim(STREAM)

    assert (await entries_of(redis, STREAM))[0][0] == b"3-0"


async def test_a_registered_group_that_has_not_started_holds_everything(
    redis: Redis, make_runtime: MakeRuntime, settings: Settings
) -> None:
    janitor = await a_janitor(make_runtime, settings, "classify", "respond")
    await old_entries(redis, 10)
    await redis.xgroup_create(STREAM, "classify", id="$")

    assert await janitor.trim(STREAM) == 0


async def test_replicas_that_are_gone_leave_the_group(
    redis: Redis, make_runtime: MakeRuntime, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chassis.janitor.IDLE_CONSUMER_MS", -1)
    runtime = await make_runtime("classify")
    janitor = Janitor(runtime, settings, produces=None, consumes=(STREAM,))
    await old_entries(redis, 2)
    await redis.xgroup_create(STREAM, "classify", id="0")
    await redis.xreadgroup("classify", "busy", {STREAM: ">"}, count=1)
    await redis.xgroup_createconsumer(STREAM, "classify", "gone")

    assert await janitor.forget_idle_consumers(STREAM) == 1
    assert [c["name"] for c in await redis.xinfo_consumers(STREAM, "classify")] == [b"busy"]
    assert IDLE_CONSUMER_MS == 3_600_000


async def test_rows_are_kept_until_they_are_published_and_their_retention_is_over(
    make_runtime: MakeRuntime, settings: Settings
) -> None:
    runtime = await make_runtime("ingest")
    janitor = Janitor(runtime, settings, produces=None, consumes=())
    async with runtime.work() as work:
        work.emit(a_mention_received("1"), cause=uuid4())
    async with runtime.database.transaction() as connection:
        await connection.execute("update bus.outbox set created_at = now() - $1::interval", timedelta(days=30))

    await janitor.forget_old_rows()
    assert await rows(runtime) == 1
    async with runtime.database.transaction() as connection:
        await connection.execute(
            "insert into bus.relays (service, xid, position) select service, xid, position from bus.outbox"
        )
    await janitor.forget_old_rows()
    assert await rows(runtime) == 0


async def rows(runtime: Runtime) -> int:
    async with runtime.database.connection() as connection:
        return int(await connection.fetchval("select count(*) from bus.outbox") or 0)
