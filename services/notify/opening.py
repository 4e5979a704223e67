"""Opening hours in OpenStreetMap's syntax: whether a branch is open at a moment of its week. Pure.

Read is what branches use: days, ranges of days, ranges of times, `off`, `24/7`. What says more (holidays, weeks of the
year) is not understood, and then decides nothing: None is "cannot tell", never "closed".
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

DAYS = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")
DAY_MIN = 24 * 60
GRACE_MIN = 10
"""Around opening and closing people stand at the door, and clocks differ."""

Spans = tuple[tuple[int, int], ...]
Week = tuple[Spans, ...]

_DAY = rf"(?:{'|'.join(DAYS)})"
_DAYS = re.compile(rf"^{_DAY}(?:-{_DAY})?(?:,\s*{_DAY}(?:-{_DAY})?)*(?=\s|$|:)")
_TIME = re.compile(r"(\d{1,2}):(\d{2})\s*[-–]\s*(\d{1,2}):(\d{2})\+?")
_TIMES = re.compile(rf"^{_TIME.pattern}(?:,\s*{_TIME.pattern})*$")
_HOLIDAYS = re.compile(r"^(?:PH|SH)\b")
_CLOSED = frozenset(("off", "closed"))


@dataclass(frozen=True)
class Moment:
    """A moment of a week as a text or a clock gives it. `minute` counts from midnight; None is the whole day."""

    weekday: int
    minute: int | None = None


@lru_cache(maxsize=8192)
def parse_hours(text: str | None) -> Week | None:
    """The spans of each day in minutes, Monday first; None where we do not understand the text."""
    if text is None:
        return None
    if text.strip() == "24/7":
        return (((0, DAY_MIN),),) * 7
    week: list[Spans] = [()] * 7
    for rule in filter(None, (part.strip() for part in text.split(";"))):
        if _HOLIDAYS.match(rule):
            continue
        read = _rule(rule)
        if read is None:
            return None
        days, spans = read
        for day in days:
            week[day] = spans
    return tuple(week)


def _rule(rule: str) -> tuple[list[int], Spans] | None:
    named = _DAYS.match(rule)
    days = list(_days(named.group())) if named else list(range(7))
    rest = rule[named.end() :].strip(" :") if named else rule
    if rest in _CLOSED:
        return days, ()
    if not _TIMES.match(rest):
        return None
    spans = [_span(*map(int, found)) for found in _TIME.findall(rest)]
    return (days, tuple(spans)) if all(start < DAY_MIN for start, _ in spans) else None


def _span(opens_h: int, opens_m: int, closes_h: int, closes_m: int) -> tuple[int, int]:
    opens, closes = opens_h * 60 + opens_m, closes_h * 60 + closes_m
    return opens, closes if closes > opens else closes + DAY_MIN


def _days(text: str) -> Iterator[int]:
    for part in text.split(","):
        first, _, last = part.strip().partition("-")
        start, end = DAYS.index(first), DAYS.index(last or first)
        yield from (day % 7 for day in range(start, (end if end >= start else end + 7) + 1))


def is_open(week: Week, moment: Moment) -> bool:
    """Whether the branch serves anybody then; a moment without a clock time is the whole day."""
    if moment.minute is None:
        return bool(week[moment.weekday])
    yesterday = ((start - DAY_MIN, end - DAY_MIN) for start, end in week[moment.weekday - 1])
    spans: Iterable[tuple[int, int]] = (*week[moment.weekday], *yesterday)
    return any(start - GRACE_MIN <= moment.minute <= end + GRACE_MIN for start, end in spans)


def local_moment(at: datetime, timezone: str) -> Moment:
    """`at` on the clock of `timezone`."""
    local = at.astimezone(ZoneInfo(timezone))
    return Moment(local.weekday(), local.hour * 60 + local.minute)


_WEEKDAYS: Mapping[str, int] = {
    word: day
    for day, words in enumerate(
        (
            "monday mondays montag montags lundi lunes lunedi maandag poniedzialek",
            "tuesday tuesdays dienstag dienstags mardi martes martedi dinsdag wtorek",
            "wednesday wednesdays mittwoch mittwochs mercredi miercoles mercoledi woensdag sroda",
            "thursday thursdays donnerstag donnerstags jeudi jueves giovedi donderdag czwartek",
            "friday fridays freitag freitags vendredi viernes venerdi vrijdag piatek",
            "saturday saturdays samstag samstags sonnabend samedi sabado sabato zaterdag sobota sobote",
            "sunday sundays sonntag sonntags dimanche domingo domenica zondag niedziela niedziele",
        )
    )
    for word in words.split()
}
_AT = (
    r"(?:at|since|by|till|until|from|around|um|ab|bis|seit|gegen|om|vanaf|à|vers|dès|depuis|a las|desde las|alle|às|o)"
)
_DIGIT = re.compile(r"\d")
_CLOCKS = (
    re.compile(r"(?<![\d$€£.,:])(?P<h>\d{1,2}):(?P<m>\d{2})(?!\d)\s?(?P<half>[ap]\.?m\b)?", re.IGNORECASE),
    re.compile(r"(?<![\d$€£.,:])(?P<h>\d{1,2})(?:\.(?P<m>\d{2}))?\s?(?P<half>[ap]\.?m\b)", re.IGNORECASE),
    re.compile(rf"\b{_AT}\s(?P<h>\d{{1,2}})[.h](?P<m>\d{{2}})(?!\d)", re.IGNORECASE),
    re.compile(rf"\b{_AT}\s(?P<h>\d{{1,2}})\s?(?:h|heures|uhr|uur)\b", re.IGNORECASE),
    re.compile(r"\b(?P<h>\d{1,2})\s?(?:uhr|o'clock)\b", re.IGNORECASE),
)


def stated_moment(text: str, words: Iterable[str]) -> tuple[int | None, int | None]:
    """The weekday and the minute of the day that a text gives; None for what it does not say."""
    days = {_WEEKDAYS[word] for word in words if word in _WEEKDAYS}
    day = days.pop() if len(days) == 1 else None
    if not _DIGIT.search(text):
        return day, None
    return day, next((minute for pattern in _CLOCKS if (minute := _clock(pattern.search(text))) is not None), None)


def _clock(found: re.Match[str] | None) -> int | None:
    if found is None:
        return None
    parts = found.groupdict()
    hour, minute = int(parts["h"]), int(parts.get("m") or 0)
    half = (parts.get("half") or "").lower()
    if half and hour <= 12:
        hour = hour % 12 + (12 if half.startswith("p") else 0)
    return hour * 60 + minute if hour <= 24 and minute < 60 else None
