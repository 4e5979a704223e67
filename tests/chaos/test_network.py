"""The network between a service and Redis fails in every way it can; and everything is started in the wrong order."""

import asyncio
import contextlib
import time
from collections.abc import Generator
from urllib.parse import urlsplit

import pytest
from redis.asyncio import Redis

from contracts import MentionReceived
from tests.chaos.proxy import Fault, Proxy, through
from tests.chaos.test_chaos import assert_nothing_went_wrong, meanwhile
from tests.world import SERVICES, Ground, World

pytestmark = pytest.mark.usefixtures("staff")

SECONDS = {Fault.REFUSE: 2.0, Fault.RESET: 1.0, Fault.BLACK_HOLE: 10.0, Fault.HALF_OPEN: 4.0}


@pytest.fixture
def proxies(stack: Ground) -> Generator[dict[str, Proxy], None, None]:
    """Every service speaks to Redis by way of its own."""
    running, _, _ = stack
    redis = urlsplit(running.servers.redis_url)
    with contextlib.ExitStack() as opened:
        made = {}
        for name, process in running.processes.items():
            made[name] = opened.enter_context(Proxy((redis.hostname or "", redis.port or 0)))
            process.stop()
            url = through(running.servers.redis_url, made[name].port)
            process.environment = {**process.environment, "REDIS_URL": url}
            process.start()
        for process in running.processes.values():
            process.wait_until_ready()
        yield made
        for process in running.processes.values():
            process.stop()


async def test_r10_every_fault_of_the_network_to_redis_in_turn_loses_nothing(
    proxies: dict[str, Proxy], world: World
) -> None:
    lasts = sum(SECONDS.values()) * len(SERVICES)
    sending = asyncio.create_task(world.sender.send_all(world.mentions, world.seed, len(world.mentions) / lasts))
    try:
        for service in SERVICES:
            for fault, seconds in SECONDS.items():
                with proxies[service].failing(fault):
                    await asyncio.sleep(seconds)
        await sending
    finally:
        sending.cancel()
    faults = len(SECONDS) * len(SERVICES)
    assert_nothing_went_wrong(await world.finish("R10 network to Redis", 15, faults=faults))


async def test_r24_started_in_the_wrong_order_and_a_consumer_that_comes_after_500_events(world: World) -> None:
    stack = world.stack
    for process in stack.processes.values():
        process.stop()
    stack.servers.wipe_valkey()
    stack.servers.kill_valkey()
    stack.servers.crash_postgres()
    for name in reversed(SERVICES):
        stack.processes[name].start()
        await asyncio.sleep(1)
    stack.servers.start_valkey()
    await asyncio.sleep(2)
    stack.servers.start_postgres()
    began = time.monotonic()
    for process in stack.processes.values():
        await asyncio.to_thread(process.wait_until_ready)
    up_seconds = time.monotonic() - began
    late = stack.processes["classify"]
    late.stop()
    async with meanwhile(world):
        pass
    async with Redis.from_url(stack.servers.redis_url) as redis:
        waiting = await redis.xlen(MentionReceived.stream)
        assert waiting >= len(world.mentions)
        await redis.xgroup_destroy(MentionReceived.stream, "classify")
    world.sender.finished_at = time.monotonic()
    late.start()
    report = await world.finish("R24 wrong order", 30, up_seconds=round(up_seconds, 1), waiting=waiting)
    assert_nothing_went_wrong(report)
    assert up_seconds <= 30
