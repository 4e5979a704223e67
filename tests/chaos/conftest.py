"""A whole stack for every run; what each run counted is shown at the end."""

from collections.abc import AsyncGenerator, Generator
from typing import Any

import pytest

from tests.world import REPORTS, Ground, World, running_stack, staff_answering, world_around


@pytest.fixture
def stack(request: pytest.FixtureRequest) -> Generator[Ground, None, None]:
    with running_stack(**getattr(request, "param", {})) as ground:
        yield ground


@pytest.fixture
async def world(stack: Ground) -> AsyncGenerator[World, None]:
    async with world_around(stack) as around:
        yield around


@pytest.fixture
async def staff(world: World) -> AsyncGenerator[None, None]:
    """Somebody at every branch."""
    async with staff_answering(world.post):
        yield


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """What each run counted."""
    if REPORTS:
        terminalreporter.section("chaos: lost/duplicated")
        for made in REPORTS:
            terminalreporter.write_line(str(made))
