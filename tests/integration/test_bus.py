"""The promises of chassis.bus against a real server: what FastStream's streams leave open stays closed."""

import asyncio
import gc
import json
import os
import signal
import subprocess
import sys
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from redis.asyncio import Redis
from redis.exceptions import ResponseError

from chassis.bus import RawEntries
from chassis.errors import NotNow, Refused
from chassis.redis_client import READ_TIMEOUT_SECONDS
from chassis.running import Runner, running
from chassis.runtime import Runtime
from chassis.service import Service
from chassis.settings import Settings
from chassis.work import Received, Work
from contracts import DATA_FIELD, Event, MentionDeleted, MentionReceived, mention_id, wrap
from tests.builders import NOON, a_mention_received, entries_of, eventually

STREAM = MentionReceived.stream
GROUP = "classify"
MakeRuntime = Callable[..., Awaitable[Runtime]]
Handler = Callable[[Work, Sequence[Received[Any]]], Awaitable[None]]


def body_of(event: Event, event_id: object = None) -> bytes:
    envelope = wrap(event, service="ingest", cause=uuid4(), time=NOON)
    return envelope.__pydantic_serializer__.to_json(envelope, exclude_none=True)


async def add(redis: Redis, *bodies: bytes) -> None:
    for body in bodies:
        await redis.xadd(STREAM, {DATA_FIELD: body})


def mentions(count: int, *, start: int = 0) -> list[bytes]:
    return [body_of(a_mention_received(str(start + number))) for number in range(count)]


class Seen:
    """A handler that remembers what it was given, batch by batch."""

    def __init__(self) -> None:
        self.batches: list[list[str]] = []
        self.poison: dict[str, Exception] = {}

    async def __call__(self, work: Work, events: Sequence[Received[MentionReceived]]) -> None:
        self.batches.append([event.data.mention.external_id for event in events])
        for event in events:
            if event.data.mention.external_id in self.poison:
                raise self.poison[event.data.mention.external_id]

    @property
    def ids(self) -> set[str]:
        return {external_id for batch in self.batches for external_id in batch}


@pytest.fixture
def seen() -> Seen:
    return Seen()


@pytest.fixture
def settings(redis_url: str, database_url: str) -> Settings:
    return a_settings(redis_url, database_url)


def a_settings(redis_url: str, database_url: str, **changes: Any) -> Settings:
    usual: dict[str, Any] = {
        "redis_url": redis_url,
        "database_url": database_url,
        "probes_port": 0,
        "reclaim_idle_ms": 150,
        "reclaim_every_ms": 50,
        "sweep_every_ms": 100,
        "graceful_seconds": 5,
    }
    return Settings(**(usual | changes))


@pytest.fixture
def start(
    make_runtime: MakeRuntime, settings: Settings
) -> Callable[..., Awaitable[AbstractAsyncContextManager[Runner]]]:
    async def begin(handler: Handler, **changes: Any) -> AbstractAsyncContextManager[Runner]:
        used = settings.model_copy(update=changes)
        return running(Service(await make_runtime(GROUP), used, handlers={MentionReceived: handler}))

    return begin


async def pending(redis: Redis) -> int | None:
    """Entries given and not acknowledged; None while there is no group."""
    try:
        return int((await redis.xpending(STREAM, GROUP))["pending"])
    except ResponseError:
        return None


async def all_done(redis: Redis) -> bool:
    """Every entry has been given to the group and acknowledged."""
    groups = [info for info in await redis.xinfo_groups(STREAM) if info["name"] == GROUP.encode()]
    return bool(groups) and groups[0]["lag"] == 0 and groups[0]["pending"] == 0


async def dead(redis: Redis) -> list[dict[bytes, bytes]]:
    return [fields for _, fields in await entries_of(redis, f"{STREAM}:dead")]


async def test_events_published_before_the_first_start_are_delivered(redis: Redis, start: Any, seen: Seen) -> None:
    await add(redis, *mentions(3))

    async with await start(seen):
        await eventually(lambda: seen.ids == {"0", "1", "2"})


