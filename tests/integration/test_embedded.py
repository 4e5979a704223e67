"""The servers out of wheels: what they keep when they are killed, and who may use a directory."""

from pathlib import Path

import asyncpg
import pytest
from redis import Redis

from deploy.local.embedded import Servers, ServersFailed, servers


async def write(running: Servers) -> None:
    connection = await asyncpg.connect(running.database_url)
    await connection.execute("create table if not exists kept (word text)")
    await connection.execute("insert into kept values ('here')")
    await connection.close()
    with Redis.from_url(running.redis_url) as redis:
        redis.set("kept", "here")
        redis.execute_command("WAITAOF", 1, 0, 2_000)


async def read(running: Servers) -> tuple[int, object]:
    connection = await asyncpg.connect(running.database_url)
    rows = await connection.fetchval("select count(*) from kept")
    await connection.close()
    with Redis.from_url(running.redis_url) as redis:
        return rows, redis.get("kept")


async def test_what_was_written_is_there_after_a_crash_and_after_a_stop(tmp_path: Path) -> None:
    home = tmp_path / "servers"
    with servers(home) as running:
        await write(running)
        running.crash_postgres()
        running.kill_valkey()
        running.start_postgres()
        running.start_valkey()
        assert await read(running) == (1, b"here")
    with servers(home) as running:
        assert await read(running) == (1, b"here")


async def test_what_was_written_survives_kill_9_of_both_servers(tmp_path: Path) -> None:
    with servers(tmp_path / "servers") as running:
        await write(running)
        running.postgres.kill()
        running.valkey.kill()
        running.start_postgres()
        running.start_valkey()
        assert await read(running) == (1, b"here")


async def test_a_redis_that_is_wiped_comes_back_empty_at_the_same_address(tmp_path: Path) -> None:
    with servers(tmp_path / "servers", fast=True) as running:
        await write(running)
        before = running.redis_url
        running.wipe_valkey()
        assert running.redis_url == before
        assert (await read(running))[1] is None


def test_a_directory_is_used_by_one_run_at_a_time(tmp_path: Path) -> None:
    with servers(tmp_path / "servers", fast=True), pytest.raises(ServersFailed, match="in use by another run"):
        Servers(tmp_path / "servers").start()
