"""The dispatch ledger: effects on the outside, each ordered once, claimed with a lease and a token, fenced, settled.

What happened to a send whose outcome nobody knows is decided by its channel: keyed → send again with the
same key; lookup → ask first; blind → a customer's reply is parked for a person, a staff notice is repeated.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

import structlog

from chassis.errors import INFRASTRUCTURE, NotNow, Refused
from chassis.observability import DISPATCH_LATE, DISPATCH_SECONDS, DISPATCHES
from chassis.runtime import Runtime
from chassis.service import Adapter, Reliability
from chassis.settings import Settings
from chassis.together import Together
from chassis.work import QUERIES, Audience, Dispatch, DispatchStatus, Receipt, Settled, Work, dispatch_of

log = structlog.get_logger()

SettledHandler = Callable[[Work, Sequence[Settled]], Awaitable[None]]

BACKOFF_SECONDS_MAX = 300.0


@dataclass(frozen=True)
class Claim:
    """A dispatch that is ours until the lease runs out. `ambiguous`: an earlier call's outcome is not known."""

    dispatch: Dispatch
    token: UUID
    ambiguous: bool
    ordered_at: datetime


@dataclass(frozen=True)
class Outcome:
    """What the ledger will say. PENDING: to be tried again; `surely_not_sent` then makes the next try a plain one."""

    status: DispatchStatus
    receipt: Receipt | None = None
    reason: str | None = None
    retry_after_seconds: float | None = None
    surely_not_sent: bool = False


class LeaseLost(Exception):
    """Somebody else has it now; we may not call."""


def backoff_seconds(attempts: int) -> float:
    """Half a second, doubling, at most five minutes."""
    return float(min(0.5 * 2 ** min(attempts, 20), BACKOFF_SECONDS_MAX))


def repeats(reliability: Reliability, audience: Audience) -> bool:
    """Whether a send with an unknown outcome may be sent again by itself."""
    return reliability is not Reliability.BLIND or audience is Audience.STAFF


