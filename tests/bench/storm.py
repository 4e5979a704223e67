"""A storm: thousands write about one problem within ten minutes. How long it takes, and what it does to memory.

    python -m tests.bench.storm --mentions 10000

The ten minutes are compressed: mentions say when they were posted, and are delivered as fast as ingest takes them. One
process per service, durable servers, everything on this machine. Counts incidents, work orders and public replies
before the owner answers and after; the last line is JSON.
"""

import argparse
import asyncio
import contextlib
import json
import sys
import time
from collections import Counter
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import psutil  # type: ignore[import-untyped]  # its stubs are a package of their own

from deploy.demo.town import Phone
from tests.bench.throughput import SETTINGS, _post_all
from tests.world import World, running_stack, world_around

TEXTS = (
    "Queue at Castle Gate is out of the door, {n} minutes and counting",
    "{n} minutes in the queue at your Castle Gate branch and nobody at the counters",
    "Castle Gate: waiting since {n} minutes, what is going on there?",
    "In the queue at Castle Gate for {n} minutes, it does not move at all",
    "Still queueing at Castle Gate, {n} min, one counter open",
)
SPREAD = timedelta(minutes=10)
SAMPLE_EVERY_SECONDS = 0.25
PATIENCE_SECONDS = 300.0
QUIET_SECONDS = 10.0
"""Nothing more was sent for so long: whoever is told one by one has been told."""

LINKED = "select count(*) from notify.mentions where incident_id is not null"
UNDECIDED = "select count(*) from ingest.mentions as i left join respond.cases as c using (mention_id) where c is null"
RESPONSES = "select reply_kind || ' ' || status as name, count(*) as n from respond.responses group by 1 order by 1"


def write_storm(count: int) -> list[dict[str, Any]]:
    """`count` mentions of one queue by as many people, over ten minutes that end now."""
    began = datetime.now(UTC) - SPREAD
    return [
        {
            "channel": "x",
            "external_id": f"storm-{number}",
            "account": "@harbourvale",
            "author": f"@author-{number}",
            "text": TEXTS[number % len(TEXTS)].format(n=15 + number % 45),
            "posted_at": (began + SPREAD * (number / count)).isoformat(),
        }
        for number in range(count)
    ]


class Memory:
    """The most each process held while it was watched, in MiB."""

    def __init__(self, pids: dict[str, int]) -> None:
        self._processes = {name: psutil.Process(pid) for name, pid in pids.items()}
        self.most: dict[str, float] = {}
        self.look()
        self.before = dict(self.most)

    def look(self) -> None:
        for name, process in self._processes.items():
            with contextlib.suppress(psutil.NoSuchProcess):
                now = round(process.memory_info().rss / (1 << 20), 1)
                self.most[name] = max(self.most.get(name, 0.0), now)

    @asynccontextmanager
    async def watched(self) -> AsyncGenerator[None, None]:
        async def watch() -> None:
            while True:
                self.look()
                await asyncio.sleep(SAMPLE_EVERY_SECONDS)

        task = asyncio.create_task(watch())
        try:
            yield
        finally:
            task.cancel()


async def measure_storm(world: World, count: int) -> dict[str, Any]:
    """Send the storm, wait until all of it is one incident, have it fixed, wait until all are told."""
    connection = await asyncpg.connect(world.stack.servers.database_url)
    memory = Memory({name: process.pid for name, process in world.stack.processes.items()})
    try:
        async with memory.watched():
            began = time.perf_counter()
            await _post_all(world.stack, write_storm(count))
            await _until(lambda: _holds(connection, UNDECIDED, 0))
            grouped = await _until_grouped(connection) - began
            await _until_quiet(world)
            before = await _figures(world, connection)
            answered = time.perf_counter()
            await _fix(world)
            told = await _until_quiet(world)
            after = await _figures(world, connection)
    finally:
        await connection.close()
    return {
        "mentions": count,
        "grouped_seconds": round(grouped, 1),
        "mentions_per_second": round(count / grouped, 1),
        "told_seconds": round(told - answered, 1),
        "before_the_fix": before,
        "after_the_fix": after,
        "rss_mb_before": memory.before,
        "rss_mb_most": memory.most,
    }


async def _holds(connection: "asyncpg.Connection[asyncpg.Record]", query: str, wanted: int) -> bool:
    return bool(await connection.fetchval(query) == wanted)


async def _until(condition: Callable[[], Awaitable[bool]]) -> None:
    give_up = time.perf_counter() + PATIENCE_SECONDS
    while not await condition():
        if time.perf_counter() > give_up:
            raise TimeoutError(f"not so after {PATIENCE_SECONDS:.0f} s")
        await asyncio.sleep(SAMPLE_EVERY_SECONDS)


async def _until_grouped(connection: "asyncpg.Connection[asyncpg.Record]") -> float:
    """When notify put the last mention into an incident; what it does not take for a complaint there has none."""
    linked, since = await connection.fetchval(LINKED), time.perf_counter()
    while time.perf_counter() - since < QUIET_SECONDS / 2:
        await asyncio.sleep(SAMPLE_EVERY_SECONDS)
        if (now := await connection.fetchval(LINKED)) != linked:
            linked, since = now, time.perf_counter()
    return since


async def _until_quiet(world: World) -> float:
    """When the last reply was heard, once nothing more comes."""
    heard, since = len(world.sink.heard), time.perf_counter()
    give_up = since + PATIENCE_SECONDS
    while time.perf_counter() - since < QUIET_SECONDS and time.perf_counter() < give_up:
        await asyncio.sleep(SAMPLE_EVERY_SECONDS)
        if len(world.sink.heard) != heard:
            heard, since = len(world.sink.heard), time.perf_counter()
    return since


async def _fix(world: World) -> None:
    phone = Phone()
    try:
        await phone.say(world.post.mails[0].link, "moved two people to the counter, 5 min")
    finally:
        await phone.close()


async def _figures(world: World, connection: "asyncpg.Connection[asyncpg.Record]") -> dict[str, Any]:
    types = await connection.fetch("select type, count(*) as n from bus.outbox where service = 'notify' group by type")
    names = {row["type"].removeprefix("amends.").removesuffix(".v1"): row["n"] for row in types}
    return {
        "linked": await connection.fetchval(LINKED),
        "incidents": names.get("incident.opened", 0),
        "storms": names.get("incident.storm_started", 0),
        "statements_proposed": names.get("incident.statement_proposed", 0),
        "work_orders": dict(Counter(mail.to for mail in world.post.mails)),
        "replies_heard": dict(Counter(heard.data["reply_kind"] for heard in world.sink.heard)),
        "responses": {row["name"]: row["n"] for row in await connection.fetch(RESPONSES)},
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--mentions", type=int, default=10_000)
    arguments = parser.parse_args()
    # Nobody is asked twice because the machine is slow: the owner answers when all have written.
    settings = SETTINGS | {"notify": SETTINGS["notify"] | {"ESCALATION_SECONDS": "3600"}}

    async def everything() -> dict[str, Any]:
        async with world_around(ground) as world:
            return await measure_storm(world, arguments.mentions)

    with running_stack(settings=settings) as ground:
        print(json.dumps(asyncio.run(everything())))
    return 0


if __name__ == "__main__":
    sys.exit(main())
