"""Faults while mentions come in: nothing that was acknowledged is lost, and no customer hears a thing twice."""

import asyncio
import random
import signal
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import pytest
from redis.asyncio import Redis

from tests.chaos.checking import Report
from tests.world import World

pytestmark = pytest.mark.usefixtures("staff")

TWO_COPIES = {"copies": {"classify": 1, "notify": 1, "respond": 1}}


def assert_nothing_went_wrong(report: Report) -> None:
    assert (report.lost, report.unexpected, report.duplicated) == (0, 0, 0), str(report)


@asynccontextmanager
async def meanwhile(world: World) -> AsyncGenerator[asyncio.Task[None], None]:
    """Mentions come in while the block does its harm; ends when all are acknowledged."""
    sending = asyncio.create_task(world.send())
    try:
        yield sending
        await sending
    finally:
        sending.cancel()


async def test_without_any_fault_everything_is_decided_told_and_counted_once(world: World) -> None:
    async with meanwhile(world):
        pass
    assert_nothing_went_wrong(await world.finish("R0 no fault", 20))


async def test_r1_services_that_are_killed_all_the_time_lose_nothing_and_repeat_nothing(world: World) -> None:
    chance, kills = random.Random(world.seed), 0
    async with meanwhile(world) as sending:
        while not sending.done():
            process = chance.choice(list(world.stack.processes.values()))
            process.kill()
            process.start()
            kills += 1
            await asyncio.sleep(0.6)
    assert_nothing_went_wrong(await world.finish("R1 services killed", 60, kills=kills))
    assert kills >= 35


@pytest.mark.parametrize("stack", [TWO_COPIES], indirect=True)
async def test_r2_a_process_that_stands_still_and_comes_back_repeats_nothing(world: World) -> None:
    chance, pauses = random.Random(world.seed), 0
    behind = [p for p in world.stack.processes.values() if p.service != "ingest"]

    async def pause() -> None:
        process = chance.choice(behind)
        process.signal(signal.SIGSTOP)
        await asyncio.sleep(2.0)
        process.signal(signal.SIGCONT)

    async with meanwhile(world) as sending:
        under_way = set[asyncio.Task[None]]()
        while not sending.done():
            task = asyncio.create_task(pause())
            under_way.add(task)
            task.add_done_callback(under_way.discard)
            pauses += 1
            await asyncio.sleep(0.8)
        await asyncio.gather(*under_way)
    assert_nothing_went_wrong(await world.finish("R2 processes stopped and continued", 60, pauses=pauses))
    assert pauses >= 30


async def test_r4_redis_killed_in_the_middle_of_its_work_comes_back_with_its_log(world: World) -> None:
    kills = 0
    async with meanwhile(world) as sending:
        for _ in range(4):
            await asyncio.sleep(5)
            world.stack.servers.kill_valkey()
            await asyncio.to_thread(time.sleep, 0.5)
            world.stack.servers.start_valkey()
            kills += 1
        assert not sending.done()
    assert_nothing_went_wrong(await world.finish("R4 Redis killed", 60, kills=kills))


async def test_r5_a_redis_that_loses_everything_is_filled_again(world: World) -> None:
    losses = 0
    async with meanwhile(world) as sending:
        for _ in range(3):
            await asyncio.sleep(5)
            async with Redis.from_url(world.stack.servers.redis_url) as redis:
                await redis.flushall()
            losses += 1
        await asyncio.sleep(5)
        world.stack.servers.wipe_valkey()
        losses += 1
        assert not sending.done()
    assert_nothing_went_wrong(await world.finish("R5 Redis emptied", 60, losses=losses))


async def test_r7_a_database_that_crashes_makes_senders_wait_and_loses_nothing(world: World) -> None:
    crashes = 0
    async with meanwhile(world) as sending:
        for _ in range(3):
            await asyncio.sleep(6)
            world.stack.servers.crash_postgres()
            await asyncio.sleep(1)
            world.stack.servers.start_postgres()
            crashes += 1
        assert not sending.done()
    assert world.sender.refusals.get("503", 0) > 0
    assert_nothing_went_wrong(await world.finish("R7 PostgreSQL crashed", 60, crashes=crashes))
