"""How an incident grows with those who write about it: its severity, and when it is a storm. Pure.

How many write and on how many channels counts; who they are, or how many follow them, does not.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from contracts import Severity

RANK: Mapping[Severity, int] = {
    Severity.NONE: 0,
    Severity.MINOR: 1,
    Severity.MAJOR: 2,
    Severity.CRITICAL: 3,
}

GROWTH: Sequence[tuple[int, int, Severity]] = (
    (50, 1, Severity.CRITICAL),
    (10, 1, Severity.MAJOR),
    (5, 3, Severity.MAJOR),
    (1, 1, Severity.NONE),
)
"""From that many mentions, on that many channels at least, it is at least so severe. The first row that fits."""

MINUTE_SECONDS = 60


@dataclass(frozen=True)
class Storm:
    """That many mentions of one incident within that time are a storm."""

    mentions: int = 100
    within: timedelta = timedelta(minutes=10)


def grow(severities: Sequence[Severity], mentions: int, channels: int) -> Severity:
    """The severity of an incident with so many mentions; it never goes down."""
    at_least = next(severity for number, reach, severity in GROWTH if mentions >= number and channels >= reach)
    return max((*severities, at_least), key=RANK.__getitem__)


def keep_pace(pace: Mapping[str, int], at: datetime, within: timedelta = Storm.within) -> dict[str, int]:
    """`pace` (mentions by minute) with one more; minutes longer ago than `within` before the latest are dropped."""
    minute = int(at.timestamp()) // MINUTE_SECONDS
    counted = {int(key): number for key, number in pace.items()}
    counted[minute] = counted.get(minute, 0) + 1
    first = max(counted) - int(within.total_seconds()) // MINUTE_SECONDS + 1
    return {str(key): number for key, number in sorted(counted.items()) if key >= first}


def is_storm(pace: Mapping[str, int], storm: Storm) -> bool:
    """Whether so many came at once."""
    return sum(pace.values()) >= storm.mentions
