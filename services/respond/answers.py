"""The answer to a question: from the record (opening hours, address), from the company's own knowledge, or a kind
word to who stands up for us. An answer names what it rests on; where a part of that is unknown there is none. Pure.
"""

import math
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from contracts import Venue
from services.respond.hours import Hours, HoursUnknown, Span, Spans, is_always, parse_hours
from services.respond.knowledge import Entry
from services.respond.reading import Asked, Fact, Phrases, days_meant

TWELVE_HOURS = frozenset({"US", "CA", "AU", "NZ", "PH"})
"""Countries where English speakers say 4:00 pm; elsewhere it is 16:00."""
TRIES_MAX = 60


class NoAnswer(Exception):
    """What was asked is not known. `reason` is a code for the person who answers instead."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True)
class Answer:
    """What is known: the words that carry it, and where they come from. `openings` and `doors` go around them."""

    kernels: tuple[str, ...]
    source: str
    openings: tuple[str, ...] = ("",)
    doors: tuple[str, ...] = ("",)

    def texts(self, seed: int, length_max: int | None) -> Iterator[tuple[str, str]]:
        """Variant and text, in an order that `seed` decides; what is too long for the channel goes without ornament."""
        picks = list(_some_order((len(self.openings), len(self.kernels), len(self.doors)), seed))
        for opening, kernel, door in picks[:TRIES_MAX]:
            parts = (self.openings[opening], self.kernels[kernel], self.doors[door])
            text = " ".join(part for part in parts if part)
            if length_max is None or len(text) <= length_max:
                yield f"{opening}.{kernel}.{door}", text
        yield from ((f"-.{index}.-", kernel) for index, kernel in enumerate(self.kernels))


def _some_order(sizes: Sequence[int], seed: int) -> Iterator[tuple[int, ...]]:
    total = math.prod(sizes)
    order = list(range(total))
    random.Random(seed).shuffle(order)  # noqa: S311  # variety, not secrecy
    for place in order:
        picks = []
        for size in sizes:
            place, pick = divmod(place, size)
            picks.append(pick)
        yield tuple(picks)


def answer_fact(phrases: Phrases, language: str, asked: Asked, venue: Venue | None) -> Answer:
    """The answer from the record. Raises NoAnswer."""
    if venue is None:
        raise NoAnswer("place_unclear")
    kernels = _address(phrases, venue) if asked.fact is Fact.ADDRESS else _hours(phrases, language, asked, venue)
    return Answer(tuple(kernels), f"directory:{venue.branch_id}:{asked.fact.value}", phrases.openings, phrases.doors)


def answer_entry(phrases: Phrases | None, entry: Entry) -> Answer:
    """The company's own words, with their source, and in a language we know with an open door after them."""
    kernel = f"{entry.answer} {entry.link}" if entry.link and entry.link not in entry.answer else entry.answer
    doors = phrases.doors if phrases else ("",)
    openings = phrases.openings if phrases and not entry.claims else ("",)
    return Answer((kernel,), f"knowledge:{entry.id}", openings, doors)


def _address(phrases: Phrases, venue: Venue) -> list[str]:
    if venue.address is None:
        raise NoAnswer("address_unknown")
    return [line.format(name=venue.name, address=venue.address) for line in phrases.answers.address]


def _hours(phrases: Phrases, language: str, asked: Asked, venue: Venue) -> list[str]:
    if venue.opening_hours is None:
        raise NoAnswer("hours_unknown")
    try:
        hours = parse_hours(venue.opening_hours)
        days = days_meant(asked, venue.local_time.date())
        clock = Clock(phrases, twelve=language == "en" and venue.country in TWELVE_HOURS)
        if not days:
            return [_tidy(line.format(name=venue.name, week=clock.week(hours))) for line in phrases.answers.week]
        return _on_days(clock, venue, hours, days)
    except HoursUnknown:
        raise NoAnswer("hours_unknown") from None


def _on_days(clock: "Clock", venue: Venue, hours: Hours, days: Sequence[date]) -> list[str]:
    spans = [hours.on(day) for day in days]
    today, answers = venue.local_time.date(), clock.phrases.answers
    if not any(spans):
        said = clock.phrases.say.and_.join(clock.day(day, today) for day in days)
        return [_tidy(line.format(name=venue.name, day=said, week=clock.week(hours))) for line in answers.closed]
    if len(days) == 1:
        said, times = clock.day(days[0], today), clock.spans(spans[0])
        return [_tidy(line.format(name=venue.name, day=said, spans=times)) for line in answers.open]
    listed = clock.list_days([(day.weekday(), day.weekday(), span) for day, span in zip(days, spans, strict=True)])
    return [_tidy(line.format(name=venue.name, week=listed)) for line in answers.week[:1]]


@dataclass(frozen=True)
class Clock:
    """How one language says days and times."""

    phrases: Phrases
    twelve: bool

    def day(self, day: date, today: date) -> str:
        say, name = self.phrases.say, self.phrases.weekday_names[day.weekday()]
        words = {0: say.today, 1: say.tomorrow}
        return words.get((day - today).days, say.on_day).format(weekday=name)

    def spans(self, spans: Spans) -> str:
        if is_always(spans):
            return self.phrases.say.always
        return self.phrases.say.and_.join(self._span(span) for span in spans)

    def _span(self, span: Span) -> str:
        return self.phrases.say.span.format(start=self.time(span[0]), end=self.time(span[1]))

    def time(self, minutes: int) -> str:
        hour, minute = divmod(minutes, 60)
        hour %= 24
        if self.twelve:
            return f"{(hour - 1) % 12 + 1}:{minute:02} {'am' if hour < 12 else 'pm'}"
        return f"{hour:02}:{minute:02}"

    def week(self, hours: Hours) -> str:
        return self.list_days(hours.week())

    def list_days(self, runs: Sequence[tuple[int, int, Spans]]) -> str:
        """Runs of days with their hours, the closed ones last."""
        alike: dict[Spans, list[str]] = {}
        for first, last, spans in sorted(runs, key=lambda run: not run[2]):
            alike.setdefault(spans, []).extend(self._days(first, last))
        return ", ".join(self._said(days, spans) for spans, days in alike.items())

    def _days(self, first: int, last: int) -> list[str]:
        """A run of three days or more in one piece, of less day by day."""
        names = self.phrases.weekday_names
        if last - first < 2:
            return list(names[first : last + 1])
        return [self.phrases.say.run.format(first=names[first], last=names[last])]

    def _said(self, days: Sequence[str], spans: Spans) -> str:
        say = self.phrases.say
        listed = say.and_.join([part for part in (", ".join(days[:-1]), days[-1]) if part])
        return (
            say.run_open.format(days=listed, spans=self.spans(spans)) if spans else say.run_closed.format(days=listed)
        )


def _tidy(text: str) -> str:
    """A sentence begins with a capital, and a comma a phrase brought along does not meet a full stop."""
    text = text.replace(",.", ".").replace(",:", ":").replace(" ,", ",")
    return text[:1].upper() + text[1:]
