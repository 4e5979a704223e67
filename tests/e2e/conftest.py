"""One stack for all scenarios; each has branches and mentions of its own."""

from collections.abc import AsyncGenerator, Generator

import pytest

from tests.world import Ground, World, running_stack, world_around


@pytest.fixture(scope="session")
def stack() -> Generator[Ground, None, None]:
    with running_stack(settings={"notify": {"ESCALATION_SECONDS": "4"}}) as ground:
        yield ground


@pytest.fixture
async def world(stack: Ground) -> AsyncGenerator[World, None]:
    async with world_around(stack) as around:
        yield around
