"""A company's own answers: questions people ask in many words, the answer, and its source; found by likeness. Pure.

An entry is found only where it is like enough and clearly more like the question than every other entry; else a person
answers. Both limits are settings with measured defaults (docs/adr/0014).
"""

import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Annotated

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

GRAM = 4
GRAM_WEIGHT = 0.5
"""Parts of words count half: they find other forms of a word, and meet by chance more often."""


class KnowledgeRefused(Exception):
    """The file cannot be used. Each line of the message names the file, the entry and the field."""


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


Example = Annotated[str, Field(min_length=3, max_length=300)]


class Entry(_Part):
    """One thing the company knows. `questions` ask it; `claims` say it wrongly, and are put right after approval."""

    id: str = Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,59}$")
    company: str | None = Field(default=None, description="Whose; none: everybody's")
    language: str = Field(default="en", pattern=r"^[a-z]{2}$")
    questions: tuple[Example, ...] = ()
    claims: tuple[Example, ...] = ()
    answer: str = Field(min_length=10, max_length=1_000)
    source: str = Field(min_length=1, max_length=500, description="Where this stands: a page, a document with its date")
    valid_until: date | None = None

    @model_validator(mode="after")
    def _is_found(self) -> "Entry":
        if not self.questions and not self.claims:
            raise ValueError("needs questions or claims, or nobody finds it")
        return self

    @property
    def link(self) -> str | None:
        """The source, where a customer can open it."""
        return self.source if self.source.startswith("https://") else None


class Limits(_Part):
    """From when on a question counts as one of ours; 1 is the same words."""

    likeness_min: float = Field(default=0.6, ge=0, le=1)
    margin_min: float = Field(default=0.12, ge=0, le=1)


class KnowledgeFile(_Part):
    """The whole file."""

    version: str = Field(min_length=1, max_length=40)
    limits: Limits = Limits()
    entries: tuple[Entry, ...] = Field(default=(), max_length=5_000)


@dataclass(frozen=True)
class Match:
    """An entry that was found, how like the question is, and how much less like the next one is."""

    entry: Entry
    likeness: float
    margin: float


Vector = Mapping[str, float]


class Knowledge:
    """Finds entries. Examples are weighed by how rare their words are among all examples of the language."""

    def __init__(self, file: KnowledgeFile) -> None:
        self.version = file.version
        self.limits = file.limits
        self.entries = {entry.id: entry for entry in file.entries}
        self._questions = _Index([(entry, example) for entry in file.entries for example in entry.questions])
        self._claims = _Index([(entry, example) for entry in file.entries for example in entry.claims])

    def find(self, text: str, company: str, language: str, today: date) -> Match | None:
        """The entry that answers this question; None: no entry is like it, or two are."""
        return self._clear(self._questions.best(text, company, language, today))

    def find_claim(self, text: str, company: str, language: str, today: date) -> Match | None:
        """The entry that puts this claim right."""
        return self._clear(self._claims.best(text, company, language, today))

    def _clear(self, match: Match | None) -> Match | None:
        if match is None or match.likeness < self.limits.likeness_min or match.margin < self.limits.margin_min:
            return None
        return match


class _Index:
    """Examples as vectors, one collection per language."""

    def __init__(self, examples: Sequence[tuple[Entry, str]]) -> None:
        self._rare: dict[str, dict[str, float]] = {}
        self._of_language: dict[str, list[tuple[Entry, Vector]]] = {}
        for language in {entry.language for entry, _ in examples}:
            own = [(entry, features(text)) for entry, text in examples if entry.language == language]
            self._rare[language] = _rarity(counts for _, counts in own)
            self._of_language[language] = [(entry, self._vector(counts, language)) for entry, counts in own]

    def _vector(self, counts: Vector, language: str) -> Vector:
        rare = self._rare[language]
        unknown = max(rare.values(), default=1.0)
        return _unit({name: weight * rare.get(name, unknown) for name, weight in counts.items()})

    def best(self, text: str, company: str, language: str, today: date) -> Match | None:
        """The most like entry that is the company's and still valid."""
        known = self._of_language.get(language, ())
        likeness: dict[str, float] = {}
        found: dict[str, Entry] = {}
        asked = self._vector(features(text), language) if known else {}
        for entry, vector in known:
            if entry.company in {None, company} and (entry.valid_until is None or today <= entry.valid_until):
                found[entry.id] = entry
                likeness[entry.id] = max(likeness.get(entry.id, 0.0), _cosine(asked, vector))
        if not found:
            return None
        first, *others = sorted(likeness, key=lambda name: (-likeness[name], name))
        second = likeness[others[0]] if others else 0.0
        return Match(found[first], likeness[first], likeness[first] - second)


_NOISE = re.compile(r"[@#]\w+|https?://\S+")
_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)?")


def features(text: str) -> Vector:
    """Words, and parts of words, with how often they occur."""
    counts: Counter[str] = Counter()
    grams: Counter[str] = Counter()
    for word in _WORD.findall(_NOISE.sub(" ", text).casefold().replace("’", "'")):
        counts[word] += 1
        padded = f"<{word}>"
        grams.update(padded[start : start + GRAM] for start in range(max(1, len(padded) - GRAM + 1)))
    weighed = {f"g:{gram}": GRAM_WEIGHT * math.sqrt(number) for gram, number in grams.items()}
    return {word: math.sqrt(number) for word, number in counts.items()} | weighed


def _rarity(examples: Iterable[Vector]) -> dict[str, float]:
    seen: Counter[str] = Counter()
    total = 0
    for example in examples:
        seen.update(example.keys())
        total += 1
    return {name: math.log((total + 1) / (number + 0.5)) for name, number in seen.items()}


def _unit(vector: Vector) -> Vector:
    length = math.sqrt(sum(weight * weight for weight in vector.values()))
    return {name: weight / length for name, weight in vector.items()} if length else {}


def _cosine(one: Vector, other: Vector) -> float:
    small, large = (one, other) if len(one) <= len(other) else (other, one)
    return sum(weight * large.get(name, 0.0) for name, weight in small.items())


def load_knowledge(text: str, source: str) -> Knowledge:
    """Read the file; `source` names it in errors. Raises KnowledgeRefused."""
    try:
        file = KnowledgeFile.model_validate(yaml.safe_load(text))
    except yaml.YAMLError as error:
        raise KnowledgeRefused(f"{source}: this is not YAML: {error}") from None
    except ValidationError as error:
        lines = (f"{source}: {'.'.join(map(str, e['loc'])) or 'file'}: {e['msg']}" for e in error.errors())
        raise KnowledgeRefused("\n".join(lines)) from None
    repeated = [name for name, number in Counter(entry.id for entry in file.entries).items() if number > 1]
    if repeated:
        raise KnowledgeRefused(f"{source}: used twice as an id: {', '.join(sorted(repeated))}")
    return Knowledge(file)


NOTHING_KNOWN = Knowledge(KnowledgeFile(version="none"))
