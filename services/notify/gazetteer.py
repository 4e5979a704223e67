"""The words that name a company's branches, and where they stand in a text. Pure.

A branch is named by its name, aliases, street, landmarks, the mall or station it is in, and its town. The longest
words win: "Leeds Briggate" is one branch, although Leeds is two. A misspelt name counts where it is near one
name and clearly less near to any other.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from rapidfuzz import fuzz, process

from services.notify.directory import Branch

WORDS_MAX = 7
TOKENS_MAX = 400
MISSPELT_CHARACTERS_MIN = 6
MISSPELT_SCORE_MIN = 86.0
MISSPELT_MARGIN = 3.0
JOINED_CHARACTERS_MIN = 7


class Naming(StrEnum):
    """What kind of words name the branch."""

    NAME = "name"
    ALIAS = "alias"
    STREET = "street"
    LANDMARK = "landmark"
    TOWN = "town"


WEIGHT: Mapping[Naming, float] = {
    Naming.NAME: 0.92,
    Naming.ALIAS: 0.88,
    Naming.STREET: 0.82,
    Naming.LANDMARK: 0.82,
    Naming.TOWN: 0.8,
}
"""How sure the words make us that the branch is meant, where they name it alone."""

GENERIC = frozenset(
    word
    for line in (
        "the a an of by near next to at in on and und la le les el de del der die das van het",
        "street st road rd avenue ave lane square place centre center shopping mall station airport terminal",
        "store shop branch pub hotel museum bridge theatre theater cinema park market rue calle strasse international",
    )
    for word in line.split()
)
"""Words that name no place by themselves."""

NEGATIONS = frozenset(("not", "isnt", "wasnt", "nicht", "pas", "niet"))
TOWN_SUFFIXES = frozenset(("am", "an", "upon", "under", "on", "oder", "sur"))


@dataclass(frozen=True)
class Named:
    """Words that were found: which branches they name, how, and the weight of one of them."""

    naming: Naming
    branches: frozenset[str]
    start: int
    end: int
    misspelt: bool = False

    @property
    def weight(self) -> float:
        return WEIGHT[self.naming] * (0.93 if self.misspelt else 1.0)


@dataclass(frozen=True)
class _Entry:
    naming: Naming
    branches: frozenset[str]


class Gazetteer:
    """The names of one company's branches."""

    def __init__(self, branches: Sequence[Branch]) -> None:
        found: dict[str, dict[str, Naming]] = {}
        for branch in branches:
            for naming, phrase in _phrases(branch):
                here = found.setdefault(phrase, {})
                if branch.id not in here or WEIGHT[naming] > WEIGHT[here[branch.id]]:
                    here[branch.id] = naming
        self._entries = {phrase: _entry(named) for phrase, named in found.items() if phrase}
        self._of_joined = {
            phrase.replace(" ", ""): phrase
            for phrase in self._entries
            if " " in phrase and len(phrase) > JOINED_CHARACTERS_MIN
        }
        self._misspellable = [phrase for phrase in self._entries if len(phrase) >= MISSPELT_CHARACTERS_MIN]

    def find(self, text: str) -> list[Named]:
        """What `text` names, best words first taken; what it says it is not is left out."""
        tokens = tokenise(text)
        found = list(self._exact(tokens)) or list(self._misspelt(tokens))
        return [named for named in found if not _is_negated(tokens, named.start)]

    def _exact(self, tokens: Sequence[str]) -> Iterator[Named]:
        position = 0
        while position < len(tokens):
            for length in range(min(WORDS_MAX, len(tokens) - position), 0, -1):
                entry = self._look_up(" ".join(tokens[position : position + length]))
                if entry is not None:
                    yield Named(entry.naming, entry.branches, position, position + length)
                    position += length - 1
                    break
            position += 1

    def _look_up(self, words: str) -> _Entry | None:
        return self._entries.get(words) or self._entries.get(self._of_joined.get(words, ""))

    def _misspelt(self, tokens: Sequence[str]) -> Iterator[Named]:
        best: tuple[float, Named] | None = None
        for start in range(len(tokens)):
            for end in range(start + 1, min(start + 3, len(tokens)) + 1):
                words = " ".join(tokens[start:end])
                near = self._nearest(words) if len(words) >= MISSPELT_CHARACTERS_MIN else None
                if near is not None and (best is None or near[0] > best[0]):
                    best = near[0], Named(near[1].naming, near[1].branches, start, end, misspelt=True)
        if best is not None:
            yield best[1]

    def _nearest(self, words: str) -> tuple[float, _Entry] | None:
        near = process.extract(
            words, self._misspellable, scorer=fuzz.ratio, limit=5, score_cutoff=MISSPELT_SCORE_MIN - MISSPELT_MARGIN
        )
        if not near or near[0][1] < MISSPELT_SCORE_MIN:
            return None
        first = self._entries[near[0][0]]
        for phrase, score, _ in near[1:]:
            if near[0][1] - score < MISSPELT_MARGIN and self._entries[phrase].branches != first.branches:
                return None
        return near[0][1], first


