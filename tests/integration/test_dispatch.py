"""The dispatch ledger on a real PostgreSQL: what is ordered is done, and nothing is blindly done again."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from chassis.clock import ManualClock
from chassis.dispatch import Dispatcher, backoff_seconds, repeats
from chassis.errors import NotNow, Refused
from chassis.runtime import Runtime
from chassis.service import Reliability
from chassis.settings import Settings
from chassis.work import Audience, Dispatch, DispatchStatus, Receipt, Settled, Work
from tests.builders import NOON, eventually
from tests.integration.test_bus import a_settings

MakeRuntime = Callable[..., Awaitable[Runtime]]


class Sink:
    """The outside: remembers what arrived, by key; fails as it is told."""

    def __init__(self, reliability: Reliability = Reliability.KEYED) -> None:
        self.reliability = reliability
        self.calls: list[Dispatch] = []
        self.arrived: list[str] = []
        self.failures: list[Exception] = []
        self.gate: asyncio.Event | None = None

    async def send(self, dispatch: Dispatch) -> Receipt:
        self.calls.append(dispatch)
        if self.gate is not None:
            await self.gate.wait()
        if self.failures:
            error = self.failures.pop(0)
            if not isinstance(error, NotNow | Refused):
                self.arrived.append(dispatch.key)
            raise error
        if dispatch.key not in self.arrived or self.reliability is Reliability.BLIND:
            self.arrived.append(dispatch.key)
        return Receipt(external_id=f"there-{dispatch.key}")

    async def find(self, dispatch: Dispatch) -> Receipt | None:
        return Receipt(external_id="found") if dispatch.key in self.arrived else None


class Ledger:
    def __init__(self, runtime: Runtime, sink: Sink, settings: Settings) -> None:
        self.runtime, self.sink, self.settled = runtime, sink, list[Settled]()
        self.dispatcher = Dispatcher(runtime, {"sink": sink}, self._on_settled, settings)

    async def _on_settled(self, work: Work, settled: Sequence[Settled]) -> None:
        self.settled.extend(settled)

    async def order(self, key: str = "k", audience: Audience = Audience.CUSTOMER, **changes: Any) -> None:
        usual: dict[str, Any] = {"subject": uuid4(), "payload": {"text": "hello"}, "due_at": NOON}
        async with self.runtime.work() as work:
            work.order(Dispatch(key=key, adapter="sink", audience=audience, **(usual | changes)))

    async def rounds(self, count: int = 6) -> None:
        for _ in range(count):
            await self.dispatcher.run()
            await self.dispatcher.finish()
            self.runtime.clock.advance(timedelta(seconds=400))  # type: ignore[attr-defined]  # a ManualClock

    @property
    def statuses(self) -> list[DispatchStatus]:
        return [settled.status for settled in self.settled]


@pytest.fixture
def settings(redis_url: str, database_url: str) -> Settings:
    return a_settings(redis_url, database_url, dispatch_lease_seconds=0.3, dispatch_every_ms=10)


async def a_ledger(make_runtime: MakeRuntime, settings: Settings, sink: Sink) -> Ledger:
    return Ledger(await make_runtime("respond", clock=ManualClock(NOON)), sink, settings)


async def test_what_is_ordered_twice_is_sent_once(make_runtime: MakeRuntime, settings: Settings) -> None:
    ledger = await a_ledger(make_runtime, settings, Sink())
    await ledger.order()
    await ledger.order()

    await ledger.rounds(3)

    assert ledger.sink.arrived == ["k"]
    assert ledger.statuses == [DispatchStatus.SENT]
    assert ledger.settled[0].receipt == Receipt(external_id="there-k")


async def test_lower_lanes_go_first(make_runtime: MakeRuntime, settings: Settings) -> None:
    ledger = await a_ledger(make_runtime, settings.model_copy(update={"dispatch_concurrency_max": 1}), Sink())
    await ledger.order("praise", lane=9)
    await ledger.order("complaint", lane=1)

    await ledger.rounds(4)

    assert [call.key for call in ledger.sink.calls] == ["complaint", "praise"]


async def test_a_channel_that_is_away_is_tried_again_later(make_runtime: MakeRuntime, settings: Settings) -> None:
    sink = Sink()
    sink.failures = [NotNow("503", retry_after_seconds=30), NotNow("connection refused")]
    ledger = await a_ledger(make_runtime, settings, sink)
    await ledger.order()

    await ledger.rounds()

    assert ledger.statuses == [DispatchStatus.SENT]
    assert [call.repeated for call in sink.calls] == [False, False, False]


async def test_what_the_channel_refuses_has_failed(make_runtime: MakeRuntime, settings: Settings) -> None:
    sink = Sink()
    sink.failures = [Refused("forbidden")]
    ledger = await a_ledger(make_runtime, settings, sink)
    await ledger.order()

    await ledger.rounds()

    assert ledger.statuses == [DispatchStatus.FAILED]
    assert ledger.settled[0].reason == "forbidden"


async def test_a_send_is_given_up_after_a_day_of_silence(make_runtime: MakeRuntime, settings: Settings) -> None:
    sink = Sink()
    sink.failures = [NotNow("away") for _ in range(500)]
    ledger = await a_ledger(make_runtime, settings, sink)
    await ledger.order()

    await ledger.rounds(230)

    assert ledger.statuses == [DispatchStatus.FAILED]
    assert ledger.settled[0].reason == "gave_up"


@pytest.mark.parametrize(
    ("reliability", "audience", "status", "arrivals"),
    [
        pytest.param(Reliability.KEYED, Audience.CUSTOMER, DispatchStatus.SENT, 1, id="keyed: sent again, same key"),
        pytest.param(Reliability.LOOKUP, Audience.CUSTOMER, DispatchStatus.SENT, 1, id="lookup: found, not sent again"),
        pytest.param(Reliability.BLIND, Audience.CUSTOMER, DispatchStatus.PARKED, 1, id="blind: a customer's waits"),
        pytest.param(Reliability.BLIND, Audience.STAFF, DispatchStatus.SENT, 2, id="blind: a staff notice repeats"),
    ],
)
async def test_an_unknown_outcome_is_dealt_with_by_the_class_of_the_channel(
    make_runtime: MakeRuntime,
    settings: Settings,
    reliability: Reliability,
    audience: Audience,
    status: DispatchStatus,
    arrivals: int,
) -> None:
    sink = Sink(reliability)
    sink.failures = [TimeoutError("no answer, though it arrived")]
    ledger = await a_ledger(make_runtime, settings, sink)
    await ledger.order(audience=audience)

    await ledger.rounds()

    assert ledger.statuses == [status]
    assert len(sink.arrived) == arrivals
    assert [call.repeated for call in sink.calls[1:]] == [True] * (len(sink.calls) - 1)


async def test_a_dispatcher_whose_lease_ran_out_before_the_call_does_not_call(
    make_runtime: MakeRuntime, settings: Settings
) -> None:
    slow = await a_ledger(make_runtime, settings, Sink())
    await slow.order()
    [claim] = await slow.dispatcher._claim(1)
    await asyncio.sleep(0.4)
    fast = Ledger(slow.runtime, Sink(), settings)
    await fast.rounds(1)

    await slow.dispatcher._carry_out(claim)

    assert (len(slow.sink.calls), len(fast.sink.calls)) == (0, 1)


async def test_a_result_that_comes_after_the_lease_is_lost_is_counted_and_changes_nothing(
    make_runtime: MakeRuntime, settings: Settings
) -> None:
    sink = Sink()
    sink.gate = asyncio.Event()
    zombie = await a_ledger(make_runtime, settings, sink)
    await zombie.order()
    await zombie.dispatcher.run()
    await eventually(lambda: len(sink.calls) == 1)
    await asyncio.sleep(0.4)
    other = Ledger(zombie.runtime, Sink(), settings)
    await other.rounds(1)
    sink.gate.set()
    await zombie.dispatcher.finish()

    assert (len(other.settled), len(zombie.settled)) == (1, 0)
    async with zombie.runtime.database.connection() as connection:
        assert await connection.fetchval("select late_results from bus.dispatches") == 1


async def test_what_is_withdrawn_in_time_is_not_sent(make_runtime: MakeRuntime, settings: Settings) -> None:
    ledger = await a_ledger(make_runtime, settings, Sink())
    subject = uuid4()
    await ledger.order(subject=subject)
    async with ledger.runtime.work() as work:
        withdrawn = await work.cancel_dispatches([subject])

    await ledger.rounds(2)

    assert [dispatch.key for dispatch in withdrawn] == ["k"]
    assert ledger.sink.calls == []


def test_back_off_doubles_up_to_five_minutes() -> None:
    assert [backoff_seconds(attempts) for attempts in (0, 1, 4, 50)] == [0.5, 1, 8, 300]


def test_only_a_blind_channel_to_a_customer_is_never_repeated() -> None:
    unrepeatable = {(r, a) for r in Reliability for a in Audience if not repeats(r, a)}
    assert unrepeatable == {(Reliability.BLIND, Audience.CUSTOMER)}