async def test_a_second_start_reads_what_is_new(redis: Redis, start: Any, seen: Seen) -> None:
    async with await start(seen):
        await add(redis, *mentions(1))
        await eventually(lambda: seen.ids == {"0"})
    await add(redis, *mentions(1, start=1))

    async with await start(seen):
        await eventually(lambda: seen.ids == {"0", "1"})
        await add(redis, *mentions(1, start=2))
        await eventually(lambda: seen.ids == {"0", "1", "2"})


async def test_a_backlog_is_taken_in_bounded_batches(redis: Redis, start: Any, seen: Seen) -> None:
    await add(redis, *mentions(250))

    async with await start(seen, batch_max=100):
        await eventually(lambda: len(seen.ids) == 250)

    assert max(len(batch) for batch in seen.batches) == 100


async def test_a_batch_is_acknowledged_in_one_command(redis: Redis, start: Any, seen: Seen) -> None:
    await add(redis, *mentions(100))
    before = await calls(redis, "xack")

    async with await start(seen):
        await eventually(lambda: len(seen.ids) == 100)
        await eventually(lambda: all_done(redis))

    assert await calls(redis, "xack") == before + 1


async def calls(redis: Redis, command: str) -> int:
    stats = await redis.info("commandstats")
    return int(stats.get(f"cmdstat_{command}", {}).get("calls", 0))


async def test_a_repeated_event_is_handled_once(redis: Redis, start: Any, seen: Seen) -> None:
    [body] = mentions(1)
    await add(redis, body, body, body)

    async with await start(seen):
        await eventually(lambda: all_done(redis))
        await add(redis, body, *mentions(1, start=7))
        await eventually(lambda: "7" in seen.ids)

    assert sum(batch.count("0") for batch in seen.batches) == 1


async def test_one_bad_entry_does_not_hold_up_its_batch(redis: Redis, start: Any, seen: Seen) -> None:
    seen.poison["2"] = ValueError("a fault of ours")
    await add(redis, *mentions(5))

    async with await start(seen):
        await eventually(lambda: has_dead(redis, 1))
        await eventually(lambda: all_done(redis))

    assert seen.ids == {"0", "1", "2", "3", "4"}
    [letter] = await dead(redis)
    assert letter[b"reason"] == b"attempts_exhausted"


async def has_dead(redis: Redis, count: int) -> bool:
    return len(await dead(redis)) == count


async def test_a_fault_is_tried_five_times_then_kept_with_its_bytes(
    redis: Redis, start: Any, seen: Seen, make_runtime: MakeRuntime
) -> None:
    seen.poison["0"] = ValueError("a fault of ours")
    [body] = mentions(1)
    await add(redis, body)

    async with await start(seen):
        await eventually(lambda: has_dead(redis, 1))

    alone = [batch for batch in seen.batches if batch == ["0"]]
    assert len(alone) == 6  # once in its batch, five times on its own
    runtime = await make_runtime(GROUP)
    async with runtime.database.connection() as connection:
        row = await connection.fetchrow("select reason, attempts, body from bus.dead_letters")
    assert row is not None
    assert (row["reason"], row["attempts"], row["body"]) == ("attempts_exhausted", 5, body)


async def test_what_can_never_be_handled_is_dead_at_once(redis: Redis, start: Any, seen: Seen) -> None:
    seen.poison["0"] = Refused("an unknown branch")
    await add(redis, *mentions(1))

    async with await start(seen, reclaim_idle_ms=10_000):
        await eventually(lambda: has_dead(redis, 1))

    assert [letter[b"reason"] for letter in await dead(redis)] == [b"refused"]
    assert len(seen.batches) == 2


