"""POST /v1/mentions on a real PostgreSQL: kept once, whatever is sent how often, and a clear answer to the rest."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from itertools import permutations
from typing import Any

import httpx
import pytest
from redis.asyncio import Redis

from chassis.database import Database
from chassis.runtime import Runtime
from chassis.webhooks import sign
from services.ingest.api import Intakes, Limits, create_api
from tests.unit.chassis.test_webhooks import NEW, OLD
from tests.unit.ingest.test_mentions import CHANNELS, an_item

MakeRuntime = Callable[..., Awaitable[Runtime]]
LIMITS = Limits(body_bytes_max=20_000, mentions_max=500, requests_max=16, source_per_second_max=1_000)


def a_client(runtime: Runtime, limits: Limits = LIMITS) -> httpx.AsyncClient:
    app = create_api(Intakes(runtime, CHANNELS, [OLD, NEW], b"s" * 16, limits))
    return httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://ingest")


async def post(client: httpx.AsyncClient, content: Any, secret: str = NEW) -> httpx.Response:
    body = content if isinstance(content, bytes) else json.dumps(content).encode()
    headers = sign(secret, "msg_1", int(datetime.now(UTC).timestamp()), body)
    return await client.post("/v1/mentions", content=body, headers=headers)


def recent(**changes: Any) -> dict[str, Any]:
    return an_item(**({"posted_at": datetime.now(UTC).isoformat()} | changes))


def statuses(response: httpx.Response) -> list[str]:
    assert response.status_code == 202, response.text
    return [result["status"] for result in response.json()["results"]]


async def emitted(runtime: Runtime) -> list[str]:
    async with runtime.database.connection() as connection:
        rows = await connection.fetch("select type from bus.outbox order by xid, position")
    return [row["type"].split(".")[2] for row in rows]


async def test_one_mention_or_many_are_kept(make_runtime: MakeRuntime) -> None:
    runtime = await make_runtime("ingest")
    async with a_client(runtime) as client:
        assert statuses(await post(client, recent())) == ["accepted"]
        assert statuses(await post(client, [recent(external_id="a"), recent(external_id="b")], OLD)) == ["accepted"] * 2
    assert await emitted(runtime) == ["received"] * 3


async def test_the_same_mention_sent_again_is_a_duplicate_days_later_too(make_runtime: MakeRuntime) -> None:
    runtime = await make_runtime("ingest")
    async with a_client(runtime) as client:
        await post(client, recent())
        assert statuses(await post(client, [recent(), recent(external_id="b"), recent(external_id="b")])) == [
            "duplicate",
            "accepted",
            "duplicate",
        ]
    assert await emitted(runtime) == ["received"] * 2


async def test_five_deliveries_at_once_on_two_processes_are_one_mention_and_never_an_error(
    make_runtime: MakeRuntime,
) -> None:
    one, other = await make_runtime("ingest"), await make_runtime("ingest")
    batch = [recent(external_id=str(number)) for number in range(50)]
    async with a_client(one) as first, a_client(other) as second:
        sent = [
            post(client, order) for client in (first, second) for order in (batch, batch[::-1], batch[7:] + batch[:7])
        ]
        answers = [statuses(response) for response in await asyncio.gather(*sent)]
    assert sum(answer.count("accepted") for answer in answers) == 50
    assert await emitted(one) == ["received"] * 50


STEPS = {
    "first": recent(text="first"),
    "second": recent(version=2, text="second"),
    "deletion": {"channel": "x", "external_id": "17", "deleted": True},
}


@pytest.mark.parametrize("order", list(permutations(STEPS)), ids=" ".join)
async def test_in_any_order_the_last_word_is_the_same(make_runtime: MakeRuntime, order: tuple[str, ...]) -> None:
    runtime = await make_runtime("ingest")
    async with a_client(runtime) as client:
        for step in order:
            statuses(await post(client, STEPS[step]))
    async with runtime.database.connection() as connection:
        row = await connection.fetchrow("select text, author, deleted_at from ingest.mentions")
    assert row is not None
    assert (row["text"], row["author"]) == (None, None)
    assert row["deleted_at"] is not None
    assert (await emitted(runtime)).count("deleted") == 1


async def test_an_edit_is_an_edit_and_an_older_version_that_comes_late_is_stale(make_runtime: MakeRuntime) -> None:
    runtime = await make_runtime("ingest")
    async with a_client(runtime) as client:
        assert statuses(await post(client, recent(version=2))) == ["accepted"]
        assert statuses(await post(client, recent(version=3))) == ["edited"]
        assert statuses(await post(client, recent(version=1))) == ["stale"]
    assert await emitted(runtime) == ["received", "edited"]


async def test_a_wrong_item_keeps_its_whole_batch_out(make_runtime: MakeRuntime) -> None:
    runtime = await make_runtime("ingest")
    async with a_client(runtime) as client:
        response = await post(client, [recent(), recent(external_id="b", text="")])
    assert response.status_code == 422
    assert response.headers["content-type"] == "application/problem+json"
    assert [(error["index"], error["field"]) for error in response.json()["errors"]] == [(1, "text")]
    assert await emitted(runtime) == []


async def test_what_is_not_signed_by_us_is_refused(make_runtime: MakeRuntime) -> None:
    stranger = "whsec_" + "A" * 32
    async with a_client(await make_runtime("ingest")) as client:
        assert (await post(client, recent(), stranger)).status_code == 401
        assert (await client.post("/v1/mentions", content=b"{}")).status_code == 400


async def test_a_body_over_the_limit_is_refused_even_when_its_length_is_not_said(make_runtime: MakeRuntime) -> None:
    async def chunks() -> Any:
        for _ in range(30):
            yield b" " * 1_000

    async with a_client(await make_runtime("ingest")) as client:
        assert (await post(client, b" " * 20_001)).status_code == 413
        assert (await client.post("/v1/mentions", content=chunks())).status_code == 413


@pytest.mark.parametrize("body", [b"{", b"[" * 10_000, b"\xff\xfe"])
async def test_a_body_that_is_no_json_is_a_400(make_runtime: MakeRuntime, body: bytes) -> None:
    async with a_client(await make_runtime("ingest")) as client:
        assert (await post(client, body)).status_code == 400


async def test_more_requests_than_fit_are_told_to_wait(make_runtime: MakeRuntime) -> None:
    limits = Limits(body_bytes_max=20_000, mentions_max=500, requests_max=1, source_per_second_max=1_000)
    async with a_client(await make_runtime("ingest"), limits) as client:
        answers = await asyncio.gather(*(post(client, recent(external_id=str(n))) for n in range(10)))
    told = [answer for answer in answers if answer.status_code == 429]
    assert told
    assert all(answer.headers["retry-after"] == "2" for answer in told)


async def test_a_source_that_sends_too_fast_is_told_when_to_come_back(make_runtime: MakeRuntime) -> None:
    limits = Limits(body_bytes_max=20_000, mentions_max=500, requests_max=50, source_per_second_max=1)
    async with a_client(await make_runtime("ingest"), limits) as client:
        answers = [await post(client, recent(external_id=str(n))) for n in range(3)]
    assert [answer.status_code for answer in answers] == [202, 202, 429]
    assert answers[-1].headers["retry-after"] == "1"


async def test_while_postgresql_is_away_the_sender_is_asked_to_come_back(redis: Redis) -> None:
    nowhere = Database("postgresql://a:b@127.0.0.1:1/none", schema="ingest", connect_timeout_seconds=1)
    async with nowhere, a_client(Runtime("ingest", nowhere, redis)) as client:
        response = await post(client, recent())
    assert (response.status_code, response.headers["retry-after"]) == (503, "2")
