"""Finds the promises in a text, and when each is due: what the ledger keeps, and what a policy has to back. Pure.

English texts; a promise without a time has no due time, and one that is due by a day is due when that day ends.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from services.respond.clauses import clauses

_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_NUMBERS = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
_UNITS = {"minute": 1, "min": 1, "hour": 60, "hr": 60, "day": 1_440, "week": 10_080}
_END = time(23, 59)
_AMOUNT = rf"(?P<amount>\d{{1,3}}|an?|{'|'.join(_NUMBERS)}|a couple of|a few|{'|'.join(map(str.capitalize, _NUMBERS))})"
_UNIT = r"(?P<unit>minute|min|hour|hr|day|week)s?\b"

COMMITMENT = re.compile(
    r"\b(?:we|i|they|he|she|it|you|someone|somebody|a colleague|our \w+|the \w+) ?(?:'ll| will| shall) "
    r"(?:be |also |now |then |each |all )?(?!never\b)\w+"
    r"|\b(?:we|i) (?:promise|guarantee|commit)\b|\bguarantee|\byou have (?:my|our) word\b",
    re.IGNORECASE,
)
PRESENT = re.compile(
    r"\b(?:we|i|(?-i:[A-Z])[a-z]+|he|she|they|a colleague|the \w+|our \w+) (?:calls?|rings?|writes?|comes?|replaces?|repairs?"
    r"|fix(?:es)?|sends?|refunds?|delivers?|reports?|tells?|gets? back|lets?|arrives?|opens?)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Promise:
    """What is promised, in its own words, at [start, end). `due_at`: None where no time is said or no `now` was given."""

    start: int
    end: int
    words: str
    due_at: datetime | None = None
    timed: bool = False


def _after(match: re.Match[str], now: datetime) -> datetime:
    amount = match["amount"].lower()
    loose = {"a": 1, "an": 1, "a couple of": 2, "a few": 3}
    known = {name: number for number, name in enumerate(_NUMBERS, start=1)} | loose
    number = known.get(amount) or int(amount)
    return now + timedelta(minutes=number * _UNITS[match["unit"].lower()])


def _on_day(match: re.Match[str], now: datetime) -> datetime:
    ahead = (_DAYS.index(match["day"].lower()) - now.weekday()) % 7
    # "next Friday" on a Friday is a week away, "Friday" is today; on other days both are the coming one.
    days = 7 if ahead == 0 and match["next"] else ahead
    return _at(now + timedelta(days=days), match["hour"], match["minute"], match["half"])


def _relative_day(match: re.Match[str], now: datetime) -> datetime:
    days = {"today": 0, "tonight": 0, "tomorrow": 1}[match["when"].lower()]
    return _at(now + timedelta(days=days), match["hour"], match["minute"], match["half"])


def _at(day: datetime, hour: str | None, minute: str | None, half: str | None) -> datetime:
    if hour is None:
        return datetime.combine(day, _END, day.tzinfo)
    if hour.lower() in {"noon", "midday"}:
        return datetime.combine(day, time(12), day.tzinfo)
    number = int(hour) % 24
    # Without am or pm, one to seven is in the afternoon: nobody is called back at four in the morning.
    afternoon = half.lower().startswith("p") if half else 1 <= number <= 7
    if afternoon and number < 12:
        number += 12
    return datetime.combine(day, time(number, int(minute or 0) % 60), day.tzinfo)


def _clock(match: re.Match[str], now: datetime) -> datetime:
    due = _at(now, match["hour"], match["minute"], match["half"])
    return due if due > now else due + timedelta(days=1)


def _week_end(_: re.Match[str], now: datetime) -> datetime:
    return datetime.combine(now + timedelta(days=6 - now.weekday()), _END, now.tzinfo)


def _within_the_hour(_: re.Match[str], now: datetime) -> datetime:
    return now + timedelta(hours=1)


_HOUR = r"(?P<hour>\d{1,2}|noon|midday)(?::(?P<minute>\d\d))?\s?(?P<half>[ap]\.?m\.?)?(?!\s?%|\w|[.,]\d)"
_THEN = rf"(?:,? (?:at |by |before )?{_HOUR})?"
TIMES: tuple[tuple[re.Pattern[str], Callable[[re.Match[str], datetime], datetime]], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE), due)
    for pattern, due in (
        (rf"\b(?:within|in) (?:the next |about |around )?{_AMOUNT} (?:working |business )?{_UNIT}", _after),
        (r"\bwithin the hour\b", _within_the_hour),
        (rf"\b(?:(?:by|before|on|until) )?(?:this |(?P<next>next ))?(?P<day>{'|'.join(_DAYS)})\b{_THEN}", _on_day),
        (
            rf"\b(?:(?:by|before|until) )?(?P<when>today|tonight|tomorrow)\b(?: morning| afternoon| evening)?{_THEN}",
            _relative_day,
        ),
        (r"\b(?:by|before|at) the end of (?:the|this) week\b|\bthis week\b", _week_end),
        (rf"\b(?:by|before|at) {_HOUR}", _clock),
    )
)
DEADLINE = re.compile(
    rf"\b(?:within|by|before) (?:the next |about |around )?(?:{_AMOUNT} (?:working |business )?{_UNIT}"
    rf"|the hour\b|tomorrow|tonight|noon|the end of|{'|'.join(_DAYS)})",
    re.IGNORECASE,
)
"""A time that binds by itself, whatever the verb: "within two hours you hear more"."""


def promises_in(text: str, now: datetime | None = None) -> tuple[Promise, ...]:
    """Every promise of `text`, one a clause at most; due times are counted from `now`, in its time zone."""
    plain = text.replace("’", "'")
    return tuple(_promises(plain, now))


def _promises(text: str, now: datetime | None) -> Iterator[Promise]:
    for start, end in clauses(text):
        clause = text[start:end]
        timed = next(((found, due) for pattern, due in TIMES if (found := pattern.search(clause))), None)
        said = COMMITMENT.search(clause) or DEADLINE.search(clause) or (PRESENT.search(clause) if timed else None)
        if said is None:
            continue
        spans = [said.span(), *([timed[0].span()] if timed else [])]
        first, last = min(span[0] for span in spans), max(span[1] for span in spans)
        due_at = timed[1](timed[0], now) if timed and now else None
        yield Promise(start + first, start + last, clause.strip(), due_at, timed is not None)
