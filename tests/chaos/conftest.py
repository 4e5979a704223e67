"""A whole stack for every run, on durable servers, with channels and staff around it; what was counted is shown."""

import asyncio
import contextlib
import os
import tempfile
import time
from collections.abc import AsyncGenerator, Generator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest

from deploy.demo.town import ChannelSink, Mail, Phone, PostOffice, free_port
from deploy.local.stack import Process, Stack
from tests.chaos.checking import Checker, Report, report
from tests.chaos.load import Sender, write_mentions
from tests.servers import ROOT

SEED = int(os.environ.get("CHAOS_SEED", "20261124"))
MENTIONS = int(os.environ.get("CHAOS_MENTIONS", "500"))
DEMO = ROOT / "deploy" / "demo"
REPORTS: list[Report] = []

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


@pytest.fixture
def stack(request: pytest.FixtureRequest) -> Generator[tuple[Stack, PostOffice, int], None, None]:
    """Running processes; started outside of any loop, from the main thread."""
    options: dict[str, Any] = getattr(request, "param", {})
    port = free_port()
    with PostOffice() as post, tempfile.TemporaryDirectory(prefix="amends-chaos-") as home:
        overrides = {
            "ingest": QUICK,
            "classify": QUICK,
            "notify": QUICK | {"SMTP_PORT": str(post.port), "UNDO_SECONDS": "1"},
            "respond": QUICK
            | {
                "CHANNEL_WEBHOOK_URL": f"http://127.0.0.1:{port}/replies",
                "GRACE_SECONDS": "1",
                "PATIENCE_SECONDS": "5",
            },
        }
        running = Stack(Path(home) / "stack", DEMO / "bank.yaml", DEMO / "channels.yaml", overrides)
        running.start()
        try:
            for service, copies in options.get("copies", {}).items():
                for number in range(copies):
                    add_copy(running, service, number)
            yield running, post, port
        finally:
            running.stop()


def add_copy(stack: Stack, service: str, number: int) -> Process:
    """One more process of a service."""
    process = stack.build(service, f"-{number + 2}")
    stack.processes[f"{service}-{number + 2}"] = process
    process.start()
    process.wait_until_ready()
    return process


@pytest.fixture
async def world(stack: tuple[Stack, PostOffice, int]) -> AsyncGenerator[World, None]:
    running, post, port = stack
    async with ChannelSink(running.secrets.channel_webhook_secret, port) as sink:
        urls = [f"http://127.0.0.1:{p.http_port}" for p in running.processes.values() if p.service == "ingest"]
        sender = Sender(urls, running.secrets.webhook_secret)
        checker = Checker(running.servers.database_url, running.servers.redis_url)
        yield World(running, post, sink, checker, sender)


@pytest.fixture
async def staff(world: World) -> AsyncGenerator[None, None]:
    """Somebody at every branch."""
    async with staff_answering(world.post):
        yield


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


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """What each run counted."""
    if REPORTS:
        terminalreporter.section("chaos: lost/duplicated")
        for made in REPORTS:
            terminalreporter.write_line(str(made))
