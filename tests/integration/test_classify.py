"""classify on real servers: the newest version is assessed, in whatever order things come, and nothing twice."""

from collections.abc import Awaitable, Callable
from itertools import permutations
from typing import Any
from uuid import uuid4

import pytest
from redis.asyncio import Redis

from chassis.running import running
from chassis.runtime import Runtime
from chassis.service import Service
from chassis.work import Received
from contracts import MentionAssessed, MentionDeleted, MentionEdited, MentionReceived, mention_id
from services.classify.app import create_service
from services.classify.handlers import Handlers
from services.classify.model import load_assessor
from services.classify.settings import ClassifySettings
from tests.builders import NOON, a_mention, a_mention_received, entries_of, eventually, received
from tests.integration.test_bus import a_settings

MakeRuntime = Callable[..., Awaitable[Runtime]]

handlers = Handlers(load_assessor())
HANDLERS: dict[type, Any] = {
    MentionReceived: handlers.on_mention_received,
    MentionEdited: handlers.on_mention_edited,
    MentionDeleted: handlers.on_mention_deleted,
}
STORY = {
    "received": received(a_mention_received(text="Great coffee, thank you")),
    "edited": received(MentionEdited(mention=a_mention(version=2, text="Coffee was cold, waited 30 minutes"))),
    "deleted": received(MentionDeleted(mention_id=mention_id("x", "1"), channel="x", deleted_at=NOON)),
}


async def handle(runtime: Runtime, event: Received[Any]) -> list[MentionAssessed]:
    async with runtime.work() as work:
        await HANDLERS[type(event.data)](work, [event])
        return [envelope.data for envelope in work.outbox]


@pytest.mark.parametrize("order", list(permutations(STORY)), ids=" ".join)
async def test_in_any_order_the_newest_version_stays(make_runtime: MakeRuntime, order: tuple[str, ...]) -> None:
    runtime = await make_runtime("classify")
    for name in order:
        await handle(runtime, STORY[name])

    async with runtime.database.connection() as connection:
        row = await connection.fetchrow("select version, deleted_at from classify.assessments")
    before = order[: order.index("deleted")]
    newest = max([{"received": 1, "edited": 2}[name] for name in before], default=0)
    assert row is not None
    assert row["deleted_at"] == NOON
    assert row["version"] == newest


async def test_an_older_version_that_comes_late_is_no_news(make_runtime: MakeRuntime) -> None:
    runtime = await make_runtime("classify")
    [edited] = await handle(runtime, STORY["edited"])
    assert edited.assessment.kind == "complaint"
    assert await handle(runtime, STORY["received"]) == []


async def test_both_versions_in_one_batch_are_assessed_as_the_newer(make_runtime: MakeRuntime) -> None:
    runtime = await make_runtime("classify")
    batch = [received(MentionReceived(mention=a_mention(version=version))) for version in (2, 1)]
    async with runtime.work() as work:
        await handlers.on_mention_received(work, batch)
        assert [envelope.data.mention.version for envelope in work.outbox] == [2]


async def test_what_ingest_emits_comes_out_assessed(
    redis: Redis,
    make_runtime: MakeRuntime,
    redis_url: str,
    database_url: str,
    service_url: Callable[[str], str],
) -> None:
    ingest = Service(await make_runtime("ingest"), a_settings(redis_url, service_url("ingest")))
    settings = ClassifySettings(**a_settings(redis_url, service_url("classify")).model_dump())
    classify = create_service(settings)
    async with running(ingest), running(classify):
        async with ingest.runtime.work() as work:
            for number in range(250):
                work.emit(a_mention_received(str(number)), cause=uuid4())
        await eventually(lambda: has_entries(redis, MentionAssessed.stream, 250), seconds=20)


async def has_entries(redis: Redis, stream: str, count: int) -> bool:
    return len(await entries_of(redis, stream)) == count
