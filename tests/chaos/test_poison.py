"""Poison: what cannot be read, and what breaks whoever reads it, ends as a dead letter and harms nothing else."""

import asyncio
import sys
from typing import Any

import pytest
from redis.asyncio import Redis

from contracts import DATA_FIELD, MentionReceived
from tests.builders import eventually
from tests.chaos.faulty import KILLS, RAISES
from tests.chaos.load import write_mentions
from tests.servers import ROOT
from tests.world import World

pytestmark = pytest.mark.usefixtures("staff")

GROUPS = 3
"""classify, notify and respond all read the mentions."""

MALFORMED = (
    b"not json at all",
    b"{}",
    b"[]",
    b'"a string"',
    b'{"specversion": "1.0"}',
    b'{"specversion": "1.0", "id": "no uuid", "type": "amends.mention.received.v1"}',
    b'{"type": "amends.mention.received.v1", "data": {}}',
    b"\xff\xfe\x00\x01",
    b"[" * 30_000,
    b'{"data": null, "type": null}',
)


async def test_r11_poison_becomes_dead_letters_with_reason_and_bytes_and_the_rest_goes_on(world: World) -> None:
    classify = world.stack.processes["classify"]
    classify.stop()
    classify.command = ("-m", "tests.chaos.faulty")
    classify.start()
    bugs = [_saying(number, f"{RAISES} {number}") for number in range(5)] + [_saying(5, KILLS)]
    middle = len(world.mentions) // 2
    world.mentions[middle:middle] = bugs
    restarting = asyncio.create_task(_restart_when_dead(world))
    try:
        sending = asyncio.create_task(world.send())
        async with Redis.from_url(world.stack.servers.redis_url) as redis:
            for body in MALFORMED:
                await redis.xadd(MentionReceived.stream, {DATA_FIELD: body})
                await asyncio.sleep(0.5)
        await sending
        await _until_dead(world, len(MALFORMED) * GROUPS + len(bugs))
    finally:
        restarting.cancel()
    letters = await world.checker.rows("select id, consumer, reason, attempts, body from bus.dead_letters")
    assert {letter["body"] for letter in letters} >= set(MALFORMED)
    assert all(letter["reason"] and letter["attempts"] <= 5 for letter in letters)
    broken = [letter for letter in letters if letter["body"] not in MALFORMED]
    assert [letter["consumer"] for letter in broken] == ["classify"] * len(bugs)

    classify.stop()
    classify.command = ()
    classify.start()
    await asyncio.to_thread(classify.wait_until_ready)
    assert await _redrive(world, [str(letter["id"]) for letter in broken]) == 0
    report = await world.finish("R11 poison", 60, dead_letters=len(letters), dead=len(letters), redriven=len(bugs))
    assert (report.lost, report.unexpected, report.duplicated) == (0, 0, 0), str(report)


def _saying(number: int, text: str) -> dict[str, Any]:
    return write_mentions(number, 1)[0] | {"external_id": f"poison-{number}", "text": text}


async def _restart_when_dead(world: World) -> None:
    """What an orchestrator does."""
    classify = world.stack.processes["classify"]
    while True:
        if classify.running is not None and classify.running.poll() is not None:
            classify.start()
        await asyncio.sleep(0.1)


async def _until_dead(world: World, count: int) -> None:
    async def there() -> bool:
        return await world.checker.count("select count(*) from bus.dead_letters") >= count

    await eventually(there, seconds=60, every=0.2)


async def _redrive(world: World, letters: list[str]) -> int:
    """`amends dead redrive`, as operations do it."""
    environment = world.stack.environment_of("classify") | {"DATABASE_ADMIN_URL": world.stack.servers.database_url}
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "cli", "dead", "redrive", *letters), cwd=ROOT, env=environment
    )
    return await process.wait()
