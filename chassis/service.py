"""Puts a service together and runs it: readers, relay, timers, dispatcher, janitors, probes and its own HTTP."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Protocol

from chassis.runtime import Runtime
from chassis.settings import Settings
from chassis.work import Dispatch, Receipt, Received, Settled, Timer, Work
from contracts import Event

EventHandler = Callable[[Work, Sequence[Received[Any]]], Awaitable[None]]
TimerHandler = Callable[[Work, Sequence[Timer]], Awaitable[None]]
SettledHandler = Callable[[Work, Sequence[Settled]], Awaitable[None]]


class Reliability(StrEnum):
    """What can be done when it is not known whether a send arrived."""

    KEYED = "keyed"
    """The other side recognises our key: send again."""
    LOOKUP = "lookup"
    """We can ask whether it arrived: look first."""
    BLIND = "blind"
    """Nobody can tell: a customer's reply waits for a person, a staff notice is repeated, marked."""


class Adapter(Protocol):
    """One way out.

    `send` raises NotNow when it surely did not arrive and Refused when it never will; anything else it
    raises leaves open whether it arrived.
    """

    reliability: Reliability

    async def send(self, dispatch: Dispatch) -> Receipt: ...

    async def find(self, dispatch: Dispatch) -> Receipt | None:
        """Whether it arrived after all; only asked of LOOKUP adapters."""
        ...


@dataclass(frozen=True)
class Loop:
    """Something a service does again and again: `step`, then a rest. A failed step is logged, counted, tried again."""

    name: str
    step: Callable[[], Awaitable[Any]]
    every_seconds: float
    close: Callable[[], Awaitable[None]] | None = None
    """Called once the service has stopped."""


@dataclass(frozen=True)
class Service:
    """Everything that makes a service: plain values, so that it can be built without any server."""

    runtime: Runtime
    settings: Settings
    handlers: Mapping[type[Event], EventHandler] = field(default_factory=dict)
    timers: Mapping[str, TimerHandler] = field(default_factory=dict)
    adapters: Mapping[str, Adapter] = field(default_factory=dict)
    on_settled: SettledHandler | None = None
    http: Any | None = None
    http_host: str = "127.0.0.1"
    http_port: int = 0
    observers: Sequence[Callable[[Runtime], Awaitable[None]]] = ()
    """Each is called about once a second: sets gauges from the record, reloads files that changed."""
    loops: Sequence[Loop] = ()
    """Beside what every service does: a mailbox to read."""
