"""The record's schema: applied once, and every service kept to what is its own."""

from collections.abc import Callable
from pathlib import Path

import asyncpg
import pytest

from chassis.migrate import MigrationRefused, migrate
from tests import servers


async def test_migrating_twice_changes_nothing(database_url: str) -> None:
    assert await migrate(database_url, servers.MIGRATIONS, servers.ROLE_PASSWORDS) == []


async def test_a_service_works_in_its_database_as_its_own_role(make_runtime) -> None:
    runtime = await make_runtime("classify")
    async with runtime.work() as work:
        assert await work.connection.fetchval("select current_user") == "amends_classify"
    assert await runtime.redis.ping()
