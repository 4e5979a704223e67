"""The examples in docs/events.md do what they say, as they stand there."""

import asyncio
import re
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from redis.asyncio import Redis

from contracts import DATA_FIELD, LoopClosed
from tests.builders import eventually
from tests.contract.samples import FOLDER
from tests.servers import ROOT

TEXT = (ROOT / "docs" / "events.md").read_text("utf-8")
EXAMPLES = re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL)
URL = "redis://:PASSWORD@localhost:6379/0"


@asynccontextmanager
async def running(code: str, folder: Path) -> AsyncGenerator[asyncio.subprocess.Process, None]:
    """The example as a process of its own, in `folder`; ended by its pid."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-u", "-c", code), cwd=folder, stdout=asyncio.subprocess.PIPE
    )
    try:
        yield process
    finally:
        process.kill()
        await process.wait()


async def next_line(process: asyncio.subprocess.Process) -> str:
    assert process.stdout is not None
    return (await asyncio.wait_for(process.stdout.readline(), 20)).decode().strip()


def sample() -> bytes:
    return (FOLDER / f"{LoopClosed.type}.json").read_bytes()


async def test_the_python_example_tells_of_closed_loops_and_goes_on_where_it_stopped(
    redis: Redis, redis_url: str, tmp_path: Path
) -> None:
    code = EXAMPLES[0].replace(URL, redis_url)
    await redis.xadd(LoopClosed.stream, {DATA_FIELD: sample()})
    async with running(code, tmp_path) as process:
        first = await next_line(process)
        await eventually((tmp_path / "last-id").is_file)
    again = sample().replace(b'"fixed"', b'"not_observed"')
    await redis.xadd(LoopClosed.stream, {DATA_FIELD: again})
    async with running(code, tmp_path) as process:
        second = await next_line(process)
    assert (first.split()[1], second.split()[1]) == ("fixed", "not_observed")


async def test_the_faststream_example_follows_from_now_on(redis: Redis, redis_url: str, tmp_path: Path) -> None:
    code = EXAMPLES[1].replace(URL, redis_url) + "\nimport asyncio\nasyncio.run(app.run())\n"
    async with running(code, tmp_path) as process:
        for _ in range(100):
            await redis.xadd(LoopClosed.stream, {DATA_FIELD: sample()})
            try:
                said = await asyncio.wait_for(next_line(process), 0.3)
            except TimeoutError:
                continue
            if said.startswith(LoopClosed.type):
                return
        pytest.fail("it never told of an event")