def _entry(named: Mapping[str, Naming]) -> _Entry:
    """Words that name several branches name all of them, whatever the way."""
    return _Entry(max(named.values(), key=lambda naming: WEIGHT[naming]), frozenset(named))


def _phrases(branch: Branch) -> Iterator[tuple[Naming, str]]:
    city = fold(branch.city)
    yield Naming.TOWN, city
    yield Naming.TOWN, _short_town(city)
    yield Naming.NAME, fold(branch.name)
    yield Naming.NAME, f"{fold(_without(branch.name, city))} {city}".strip()
    if rest := _without(branch.name, city):
        yield Naming.NAME, rest
    for alias in branch.aliases:
        yield Naming.ALIAS, fold(alias)
    for street in streets(branch.address):
        yield Naming.STREET, street
    for landmark in (*branch.landmarks, *([branch.inside] if branch.inside else [])):
        yield from ((Naming.LANDMARK, phrase) for phrase in _landmark(fold(landmark), city))


def _without(name: str, city: str) -> str:
    """The name's words without the town's; empty where nothing of its own is left."""
    words = f" {fold(name)} ".replace(f" {city} ", " ").split()
    return " ".join(words) if any(word not in GENERIC or word == "street" for word in words) and words else ""


def _short_town(city: str) -> str:
    """Newcastle for Newcastle upon Tyne."""
    words = city.split()
    return words[0] if len(words) > 1 and words[1] in TOWN_SUFFIXES else city


def _landmark(landmark: str, city: str) -> Iterator[str]:
    words = landmark.split()
    while words and words[0] in {"the", "la", "le", "el", "der", "die", "das", "het"}:
        words = words[1:]
    full = " ".join(words)
    if full != city:
        yield full
    short = [word for word in words if word not in GENERIC]
    brief = " ".join(short)
    if len(brief) >= 5 and brief != city and len(short) < len(words) and len(short) <= 2:
        yield brief


def streets(address: str) -> Iterator[str]:
    """The streets in an address, without house numbers."""
    for part in address.split(","):
        words = [word for word in fold(part).split() if not any(character.isdigit() for character in word)]
        if len(words) > 1 or (words and len(words[0]) >= 6 and words[0] not in GENERIC):
            yield " ".join(words)


_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")
_HASHTAG = re.compile(r"#(\w+)")
_APOSTROPHES = re.compile(r"['’`´]")
_OTHER = re.compile(r"[^\w]+|_")
_SHORTENED = {"st": "street", "str": "strasse", "rd": "road", "ave": "avenue", "blvd": "boulevard", "sq": "square"}


def fold(text: str) -> str:
    """`text` in small letters without accents, apostrophes and signs; usual short forms written out."""
    return " ".join(tokenise(text))


def tokenise(text: str) -> list[str]:
    """The words of `text`, folded; a hashtag in camel case is several words."""
    text = _HASHTAG.sub(lambda tag: f" {_CAMEL.sub(' ', tag.group(1))} ", text)
    text = unicodedata.normalize("NFKD", text.casefold())
    text = "".join(character for character in text if not unicodedata.combining(character))
    words = _OTHER.sub(" ", _APOSTROPHES.sub("", text)).split()
    return [_written_out(words, index) for index in range(min(len(words), TOKENS_MAX))]


def _written_out(words: Sequence[str], index: int) -> str:
    """St is a street after a name, and a saint before one."""
    word = words[index]
    return _SHORTENED.get(word, word) if index else word


def _is_negated(tokens: Sequence[str], start: int) -> bool:
    return any(token in NEGATIONS for token in tokens[max(start - 2, 0) : start])


def names_of(found: Iterable[Named]) -> list[str]:
    """Codes of the kinds of words that were found, each once."""
    return list(dict.fromkeys(named.naming.value for named in found))
