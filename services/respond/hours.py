"""Opening hours in OpenStreetMap's syntax: when a place is open on a day. Pure.

Read only where every part is understood: what is not (months, sunrise, comments) makes the hours unknown, and a
person answers. Holidays the hours do not speak of are unknown too: a wrong "we are open" costs somebody a journey.
Source of the grammar: the OpenStreetMap wiki, Key:opening_hours/specification.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

DAYS = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
DOUBTFUL = frozenset({(1, 1), (12, 24), (12, 25), (12, 26), (12, 31)})
"""Month and day: many places keep other hours on these, whatever their week says."""
DAY_MINUTES = 24 * 60
RULES_MAX = 40

Span = tuple[int, int]
"""Minutes from midnight; an end above 24 h is on the next day."""
Spans = tuple[Span, ...]


class HoursUnknown(Exception):
    """The hours say something we cannot read, or nothing about that day."""


@dataclass(frozen=True)
class Rule:
    """On these days (weekdays from 0, or one date) the place is open in these spans; none: closed."""

    weekdays: frozenset[int]
    dates: frozenset[tuple[int, int]]
    spans: Spans
    adds: bool


@dataclass(frozen=True)
class Hours:
    """The whole week, and dates that differ."""

    rules: tuple[Rule, ...]

    def on(self, day: date) -> Spans:
        """When it is open on `day`; empty: closed. Raises HoursUnknown for a day that may be a holiday."""
        key = (day.month, day.day)
        if dated := [rule for rule in self.rules if key in rule.dates]:
            return dated[-1].spans
        if key in DOUBTFUL:
            raise HoursUnknown("many places keep other hours on this date")
        return self.weekday(day.weekday())

    def weekday(self, weekday: int) -> Spans:
        """When it is open on this day of a usual week; 0 is Monday. Days no rule names are closed."""
        spans: Spans = ()
        for rule in self.rules:
            if weekday in rule.weekdays:
                spans = tuple(sorted({*spans, *rule.spans})) if rule.adds else rule.spans
        return spans

    def week(self) -> list[tuple[int, int, Spans]]:
        """Runs of days with the same hours: first and last weekday, and when it is open."""
        runs: list[tuple[int, int, Spans]] = []
        for weekday in range(7):
            spans = self.weekday(weekday)
            if runs and runs[-1][2] == spans:
                runs[-1] = (runs[-1][0], weekday, spans)
            else:
                runs.append((weekday, weekday, spans))
        return runs


_DAY = "|".join(DAYS)
_DAYS = re.compile(rf"(?:(?:{_DAY}|PH|SH)(?:\s?-\s?(?:{_DAY}))?)(?:\s?,\s?(?:{_DAY}|PH|SH)(?:\s?-\s?(?:{_DAY}))?)*")
_DATES = re.compile(rf"(?:{'|'.join(MONTHS)}) \d{{1,2}}(?:\s?-\s?\d{{1,2}})?")
_SPAN = re.compile(r"([01]?\d|2[0-4]):([0-5]\d)\s?[-–]\s?([0-3]?\d|4[0-8]):([0-5]\d)")
_CLOSED = re.compile(r"(?:off|closed)", re.IGNORECASE)


def parse_hours(text: str) -> Hours:
    """Read `text`. Raises HoursUnknown."""
    if text.strip() == "24/7":
        return Hours((Rule(frozenset(range(7)), frozenset(), ((0, DAY_MINUTES),), adds=False),))
    rules = tuple(_rules(text))
    if not rules:
        raise HoursUnknown("there is nothing in it")
    if len(rules) > RULES_MAX:
        raise HoursUnknown("it is too long")
    return Hours(rules)


def _rules(text: str) -> Iterator[Rule]:
    for part in text.split(";"):
        rest, first = part.strip(), True
        while rest:
            rule, rest = _rule(rest, adds=not first)
            yield rule
            first = False


def _rule(text: str, *, adds: bool) -> tuple[Rule, str]:
    """The rule `text` begins with, and what follows its comma."""
    weekdays, dates = frozenset(range(7)), frozenset[tuple[int, int]]()
    if found := _DATES.match(text):
        weekdays, dates = frozenset(), _dates_of(found.group())
    elif found := _DAYS.match(text):
        weekdays = _weekdays_of(found.group())
    rest = text[found.end() :].lstrip(" :") if found else text
    if closed := _CLOSED.match(rest):
        return Rule(weekdays, dates, (), adds=False), _after_comma(rest[closed.end() :])
    spans, rest = _spans(rest)
    return Rule(weekdays, dates, spans, adds), rest


def _spans(text: str) -> tuple[Spans, str]:
    spans: list[Span] = []
    while span := _SPAN.match(text):
        spans.append(_span(*map(int, span.groups())))
        text = _after_comma(text[span.end() :])
    if not spans:
        raise HoursUnknown("it says more than days and times")
    return tuple(sorted(spans)), text


def _after_comma(text: str) -> str:
    text = text.strip()
    if text and not text.startswith(","):
        raise HoursUnknown("it says more than days and times")
    return text[1:].strip()


def _span(start_hour: int, start_minute: int, end_hour: int, end_minute: int) -> Span:
    start, end = start_hour * 60 + start_minute, end_hour * 60 + end_minute
    return start, end if end > start else end + DAY_MINUTES


def _weekdays_of(text: str) -> frozenset[int]:
    """PH and SH name no weekday: such a rule is about holidays, of which we have no calendar."""
    found: set[int] = set()
    for part in text.replace(" ", "").split(","):
        first, _, last = part.partition("-")
        if first in {"PH", "SH"}:
            continue
        start, end = DAYS.index(first), DAYS.index(last or first)
        found.update((start + step) % 7 for step in range((end - start) % 7 + 1))
    return frozenset(found)


def _dates_of(text: str) -> frozenset[tuple[int, int]]:
    month, _, days = text.partition(" ")
    first, _, last = days.replace(" ", "").partition("-")
    return frozenset((MONTHS.index(month) + 1, day) for day in range(int(first), int(last or first) + 1))


def is_always(spans: Sequence[Span]) -> bool:
    """Whether that is the whole day."""
    return tuple(spans) == ((0, DAY_MINUTES),)
