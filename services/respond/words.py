"""How one language names matters, people, measures, waits and days: `words.yaml` in its folder of playbooks. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, model_validator

from contracts import FixAction, OwnerRole, Topic

MINUTES_AS_SUCH_MAX = 100
"""A longer wait is said in hours, where it is whole ones."""


class Unit(StrEnum):
    """What a customer's "40 min" is counted in."""

    MINUTE = "minute"
    HOUR = "hour"
    DAY = "day"
    WEEK = "week"


Text = Annotated[str, Field(min_length=1, max_length=120)]


class Words(BaseModel):
    """Everything a text takes from a table; complete, or refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    matter: Mapping[Topic, Text]
    tellers: Mapping[OwnerRole, Text]
    done: Mapping[FixAction, Text]
    no_wait: Text
    minute: Text
    minutes: Text
    hour: Text
    hours: Text
    units: Mapping[Unit, tuple[Text, Text]]
    weekdays: Annotated[tuple[Text, ...], Field(min_length=7, max_length=7)]
    months: Annotated[tuple[Text, ...], Field(min_length=12, max_length=12)]
    day: Text
    conjunction: Text
    slots: Mapping[str, Text] = Field(default_factory=dict)
    hints: frozenset[str] = Field(min_length=20)
    """Frequent words by which a colleague's few words are told to be in this language."""

    @model_validator(mode="after")
    def _complete(self) -> "Words":
        tables: Sequence[tuple[str, Iterable[str], Iterable[str]]] = (
            ("matter", Topic, self.matter),
            ("tellers", OwnerRole, self.tellers),
            ("done", FixAction, self.done),
            ("units", Unit, self.units),
        )
        for name, wanted, table in tables:
            if missing := sorted(set(wanted) - set(table)):
                raise ValueError(f"{name} lacks {', '.join(missing)}")
        return self

    def tell_wait(self, minutes: int | None) -> str | None:
        """A wait as people say it."""
        if minutes is None:
            return None
        if (minutes < MINUTES_AS_SUCH_MAX and minutes != 60) or minutes % 60:
            return {0: self.no_wait, 1: self.minute}.get(minutes, self.minutes.format(n=minutes))
        return self.hour if minutes == 60 else self.hours.format(n=minutes // 60)

    def tell_day(self, at: datetime) -> str:
        """The day, by its name: "Thursday 19 November"."""
        return self.day.format(weekday=self.weekdays[at.weekday()], day=at.day, month=self.months[at.month - 1])

    def tell_span(self, number: int, unit: Unit) -> str:
        """ "40 minutes"."""
        return f"{number} {self.units[unit][number != 1]}"

    def list_slots(self, names: Sequence[str]) -> str | None:
        """ "the order number and the date"."""
        said = [self.slots[name] for name in names if name in self.slots]
        if not said:
            return None
        return said[0] if len(said) == 1 else f"{', '.join(said[:-1])} {self.conjunction} {said[-1]}"


SHARE_MIN = 1 / 3
"""So much of a phrase has to be in a language's frequent words: one that two languages share is chance."""


def language_of(phrase: str, words: Mapping[str, Words]) -> str | None:
    """In which of our languages a colleague wrote; None where too little says so, or two languages claim it alike."""
    heard = [part.strip(".,;:!?()'\"").casefold() for part in phrase.split()]
    hits = sorted(((_hits(heard, known.hints), language) for language, known in words.items()), reverse=True)
    if not hits or hits[0][0] < max(len(heard) * SHARE_MIN, 1) or (len(hits) > 1 and hits[1][0] == hits[0][0]):
        return None
    return hits[0][1]


def _hits(heard: Sequence[str], hints: frozenset[str]) -> int:
    """How many words are known; one in `hints` that begins with a dash is an ending of a first word."""
    endings = tuple(hint[1:] for hint in hints if hint.startswith("-"))
    first = bool(heard) and heard[0] not in hints and len(heard[0]) > 4 and heard[0].endswith(endings)
    return sum(word in hints for word in heard) + (first if endings else 0)
