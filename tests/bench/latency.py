"""How long from a webhook to its decision at a steady rate, and how much memory each process holds.

    python -m tests.bench.latency --per-second 50 --seconds 20

One process per service, durable servers (AOF everysec, fsync on), everything on this machine. Times are the events'
own: from `received_at` of the mention to `at` of its decision.
"""

import argparse
import asyncio
import json
import statistics
import sys
from datetime import datetime
from typing import Any

import psutil  # type: ignore[import-untyped]  # its stubs are a package of their own
from redis.asyncio import Redis

from contracts import MentionReceived, ResponseDecided
from tests.builders import entries_of
from tests.chaos.load import Sender, write_mentions
from tests.world import Ground, running_stack, world_around


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--per-second", type=float, default=50.0)
    parser.add_argument("--seconds", type=float, default=20.0)
    arguments = parser.parse_args()
    with running_stack() as ground:
        print(json.dumps(asyncio.run(measure_latency(ground, arguments.per_second, arguments.seconds))))
    return 0


async def measure_latency(ground: Ground, per_second: float, seconds: float) -> dict[str, Any]:
    """Seconds of waiting and megabytes of memory, at `per_second` for `seconds`."""
    count = int(per_second * seconds)
    async with world_around(ground) as world:
        sender = Sender(world.sender.urls, world.stack.secrets.webhook_secret)
        await sender.send_all(write_mentions(world.seed, 50), world.seed, per_second)  # warm
        sender.acknowledged.clear()
        mentions = [m | {"external_id": f"bench-{n}"} for n, m in enumerate(write_mentions(world.seed, count))]
        await sender.send_all(mentions, world.seed, per_second)
        world.sender.finished_at = sender.finished_at
        await world.checker.wait_until_done(sender.finished_at, 60)
        waits = await _waits(world.stack.servers.redis_url)
        memory = {name: _megabytes(process.pid) for name, process in world.stack.processes.items()}
    hundredths = statistics.quantiles(waits, n=100)
    return {
        "mentions": len(waits),
        "per_second": per_second,
        "p50_ms": round(hundredths[49] * 1_000, 1),
        "p99_ms": round(hundredths[98] * 1_000, 1),
        "rss_mb": memory,
    }


async def _waits(redis_url: str) -> list[float]:
    """Seconds from received to decided, of what the bench sent."""
    async with Redis.from_url(redis_url) as redis:
        received = {
            event["subject"]: datetime.fromisoformat(event["data"]["mention"]["received_at"])
            for event in await _events(redis, MentionReceived.stream, MentionReceived.type)
            if event["data"]["mention"]["external_id"].startswith("bench-")
        }
        decided = await _events(redis, ResponseDecided.stream, ResponseDecided.type)
    return [
        (datetime.fromisoformat(event["data"]["at"]) - received[event["subject"]]).total_seconds()
        for event in decided
        if event["subject"] in received
    ]


async def _events(redis: Redis, stream: str, event_type: str) -> list[dict[str, Any]]:
    found = [json.loads(fields[b"__data__"]) for _, fields in await entries_of(redis, stream)]
    return [event for event in found if event["type"] == event_type]


def _megabytes(pid: int) -> float:
    return round(float(psutil.Process(pid).memory_info().rss) / (1 << 20), 1)


if __name__ == "__main__":
    sys.exit(main())
