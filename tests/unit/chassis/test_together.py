"""Calls that come while one is under way share the next one."""

import asyncio
from collections.abc import Sequence

import pytest

from chassis.together import Together


class Teller:
    """Doubles what it is given, in batches it remembers; waits where it is told to."""

    def __init__(self) -> None:
        self.batches: list[list[int]] = []
        self.gate = asyncio.Event()

    async def __call__(self, items: Sequence[int]) -> list[int]:
        self.batches.append(list(items))
        await self.gate.wait()
        if 13 in items:
            raise ValueError("unlucky")
        return [2 * item for item in items]


async def test_the_first_call_waits_for_nobody_and_those_that_come_meanwhile_go_together() -> None:
    teller = Teller()
    ask = Together(teller)
    calls = [asyncio.create_task(ask(1))]
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    calls += [asyncio.create_task(ask(number)) for number in (2, 3, 4)]
    await asyncio.sleep(0)
    teller.gate.set()
    assert await asyncio.gather(*calls) == [2, 4, 6, 8]
    assert teller.batches == [[1], [2, 3, 4]]


async def test_no_batch_is_larger_than_it_may_be() -> None:
    teller = Teller()
    teller.gate.set()
    ask = Together(teller, most=2)
    assert await asyncio.gather(*(ask(number) for number in range(5))) == [0, 2, 4, 6, 8]
    assert max(map(len, teller.batches)) == 2


async def test_what_goes_wrong_reaches_everybody_of_that_batch_and_nobody_after_it() -> None:
    teller = Teller()
    teller.gate.set()
    ask = Together(teller)
    with pytest.raises(ValueError, match="unlucky"):
        await ask(13)
    assert await ask(1) == 2


async def test_a_caller_who_gave_up_does_not_disturb_the_others() -> None:
    teller = Teller()
    ask = Together(teller)
    waiting, gone = asyncio.create_task(ask(1)), asyncio.create_task(ask(2))
    await asyncio.sleep(0)
    gone.cancel()
    teller.gate.set()
    assert await waiting == 2
