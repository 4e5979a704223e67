"""Weekly hours as OpenStreetMap writes them: when somebody may not be disturbed, when a branch is open. Pure.

    22:00-07:00    Mo-Fr 18:00-08:00; Sa,Su 00:00-24:00    Mo-Fr 09:30-13:00,14:00-17:00; PH off    24/7

A later rule for a day replaces an earlier one, as there. Months, weeks of the year and sunset are not read: opening
hours that use them count as unknown. Times are those on the wall of a place; a change of clocks moves them with it.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo

CLOSED = "closed"
"""Instead of quiet hours: whenever the branch is closed."""

DAYS = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")
DAY_MINUTES = 24 * 60
LOOK_AHEAD_DAYS = 8

_SPAN = re.compile(r"(\d{1,2}):(\d{2})\s*-\s*(\d{1,2}):(\d{2})$")
_RULE = re.compile(
    r"(?P<days>(?:(?:Mo|Tu|We|Th|Fr|Sa|Su|PH|SH)(?:\s*-\s*(?:Mo|Tu|We|Th|Fr|Sa|Su))?\s*,?\s*)*)(?P<times>.*)$"
)


class HoursMalformed(ValueError):
    """Hours are written like 22:00-07:00 or Mo-Fr 18:00-08:00; Sa 00:00-24:00."""


Span = tuple[int, int]
"""From and until, in minutes since that day's midnight; until may lie in the next day."""


@dataclass(frozen=True)
class Hours:
    """The spans of each weekday, from Monday."""

    week: tuple[tuple[Span, ...], ...]

    def holds(self, at: datetime, zone: tzinfo) -> bool:
        """Whether `at` lies within them, at a place in `zone`."""
        return any(start <= at < end for start, end in self._around(at, zone))

    def ends_at(self, at: datetime, zone: tzinfo) -> datetime:
        """From `at` on, the first moment outside of them; `at` plus a week where there is none."""
        end, last = at, at + timedelta(days=LOOK_AHEAD_DAYS - 1)
        for start, until in self._around(at, zone):
            if start <= end < until:
                end = until
        return min(end, last)

    def begins_at(self, at: datetime, zone: tzinfo) -> datetime | None:
        """From `at` on, the first moment within them; None: there is none."""
        starts = [max(start, at) for start, until in self._around(at, zone) if until > at]
        return min(starts, default=None)

    def _around(self, at: datetime, zone: tzinfo) -> list[tuple[datetime, datetime]]:
        """The spans from the day before `at`, in their order."""
        today = at.astimezone(zone).date()
        days = (today + timedelta(days=n) for n in range(-1, LOOK_AHEAD_DAYS))
        found = [(_moment(d, a, zone), _moment(d, b, zone)) for d in days for a, b in self.week[d.weekday()]]
        return sorted(found)


def _moment(day: date, minutes: int, zone: tzinfo) -> datetime:
    day += timedelta(days=minutes // DAY_MINUTES)
    minutes %= DAY_MINUTES
    return datetime(day.year, day.month, day.day, minutes // 60, minutes % 60, tzinfo=zone)


def parse_hours(text: str) -> Hours:
    """Read `text`; raise HoursMalformed."""
    week: list[tuple[Span, ...]] = [()] * 7
    if text.strip() == "24/7":
        return Hours(tuple([((0, DAY_MINUTES),)] * 7))
    for rule in text.split(";"):
        if not rule.strip():
            continue
        match = _RULE.match(rule.strip())
        if match is None:
            raise HoursMalformed(HoursMalformed.__doc__)
        spans = tuple(_read_spans(match["times"]))
        for day in _read_days(match["days"]):
            week[day] = spans
    return Hours(tuple(week))


def _read_days(text: str) -> Iterator[int]:
    """The weekdays meant; public and school holidays are not ours to know."""
    if not text.strip():
        yield from range(7)
        return
    for part in text.replace(" ", "").strip(",").split(","):
        first, _, last = part.partition("-")
        if first in DAYS:
            start = DAYS.index(first)
            length = (DAYS.index(last) - start) % 7 if last else 0
            yield from ((start + n) % 7 for n in range(length + 1))


def _read_spans(text: str) -> Iterator[Span]:
    if text.strip() in {"off", "closed"}:
        return
    for part in text.split(","):
        match = _SPAN.match(part.strip())
        if match is None:
            raise HoursMalformed(HoursMalformed.__doc__)
        start, end = (int(match[n]) * 60 + int(match[n + 1]) for n in (1, 3))
        if start >= DAY_MINUTES or end > 2 * DAY_MINUTES or int(match[2]) > 59 or int(match[4]) > 59:
            raise HoursMalformed(HoursMalformed.__doc__)
        yield start, end if end > start else end + DAY_MINUTES


def read_opening(text: str | None) -> Hours | None:
    """Opening hours; None: there are none, or they are written in a way we do not read."""
    try:
        return parse_hours(text) if text else None
    except HoursMalformed:
        return None


def quiet_until(quiet: str | None, opening: str | None, at: datetime, zone: tzinfo) -> datetime:
    """When somebody with these quiet hours may be disturbed: `at`, where that is now.

    `opening` are the hours of their branch, for who is quiet while it is closed.
    """
    if quiet is None:
        return at
    if quiet == CLOSED:
        hours = read_opening(opening)
        begins = hours.begins_at(at, zone) if hours is not None else at
        return begins if begins is not None else at
    return parse_hours(quiet).ends_at(at, zone)
