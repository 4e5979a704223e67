"""Business time. Grace, escalation, undo, updates and windows ask a Clock, so that a rehearsal can move it."""

from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """Tells business time, with a zone."""

    def now(self) -> datetime: ...


class SystemClock:
    """Business time is real time."""

    def now(self) -> datetime:
        return datetime.now(UTC)


class ManualClock:
    """Stands still until it is moved: for tests and rehearsals."""

    def __init__(self, start: datetime) -> None:
        self._now = start

    def now(self) -> datetime:
        return self._now

    def advance(self, by: timedelta) -> None:
        self._now += by
