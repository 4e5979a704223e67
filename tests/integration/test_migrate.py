"""The record's schema: applied once, and every service kept to what is its own."""

from collections.abc import Awaitable, Callable
from pathlib import Path

import asyncpg
import pytest

from chassis.migrate import Migration, MigrationRefused, choose_pending, migrate, read_migrations
from chassis.runtime import Runtime
from tests import servers

MakeRuntime = Callable[..., Awaitable[Runtime]]


async def test_migrating_twice_changes_nothing(database_url: str) -> None:
    assert await migrate(database_url, servers.MIGRATIONS, servers.ROLE_PASSWORDS) == []


async def test_a_service_works_in_its_database_as_its_own_role(make_runtime: MakeRuntime) -> None:
    runtime = await make_runtime("classify")
    async with runtime.work() as work:
        assert await work.connection.fetchval("select current_user") == "amends_classify"
    assert await runtime.database.answers()


async def test_a_service_cannot_read_the_tables_of_another(make_runtime: MakeRuntime, database_url: str) -> None:
    admin = await asyncpg.connect(database_url)
    await admin.execute("create schema if not exists elsewhere; create table elsewhere.things (n int)")
    await admin.close()
    runtime = await make_runtime("classify")

    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with runtime.database.connection() as connection:
            await connection.fetch("select * from elsewhere.things")


async def test_an_applied_file_that_was_edited_is_refused(database_url: str, tmp_path: Path) -> None:
    for path in servers.MIGRATIONS.glob("*.sql"):
        (tmp_path / path.name).write_text(path.read_text() + "\n-- edited", "utf-8")

    with pytest.raises(MigrationRefused, match=r"0001_bus\.sql was edited"):
        await migrate(database_url, tmp_path, servers.ROLE_PASSWORDS)


def test_a_file_that_comes_before_an_applied_one_is_refused() -> None:
    files = [Migration("0001_a.sql", "a"), Migration("0002_b.sql", "b")]

    with pytest.raises(MigrationRefused, match=r"0001_a\.sql comes before 0002_b\.sql"):
        choose_pending(files, {"0002_b.sql": files[1].checksum})


@pytest.mark.parametrize("name", ["1_short.sql", "0001-dash.sql", "0001_Upper.sql"])
def test_a_file_with_a_wrong_name_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("select 1", "utf-8")

    with pytest.raises(MigrationRefused, match="call it NNNN_what_it_does"):
        read_migrations(tmp_path)
