"""A desk per scenario."""

from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.scenarios.desk import Desk, desk_at

MONDAY = datetime(2026, 11, 2, 9, 10, tzinfo=UTC)

OpenDesk = Callable[..., AbstractAsyncContextManager[Desk]]


@pytest.fixture
def open_desk(database_url: str, redis_url: str) -> OpenDesk:
    def make(start: datetime = MONDAY, **settings: Any) -> AbstractAsyncContextManager[Desk]:
        return desk_at(start, database_url, redis_url, **settings)

    return make


@pytest.fixture
async def desk(open_desk: OpenDesk) -> AsyncGenerator[Desk, None]:
    async with open_desk() as opened:
        yield opened