MALFORMED = [
    pytest.param(b"\xff\xfe not text", b"no_json", id="bytes that are no text"),
    pytest.param(b'"a string"', b"no_object", id="a JSON string"),
    pytest.param(b"[" * 60_000, b"no_json", id="sixty thousand levels deep"),
    pytest.param(b'{"a": "' + b"x" * 65_536 + b'"}', b"too_large", id="over 64 KiB"),
    pytest.param(b'{"type": "amends.mention.received.v1"}', b"no_identity", id="no id"),
    pytest.param(
        b'{"id": "7d444840-9dc0-11d1-b245-5ffdce74fad2", "type": "amends.mention.received.v1", "data": {}}',
        b"invalid_event",
        id="data that is none",
    ),
]


@pytest.mark.parametrize(("body", "reason"), MALFORMED)
async def test_a_malformed_entry_is_dead_at_once_with_its_bytes(
    redis: Redis, start: Any, seen: Seen, body: bytes, reason: bytes
) -> None:
    await add(redis, body, *mentions(1))

    async with await start(seen):
        await eventually(lambda: has_dead(redis, 1))
        await eventually(lambda: all_done(redis))

    [letter] = await dead(redis)
    assert (letter[b"reason"], letter[DATA_FIELD]) == (reason, body)
    assert seen.ids == {"0"}


async def test_an_entry_of_a_foreign_layout_is_dead_with_all_its_fields(redis: Redis, start: Any, seen: Seen) -> None:
    await redis.xadd(STREAM, {"type": "something", "data": "else"})

    async with await start(seen):
        await eventually(lambda: has_dead(redis, 1))

    [letter] = await dead(redis)
    assert json.loads(letter[DATA_FIELD]) == {"type": "something", "data": "else"}


async def test_the_reason_of_a_dead_letter_never_quotes_the_customer(
    redis: Redis, start: Any, seen: Seen, make_runtime: MakeRuntime
) -> None:
    secret = "my card ends in 4471"
    raw = json.loads(mentions(1)[0])
    raw["data"]["mention"]["posted_at"] = secret
    await add(redis, json.dumps(raw).encode())

    async with await start(seen):
        await eventually(lambda: has_dead(redis, 1))

    runtime = await make_runtime(GROUP)
    async with runtime.database.connection() as connection:
        error = await connection.fetchval("select error from bus.dead_letters")
    assert "mention.posted_at" in error
    assert secret not in error


async def test_words_outside_ascii_arrive_whole(redis: Redis, start: Any) -> None:
    texts: list[str] = []

    async def handler(work: Work, events: Sequence[Received[MentionReceived]]) -> None:
        texts.extend(event.data.mention.text for event in events)

    text = "De rij staat tot buiten 😡 — façade, Straße, 待ち時間"
    await add(redis, body_of(a_mention_received("1", text=text)))

    async with await start(handler):
        await eventually(lambda: texts == [text])


async def test_an_unknown_event_is_recorded_and_left_alone(
    redis: Redis, start: Any, seen: Seen, make_runtime: MakeRuntime
) -> None:
    raw = json.loads(mentions(1)[0]) | {"type": "amends.mention.translated.v1"}
    deleted = MentionDeleted(mention_id=mention_id("x", "1"), channel="x", deleted_at=NOON)
    await add(redis, json.dumps(raw).encode(), body_of(deleted))

    async with await start(seen):
        await eventually(lambda: all_done(redis))

    runtime = await make_runtime(GROUP)
    async with runtime.database.connection() as connection:
        assert await connection.fetchval("select count(*) from bus.inbox") == 2
    assert not seen.batches
    assert not await dead(redis)


async def test_what_a_dead_consumer_left_is_claimed_and_new_entries_are_still_read(
    redis: Redis, start: Any, seen: Seen
) -> None:
    await redis.xgroup_create(STREAM, GROUP, id="0", mkstream=True)
    await add(redis, *mentions(120))
    await redis.xreadgroup(GROUP, "a-replica-that-died", {STREAM: ">"}, count=120)

    async with await start(seen):
        await add(redis, *mentions(1, start=500))
        await eventually(lambda: len(seen.ids) == 121)
        await eventually(lambda: all_done(redis))


