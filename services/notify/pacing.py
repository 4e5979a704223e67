"""How many work orders one person gets one by one; what is more waits a little and leaves together. Pure.

A phone that rings twenty times is put away. Pressing matters are never held back.
"""

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta


@dataclass(frozen=True)
class Pace:
    """At most `orders_max` to one address within `window`; further ones leave together at its end."""

    orders_max: int = 5
    window: timedelta = timedelta(minutes=15)


USUAL_PACE = Pace()


@dataclass(frozen=True)
class Slot:
    """One way to one person, and when it leaves; `bundle`: together with what else waits for that moment."""

    way: str
    to: str
    due_at: datetime
    bundle: str | None = None


def slot_of(way: str, to: str, due_at: datetime, recent: int, pace: Pace) -> Slot:
    """Where a further work order goes, after `recent` others within the window."""
    if recent < pace.orders_max:
        return Slot(way, to, due_at)
    number = int(due_at.timestamp() // pace.window.total_seconds()) + 1
    leaves_at = datetime.fromtimestamp(number * pace.window.total_seconds(), UTC)
    # Not the address itself: keys are shown to operators.
    person = hashlib.sha256(to.encode("utf-8", "replace")).hexdigest()[:16]
    return Slot(way, to, leaves_at, f"{way}:{person}:{number}")
