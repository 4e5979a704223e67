"""Whether fixes hold: per place and topic, what came back, how long a fix took, and what it did to mentions. Pure."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median
from uuid import UUID

AROUND_FIX = timedelta(days=7)
"""Mentions are counted so long before a fix and after it."""
REPEATED_FROM = 2


@dataclass(frozen=True)
class Episode:
    """One incident, as far as figures need it."""

    id: UUID
    company: str
    scope: str
    place_name: str
    topic: str
    mentions: int
    waiting_since: datetime
    reported_at: datetime | None = None
    outcome: str | None = None
    returned: bool = False
    earlier_incident_id: UUID | None = None
    root_cause: str | None = None
    action: str | None = None


@dataclass(frozen=True)
class Line:
    """One place and topic. Rates are mentions a day; `recovery_rate` is the share of fixes that held."""

    company: str
    place_name: str
    topic: str
    incidents: int
    mentions: int
    fixed: int
    returned: int
    recovery_rate: float | None
    time_to_fix_seconds: float | None
    rate_before: float | None
    rate_after: float | None
    root_causes: tuple[str, ...]
    owed: int
    """Incidents that came back and were resolved, with nobody having said why."""

    @property
    def is_repeated(self) -> bool:
        return self.incidents >= REPEATED_FROM or self.returned > 0


def summarize(episodes: Iterable[Episode], now: datetime) -> list[Line]:
    """The figures, what came back most first."""
    groups = defaultdict[tuple[str, str], list[Episode]](list)
    for episode in episodes:
        groups[episode.scope, episode.topic].append(episode)
    lines = [_line(group, now) for group in groups.values()]
    return sorted(
        lines, key=lambda line: (-line.returned, -line.incidents, -line.mentions, line.place_name, line.topic)
    )


def _line(group: Sequence[Episode], now: datetime) -> Line:
    fixed = [episode for episode in group if episode.outcome == "fixed" and episode.reported_at is not None]
    came_back = {episode.earlier_incident_id for episode in group if episode.returned}
    held = [episode for episode in fixed if episode.id not in came_back]
    times = [(e.reported_at - e.waiting_since).total_seconds() for e in fixed if e.reported_at is not None]
    before, after = _rates(group, fixed, now)
    latest = max(group, key=lambda episode: episode.waiting_since)
    return Line(
        company=latest.company,
        place_name=latest.place_name,
        topic=latest.topic,
        incidents=len(group),
        mentions=sum(episode.mentions for episode in group),
        fixed=len(fixed),
        returned=sum(episode.returned for episode in group),
        recovery_rate=len(held) / len(fixed) if fixed else None,
        time_to_fix_seconds=median(times) if times else None,
        rate_before=before,
        rate_after=after,
        root_causes=tuple(dict.fromkeys(f"{e.root_cause} → {e.action}" for e in group if e.root_cause)),
        owed=sum(e.returned and e.outcome is not None and e.root_cause is None for e in group),
    )


def _rates(group: Sequence[Episode], fixed: Sequence[Episode], now: datetime) -> tuple[float | None, float | None]:
    """Mentions a day before and after a fix, over the fixes that are long enough ago to say."""
    moments = [e.reported_at for e in fixed if e.reported_at is not None and e.reported_at + AROUND_FIX <= now]
    if not moments:
        return None, None
    days = len(moments) * AROUND_FIX.days
    before = sum(e.mentions for e in group for at in moments if at - AROUND_FIX <= e.waiting_since <= at)
    after = sum(e.mentions for e in group for at in moments if at < e.waiting_since <= at + AROUND_FIX)
    return before / days, after / days
