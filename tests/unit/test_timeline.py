"""Following the events ends when it is told to, also where the client forgets that it was told."""

import asyncio
import contextlib

import pytest

from deploy.demo.timeline import end


async def reading(forgets: int) -> None:
    """Reads on and on, as `follow` does; so many cancellations go by unheard."""
    while True:
        try:
            await asyncio.sleep(3600)
        except asyncio.CancelledError:
            if not forgets:
                raise
            forgets -= 1


async def test_a_task_that_forgets_a_cancellation_is_told_again() -> None:
    task = asyncio.create_task(reading(forgets=1))
    await asyncio.sleep(0)
    await asyncio.wait_for(end(task), 5)
    assert task.cancelled()


async def test_what_a_task_failed_with_is_not_lost() -> None:
    async def fails() -> None:
        raise ConnectionError("closed by the server")

    task = asyncio.create_task(fails())
    with contextlib.suppress(ConnectionError):
        await asyncio.shield(task)
    with pytest.raises(ConnectionError):
        await end(task)
