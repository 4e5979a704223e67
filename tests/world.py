"""The whole product around a test: a stack of real processes, channels and mailboxes, staff, and who counts.

`running_stack` is entered outside of any loop, from the main thread: processes end with the thread that started them.
"""

import asyncio
import contextlib
import json
import os
import tempfile
import time
from collections.abc import AsyncGenerator, Generator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from redis.asyncio import Redis

from contracts import DATA_FIELD, STREAMS, mention_id
from deploy.demo.town import ChannelSink, Mail, Phone, PostOffice, free_port
from deploy.local.stack import Process, Stack
from tests.builders import entries_of
from tests.chaos.checking import Checker, Report, report
from tests.chaos.load import Sender, write_mentions
from tests.servers import ROOT

SEED = int(os.environ.get("CHAOS_SEED", "20261124"))
MENTIONS = int(os.environ.get("CHAOS_MENTIONS", "500"))
SERVICES = ("ingest", "classify", "notify", "respond")
DEMO = ROOT / "deploy" / "demo"
REPORTS: list[Report] = []

Ground = tuple[Stack, PostOffice, int]
"""A running stack, the mail server its work orders go to, and the port where its channels are to listen."""

QUICK = {
    "RECLAIM_IDLE_MS": "1500",
    "RECLAIM_EVERY_MS": "300",
    "SWEEP_EVERY_MS": "300",
    "DISPATCH_LEASE_SECONDS": "3",
    "JANITOR_EVERY_SECONDS": "2",
}
"""Reliability's own clocks, shortened in proportion to a run of half a minute."""


@dataclass
class World:
    """The stack, the town around it, and who counts."""

    stack: Stack
    post: PostOffice
    sink: ChannelSink
    checker: Checker
    sender: Sender
    seed: int = SEED
    mentions: list[dict[str, Any]] = field(default_factory=lambda: write_mentions(SEED, MENTIONS))

    async def send(self) -> None:
        await self.sender.send_all(self.mentions, self.seed)

    async def finish(self, name: str, seconds_max: float, *, dead_letters: int = 0, **details: Any) -> Report:
        """Wait until all is done, count, and keep the report for the summary."""
        took = await self.checker.wait_until_done(self.sender.finished_at, seconds_max)
        waited = sum(self.sender.refusals.values())
        made = await report(
            name,
            self.seed,
            self.checker,
            self.sink.heard,
            acknowledged=len(self.sender.acknowledged),
            recovered_seconds=took,
            dead_letters=dead_letters,
            details={"mentions": len(self.sender.acknowledged), "waited": waited, **details},
        )
        REPORTS.append(made)
        return made

    async def events(self, external_id: str | None = None) -> list[dict[str, Any]]:
        """What the streams hold, in order of time and sequence; of one mention's own only, where it is named."""
        found: dict[str, dict[str, Any]] = {}
        async with Redis.from_url(self.stack.servers.redis_url) as redis:
            for stream in STREAMS:
                for _, fields in await entries_of(redis, stream):
                    event = json.loads(fields[DATA_FIELD])
                    found[event["id"]] = event
        wanted = str(mention_id("x", external_id)) if external_id else None
        chosen = [event for event in found.values() if wanted in (None, event["correlationid"])]
        return sorted(chosen, key=lambda event: (event["time"], event["subject"], int(event.get("sequence", 0))))


@contextlib.asynccontextmanager
async def world_around(ground: Ground) -> AsyncGenerator[World, None]:
    """Channels that listen while the block runs."""
    stack, post, port = ground
    async with ChannelSink(stack.secrets.channel_webhook_secret, port) as sink:
        urls = [f"http://127.0.0.1:{p.http_port}" for p in stack.processes.values() if p.service == "ingest"]
        sender = Sender(urls, stack.secrets.webhook_secret)
        checker = Checker(stack.servers.database_url, stack.servers.redis_url)
        yield World(stack, post, sink, checker, sender)


@contextlib.contextmanager
def running_stack(
    copies: Mapping[str, int] | None = None, settings: Mapping[str, Mapping[str, str]] | None = None
) -> Generator[Ground, None, None]:
    """Running processes on durable servers; `copies`: how many more of a service."""
    port = free_port()
    with PostOffice() as post, tempfile.TemporaryDirectory(prefix="amends-world-") as home:
        overrides = {name: {**_usual(post.port, port)[name], **(settings or {}).get(name, {})} for name in SERVICES}
        stack = Stack(Path(home) / "stack", DEMO / "bank.yaml", DEMO / "channels.yaml", overrides)
        stack.start()
        try:
            for service, more in (copies or {}).items():
                for number in range(more):
                    add_copy(stack, service, number)
            yield stack, post, port
        finally:
            stack.stop()


def _usual(smtp_port: int, channel_port: int) -> dict[str, dict[str, str]]:
    url = f"http://127.0.0.1:{channel_port}/replies"
    return {
        "ingest": QUICK,
        "classify": QUICK,
        "notify": QUICK | {"SMTP_PORT": str(smtp_port), "UNDO_SECONDS": "1", "ORDERS_AT_ONCE_MAX": "1000"},
        "respond": QUICK | {"CHANNEL_WEBHOOK_URL": url, "GRACE_SECONDS": "1", "PATIENCE_SECONDS": "5"},
    }


def add_copy(stack: Stack, service: str, number: int) -> Process:
    """One more process of a service."""
    process = stack.build(service, f"-{number + 2}")
    stack.processes[f"{service}-{number + 2}"] = process
    process.start()
    process.wait_until_ready()
    return process


@contextlib.asynccontextmanager
async def staff_answering(post: PostOffice) -> AsyncGenerator[None, None]:
    """Whoever gets a work order says a second later that it is done; tries again while the page is away."""
    loop, phone, tasks = asyncio.get_running_loop(), Phone(), set[asyncio.Task[None]]()

    async def answer(mail: Mail) -> None:
        await asyncio.sleep(1)
        give_up = time.monotonic() + 60
        while time.monotonic() < give_up:
            with contextlib.suppress(httpx.HTTPError, ValueError):
                if 'value="report"' in await phone.look(mail.link):
                    await phone.say(mail.link, "done, 5 min")
                return
            await asyncio.sleep(0.3)

    def take(mail: Mail) -> None:
        task = loop.create_task(answer(mail))
        tasks.add(task)
        task.add_done_callback(tasks.discard)

    def hand_over(mail: Mail) -> None:
        loop.call_soon_threadsafe(take, mail)

    post.on_mail = hand_over
    try:
        yield
    finally:
        post.on_mail = None
        for task in list(tasks):
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await phone.close()