async def test_servers_that_are_away_cost_no_attempt(redis: Redis, start: Any, seen: Seen) -> None:
    seen.poison["0"] = NotNow("the directory is being reloaded")
    await add(redis, *mentions(1))

    async with await start(seen):
        await eventually(lambda: len(seen.batches) > 6)
        del seen.poison["0"]
        await eventually(lambda: all_done(redis))

    assert not await dead(redis)


async def test_a_flushed_redis_is_read_again_from_the_beginning(redis: Redis, start: Any, seen: Seen) -> None:
    async with await start(seen):
        await add(redis, *mentions(1))
        await eventually(lambda: seen.ids == {"0"})
        await redis.flushall()
        await add(redis, *mentions(2, start=1))
        await eventually(lambda: seen.ids == {"0", "1", "2"})


async def test_a_reader_whose_rights_are_taken_backs_off_and_comes_back(
    redis: Redis, start: Any, seen: Seen, redis_url: str
) -> None:
    await command(redis, "ACL", "SETUSER", "reader", "on", ">pw", "~*", "&*", "+@all")
    address = redis_url.rpartition("@")[2]
    async with await start(seen, redis_url=f"redis://reader:pw@{address}") as runner:
        await eventually(lambda: is_ready(runner))
        await command(redis, "ACL", "SETUSER", "reader", "-xreadgroup")
        await asyncio.sleep(1.5)
        before = await rejected(redis)
        await asyncio.sleep(1.5)
        assert await rejected(redis) - before < 30
        await command(redis, "ACL", "SETUSER", "reader", "+xreadgroup")
        await add(redis, *mentions(1))
        await eventually(lambda: seen.ids == {"0"}, seconds=15)
    await command(redis, "ACL", "DELUSER", "reader")


async def test_a_server_that_turns_read_only_is_waited_for_without_hammering_it(
    redis: Redis, start: Any, seen: Seen
) -> None:
    """As after a failover, while an old primary is a replica."""
    async with await start(seen) as runner:
        await eventually(lambda: is_ready(runner))
        await command(redis, "REPLICAOF", "127.0.0.1", "1")
        try:
            await asyncio.sleep(1.5)
            before = await refused_reads(redis)
            await asyncio.sleep(1.5)
            after = await refused_reads(redis)
        finally:
            await command(redis, "REPLICAOF", "NO", "ONE")
        assert after - before < 30
        await add(redis, *mentions(1))
        await eventually(lambda: seen.ids == {"0"}, seconds=15)


async def refused_reads(redis: Redis) -> int:
    """How often the group was read in vain, whatever the server counted it as."""
    stats = (await redis.info("commandstats")).get("cmdstat_xreadgroup", {})
    return int(stats.get("rejected_calls", 0)) + int(stats.get("failed_calls", 0))


async def command(redis: Any, *words: str) -> None:
    await redis.execute_command(*words)


async def rejected(redis: Redis) -> int:
    stats = await redis.info("commandstats")
    return int(stats["cmdstat_xreadgroup"]["rejected_calls"])


async def is_ready(runner: Runner) -> bool:
    return await runner.readiness() is None


