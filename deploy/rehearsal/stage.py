"""The four services on one clock that stands still until it is moved, with real servers, channels and mailboxes.

They run in this process, as their own `create_service` builds them: that is how they share a clock. Every story gets a
database of its own, copied from a migrated one, and an empty Redis. The clock moves to the next due moment only when
the record says that nothing is pending, lagging or unsent.
"""

import asyncio
import contextlib
import secrets
import time
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import asyncpg
from pydantic import AnyHttpUrl, PostgresDsn, RedisDsn, SecretStr
from redis.asyncio import Redis

from chassis.clock import ManualClock
from chassis.database import load_queries
from chassis.migrate import migrate
from chassis.running import Runner, running
from chassis.service import Service
from chassis.settings import Mode
from deploy.demo.town import ChannelSink, PostOffice
from deploy.local.children import free_port
from deploy.local.embedded import Servers
from deploy.local.stack import MIGRATIONS, Made, as_role, make_secrets
from deploy.rehearsal.casting import Cast
from services.classify.app import build_assessor
from services.classify.app import create_service as create_classify
from services.classify.assessor import Assessor
from services.classify.settings import ClassifySettings
from services.ingest.app import create_service as create_ingest
from services.ingest.settings import IngestSettings
from services.notify.app import create_service as create_notify
from services.notify.links import Link, Links
from services.notify.settings import NotifySettings
from services.respond.app import create_service as create_respond
from services.respond.settings import RespondSettings

QUERIES = load_queries("deploy.rehearsal")

SETTLE_SECONDS_MAX = 60.0
READY_SECONDS_MAX = 30.0
LOOK_EVERY_SECONDS = 0.01
STEPS_MAX = 20_000
"""Moments of one story: a timer that starts itself again and again must not go on for ever."""


class Stuck(Exception):
    """The services do not come to rest. The message says what is under way."""


@dataclass(frozen=True)
class Theatre:
    """What all stories share: servers, a migrated database to copy, the model in memory, the cast."""

    servers: Servers
    template: str
    made: Made
    cast: Cast
    home: Path
    post: PostOffice
    assessor: Assessor

    @property
    def directory_path(self) -> Path:
        return self.home / "directory.yaml"

    @property
    def channels_path(self) -> Path:
        return self.home / "channels.yaml"


async def build_theatre(servers: Servers, cast: Cast, channels: set[str], home: Path, post: PostOffice) -> Theatre:
    """Migrate once, read the model once, write what the services read."""
    made, template = make_secrets(), f"rehearsal_{secrets.token_hex(4)}"
    await _execute(servers.database_url, f"CREATE DATABASE {template}")
    await migrate(_database(servers.database_url, template), MIGRATIONS, made.role_passwords)
    theatre = Theatre(servers, template, made, cast, home, post, build_assessor(ClassifySettings(**_needless(servers))))
    theatre.directory_path.write_text(cast.directory, "utf-8")
    theatre.channels_path.write_text(cast.channels(channels), "utf-8")
    return theatre


@dataclass
class Stage:
    """One story's world. `move_to` is the only way time passes."""

    theatre: Theatre
    clock: ManualClock
    services: Sequence[Service]
    sink: ChannelSink
    links: Links
    record: "asyncpg.Connection[asyncpg.Record]"
    ports: dict[str, int]
    position: int = 0
    steps: int = 0

    def url(self, service: str) -> str:
        return f"http://127.0.0.1:{self.ports[service]}"

    async def due_before(self, moment: datetime) -> datetime | None:
        """The next moment at which something is due before `moment`."""
        found: datetime | None = await self.record.fetchval(QUERIES["next_due"], self.clock.now())
        return found if found is not None and found < moment else None

    async def move_to(self, moment: datetime) -> None:
        """Let it be `moment`, and let everything that is due then happen. Raises Stuck."""
        await self.settle()
        self.steps += 1
        if self.steps > STEPS_MAX:
            raise Stuck(f"more than {STEPS_MAX} timers were due: something starts itself again and again")
        self.clock.advance(max(moment - self.clock.now(), timedelta(0)))
        self.ring()
        await self.settle()

    def read_link(self, url: str) -> Link:
        """What a link in a work order opens."""
        return self.links.read(url.rpartition("/a/")[2])

    def ring(self) -> None:
        """Have every service look at once what is due now."""
        for service in self.services:
            service.runtime.timer_bell.set()
            service.runtime.dispatch_bell.set()

    async def settle(self) -> None:
        """Wait until nothing is pending, lagging or unsent; raise Stuck where that does not come."""
        give_up = time.monotonic() + SETTLE_SECONDS_MAX
        while True:
            row = await self.record.fetchrow(QUERIES["unsettled"], self.clock.now())
            if row is None or not any(row.values()):
                return
            if time.monotonic() > give_up:
                open_ = ", ".join(f"{count} {name}" for name, count in row.items() if count)
                raise Stuck(f"not at rest after {SETTLE_SECONDS_MAX:.0f} s of waiting: {open_}")
            await asyncio.sleep(LOOK_EVERY_SECONDS)

    async def new_events(self) -> list[tuple[int, bytes]]:
        """What was published since the last call, in the record's order."""
        rows = await self.record.fetch(QUERIES["events_after"], self.position)
        if rows:
            self.position = rows[-1]["position"]
        return [(row["position"], row["body"]) for row in rows]

    async def troubles(self) -> list[str]:
        """What a service could not do."""
        return [f"{row['what']}: {row['why']}" for row in await self.record.fetch(QUERIES["troubles"])]


