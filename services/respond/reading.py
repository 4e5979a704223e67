"""What respond reads in a mention's own words, beyond its assessment: a question the record can answer, bare thanks,
somebody who stands up for us in another's thread, and attempts to give us orders. Pure.

The words are data, a file per language.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from functools import cached_property
from typing import Annotated

import yaml
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from contracts import Assessment, Kind, Sentiment, Topic

SENTENCES = re.compile(r"(?<=[?!])\s+|(?<=[^\d\W]\.)\s+|\n+")
DATES = re.compile(r"\b\d{1,2}[./]\d{1,2}\b(?!\d|:)|\b\d{1,2}(?:st|nd|rd|th)\b")
NOT_WORDS = re.compile(r"[@#]\w+|https?://\S+")
WORD = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)?")
THANKS_WORDS_MAX = 12
THANKS_CHARACTERS_MAX = 200
TEXT_READ_MAX = 1_000
"""Characters; who asks something we can answer asks it early."""


class PhrasesRefused(Exception):
    """A file of phrases cannot be used. Each line of the message names the file, the field and what is wrong there."""


class Fact(StrEnum):
    """What the record can answer."""

    HOURS = "hours"
    ADDRESS = "address"


class Stance(StrEnum):
    """How somebody stands to another customer in whose thread they write. It belongs to the mention."""

    NONE = "none"
    ADVOCATE = "advocate"
    BADVOCATE = "badvocate"


class DayWord(StrEnum):
    """Days people name by where they stand."""

    TODAY = "today"
    TOMORROW = "tomorrow"
    DAY_AFTER_TOMORROW = "day_after_tomorrow"
    WEEKEND = "weekend"


def _compiles(pattern: str) -> str:
    try:
        re.compile(pattern)
    except re.error as error:
        raise ValueError(f"is no regular expression: {error}") from None
    return pattern


Pattern = Annotated[str, Field(min_length=1, max_length=600), AfterValidator(_compiles)]
Patterns = Annotated[tuple[Pattern, ...], Field(min_length=1, max_length=60)]
Lines = Annotated[tuple[str, ...], Field(min_length=1, max_length=60)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Say(_Part):
    """How days and times are said."""

    today: str
    tomorrow: str
    on_day: str
    span: str
    and_: str = Field(alias="and")
    run: str
    run_open: str
    run_closed: str
    always: str


class Sayings(_Part):
    """The answers themselves."""

    open: Lines
    closed: Lines
    week: Lines
    address: Lines


class Phrases(_Part):
    """One language."""

    asks: Mapping[Fact, Patterns]
    unless: Patterns
    days: Mapping[DayWord, Patterns]
    weekday_words: Annotated[tuple[Pattern, ...], Field(min_length=7, max_length=7)]
    weekday_names: Annotated[tuple[str, ...], Field(min_length=7, max_length=7)]
    say: Say
    answers: Sayings
    openings: Lines
    doors: Lines
    thanks: frozenset[str]
    thanks_needs: Patterns
    attacks: Patterns
    helps: Patterns
    advocate: Lines
    badvocate: Lines
    injections: Patterns

    @cached_property
    def compiled(self) -> "Compiled":
        return Compiled(
            {fact: _any(patterns) for fact, patterns in self.asks.items()},
            _any(self.unless),
            {day: _any(patterns) for day, patterns in self.days.items()},
            [_any([pattern]) for pattern in self.weekday_words],
            _any(self.thanks_needs),
            _any(self.attacks),
            _any(self.helps),
            _any(self.injections),
        )


def _any(patterns: Sequence[str]) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{pattern})" for pattern in patterns), re.IGNORECASE)


@dataclass(frozen=True)
class Compiled:
    """The patterns of one language, ready."""

    asks: Mapping[Fact, re.Pattern[str]]
    unless: re.Pattern[str]
    days: Mapping[DayWord, re.Pattern[str]]
    weekdays: Sequence[re.Pattern[str]]
    thanks: re.Pattern[str]
    attacks: re.Pattern[str]
    helps: re.Pattern[str]
    injections: re.Pattern[str]


@dataclass(frozen=True)
class Asked:
    """A question about a fact, and about which days: words relative to the post, weekdays (0 Monday), or none named."""

    fact: Fact
    word: DayWord | None = None
    weekdays: tuple[int, ...] = ()


@dataclass(frozen=True)
class Thread:
    """Who began the thread a mention stands in, if that was another customer with a complaint or a question."""

    opened_by_another: bool = False


@dataclass(frozen=True)
class Reader:
    """Reads every language there is a file for."""

    phrases: Mapping[str, Phrases]

    def asked(self, text: str, assessment: Assessment) -> Asked | None:
        """The one thing that is asked, where the record may know it; None: something else, more, or nothing."""
        phrases = self.phrases.get(assessment.language)
        if phrases is None or not _may_ask(assessment):
            return None
        words = phrases.compiled
        plain = NOT_WORDS.sub(" ", text[:TEXT_READ_MAX]).replace("’", "'")
        if words.unless.search(plain) or DATES.search(plain):
            return None
        questions = [part for part in SENTENCES.split(plain) if part.rstrip().endswith("?")] or [plain]
        facts = [_fact_of(words, question) for question in questions]
        if None in facts or len(set(facts)) != 1 or facts[0] is None:
            return None
        return Asked(facts[0], *_days_of(words, plain)) if facts[0] is Fact.HOURS else Asked(facts[0])

    def is_thanks(self, text: str) -> bool:
        """Whether the words are thanks and nothing else, in any language."""
        if len(text) > THANKS_CHARACTERS_MAX:
            return False
        words = [word.casefold() for word in WORD.findall(NOT_WORDS.sub(" ", text).replace("’", "'"))]
        if not words or len(words) > THANKS_WORDS_MAX or "?" in text:
            return False
        return any(
            phrases.thanks.issuperset(words) and phrases.compiled.thanks.search(text)
            for phrases in self.phrases.values()
        )

    def stance(self, text: str, assessment: Assessment, thread: Thread) -> Stance:
        """Only who answers another customer is an advocate; who attacks that customer is none."""
        phrases = self.phrases.get(assessment.language)
        if not thread.opened_by_another or phrases is None:
            return Stance.NONE
        words = phrases.compiled
        if words.attacks.search(text):
            return Stance.BADVOCATE
        helpful = assessment.kind is Kind.PRAISE or (
            assessment.kind in {Kind.OTHER, Kind.IDEA}
            and assessment.sentiment is not Sentiment.NEGATIVE
            and words.helps.search(text) is not None
        )
        return Stance.ADVOCATE if helpful else Stance.NONE

    def is_injection(self, text: str, language: str) -> bool:
        """Whether the words give us orders, as one gives them to a program. They stay what they are: text.

        Orders are given in English whatever the rest is in.
        """
        spoken = {"en", language} & self.phrases.keys()
        return any(self.phrases[name].compiled.injections.search(text) is not None for name in spoken)


def _may_ask(assessment: Assessment) -> bool:
    if assessment.kind is Kind.QUESTION:
        return True
    short = assessment.kind in {Kind.OTHER, Kind.IDEA} and assessment.sentiment is not Sentiment.NEGATIVE
    return short and assessment.topics[:1] == (Topic.OPENING_HOURS,)


def _fact_of(words: Compiled, question: str) -> Fact | None:
    found = [fact for fact, pattern in words.asks.items() if pattern.search(question)]
    return found[0] if len(found) == 1 else None


def _days_of(words: Compiled, text: str) -> tuple[DayWord | None, tuple[int, ...]]:
    weekdays = tuple(day for day, pattern in enumerate(words.weekdays) if pattern.search(text))
    named = [word for word, pattern in words.days.items() if pattern.search(text)]
    if DayWord.DAY_AFTER_TOMORROW in named:
        return DayWord.DAY_AFTER_TOMORROW, ()
    return (named[-1] if named and not weekdays else None), weekdays


def days_meant(asked: Asked, posted: date) -> tuple[date, ...]:
    """The days that are asked about, as the calendar of the place has them; none: the week as such."""
    if asked.weekdays:
        return tuple(sorted(posted + timedelta(days=(day - posted.weekday()) % 7) for day in asked.weekdays))
    steps = {DayWord.TODAY: (0,), DayWord.TOMORROW: (1,), DayWord.DAY_AFTER_TOMORROW: (2,)}
    if asked.word is DayWord.WEEKEND:
        saturday = (5 - posted.weekday()) % 7 if posted.weekday() != 6 else -1
        return tuple(posted + timedelta(days=saturday + step) for step in (0, 1) if saturday + step >= 0)
    return tuple(posted + timedelta(days=step) for step in steps.get(asked.word, ())) if asked.word else ()


def load_phrases(files: Mapping[str, str]) -> Reader:
    """Read `files`: "en.yaml" → its text. Raises PhrasesRefused with one line per problem."""
    found: dict[str, Phrases] = {}
    problems: list[str] = []
    for name, text in sorted(files.items()):
        try:
            found[name.removesuffix(".yaml")] = Phrases.model_validate(yaml.safe_load(text))
        except yaml.YAMLError as error:
            problems.append(f"{name}: this is not YAML: {error}")
        except ValidationError as error:
            problems += [f"{name}: {'.'.join(map(str, e['loc'])) or 'file'}: {e['msg']}" for e in error.errors()]
    if problems:
        raise PhrasesRefused("\n".join(problems))
    return Reader(found)
