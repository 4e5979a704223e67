"""The `amends` command as a person types it: real processes, real servers."""

import asyncio
import contextlib
import json
import os
import signal
import socket
import sys
from collections.abc import AsyncGenerator, Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
from redis.asyncio import Redis

from chassis.runtime import Runtime
from chassis.webhooks import sign
from contracts import DATA_FIELD, MentionAssessed, MentionReceived
from tests.builders import entries_of, eventually
from tests.integration.test_ingest import recent
from tests.servers import ROOT
from tests.unit.chassis.test_webhooks import NEW

MakeRuntime = Callable[..., Awaitable[Runtime]]
SettingsEnv = Callable[[str], dict[str, str]]


async def amends(*words: str, env: dict[str, str], stdin: bytes = b"") -> tuple[int, str, str]:
    """Run one command to its end: exit code, stdout, stderr."""
    process = await begin(*words, env=env)
    out, err = await asyncio.wait_for(process.communicate(stdin), 30)
    return process.returncode or 0, out.decode(), err.decode()


async def begin(*words: str, env: dict[str, str]) -> asyncio.subprocess.Process:
    pipe = asyncio.subprocess.PIPE
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", "cli", *words, env=env, cwd=ROOT, stdin=pipe, stdout=pipe, stderr=pipe
    )


@pytest.fixture
def owner_env(database_url: str, redis_url: str, settings_env: SettingsEnv) -> dict[str, str]:
    return settings_env("ingest") | {"DATABASE_ADMIN_URL": database_url, "REDIS_URL": redis_url}


@pytest.fixture
def ingest_env(settings_env: SettingsEnv, tmp_path: Path) -> dict[str, str]:
    channels = tmp_path / "channels.yaml"
    channels.write_text("accounts: {'@harbourvale': harbour}", "utf-8")
    ports = {"HTTP_PORT": str(free_port()), "PROBES_PORT": str(free_port())}
    secrets = {"WEBHOOK_SECRETS": NEW, "AUTHOR_KEY_SECRET": "k" * 32}
    return settings_env("ingest") | ports | secrets | {"INGEST_CONFIG": str(channels)}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextlib.asynccontextmanager
async def service(name: str, env: dict[str, str]) -> AsyncGenerator[asyncio.subprocess.Process, None]:
    """A service as a process of its own, ready; ended by its pid."""
    process = await begin("run", name, env=env)
    try:
        await eventually(lambda: is_ready(env["PROBES_PORT"]), seconds=20)
        yield process
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGTERM)
        await asyncio.wait_for(process.communicate(), 20)


async def is_ready(port: str) -> bool:
    async with httpx.AsyncClient() as client:
        with contextlib.suppress(httpx.TransportError):
            return (await client.get(f"http://127.0.0.1:{port}/readyz")).status_code == 200
    return False


async def send(port: str, *external_ids: str) -> None:
    body = json.dumps([recent(external_id=external_id) for external_id in external_ids]).encode()
    headers = sign(NEW, "msg_1", int(datetime.now(UTC).timestamp()), body)
    async with httpx.AsyncClient() as client:
        response = await client.post(f"http://127.0.0.1:{port}/v1/mentions", content=body, headers=headers)
    assert response.status_code == 202, response.text


async def test_a_mention_that_is_posted_comes_out_assessed_and_a_killed_service_loses_nothing(
    redis: Redis, ingest_env: dict[str, str], settings_env: SettingsEnv
) -> None:
    classify_env = settings_env("classify") | {"PROBES_PORT": str(free_port()), "RECLAIM_IDLE_MS": "300"}
    classify_env["RECLAIM_EVERY_MS"] = "100"
    async with service("ingest", ingest_env):
        async with service("classify", classify_env) as classify:
            await send(ingest_env["HTTP_PORT"], "before")
            await eventually(lambda: assessed(redis, {"before"}))
            classify.send_signal(signal.SIGKILL)
            await classify.wait()
        await send(ingest_env["HTTP_PORT"], *(f"during-{number}" for number in range(200)))
        async with service("classify", classify_env):
            expected = {"before", *(f"during-{number}" for number in range(200))}
            await eventually(lambda: assessed(redis, expected), seconds=20)
        async with httpx.AsyncClient() as client:
            metrics = (await client.get(f"http://127.0.0.1:{ingest_env['PROBES_PORT']}/metrics/")).text
    assert 'amends_mentions_taken_total{taken="accepted"} 201.0' in metrics
    assert "@tired" not in metrics


async def assessed(redis: Redis, external_ids: set[str]) -> bool:
    events = [json.loads(fields[DATA_FIELD]) for _, fields in await entries_of(redis, MentionAssessed.stream)]
    return sorted(event["data"]["mention"]["external_id"] for event in events) == sorted(external_ids)


async def test_a_service_that_is_told_to_stop_stops_cleanly(ingest_env: dict[str, str]) -> None:
    async with service("ingest", ingest_env) as process:
        process.send_signal(signal.SIGTERM)
        assert await asyncio.wait_for(process.wait(), 15) == 0