class Dispatcher:
    """Sends what is due, for one service; lower lanes first."""

    def __init__(
        self,
        runtime: Runtime,
        adapters: Mapping[str, Adapter],
        on_settled: SettledHandler | None,
        settings: Settings,
    ) -> None:
        self._runtime = runtime
        self._adapters = adapters
        self._on_settled = on_settled
        self._every_seconds = settings.dispatch_every_ms / 1000
        self._concurrency_max = settings.dispatch_concurrency_max
        self._lease = timedelta(seconds=settings.dispatch_lease_seconds)
        self._give_up = timedelta(hours=settings.dispatch_give_up_hours)
        self._under_way: set[asyncio.Task[None]] = set()
        self._fence_together = Together(self._fence_all)
        self._settle_together = Together(self._settle_all)

    async def run(self) -> None:
        """One look: start what is due and fits, then rest until something ends, rings, or is due to be looked at."""
        self._runtime.dispatch_bell.clear()
        free = self._concurrency_max - len(self._under_way)
        claims = await self._claim(free) if free else []
        for claim in claims:
            task = asyncio.create_task(self._carry_out(claim))
            self._under_way.add(task)
            task.add_done_callback(self._ended)
        if len(claims) < free or not free:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._runtime.dispatch_bell.wait(), self._every_seconds)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._under_way.discard(task)
        self._runtime.dispatch_bell.set()
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("dispatch_broke", exc_info=error)

    async def finish(self) -> None:
        """Let calls under way end; at a stop."""
        if self._under_way:
            await asyncio.wait(self._under_way)

    async def _claim(self, limit: int) -> list[Claim]:
        async with self._runtime.database.transaction() as connection:
            rows = await connection.fetch(
                QUERIES["claim_dispatches"],
                self._runtime.name,
                self._runtime.clock.now(),
                self._lease,
                limit,
                list(self._adapters),
            )
        rows.sort(key=lambda row: (row["lane"], row["due_at"]))
        return [Claim(dispatch_of(row), row["token"], row["called_at"] is not None, row["ordered_at"]) for row in rows]

    async def _carry_out(self, claim: Claim) -> None:
        try:
            outcome = await self._outcome(claim)
        except LeaseLost:
            log.warning("lease_lost", adapter=claim.dispatch.adapter, dispatch=str(claim.dispatch.id))
            return
        record = self._postpone if outcome.status is DispatchStatus.PENDING else self._settle
        await self._patiently(lambda: record(claim, outcome))

    async def _outcome(self, claim: Claim) -> Outcome:
        """Send, or find out that it was sent, or leave it."""
        adapter = self._adapters[claim.dispatch.adapter]
        if claim.ambiguous and not repeats(adapter.reliability, claim.dispatch.audience):
            return Outcome(DispatchStatus.PARKED, reason="outcome_unknown")
        try:
            return Outcome(DispatchStatus.SENT, await self._send(claim, adapter))
        except LeaseLost:
            raise
        except Refused as error:
            return Outcome(DispatchStatus.FAILED, reason=str(error))
        except NotNow as error:
            retry = Outcome(DispatchStatus.PENDING, None, "not_now", error.retry_after_seconds, surely_not_sent=True)
            return self._unless_too_old(claim, retry)
        except Exception as error:
            log.warning("dispatch_outcome_unknown", adapter=claim.dispatch.adapter, error=type(error).__name__)
            if not repeats(adapter.reliability, claim.dispatch.audience):
                return Outcome(DispatchStatus.PARKED, reason="outcome_unknown")
            return self._unless_too_old(claim, Outcome(DispatchStatus.PENDING, reason="outcome_unknown"))

    async def _send(self, claim: Claim, adapter: Adapter) -> Receipt:
        dispatch = replace(claim.dispatch, repeated=claim.ambiguous)
        if claim.ambiguous and adapter.reliability is Reliability.LOOKUP:
            found = await adapter.find(dispatch)
            if found is not None:
                return replace(found, repeated=True)
        await self._patiently(lambda: self._fence(claim))
        with DISPATCH_SECONDS.labels(self._runtime.name, dispatch.adapter).time():
            return await adapter.send(dispatch)

    def _unless_too_old(self, claim: Claim, retry: Outcome) -> Outcome:
        too_old = self._runtime.clock.now() - claim.ordered_at > self._give_up
        return Outcome(DispatchStatus.FAILED, reason="gave_up") if too_old else retry

    async def _fence(self, claim: Claim) -> None:
        """Last look before the call: is it still ours? From here on a lost lease means an unknown outcome."""
        if not await self._fence_together(claim):
            raise LeaseLost

    async def _fence_all(self, claims: Sequence[Claim]) -> list[bool]:
        async with self._runtime.database.transaction() as connection:
            rows = await connection.fetch(QUERIES["fence_dispatches"], *_keys(claims), self._lease)
        ours = {row["id"] for row in rows}
        return [claim.dispatch.id in ours for claim in claims]

    async def _postpone(self, claim: Claim, outcome: Outcome) -> None:
        asked = outcome.retry_after_seconds
        seconds = backoff_seconds(claim.dispatch.attempts) if asked is None else min(asked, 3_600.0)
        due_at = self._runtime.clock.now() + timedelta(seconds=seconds)
        async with self._runtime.database.transaction() as connection:
            ours = await connection.fetchval(
                QUERIES["postpone_dispatch"],
                claim.dispatch.id,
                claim.token,
                due_at,
                outcome.reason,
                outcome.surely_not_sent,
            )
        if not ours:
            await self._late(claim)

    async def _settle(self, claim: Claim, outcome: Outcome) -> None:
        try:
            ours = await self._settle_together((claim, outcome))
        except INFRASTRUCTURE:
            raise
        except Exception as error:
            # One of the batch cannot be settled: the others must not wait for it.
            log.warning("settled_alone", adapter=claim.dispatch.adapter, error=type(error).__name__)
            [ours] = await self._settle_all([(claim, outcome)])
        if ours:
            DISPATCHES.labels(self._runtime.name, claim.dispatch.adapter, outcome.status.value).inc()
        else:
            await self._late(claim)

    async def _settle_all(self, ended: Sequence[tuple[Claim, Outcome]]) -> list[bool]:
        async with self._runtime.work() as work:
            rows = await work.connection.fetch(
                QUERIES["settle_dispatches"],
                *_keys([claim for claim, _ in ended]),
                [outcome.status.value for _, outcome in ended],
                [outcome.receipt.external_id if outcome.receipt else None for _, outcome in ended],
                [outcome.reason for _, outcome in ended],
                work.now,
            )
            ours = {row["id"] for row in rows}
            settled = [
                Settled(claim.dispatch, outcome.status, work.now, outcome.receipt, outcome.reason)
                for claim, outcome in ended
                if claim.dispatch.id in ours
            ]
            if settled and self._on_settled is not None:
                await self._on_settled(work, settled)
        return [claim.dispatch.id in ours for claim, _ in ended]

    async def _late(self, claim: Claim) -> None:
        DISPATCH_LATE.labels(self._runtime.name, claim.dispatch.adapter).inc()
        log.error("dispatch_result_late", adapter=claim.dispatch.adapter, dispatch=str(claim.dispatch.id))
        async with self._runtime.database.transaction() as connection:
            await connection.execute(QUERIES["late_result"], claim.dispatch.id)

    async def _patiently(self, action: Callable[[], Awaitable[None]]) -> None:
        """What was done must be recorded: wait for PostgreSQL, unless the service stops."""
        wait = 0.05
        while True:
            try:
                return await action()
            except LeaseLost:
                raise
            except INFRASTRUCTURE as error:
                log.warning("ledger_waits", error=type(error).__name__)
                if self._runtime.stopping.is_set():
                    raise
            await asyncio.sleep(wait)
            wait = min(wait * 2, 2.0)


def _keys(claims: Sequence[Claim]) -> tuple[list[UUID], list[UUID]]:
    return [claim.dispatch.id for claim in claims], [claim.token for claim in claims]
