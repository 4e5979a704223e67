"""notify as it runs, on a clock that stands still: real database, mail server and page; mentions assessed by classify.

Only the transport is left out: days pass in a second. What the streams carry is read from the outbox they are fed from.
"""

import functools
import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import asyncpg
import httpx
import pytest
from pydantic import AnyHttpUrl, SecretStr

from chassis.clock import ManualClock
from chassis.dispatch import Dispatcher
from chassis.service import Service
from chassis.timers import Timers
from contracts import Mention, MentionAssessed
from deploy.demo.town import Mail, Phone, PostOffice
from services.classify.assessor import Assessor
from services.classify.model import load_assessor
from services.notify.app import create_service
from services.notify.settings import NotifySettings
from tests.builders import a_mention, received
from tests.servers import ROOT, settings_for

BANK = ROOT / "deploy" / "demo" / "bank.yaml"
PUBLIC_URL = "http://notify.example"
SETTLE_ROUNDS_MAX = 50


@functools.cache
def assessor() -> Assessor:
    """classify's own, first stage: the same answer on every machine."""
    return load_assessor(second=False)


class DeskPhone(Phone):
    """A phone that reaches the page without a network."""

    def __init__(self, service: Service) -> None:
        super().__init__()
        self._client = httpx.AsyncClient(
            transport=httpx.ASGITransport(service.http or pytest.fail("no page")), base_url=PUBLIC_URL
        )


@dataclass
class Desk:
    """The service, what it runs on, and the people it asks."""

    service: Service
    clock: ManualClock
    timers: Timers
    dispatcher: Dispatcher
    post: PostOffice
    phone: Phone
    said: int = 0

    async def say(self, text: str, **more: Any) -> Mention:
        """Somebody writes, now."""
        return (await self.say_all([text], **more))[0]

    async def say_all(self, texts: list[str], **more: Any) -> list[Mention]:
        """As many write, now, as different people."""
        now, events = self.clock.now(), list[MentionAssessed]()
        for text, judged in zip(texts, assessor().assess(texts), strict=True):
            self.said += 1
            usual: dict[str, Any] = {"text": text, "company": "harbourvale", "posted_at": now, "received_at": now}
            mention = a_mention(f"s{self.said}", **(usual | {"waiting_since": now} | more))
            events.append(MentionAssessed(mention=mention, assessment=judged.assessment))
        await self.assess(events)
        await self.settle()
        return [event.mention for event in events]

    async def assess(self, events: list[MentionAssessed]) -> None:
        """As the bus hands them over: a batch, a transaction."""
        handler = self.service.handlers[MentionAssessed]
        async with self.service.runtime.work() as work:
            await handler(work, [received(event) for event in events])

    async def settle(self) -> None:
        """Let everything that is due happen."""
        for _ in range(SETTLE_ROUNDS_MAX):
            fired = await self.timers.fire()
            self.service.runtime.dispatch_bell.set()
            claims = await self.dispatcher._claim(20)
            for claim in claims:
                await self.dispatcher._carry_out(claim)
            if not fired and not claims:
                return
        raise AssertionError("the desk does not come to rest")

    async def wait(self, span: timedelta) -> None:
        """Let time pass, moment by moment: what is due on the way happens at its time."""
        await self.wait_until(self.clock.now() + span)

    async def wait_until(self, moment: datetime) -> None:
        """Let it be `moment`."""
        await self.settle()
        while (due := await self._next_due()) is not None and due <= moment:
            self.clock.advance(max(due - self.clock.now(), timedelta(0)))
            await self.settle()
        self.clock.advance(max(moment - self.clock.now(), timedelta(0)))
        await self.settle()

    async def _next_due(self) -> datetime | None:
        rows = await self.rows(
            "select min(due_at) as due from bus.timers where service = 'notify' and fired_at is null and due_at > $1",
            self.clock.now(),
        )
        due: datetime | None = rows[0]["due"]
        return due

    async def rows(self, query: str, *arguments: Any) -> list[asyncpg.Record]:
        async with self.service.runtime.database.connection() as connection:
            return list(await connection.fetch(query, *arguments))

    async def events(self, name: str | None = None) -> list[tuple[str, dict[str, Any]]]:
        """What was emitted, in order: name and data."""
        rows = await self.rows("select type, body from bus.outbox where service = 'notify' order by position")
        found = [(r["type"].removeprefix("amends.").removesuffix(".v1"), json.loads(r["body"])["data"]) for r in rows]
        return [event for event in found if name in (None, event[0])]

    def mails_to(self, who: str) -> list[Mail]:
        return [mail for mail in self.post.mails if mail.to.startswith(f"{who}@")]

    async def answer(self, mail: Mail, words: str) -> None:
        """The owner answers in words, and lets the time to take it back pass."""
        await self.phone.say(mail.link, words)
        await self.wait(timedelta(seconds=61))


@asynccontextmanager
async def desk_at(start: datetime, database_url: str, redis_url: str, **settings: Any) -> AsyncGenerator[Desk, None]:
    """A desk that opens at `start`."""
    with PostOffice() as post:
        usual = settings_for("notify", database_url, redis_url).model_dump()
        notify: dict[str, Any] = {
            "amends_public_url": AnyHttpUrl(PUBLIC_URL),
            "action_link_secret": SecretStr("0123456789abcdef0123456789abcdef"),
            "directory_path": BANK,
            "smtp_host": post.host,
            "smtp_port": post.port,
            "smtp_from": "amends@harbourvale.example",
            "smtp_encryption": "none",
        }
        service = create_service(NotifySettings(**(usual | notify | settings)), clock := ManualClock(start))
        runtime = service.runtime
        async with runtime.database, runtime.redis:
            timers = Timers(runtime, service.timers, service.settings)
            dispatcher = Dispatcher(runtime, service.adapters, service.on_settled, service.settings)
            desk = Desk(service, clock, timers, dispatcher, post, DeskPhone(service))
            try:
                yield desk
            finally:
                await desk.phone.close()
