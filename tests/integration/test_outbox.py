"""What a service emits reaches its stream, whatever happens to Redis; against real servers."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID, uuid4

import pytest
from redis.asyncio import Redis

from chassis.running import running
from chassis.runtime import Runtime
from chassis.service import Service
from chassis.settings import Settings
from contracts import DATA_FIELD, MentionReceived
from tests.builders import a_mention_received, entries_of, eventually
from tests.integration.test_bus import Seen, a_settings

STREAM = MentionReceived.stream
MakeRuntime = Callable[..., Awaitable[Runtime]]


@pytest.fixture
def settings(redis_url: str, database_url: str) -> Settings:
    return a_settings(redis_url, database_url)


async def emit(runtime: Runtime, *external_ids: str, causes: tuple[UUID, ...] = ()) -> None:
    async with runtime.work() as work:
        for number, external_id in enumerate(external_ids):
            work.emit(a_mention_received(external_id), cause=causes[number] if causes else uuid4())


async def published(redis: Redis) -> list[dict[str, Any]]:
    return [json.loads(fields[DATA_FIELD]) for _, fields in await entries_of(redis, STREAM)]


async def has_published(redis: Redis, count: int) -> bool:
    return int(await redis.xlen(STREAM)) == count


async def test_an_entry_is_one_cloudevent_with_an_object_in_data(
    redis: Redis, make_runtime: MakeRuntime, settings: Settings
) -> None:
    service = Service(await make_runtime("ingest"), settings)
    async with running(service):
        await emit(service.runtime, "1")
        await eventually(lambda: has_published(redis, 1))

    [event] = await published(redis)
    assert (event["specversion"], event["source"], event["type"]) == ("1.0", "/amends/ingest", MentionReceived.type)
    assert event["subject"] == event["correlationid"] == event["data"]["mention"]["mention_id"]
    assert isinstance(event["data"], dict)


async def test_nothing_is_emitted_when_the_work_fails(
    redis: Redis, make_runtime: MakeRuntime, settings: Settings
) -> None:
    runtime = await make_runtime("ingest")

    async def fail() -> None:
        async with runtime.work() as work:
            work.emit(a_mention_received("lost"), cause=uuid4())
            raise ValueError

    async with running(Service(runtime, settings)):
        with pytest.raises(ValueError):  # noqa: PT011  # bare on purpose: it is ours
            await fail()
        await emit(runtime, "kept")
        await eventually(lambda: has_published(redis, 1))

    [event] = await published(redis)
    assert event["data"]["mention"]["external_id"] == "kept"


async def test_the_same_fact_twice_is_one_event(redis: Redis, make_runtime: MakeRuntime, settings: Settings) -> None:
    cause = uuid4()
    service = Service(await make_runtime("ingest"), settings)
    async with running(service):
        await emit(service.runtime, "1", causes=(cause,))
        await emit(service.runtime, "1", causes=(cause,))
        await emit(service.runtime, "2")
        await eventually(lambda: has_published(redis, 2))


async def test_a_transaction_that_commits_late_is_not_passed_over(
    redis: Redis, make_runtime: MakeRuntime, settings: Settings
) -> None:
    service = Service(await make_runtime("ingest"), settings)
    runtime = service.runtime
    async with running(service):
        async with runtime.work() as slow:
            slow.emit(a_mention_received("slow"), cause=uuid4())
            await slow.flush()
            slow.outbox.clear()
            await emit(runtime, "fast")
            await asyncio.sleep(0.3)
        await eventually(lambda: has_published(redis, 2))


async def test_two_relays_of_one_service_publish_each_event_once(
    redis: Redis, make_runtime: MakeRuntime, settings: Settings
) -> None:
    first, second = Service(await make_runtime("ingest"), settings), Service(await make_runtime("ingest"), settings)
    async with running(first), running(second):
        for number in range(40):
            await emit((first if number % 2 else second).runtime, str(number))
        await eventually(lambda: has_published(redis, 40))
        await asyncio.sleep(0.3)

    assert await has_published(redis, 40)


async def test_after_a_flush_what_nobody_handled_is_published_again(
    redis: Redis, make_runtime: MakeRuntime, settings: Settings
) -> None:
    seen, lazy = Seen(), Service(await make_runtime("ingest"), settings)
    async with (
        running(lazy),
        running(Service(await make_runtime("classify"), settings, handlers={MentionReceived: seen})),
    ):
        await emit(lazy.runtime, "1")
        await eventually(lambda: seen.ids == {"1"})
    lazy = Service(await make_runtime("ingest"), settings)
    async with running(lazy):
        await emit(lazy.runtime, "2", "3")
        await eventually(lambda: has_published(redis, 3))
        await redis.flushall()
        await eventually(lambda: has_published(redis, 2))

    assert {event["data"]["mention"]["external_id"] for event in await published(redis)} == {"2", "3"}


async def test_a_stream_that_fell_back_is_seen_before_new_entries_hide_it(
    redis: Redis, make_runtime: MakeRuntime, settings: Settings
) -> None:
    service = Service(await make_runtime("ingest"), settings.model_copy(update={"sweep_every_ms": 60_000}))
    runtime = service.runtime
    async with runtime.database.transaction() as connection:
        await connection.execute("insert into bus.consumers (stream, consumer) values ($1, 'classify')", STREAM)
    async with running(service):
        await emit(runtime, "1")
        await eventually(lambda: has_published(redis, 1))
        await emit(runtime, "2")
        await eventually(lambda: has_published(redis, 2))
        epoch = await redis.get("amends:epoch:ingest")
        first, _second = await entries_of(redis, STREAM)
        await redis.delete(STREAM)
        await redis.xadd(STREAM, {DATA_FIELD: first[1][DATA_FIELD]}, id=first[0].decode())
        assert await redis.get("amends:epoch:ingest") == epoch
        await emit(runtime, "3")
        await eventually(lambda: holds(redis, {"1", "2", "3"}))


async def holds(redis: Redis, external_ids: set[str]) -> bool:
    return {event["data"]["mention"]["external_id"] for event in await published(redis)} == external_ids


async def test_a_slow_consumer_is_no_loss(redis: Redis, make_runtime: MakeRuntime, settings: Settings) -> None:
    service = Service(await make_runtime("ingest"), settings)
    async with service.runtime.database.transaction() as connection:
        await connection.execute("insert into bus.consumers (stream, consumer) values ($1, 'classify')", STREAM)
    async with running(service):
        await emit(service.runtime, "1", "2")
        await eventually(lambda: has_published(redis, 2))
        await asyncio.sleep(0.5)

    assert await has_published(redis, 2)
