"""More than can be handled: a group that stands still, three times the capacity, a Redis that is full."""

import asyncio
import signal
import time
from contextlib import suppress

import psutil  # type: ignore[import-untyped]  # its stubs are a package of their own
import pytest
from redis.asyncio import Redis
from redis.exceptions import OutOfMemoryError

from contracts import STREAMS, MentionReceived
from tests.chaos.load import PER_SECOND
from tests.chaos.test_chaos import assert_nothing_went_wrong, meanwhile
from tests.world import SERVICES, World

pytestmark = pytest.mark.usefixtures("staff")

SHORT_RETENTION = {"settings": {name: {"STREAM_RETENTION_SECONDS": "1"} for name in SERVICES}}
ONE_BY_ONE = {"settings": {name: {"BATCH_MAX": "1"} for name in ("classify", "respond")}}
SMALL = 20
LATE_SECONDS = 3.0
"""A complaint's text may be made so much later than it was due before praise is made first."""


@pytest.mark.parametrize("stack", [SHORT_RETENTION], indirect=True)
async def test_r16_nothing_is_trimmed_that_a_stopped_group_needs_and_afterwards_the_streams_are_small(
    world: World,
) -> None:
    respond = world.stack.processes["respond"]
    async with Redis.from_url(world.stack.servers.redis_url) as redis:
        respond.stop()
        async with meanwhile(world):
            pass
        await asyncio.sleep(4)  # longer than the retention and two rounds of the janitor
        kept = await redis.xlen(MentionReceived.stream)
        assert kept >= len(world.mentions)
        world.sender.finished_at = time.monotonic()
        respond.start()
        report = await world.finish("R16 one group stopped", 60, kept=kept)

        async def lengths() -> list[int]:
            return [await redis.xlen(stream) for stream in STREAMS]

        for _ in range(30):
            await asyncio.sleep(0.5)
            if max(small := await lengths()) <= SMALL:
                break
    assert_nothing_went_wrong(report)
    assert max(small) <= SMALL, small


@pytest.mark.parametrize("stack", [ONE_BY_ONE], indirect=True)
async def test_r17_three_times_the_capacity_for_half_a_minute_is_drained_and_negative_mentions_go_first(
    world: World,
) -> None:
    """Capacity is made small: one entry at a time, by processes that stand still for most of each second."""
    slowing = asyncio.create_task(_slow_down(world, ("classify", "respond")))
    began = time.monotonic()
    try:
        await world.send()
        decided = await world.checker.count("select count(*) from respond.cases where version > 0")
        capacity = decided / (time.monotonic() - began)
    finally:
        slowing.cancel()
        with suppress(asyncio.CancelledError):
            await slowing
    memory = max(psutil.Process(p.pid).memory_info().rss for p in world.stack.processes.values()) / 2**20
    p99 = sorted(world.sender.seconds)[int(len(world.sender.seconds) * 0.99)]
    details = {"load": round(PER_SECOND / capacity, 1), "p99_ms": round(p99 * 1_000), "memory_mb": round(memory)}
    report = await world.finish("R17 three times the capacity", 120, **details)
    assert_nothing_went_wrong(report)
    assert PER_SECOND / capacity >= 3
    assert p99 <= 1.0
    assert memory < 300
    assert await _overtaken(world) == 0


async def _slow_down(world: World, services: tuple[str, ...]) -> None:
    """Let them run for a small part of each half second."""
    processes = [world.stack.processes[name] for name in services]
    try:
        while True:
            for process in processes:
                process.signal(signal.SIGSTOP)
            await asyncio.sleep(0.45)
            for process in processes:
                process.signal(signal.SIGCONT)
            await asyncio.sleep(0.05)
    finally:
        for process in processes:
            process.signal(signal.SIGCONT)


async def _overtaken(world: World) -> int:
    """Complaints that were long due when a text for praise was made before theirs."""
    return await world.checker.count(
        f"""
        select count(*) from bus.timers as c where c.kind in ('draft', 'grace') and c.lane < 7 and exists (
            select 1 from bus.timers as p where p.kind = 'draft' and p.lane = 7
                and c.due_at < p.fired_at - interval '{LATE_SECONDS} seconds' and c.fired_at > p.fired_at
        )
        """  # noqa: S608  # a number of our own
    )


async def test_r18_a_redis_that_is_full_for_ten_seconds_never_reaches_those_who_post(world: World) -> None:
    async with Redis.from_url(world.stack.servers.redis_url) as redis, meanwhile(world):
        await asyncio.sleep(5)
        before = (await redis.config_get("maxmemory"))["maxmemory"] or "0"
        await redis.config_set("maxmemory", 1)
        refused = 0
        for _ in range(10):
            await asyncio.sleep(1)
            refused += await _is_full(redis)
        await redis.config_set("maxmemory", before)
    assert world.sender.refusals == {}
    report = await world.finish("R18 Redis full", 30, seconds_full=refused)
    assert_nothing_went_wrong(report)
    assert refused == 10


async def _is_full(redis: Redis) -> bool:
    try:
        await redis.set("amends:test:full", "1")
    except OutOfMemoryError:
        return True
    return False