async def test_a_dead_letter_is_listed_shown_and_given_back(
    redis: Redis, owner_env: dict[str, str], make_runtime: MakeRuntime
) -> None:
    runtime = await make_runtime("classify")
    async with runtime.database.transaction() as connection:
        letter = await connection.fetchval(
            "insert into bus.dead_letters (consumer, stream, entry_id, type, reason, error, attempts, body)"
            " values ('classify', $1, '1-0', 'amends.mention.received.v1', 'refused', 'why', 1, $2) returning id",
            MentionReceived.stream,
            b'{"original": true}',
        )

    code, listed, _ = await amends("dead", "list", env=owner_env)
    assert (code, str(letter) in listed, "1 dead letters" in listed) == (0, True, True)
    code, shown, _ = await amends("dead", "show", str(letter), env=owner_env)
    assert (code, '{"original": true}' in shown) == (0, True)
    assert await amends("dead", "redrive", str(letter), env=owner_env) == (0, "1 given back to their streams\n", "")
    assert [fields[DATA_FIELD] for _, fields in await entries_of(redis, MentionReceived.stream)] == [
        b'{"original": true}'
    ]
    assert (await amends("dead", "redrive", str(letter), env=owner_env))[0] == 1


async def test_events_are_published_again_on_demand(
    redis: Redis, owner_env: dict[str, str], ingest_env: dict[str, str]
) -> None:
    async with service("ingest", ingest_env):
        await send(ingest_env["HTTP_PORT"], "a", "b")
        await eventually(lambda: has_published(redis, 2))
    code, out, _ = await amends(
        "republish", "--service", "ingest", "--since", "2026-01-01T00:00:00+00:00", env=owner_env
    )
    assert (code, out) == (0, "2 events published again\n")
    ids = [json.loads(fields[DATA_FIELD])["id"] for _, fields in await entries_of(redis, MentionReceived.stream)]
    assert len(ids) == 4
    assert len(set(ids)) == 2


async def has_published(redis: Redis, count: int) -> bool:
    return len(await entries_of(redis, MentionReceived.stream)) == count


async def test_what_is_missing_is_said_in_one_line_each(settings_env: SettingsEnv) -> None:
    code, out, err = await amends("run", "ingest", env=settings_env("ingest"))
    assert (code, out) == (2, "")
    names = {line.split(" ")[0] for line in err.splitlines()}
    assert names == {"INGEST_CONFIG", "WEBHOOK_SECRETS", "AUTHOR_KEY_SECRET"}


async def test_a_server_that_is_away_is_said_in_one_line(owner_env: dict[str, str]) -> None:
    away = owner_env | {"DATABASE_ADMIN_URL": "postgresql://a:b@127.0.0.1:1/none"}
    code, _, err = await amends("dead", "list", env=away)
    assert code == 2
    assert err.startswith("dead: a server did not do its part: ")
    assert len(err.splitlines()) == 1


async def test_the_settings_are_shown_without_their_secrets(ingest_env: dict[str, str]) -> None:
    code, out, _ = await amends("config", "check", "ingest", env=ingest_env)
    assert code == 0
    assert "BATCH_MAX = 250" in out
    assert "AUTHOR_KEY_SECRET = set, not shown" in out
    assert "test-ingest" not in out
    assert "k" * 32 not in out


async def test_the_assessor_is_a_filter_that_names_the_lines_it_cannot_read(settings_env: SettingsEnv) -> None:
    rows = b'{"id": 1, "text": "Billed twice in May"}\n{"id": 2}\n{"id": 3, "text": "Lovely staff"}\n'
    code, out, err = await amends("assess", env=settings_env("classify") | {"PYTHONIOENCODING": "utf-8"}, stdin=rows)
    assert [(row["id"], row["kind"]) for row in map(json.loads, out.splitlines())] == [(1, "complaint"), (3, "praise")]
    assert (code, err) == (1, "line 2: text: Field required\n")


async def test_a_file_is_imported_its_bad_lines_named_and_a_second_run_adds_nothing(
    ingest_env: dict[str, str], make_runtime: MakeRuntime, tmp_path: Path
) -> None:
    old = {"posted_at": "2015-02-17T09:00:00-08:00"}
    rows = [json.dumps(recent(external_id=str(number), **old)) for number in range(1_200)]
    file = tmp_path / "mentions.jsonl"
    file.write_text("\n".join([*rows, "no json", "", json.dumps(recent(text="", **old))]), "utf-8")

    code, out, err = await amends("import", str(file), "--shift-to-now", env=ingest_env)
    assert (code, out) == (1, "1200 accepted, 2 refused\n")
    assert [line[: line.index(":", 11)] for line in err.splitlines()] == ["line 1201: line", "line 1203: text"]
    assert (await amends("import", str(file), env=ingest_env))[1] == "1200 duplicate, 2 refused\n"
    runtime = await make_runtime("ingest")
    async with runtime.database.connection() as connection:
        row = await connection.fetchrow(
            "select count(*) as mentions, bool_and(waiting_since = received_at) as waits_from_arrival,"
            " max(now() - posted_at) < interval '1 minute' as shifted from ingest.mentions"
        )
    assert dict(row or {}) == {"mentions": 1_200, "waits_from_arrival": True, "shifted": True}


async def test_a_csv_file_is_imported_row_by_row_and_one_without_known_columns_is_refused(
    ingest_env: dict[str, str], tmp_path: Path
) -> None:
    item = recent(external_id="csv-1")
    file, wrong = tmp_path / "mentions.CSV", tmp_path / "wrong.csv"
    file.write_text(f"{';'.join(item)}\r\n{';'.join(map(str, item.values()))}\r\n", "utf-8")
    wrong.write_text("Name;Message\nA;B\n", "utf-8")

    assert (await amends("import", str(file), env=ingest_env))[:2] == (0, "1 accepted, 0 refused\n")
    code, _, err = await amends("import", str(wrong), env=ingest_env)
    assert code == 1
    assert err.startswith("line 1: columns: `Name` is no column we know; it may name account, author,")


def test_the_script_at_the_root_can_be_run() -> None:
    assert os.access(ROOT / "amends", os.X_OK)
