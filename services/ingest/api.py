"""POST /v1/mentions: signed by Standard Webhooks, all or nothing, 2xx only after the commit."""

import asyncio
import contextlib
import math
import time
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass
from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse
from prometheus_client import Counter, Histogram

from chassis.errors import INFRASTRUCTURE
from chassis.http import Problem, answer_problems, read_body
from chassis.runtime import Runtime
from chassis.webhooks import SignatureMalformed, SignatureRefused, verify
from contracts import Mention
from services.ingest import store
from services.ingest.channels import Channels
from services.ingest.mentions import BodyUnreadable, Deletion, Intake, MentionsRefused, parse_items, read_items
from services.ingest.rates import Rates

REQUESTS = Counter("amends_webhook_requests_total", "Requests to POST /v1/mentions, by answer", ["status"])
SECONDS = Histogram("amends_webhook_seconds", "POST /v1/mentions, from the first byte to the answer")
TAKEN = Counter("amends_mentions_taken_total", "Items taken in, by what became of them", ["taken"])

RETRY_AFTER_SECONDS = 2
WAIT_SECONDS_MAX = 8.0

log = structlog.get_logger()


@dataclass(frozen=True)
class Limits:
    """What one request may bring, and how many may be under way."""

    body_bytes_max: int
    mentions_max: int
    requests_max: int
    source_per_second_max: float


class Intakes:
    """Takes requests in: verifies, reads, keeps."""

    def __init__(
        self, runtime: Runtime, channels: Channels, secrets: Sequence[str], author_secret: bytes, limits: Limits
    ) -> None:
        self._runtime = runtime
        self._channels = channels
        self._secrets = secrets
        self._author_secret = author_secret
        self._limits = limits
        self._rates = Rates(limits.source_per_second_max)
        self._under_way = 0

    async def take(self, request: Request) -> list[dict[str, str]]:
        """What became of each item, in order; raises Problem."""
        self._not_too_fast(request.client.host if request.client else "")
        async with self._place():
            body = await read_body(request, self._limits.body_bytes_max)
            self._verify(request, body)
            return await self._keep(self._read(body))

    def _not_too_fast(self, source: str) -> None:
        if wait := self._rates.take(source, time.monotonic()):
            limit = self._limits.source_per_second_max
            problem = f"one source may send {limit:g} requests a second: wait, or send more mentions in one"
            raise Problem(429, problem, retry_after_seconds=math.ceil(wait))

    @contextlib.asynccontextmanager
    async def _place(self) -> AsyncGenerator[None, None]:
        if self._under_way >= self._limits.requests_max:
            limit = self._limits.requests_max
            raise Problem(429, f"{limit} requests are under way: wait", retry_after_seconds=RETRY_AFTER_SECONDS)
        self._under_way += 1
        try:
            yield
        finally:
            self._under_way -= 1

    def _verify(self, request: Request, body: bytes) -> None:
        try:
            verify(request.headers, body, self._secrets, self._runtime.clock.now())
        except SignatureMalformed as error:
            raise Problem(400, str(error)) from None
        except SignatureRefused as error:
            raise Problem(401, str(error)) from None

    def _read(self, body: bytes) -> list[Mention | Deletion]:
        intake = Intake(self._channels, self._author_secret, self._runtime.clock.now())
        try:
            return read_items(parse_items(body, self._limits.mentions_max), intake)
        except BodyUnreadable as error:
            raise Problem(400, str(error)) from None
        except MentionsRefused as refused:
            raise Problem(422, "nothing was kept; mend these and send it again", errors=refused.errors) from None

    async def _keep(self, items: Sequence[Mention | Deletion]) -> list[dict[str, str]]:
        try:
            async with asyncio.timeout(WAIT_SECONDS_MAX), self._runtime.work() as work:
                results = await store.take(work, items)
        except INFRASTRUCTURE as error:
            log.warning("intake_waits", error=type(error).__name__)
            detail = "the record is away; nothing was kept, send it again"
            raise Problem(503, detail, retry_after_seconds=RETRY_AFTER_SECONDS) from None
        for _, taken in results:
            TAKEN.labels(taken.value).inc()
        return [{"mention_id": str(key), "status": taken.value} for key, taken in results]


def create_api(intakes: Intakes) -> FastAPI:
    """The HTTP interface of ingest."""
    app = FastAPI(title="Amends ingest", version="1", docs_url=None, redoc_url=None)
    answer_problems(app)

    @app.post("/v1/mentions", status_code=202)
    async def post_mentions(request: Request) -> JSONResponse:
        """Take in one mention or an array of them."""
        with SECONDS.time():
            try:
                answer: dict[str, Any] = {"results": await intakes.take(request)}
            except Problem as problem:
                REQUESTS.labels(str(problem.status)).inc()
                raise
        REQUESTS.labels("202").inc()
        return JSONResponse(answer, 202)

    return app
