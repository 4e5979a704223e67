"""Durable timers on a real PostgreSQL: they fire once, late rather than never."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta

import pytest

from chassis.clock import ManualClock
from chassis.runtime import Runtime
from chassis.settings import Settings
from chassis.timers import BATCH_MAX, GIVE_WAY_SECONDS_MAX, Timers
from chassis.work import Timer, Work
from tests.builders import NOON
from tests.integration.test_bus import a_settings

MakeRuntime = Callable[..., Awaitable[Runtime]]


class Fired:
    def __init__(self) -> None:
        self.keys: list[str] = []
        self.faulty: set[str] = set()

    async def __call__(self, work: Work, timers: Sequence[Timer]) -> None:
        for timer in timers:
            if timer.key in self.faulty:
                raise ValueError
        self.keys.extend(timer.key for timer in timers)


@pytest.fixture
def settings(redis_url: str, database_url: str) -> Settings:
    return a_settings(redis_url, database_url)


async def start(runtime: Runtime, *keys: str, in_seconds: float = 10) -> None:
    async with runtime.work() as work:
        for key in keys:
            work.start_timer("grace", key, work.now + timedelta(seconds=in_seconds), {"key": key})


async def test_a_timer_fires_when_it_is_due_and_once(make_runtime: MakeRuntime, settings: Settings) -> None:
    clock, fired = ManualClock(NOON), Fired()
    runtime = await make_runtime("respond", clock=clock)
    timers = Timers(runtime, {"grace": fired}, settings)
    await start(runtime, "a")

    await timers.fire()
    assert fired.keys == []
    clock.advance(timedelta(seconds=10))
    await timers.fire()
    await timers.fire()
    assert fired.keys == ["a"]


async def test_a_timer_missed_for_days_fires_once(make_runtime: MakeRuntime, settings: Settings) -> None:
    clock, fired = ManualClock(NOON), Fired()
    runtime = await make_runtime("respond", clock=clock)
    await start(runtime, "a")
    clock.advance(timedelta(days=2))

    for _ in range(3):
        await Timers(runtime, {"grace": fired}, settings).fire()

    assert fired.keys == ["a"]


async def test_starting_a_timer_twice_starts_it_once(make_runtime: MakeRuntime, settings: Settings) -> None:
    clock, fired = ManualClock(NOON), Fired()
    runtime = await make_runtime("respond", clock=clock)
    await start(runtime, "a")
    await start(runtime, "a", in_seconds=99)
    clock.advance(timedelta(seconds=100))

    await Timers(runtime, {"grace": fired}, settings).fire()

    assert fired.keys == ["a"]


async def test_a_cancelled_timer_never_fires(make_runtime: MakeRuntime, settings: Settings) -> None:
    clock, fired = ManualClock(NOON), Fired()
    runtime = await make_runtime("respond", clock=clock)
    await start(runtime, "a", "b")
    async with runtime.work() as work:
        await work.cancel_timers("grace", ["a"])
    clock.advance(timedelta(seconds=10))

    await Timers(runtime, {"grace": fired}, settings).fire()

    assert fired.keys == ["b"]


async def test_a_faulty_timer_does_not_hold_up_the_others_and_is_parked(
    make_runtime: MakeRuntime, settings: Settings
) -> None:
    clock, fired = ManualClock(NOON), Fired()
    fired.faulty.add("bad")
    runtime = await make_runtime("respond", clock=clock)
    timers = Timers(runtime, {"grace": fired}, settings)
    await start(runtime, "bad", "good")

    for _ in range(8):
        clock.advance(timedelta(minutes=5))
        await timers.fire()

    assert fired.keys == ["good"]
    async with runtime.database.connection() as connection:
        row = await connection.fetchrow("select failures, parked_at from bus.timers where key = 'bad'")
    assert row is not None
    assert row["failures"] == 5
    assert row["parked_at"] is not None


async def test_of_what_is_due_lower_lanes_go_first_whatever_came_earlier(
    make_runtime: MakeRuntime, settings: Settings
) -> None:
    clock, fired = ManualClock(NOON), Fired()
    runtime = await make_runtime("respond", clock=clock)
    async with runtime.work() as work:
        for number in range(BATCH_MAX):
            work.start_timer("grace", f"praise {number}", work.now, lane=7)
        work.start_timer("grace", "complaint", work.now + timedelta(seconds=1), lane=2)
    clock.advance(timedelta(seconds=1))

    await Timers(runtime, {"grace": fired}, settings).fire()

    assert "complaint" in fired.keys
    assert len(fired.keys) == BATCH_MAX


async def test_timers_give_way_while_readers_are_behind_but_not_for_ever(
    make_runtime: MakeRuntime, settings: Settings
) -> None:
    fired, loop = Fired(), asyncio.get_running_loop()
    runtime = await make_runtime("respond")
    await start(runtime, "a", in_seconds=-1)
    runtime.behind_until = loop.time() + 3_600
    began = loop.time()

    await Timers(runtime, {"grace": fired}, settings).run()

    assert fired.keys == ["a"]
    assert GIVE_WAY_SECONDS_MAX <= loop.time() - began < GIVE_WAY_SECONDS_MAX + 2