async def test_cut_connections_are_made_again(redis: Redis, start: Any, seen: Seen) -> None:
    async with await start(seen) as runner:
        await eventually(lambda: is_ready(runner))
        await command(redis, "CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
        await add(redis, *mentions(1))
        await eventually(lambda: seen.ids == {"0"}, seconds=8)


async def test_a_blocking_read_ends_before_the_socket_gives_up(start: Any, seen: Seen, redis: Redis) -> None:
    async with await start(seen) as runner:
        await eventually(lambda: is_ready(runner))
        [reader] = runner._readers
        assert reader._subscriber.stream_sub.polling_interval < READ_TIMEOUT_SECONDS * 1000
        assert reader._subscriber.stream_sub.claim_min_idle_time is None


async def test_a_stop_lets_the_batch_under_way_end(redis: Redis, start: Any) -> None:
    begun, ended = asyncio.Event(), asyncio.Event()

    async def slow(work: Work, events: Sequence[Received[Any]]) -> None:
        begun.set()
        await asyncio.sleep(0.5)
        ended.set()

    await add(redis, *mentions(1))
    async with await start(slow):
        await begun.wait()

    assert ended.is_set()
    assert await pending(redis) == 0


async def test_a_service_started_before_redis_waits_and_then_reads(
    make_runtime: MakeRuntime, redis: Redis, redis_url: str, settings: Settings, seen: Seen
) -> None:
    runtime = await make_runtime(GROUP)
    real, runtime.redis = runtime.redis, Redis(host="127.0.0.1", port=1)
    async with running(Service(runtime, settings, handlers={MentionReceived: seen})) as runner:
        await asyncio.sleep(0.3)
        assert await runner.readiness() == "waiting for Redis and PostgreSQL"
        assert await runner._livez() is None
        await runtime.redis.aclose()
        runtime.redis = real
        await add(redis, *mentions(1))
        await eventually(lambda: seen.ids == {"0"})
        await eventually(lambda: is_ready(runner))


async def test_nothing_is_logged_per_event(
    redis: Redis, start: Any, seen: Seen, capsys: pytest.CaptureFixture[str]
) -> None:
    async with await start(seen) as runner:
        await eventually(lambda: is_ready(runner))
        capsys.readouterr()
        await add(redis, *mentions(50))
        await eventually(lambda: len(seen.ids) == 50)
        printed = capsys.readouterr()

    assert printed.out + printed.err == ""


async def test_a_service_stopped_at_any_moment_leaves_no_reader_behind(redis: Redis, start: Any, seen: Seen) -> None:
    left: list[str] = []
    for moment in range(30):
        await add(redis, *mentions(2, start=2 * moment))
        before = asyncio.all_tasks()
        async with await start(seen):
            await asyncio.sleep(moment / 300)
        left += [str(task.get_coro()) for task in asyncio.all_tasks() - before]
        gc.collect()  # a connection left open is a ResourceWarning, and that an error

    assert left == []


def test_our_format_cannot_fail() -> None:
    for data in (b"\xff", b"", {b"a": b"b"}, None):
        assert RawEntries.parse(data) == (b"0", {})


KILLER = """
import asyncio, os, sys
from chassis.clock import SystemClock
from chassis.database import Database
from chassis.redis_client import connect_redis
from chassis.running import running
from chassis.runtime import Runtime
from chassis.service import Service
from chassis.settings import Settings
from contracts import MentionReceived

async def deadly(work, events):
    if any(event.data.mention.external_id == "0" for event in events):
        os._exit(9)

async def main():
    settings = Settings(probes_port=0, reclaim_idle_ms=100, reclaim_every_ms=50)
    runtime = Runtime("classify", Database(str(settings.database_url), schema="classify"), connect_redis(settings))
    async with running(Service(runtime, settings, handlers={MentionReceived: deadly})):
        while (await runtime.redis.xlen("amends:mentions:dead")) == 0:
            await asyncio.sleep(0.05)
        await asyncio.sleep(0.3)

asyncio.run(main())
"""


async def test_an_event_that_kills_its_worker_is_dead_after_five_starts(
    redis: Redis, redis_url: str, database_url: str
) -> None:
    await add(redis, *mentions(3))
    deaths = 0
    environment = os.environ | {"REDIS_URL": redis_url, "DATABASE_URL": database_url}
    for _ in range(10):
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-c", KILLER, env=environment, cwd=Path(__file__).parents[2], stdout=subprocess.DEVNULL
        )
        try:
            code = await asyncio.wait_for(process.wait(), 20)
        finally:
            if process.returncode is None:
                process.send_signal(signal.SIGKILL)
                await process.wait()
        if code == 0:
            break
        deaths += 1

    [letter] = await dead(redis)
    assert letter[b"reason"] == b"never_finished"
    assert deaths == 6  # once in its batch, five times on its own
    assert await pending(redis) == 0