@contextlib.asynccontextmanager
async def stage(theatre: Theatre, start_at: datetime) -> AsyncGenerator[Stage, None]:
    """A fresh world at `start_at`, running while the block runs."""
    name = f"story_{secrets.token_hex(6)}"
    admin = theatre.servers.database_url
    await _execute(admin, f"CREATE DATABASE {name} TEMPLATE {theatre.template}")
    async with Redis.from_url(theatre.servers.redis_url) as redis:
        await redis.flushall()
    url, clock, ports = _database(admin, name), ManualClock(start_at), _ports()
    services = build_services(theatre, url, clock, ports)
    sink = ChannelSink(theatre.made.channel_webhook_secret, ports["sink"])
    links = Links(theatre.made.action_link_secret, f"http://127.0.0.1:{ports['notify']}")
    record = await asyncpg.connect(url)
    try:
        async with sink, _all_running(services):
            yield Stage(theatre, clock, services, sink, links, record, ports)
    finally:
        await record.close()
        await _execute(admin, f"DROP DATABASE {name} WITH (FORCE)")


@contextlib.asynccontextmanager
async def _all_running(services: Sequence[Service]) -> AsyncGenerator[None, None]:
    """All of them up and reading; in the end they stop at the same time, for each takes a moment."""
    ended = asyncio.Event()
    runners = [Running(service) for service in services]
    tasks = [asyncio.create_task(one.run_until(ended)) for one in runners]
    try:
        await _until_ready(runners, tasks)
        yield
    finally:
        ended.set()
        await asyncio.gather(*tasks)


@dataclass
class Running:
    """One service in a task of its own."""

    service: Service
    runner: Runner | None = None

    async def run_until(self, ended: asyncio.Event) -> None:
        async with running(self.service) as self.runner:
            await ended.wait()

    async def missing(self) -> str | None:
        """What it still waits for."""
        return "not started" if self.runner is None else await self.runner.readiness()


def build_services(theatre: Theatre, url: str, clock: ManualClock, ports: dict[str, int]) -> list[Service]:
    """The four services as production builds them; what a setting of the environment says holds here too."""
    made = theatre.made

    def usual(service: str) -> dict[str, Any]:
        return {
            "amends_mode": Mode.DEMO,
            "database_url": PostgresDsn(as_role(url, service, made.role_passwords[service])),
            "redis_url": RedisDsn(theatre.servers.redis_url),
            "probes_port": 0,
            # Stories lie in the past and run for weeks of their own time: nothing is tidied away meanwhile.
            "outbox_retention_days": 100_000,
            "janitor_every_seconds": 1e6,
        }

    ingest = IngestSettings(
        **usual("ingest"),
        http_port=ports["ingest"],
        ingest_config=theatre.channels_path,
        author_key_secret=SecretStr(made.author_key_secret),
        webhook_secrets=SecretStr(made.webhook_secret),
    )
    notify = NotifySettings(
        **usual("notify"),
        **_without_the_world(),
        http_port=ports["notify"],
        amends_public_url=AnyHttpUrl(f"http://127.0.0.1:{ports['notify']}"),
        action_link_secret=SecretStr(made.action_link_secret),
        directory_path=theatre.directory_path,
        smtp_host=theatre.post.host,
        smtp_port=theatre.post.port,
        smtp_from="amends@rehearsal.invalid",
        smtp_encryption="none",
        smtp_username=None,
        smtp_password=None,
        work_order_webhook_secret=None,
    )
    respond = RespondSettings(
        **usual("respond"),
        http_port=ports["respond"],
        respond_api_token=SecretStr(made.respond_api_token),
        channel_webhook_url=f"http://127.0.0.1:{ports['sink']}/replies",
        channel_webhook_secret=SecretStr(made.channel_webhook_secret),
        channel_reliability="keyed",
    )
    return [
        create_ingest(ingest, clock),
        create_classify(ClassifySettings(**usual("classify")), clock, theatre.assessor),
        create_notify(notify, clock),
        create_respond(respond, clock),
    ]


REAL_WORLD = ("imap_", "mail_answers", "apprise")
"""Settings of ways that lead out of a rehearsal, or into it."""


def _without_the_world() -> dict[str, Any]:
    """Whatever the environment says, no real mailbox is read and no real phone rings."""
    fields = NotifySettings.model_fields
    return {
        name: field.get_default(call_default_factory=True)
        for name, field in fields.items()
        if name.startswith(REAL_WORLD)
    }


def _needless(servers: Servers) -> dict[str, Any]:
    """Settings that only have to be there: the model is read, and nothing is opened."""
    return {"database_url": PostgresDsn(servers.database_url), "redis_url": RedisDsn(servers.redis_url)}


def _ports() -> dict[str, int]:
    ports: set[int] = set()
    while len(ports) < 4:
        ports.add(free_port())
    return dict(zip(("ingest", "notify", "respond", "sink"), sorted(ports), strict=True))


async def _until_ready(runners: Sequence[Running], tasks: Sequence[asyncio.Task[None]]) -> None:
    give_up = time.monotonic() + READY_SECONDS_MAX
    while True:
        for task in tasks:
            if task.done():
                task.result()
        waiting = [problem for one in runners if (problem := await one.missing()) is not None]
        if not waiting:
            return
        if time.monotonic() > give_up:
            raise Stuck(f"the services do not get ready: {'; '.join(waiting)}")
        await asyncio.sleep(LOOK_EVERY_SECONDS)


def _database(url: str, name: str) -> str:
    return urlunsplit(urlsplit(url)._replace(path=f"/{name}"))


async def _execute(url: str, statement: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()
