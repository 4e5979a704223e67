"""Through real processes, streams and channels: an owner's own words reach the customer (A07), and whoever comes late
reads everything from an id on (A33)."""

import asyncio
import json
import time
from collections.abc import AsyncGenerator, Generator
from datetime import UTC, datetime
from typing import Any, cast

import pytest
from redis.asyncio import Redis

from contracts import DATA_FIELD, STREAMS, LoopClosed, mention_id
from tests.builders import entries_of
from tests.e2e.test_scenarios import a_phone, heard_by, mail_to, post, says, until_story_has
from tests.world import Ground, World, running_stack, world_around

Entries = list[tuple[bytes, dict[bytes, bytes]]]
Answer = list[tuple[bytes, Entries]]


@pytest.fixture(scope="module")
def stack() -> Generator[Ground, None, None]:
    with running_stack(settings={"notify": {"ESCALATION_SECONDS": "60"}}) as ground:
        yield ground


@pytest.fixture
async def world(stack: Ground) -> AsyncGenerator[World, None]:
    async with world_around(stack) as around:
        yield around


async def test_a07_a_split_queue_is_told_with_its_minutes(world: World) -> None:
    await post(world, says("a07", "Queue at your Foundry Road branch is out of the door, 35 minutes"))
    mail = await mail_to(world, "gus.hill")
    async with a_phone() as phone:
        await phone.say(mail.link, "split quick/complex, 8 min")
    outcome = await heard_by(world, "a07", "outcome")

    confirmed = dict(await until_story_has(world, "a07", "loop.closed"))["incident.fix_confirmed"]
    assert (confirmed["action"], confirmed["wait_min"]) == ("queue_split", 8)
    assert "8 minutes" in outcome.data["text"]
    assert "split" in outcome.data["text"]


async def test_a33_a_team_reads_decisions_fixes_and_replies_within_five_seconds_and_a_late_one_from_an_id(
    world: World,
) -> None:
    async with Redis.from_url(world.stack.servers.redis_url) as redis:
        start = {stream: await last_id(redis, stream) for stream in STREAMS}
        following = asyncio.create_task(follow(redis, start, until=LoopClosed.type))
        await post(world, says("a33", "Waiting 30 minutes in the queue at your Sea View branch, out of the door"))
        mail = await mail_to(world, "pat.snow")
        async with a_phone() as phone:
            await phone.say(mail.link, "moved two people to the counter, 5 min")
        live = await following
        late = await replay(redis, start)

    mine = [e for e in live if e["data"].get("mention_id") == str(mention_id("x", "a33"))]
    assert {"amends.response.decided.v1", "amends.response.sent.v1", LoopClosed.type} <= {e["type"] for e in mine}
    assert "amends.incident.fix_confirmed.v1" in {event["type"] for event in live}
    assert max(event["read_after_seconds"] for event in live) <= 5
    assert {event["id"] for event in live} <= set(late)
    assert len(late) == len(set(late))


async def last_id(redis: Redis, stream: str) -> str:
    entries = await entries_of(redis, stream)
    return entries[-1][0].decode() if entries else "0-0"


async def follow(redis: Redis, start: dict[str, str], until: str) -> list[dict[str, Any]]:
    """Everything as it comes, with how long after it was added it was read."""
    places, give_up = dict(start), time.monotonic() + 60
    found = list[dict[str, Any]]()
    while time.monotonic() < give_up and until not in {event["type"] for event in found}:
        answer = cast("Answer", await redis.xread(cast("dict[Any, Any]", places), count=100, block=500))
        for stream, entries in answer or []:
            for entry_id, fields in entries:
                places[stream.decode()] = entry_id.decode()
                event = json.loads(fields[DATA_FIELD])
                happened_at = datetime.fromisoformat(event["time"])
                found.append(event | {"read_after_seconds": (datetime.now(UTC) - happened_at).total_seconds()})
    return found


async def replay(redis: Redis, start: dict[str, str]) -> list[str]:
    """The ids of all events after these places, as somebody reads them who comes when all is over."""
    ids = list[str]()
    for stream, place in start.items():
        entries = cast("Entries", await redis.xrange(stream, min=f"({place}"))
        ids += [json.loads(fields[DATA_FIELD])["id"] for _, fields in entries]
    return ids
