"""One unit of work: one transaction that handles what came in, saves, and keeps what goes out.

What a handler emits, starts or orders is written by a few set-based statements when it returns, in the
same transaction as what it saved: all of it happens, or none.
"""

from collections import Counter as Tally
from collections.abc import AsyncGenerator, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Generic, TypeVar
from uuid import UUID

import asyncpg
from prometheus_client import Counter

from chassis.database import Connection, load_queries
from contracts import Envelope, Event, wrap

QUERIES = load_queries("chassis")

NO_ID = UUID(int=0)

E_co = TypeVar("E_co", bound=Event, covariant=True)


@dataclass(frozen=True)
class Received(Generic[E_co]):
    """One event as it was delivered."""

    id: UUID
    time: datetime
    data: E_co
    sequence: int | None = None
    traceparent: str | None = None


@dataclass(frozen=True)
class Timer:
    """A moment to act at, kept in PostgreSQL. `key` is unique per kind: starting it twice starts it once."""

    kind: str
    key: str
    due_at: datetime
    id: UUID
    payload: Mapping[str, Any] = field(default_factory=dict)
    lane: int = 5
    """Of what is due, lower lanes go first."""


class Audience(StrEnum):
    """Who gets it: decides what an ambiguous send on a blind channel does."""

    CUSTOMER = "customer"
    STAFF = "staff"


class DispatchStatus(StrEnum):
    """The life of one outgoing effect."""

    PENDING = "pending"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"
    PARKED = "parked"
    CANCELLED = "cancelled"


@dataclass(frozen=True)
class Dispatch:
    """One effect on the outside: a reply, a work order. `key` is unique per service: ordered twice, done once."""

    key: str
    adapter: str
    audience: Audience
    subject: UUID
    payload: Mapping[str, Any]
    due_at: datetime
    lane: int = 5
    id: UUID = NO_ID
    attempts: int = 0
    repeated: bool = False
    """Set when it is sent again although an earlier call may have arrived."""


@dataclass(frozen=True)
class Receipt:
    """What the other side said when it took it."""

    external_id: str | None = None
    repeated: bool = False


@dataclass(frozen=True)
class Settled:
    """How a dispatch ended (sent, failed, parked). `at` is business time."""

    dispatch: Dispatch
    status: DispatchStatus
    at: datetime
    receipt: Receipt | None = None
    reason: str | None = None


@dataclass
class Work:
    """The open transaction, business time, and what will go out when it commits."""

    connection: Connection
    service: str
    now: datetime
    outbox: list[Envelope[Any]] = field(default_factory=list)
    timers: list[Timer] = field(default_factory=list)
    dispatches: list[Dispatch] = field(default_factory=list)
    _after: list[Callable[[], None]] = field(default_factory=list)
    _counts: Tally[tuple[Counter, tuple[str, ...]]] = field(default_factory=Tally)

    def emit(
        self,
        event: Event,
        *,
        cause: UUID,
        ordinal: int = 0,
        sequence: int | None = None,
        traceparent: str | None = None,
    ) -> UUID:
        """Send `event` when this commits. `cause` is the id of what led to it; returns the event's id."""
        envelope = wrap(
            event,
            service=self.service,
            cause=cause,
            time=self.now,
            ordinal=ordinal,
            sequence=sequence,
            traceparent=traceparent,
        )
        self.outbox.append(envelope)
        return envelope.id

    def start_timer(
        self,
        kind: str,
        key: str,
        due_at: datetime,
        payload: Mapping[str, Any] | None = None,
        *,
        lane: int = 5,
    ) -> None:
        """Be called with this timer at `due_at`. A known key is left as it is, fired or not."""
        self.timers.append(Timer(kind=kind, key=key, due_at=due_at, id=NO_ID, payload=payload or {}, lane=lane))

    def order(self, dispatch: Dispatch) -> None:
        """Have `dispatch` done after this commits. A known key is left as it is."""
        self.dispatches.append(dispatch)

    async def cancel_timers(self, kind: str, keys: Iterable[str]) -> None:
        """Forget timers that have not fired."""
        await self.connection.execute(QUERIES["cancel_timers"], self.service, kind, list(keys))

    async def cancel_dispatches(self, subjects: Iterable[UUID]) -> list[Dispatch]:
        """Withdraw what is not on its way yet, and return it."""
        rows = await self.connection.fetch(QUERIES["cancel_dispatches"], self.service, list(subjects))
        return [dispatch_of(row) for row in rows]

    def after_commit(self, action: Callable[[], None]) -> None:
        """Do `action` (count something, wake somebody) once this has committed."""
        self._after.append(action)

    def count(self, counter: Counter, *labels: str, by: int = 1) -> None:
        """Count what happened, once this has committed."""
        self._counts[counter, labels] += by

    async def flush(self) -> None:
        """Write what goes out. Called once, by whoever opened the work, just before the commit."""
        if self.outbox:
            await self.connection.execute(
                QUERIES["add_to_outbox"], self.service, *_columns(map(_outbox_row, self.outbox))
            )
        if self.timers:
            await self.connection.execute(
                QUERIES["start_timers"], self.service, *_columns(map(_timer_row, self.timers))
            )
        if self.dispatches:
            await self.connection.execute(
                QUERIES["add_dispatches"], self.service, *_columns(map(_dispatch_row, self.dispatches)), self.now
            )

    def committed(self) -> None:
        """Count, and run what waited for the commit."""
        for (counter, labels), times in self._counts.items():
            counter.labels(*labels).inc(times)
        for action in self._after:
            action()


def dispatch_of(row: asyncpg.Record) -> Dispatch:
    """A row of the ledger as a Dispatch."""
    return Dispatch(
        key=row["key"],
        adapter=row["adapter"],
        audience=Audience(row["audience"]),
        subject=row["subject"],
        payload=row["payload"],
        due_at=row["due_at"],
        lane=row["lane"],
        id=row["id"],
        attempts=row["attempts"],
    )


def _columns(rows: Iterable[tuple[Any, ...]]) -> list[list[Any]]:
    return [list(column) for column in zip(*rows, strict=True)]


def _outbox_row(envelope: Envelope[Any]) -> tuple[Any, ...]:
    body = envelope.__pydantic_serializer__.to_json(envelope, exclude_none=True)
    event: Event = envelope.data
    return envelope.id, event.stream, envelope.type, event.subject, event.correlation, event.person, body


def _timer_row(timer: Timer) -> tuple[Any, ...]:
    return timer.kind, timer.key, timer.due_at, timer.payload, timer.lane


def _dispatch_row(dispatch: Dispatch) -> tuple[Any, ...]:
    return (
        dispatch.key,
        dispatch.adapter,
        dispatch.audience.value,
        dispatch.subject,
        dispatch.payload,
        dispatch.due_at,
        dispatch.lane,
    )


@asynccontextmanager
async def open_work(connection: Connection, service: str, now: datetime) -> AsyncGenerator[Work, None]:
    """A Work on an open transaction; what it collected is written when the block ends without an error."""
    work = Work(connection=connection, service=service, now=now)
    yield work
    await work.flush()
