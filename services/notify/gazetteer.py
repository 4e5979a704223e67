"""The words that name a company's branches, and where they stand in a text. Pure.

A branch is named by its name, aliases, street, landmarks, the mall or station it is in, and its town. The longest
words win: "Leeds Briggate" is one branch, although Leeds is two. A misspelt word is put right where it is near one
word of the directory (the score) and clearly less near to any other (the margin).
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from itertools import chain

from rapidfuzz import fuzz, process

from services.notify.directory import Branch
from services.notify.geography import EXONYMS, metropoles_at
from services.notify.speech import BRANCH_NOUNS, COMMON_WORDS, DETERMINERS, LOCATIVES, STOP_WORDS
from services.notify.words import STRONG, Token, fold, fold_word, folded_words, read, word_set

WORDS_MAX = 7
MISSPELT_CHARACTERS_MIN = 5
MISSPELT_SCORE_MIN = 80.0
MISSPELT_SCORE_UNMARKED_MIN = 85.0
MISSPELT_MARGIN = 6.0
JOINED_CHARACTERS_MIN = 7
ACRONYM_CHARACTERS_MAX = 4
RIGHT_MAX = 16_384
"""How many words are remembered with what they were put right to: most come again and again."""


class Naming(StrEnum):
    """What kind of words name the branch."""

    NAME = "name"
    ALIAS = "alias"
    STREET = "street"
    LANDMARK = "landmark"
    TOWN = "town"


WEIGHT: Mapping[Naming, float] = {
    Naming.NAME: 0.93,
    Naming.ALIAS: 0.9,
    Naming.STREET: 0.86,
    Naming.LANDMARK: 0.86,
    Naming.TOWN: 0.82,
}
"""How sure the words make us that the branch is meant, where they name it alone."""

GENERIC = frozenset(
    word
    for line in (
        "the a an of by near next to at in on and und la le les el de del der die das van het du des da do",
        "st road avenue lane square place centre center shopping mall station airport terminal campus district",
        "store shop branch pub hotel museum bridge theatre theater cinema park market rue calle strasse international",
        "stop platform town city house hall clock row steps library pool fountain tower tube metro bus tram train",
        "plaza platz place piazza praca carrer via corso avenida boulevard galeria galerie passage church cathedral",
        "bahnhof hauptbahnhof gare estacion dworzec kirche brucke uptown downtown college university castle stadium",
    )
    for word in line.split()
)
"""Words that name no place by themselves."""

TOWN_SUFFIXES = frozenset(("am", "an", "upon", "under", "on", "oder", "sur", "im", "in", "near"))
_EXONYM: Mapping[str, tuple[str, ...]] = {name: group for group in EXONYMS for name in group}
_DIGIT = re.compile(r"\d")
_TERMINAL = re.compile(r"\b(?:[Tt]erminal\s+|T)(\d\w?)\b")


@dataclass(frozen=True, slots=True)
class Named:
    """Words that were found: which branches they name, how, and the weight of one of them."""

    naming: Naming
    branches: frozenset[str]
    start: int
    end: int
    misspelt: bool = False

    @property
    def weight(self) -> float:
        return WEIGHT[self.naming] * (0.96 if self.misspelt else 1.0)


class Gazetteer:
    """The names of one company's branches."""

    def __init__(self, branches: Sequence[Branch]) -> None:
        self._found: dict[str, dict[str, Naming]] = {}
        for branch in branches:
            branch_id = branch.id
            for naming, phrase in _phrases(branch):
                self._add(phrase, branch_id, naming)
        self._acronyms = _acronyms(branches)
        for acronym, ids in _initials(branches).items():
            if acronym not in self._found:
                self._acronyms.add(acronym)
                for branch_id in ids:
                    self._add(acronym, branch_id, Naming.TOWN)
        self._index()
        self._reach_suburbs(branches)

    def _add(self, phrase: str, branch_id: str, naming: Naming) -> None:
        if phrase:
            here = self._found.get(phrase)
            if here is None:
                self._found[phrase] = {branch_id: naming}
            elif branch_id not in here or WEIGHT[naming] > WEIGHT[here[branch_id]]:
                here[branch_id] = naming

    def _index(self) -> None:
        """What makes looking up quick: the most words after a first one, words run together, and similar words."""
        self._longest: dict[str, int] = {}
        self._joined: dict[str, str] = {}
        vocabulary: set[str] = set()
        longest = self._longest
        for phrase in self._found:
            words = phrase.split()
            first, length = words[0], len(words)
            if longest.get(first, 0) < length:
                longest[first] = min(length, WORDS_MAX)
            vocabulary.update(words)
            if length > 1 and len(phrase) > JOINED_CHARACTERS_MIN:
                self._joined["".join(words)] = phrase
        self._vocabulary = frozenset(vocabulary)
        self._alike: dict[str, list[str]] | None = None
        self._towns: dict[str, list[str]] | None = None
        self._right: dict[tuple[str, float], str | None] = {}

    def _reach_suburbs(self, branches: Sequence[Branch]) -> None:
        """The name of a very big town stands for its suburbs too."""
        around: dict[str, set[str]] = defaultdict(set)
        for branch in branches:
            for name in metropoles_at(branch.lat, branch.lon):
                around[name].add(branch.id)
        self._suburbs: dict[str, frozenset[str]] = {}
        for name, ids in around.items():
            for other in (name, *_EXONYM.get(name, ())):
                self._suburbs[other] = frozenset(ids)
                words = other.split()
                self._longest[words[0]] = max(self._longest.get(words[0], 0), len(words))
        self._vocabulary |= {word for name in self._suburbs for word in name.split()}

    def find(self, text: str) -> list[Named]:
        """What `text` names, best words first taken."""
        tokens = self.readable(read(text))
        return self.find_in(tokens, tagged=True)

    def find_in(self, tokens: Sequence[Token], *, tagged: bool = False) -> list[Named]:
        """What the words name, in their order. In a place tag every word is a name."""
        return list(self._matches(tokens, tagged))

    def _matches(self, tokens: Sequence[Token], tagged: bool) -> Iterator[Named]:
        words = [token.word for token in tokens]
        position = 0
        for start, word in enumerate(words):
            if start < position or (word not in self._longest and word not in self._joined):
                continue
            named = self._longest_at(tokens, words, start, tagged)
            if named is not None:
                yield named
                position = named.end

    def _longest_at(self, tokens: Sequence[Token], words: Sequence[str], start: int, tagged: bool) -> Named | None:
        for length in range(min(self._longest.get(words[start], 0), len(words) - start), 0, -1):
            phrase = words[start] if length == 1 else " ".join(words[start : start + length])
            found = self._entry(phrase)
            if found is None:
                continue
            said = tokens[start : start + length]
            if length > 1 and not STRONG.isdisjoint([token.gap for token in said[1:]]):
                continue
            if tagged or length > 1 or self._means_place(tokens, start, found[0]):
                misspelt = "~" in [token.raw[0] for token in said]
                return Named(found[0], found[1], start, start + length, misspelt)
        joined = self._joined.get(words[start])
        found = self._entry(joined) if joined else None
        return Named(found[0], found[1], start, start + 1) if found else None

    def _entry(self, phrase: str) -> tuple[Naming, frozenset[str]] | None:
        """Words that name several branches name all of them, whatever the way."""
        named = self._found.get(phrase)
        around = self._suburbs.get(phrase)
        if named is None:
            return (Naming.TOWN, around) if around else None
        naming = max(named.values(), key=lambda naming: WEIGHT[naming])
        return naming, frozenset(named) | around if around and Naming.TOWN in named.values() else frozenset(named)

    def _means_place(self, tokens: Sequence[Token], at: int, naming: Naming) -> bool:
        """Whether one word is the place and not an everyday word that looks like it."""
        token = tokens[at]
        if token.word in self._acronyms and len(token.word) <= ACRONYM_CHARACTERS_MAX:
            return token.shouted or token.tagged or (is_located(tokens, at) and token.word not in COMMON_WORDS)
        if token.word not in COMMON_WORDS or token.tagged:
            return True
        return _is_name(tokens, at)

    def readable(self, tokens: Sequence[Token]) -> list[Token]:
        """The words with those put right that are misspelt, shortened, inflected or in the possessive."""
        return [
            token if token.word in STOP_WORDS and not token.word.endswith("er") else self._readable(tokens, at)
            for at, token in enumerate(tokens)
        ]

    def _readable(self, tokens: Sequence[Token], at: int) -> Token:
        token = tokens[at]
        word = token.word
        if word.endswith("er") and (town := self._of_adjective(tokens, at)) is not None:
            return token._replace(word=town)
        if word in self._vocabulary or word in STOP_WORDS or len(word) < 3 or word in self._joined:
            return token
        if word.endswith("s") and word[:-1] in self._vocabulary and token.raw[-2:] in {"'s", "'S"}:
            return token._replace(word=word[:-1])
        if not _may_be_name(tokens, at):
            return self._put_right(token, MISSPELT_SCORE_UNMARKED_MIN) if len(word) > 5 else token
        if (full := self._unshortened(tokens, at)) is not None:
            return token._replace(word=full, raw="~" + token.raw)
        return self._put_right(token, MISSPELT_SCORE_MIN)

    def _of_adjective(self, tokens: Sequence[Token], at: int) -> str | None:
        """Hamburg for Hamburger Filiale, Dresden for Dresdner Laden."""
        word = tokens[at].word
        if at + 1 == len(tokens) or tokens[at + 1].word not in BRANCH_NOUNS:
            return None
        if self._entry(word):
            return None
        stem = word[:-2]
        forms = (stem, stem + "en", stem[:-1] + "en", stem + "e")
        return next((form for form in forms if form in self._vocabulary and self._entry(form)), None)

    def _put_right(self, token: Token, score_min: float) -> Token:
        word = token.word
        if len(word) < MISSPELT_CHARACTERS_MIN - 1 or word in COMMON_WORDS or word in self._suburbs:
            return token
        asked = word, score_min
        if asked not in self._right:
            if len(self._right) >= RIGHT_MAX:
                self._right.clear()
            self._right[asked] = self._meant(word, score_min)
        meant = self._right[asked]
        return token if meant is None else token._replace(word=meant, raw="~" + token.raw)

    def _meant(self, word: str, score_min: float) -> str | None:
        """The one word of the directory that `word` is near to."""
        alike = self._similar()
        near = {word for key in _keys(word) for word in alike.get(key, ())}
        if not near:
            return None
        best = process.extract(word, near, scorer=fuzz.ratio, limit=2, score_cutoff=score_min - MISSPELT_MARGIN)
        if not best or abs(len(best[0][0]) - len(word)) > 2:
            return None
        swapped = sorted(best[0][0]) == sorted(word) and best[0][0][0] == word[0]
        if best[0][1] < (score_min - 5 if swapped else score_min) or (
            len(word) < MISSPELT_CHARACTERS_MIN and not swapped
        ):
            return None
        if best[0][0][0] != word[0] and best[0][1] < MISSPELT_SCORE_UNMARKED_MIN:
            return None
        if len(best) > 1 and best[0][1] - best[1][1] < MISSPELT_MARGIN:
            return None
        return best[0][0]

    def _similar(self) -> Mapping[str, Sequence[str]]:
        """Words by what survives most slips: the first three letters, the last three, all in any order."""
        if self._alike is None:
            alike: dict[str, list[str]] = defaultdict(list)
            for word in self._vocabulary:
                if len(word) >= MISSPELT_CHARACTERS_MIN - 1 and word not in GENERIC and word not in STOP_WORDS:
                    for key in _keys(word):
                        alike[key].append(word)
            self._alike = alike
        return self._alike

    def _unshortened(self, tokens: Sequence[Token], at: int) -> str | None:
        """Camb. and Lds: the one town that begins so, or that has these consonants."""
        token = tokens[at]
        dotted = at + 1 < len(tokens) and tokens[at + 1].gap == "." and len(token.word) >= 4
        bare = not any(letter in "aeiouy" for letter in token.word)
        if not (dotted or bare) or not token.capital:
            return None
        alike = self._similar().get(token.word[:3], ()) if dotted else ()
        full = [word for word in alike if word.startswith(token.word) and len(word) > len(token.word) + 1]
        if bare:
            full = [word for word in self._towns_between(token.word) if _has_consonants(word, token.word)]
            full = [word for word in full if _consonants(word) == token.word] or full
        return full[0] if len(full) == 1 and self._entry(full[0]) else None

    def _towns_between(self, short: str) -> Sequence[str]:
        """The towns of one word that begin and end as `short` does."""
        if self._towns is None:
            towns: dict[str, list[str]] = defaultdict(list)
            for phrase, named in self._found.items():
                if " " not in phrase and Naming.TOWN in named.values():
                    towns[phrase[0] + phrase[-1]].append(phrase)
            self._towns = towns
        return self._towns.get(short[0] + short[-1], ())


def _keys(word: str) -> tuple[str, str, str]:
    return word[:3], "-" + word[-3:], "~" + "".join(sorted(word))


def _consonants(word: str) -> str:
    return "".join(letter for letter in word if letter not in "aeiouy")


def _has_consonants(word: str, short: str) -> bool:
    """Whether `short` is what is left of `word` when letters are dropped, first and last kept."""
    letters = iter(word)
    ends = word[0] == short[0] and word[-1] == short[-1] and len(word) > len(short) + 1
    return ends and all(letter in letters for letter in short)


def _may_be_name(tokens: Sequence[Token], at: int) -> bool:
    return tokens[at].capital or is_located(tokens, at)


def is_located(tokens: Sequence[Token], at: int) -> bool:
    """Whether "in", "at", … stands before the word, or "branch", "shop", … after it."""
    before = at > 0 and not tokens[at].gap and (tokens[at - 1].word in LOCATIVES or _is_of(tokens, at - 1))
    after = at + 1 < len(tokens) and not tokens[at + 1].gap and tokens[at + 1].word in BRANCH_NOUNS
    return before or after


def _is_of(tokens: Sequence[Token], at: int) -> bool:
    """À Tours, and "boutique de Nice", "loja do Porto": words that say "in" only there."""
    if tokens[at].raw in {"à", "À"}:
        return True
    return tokens[at].word in {"de", "di", "do", "da", "d"} and at > 0 and tokens[at - 1].word in BRANCH_NOUNS


def _is_name(tokens: Sequence[Token], at: int) -> bool:
    """Whether an everyday word is used as a name: located, or with a capital in the middle of a sentence."""
    token = tokens[at]
    before = tokens[at - 1].word if at and not token.gap else ""
    if before and _is_of(tokens, at - 1):
        return True
    if before in GREETINGS:
        return False
    after = tokens[at + 1] if at + 1 < len(tokens) else None
    if before in DETERMINERS:
        return token.capital and before == "the" and not token.shouted
    if is_located(tokens, at):
        return True
    if not token.capital or token.shouted:
        return False
    if after is None or after.gap:
        return True
    # A capital in the middle says "name"; at the start of a sentence what follows has to say it.
    return after.word in AFTER_NAMES or (bool(before) and not any(_is_german(t) for t in tokens))


GREETINGS = word_set("hey hi hello dear ok hallo hola ciao salut hoi")
AFTER_NAMES = frozenset(
    word
    for line in (
        "has had is was keeps still again today yesterday this only never always should needs ran gives does takes",
        "makes sells lets gets wants refuses refused charges charged tells told says said serves served cant wont",
    )
    for word in line.split()
)
_GERMAN = word_set("der die das und ist nicht ich ein eine zu mit auf fur im den dem")


def _is_german(token: Token) -> bool:
    """German writes every noun with a capital."""
    return token.word in _GERMAN


def _acronyms(branches: Iterable[Branch]) -> set[str]:
    """Aliases that are written in capitals, folded."""
    return {
        fold(alias)
        for branch in branches
        for alias in branch.aliases
        if len(alias) <= ACRONYM_CHARACTERS_MAX and alias.isupper()
    }


def _initials(branches: Iterable[Branch]) -> Mapping[str, set[str]]:
    """SF for San Francisco, NYC for New York."""
    found: dict[str, set[str]] = defaultdict(set)
    for branch in branches:
        words = fold(branch.city).split()
        if len(words) > 1 and not any(word in TOWN_SUFFIXES for word in words):
            letters = "".join(word[0] for word in words)
            found[letters].add(branch.id)
            found[letters + "c"].add(branch.id)
    return found


def _phrases(branch: Branch) -> Iterator[tuple[Naming, str]]:
    city = fold(branch.city)
    for naming, phrases in (
        (Naming.TOWN, _town_names(city)),
        (Naming.NAME, _names(fold(branch.name), city)),
        (Naming.ALIAS, [phrase for alias in branch.aliases for phrase in _plain(fold(alias))]),
        (Naming.STREET, [phrase for street in streets(branch.address) for phrase in _street_names(street, city)]),
        (Naming.STREET, _terminals(branch)),
        (Naming.LANDMARK, [phrase for landmark in _landmarks(branch) for phrase in _landmark(fold(landmark), city)]),
    ):
        for phrase in phrases:
            yield naming, phrase


def _names(name: str, city: str) -> list[str]:
    """The name, and what is left of it without the town, alone, before the town, and after its other names."""
    rest = _without(name, city)
    if not rest:
        return [name]
    return [name, rest, f"{rest} {city}", *(f"{town} {rest}" for town in _EXONYM.get(city, ()))]


def _street_names(street: str, city: str) -> Iterator[str]:
    yield street
    yield from _tail(street)
    own = _own_name(street)
    if own and own != city.split()[0]:
        yield own


def _landmarks(branch: Branch) -> tuple[str, ...]:
    return (*branch.landmarks, branch.inside) if branch.inside else branch.landmarks


def _terminals(branch: Branch) -> list[str]:
    numbers = [number.lower() for number in _TERMINAL.findall(f"{branch.name} {branch.address}")]
    return [phrase for number in numbers for phrase in (f"terminal {number}", f"t{number}")]


@lru_cache(maxsize=16_384)
def _town_names(city: str) -> tuple[str, ...]:
    """A town in full, shortened (Newcastle), by what tells it from others (under Lyme), and in other languages."""
    return tuple(_names_of_town(city))


def _names_of_town(city: str) -> Iterator[str]:
    yield city
    words = city.split()
    if (len(words) > 1 and words[1] in TOWN_SUFFIXES) or (len(words) == 2 and words[1] in {"oder", "main", "saale"}):
        yield words[0]
        if len(words) > 2:
            yield " ".join(words[1:])
        else:
            yield f"{words[0]} an der {words[1]}"
        yield from _EXONYM.get(words[0], ())
    yield from _EXONYM.get(city, ())


def _without(name: str, city: str) -> str:
    """The name's words without the town's; empty where nothing of its own is left."""
    words = f" {name} ".replace(f" {city} ", " ").split()
    if words == name.split() and (first := city.split()[0]) in words:
        words.remove(first)
    return " ".join(words) if any(word not in GENERIC or word == "st" for word in words) and words else ""


def _plain(alias: str) -> Iterator[str]:
    """An alias without its article and without the noun it ends on (Carfax branch, the Stonebow branch)."""
    yield alias
    words = alias.split()
    while len(words) > 1 and words[0] in DETERMINERS:
        words = words[1:]
    while len(words) > 1 and words[-1] in BRANCH_NOUNS:
        words = words[:-1]
    plain = " ".join(words)
    if plain != alias and plain not in GENERIC and plain not in COMMON_WORDS:
        yield plain


def _tail(street: str) -> Iterator[str]:
    """High Street for Camden High Street."""
    words = street.split()
    if len(words) > 2 and words[-1] in {"st", "road", "place", "square", "avenue"} and len(words[-2]) > 2:
        yield " ".join(words[-2:])


def _own_name(street: str) -> str | None:
    """Bedford for Bedford Avenue; it needs a capital, as every street's name that is no place by itself."""
    words = street.split()
    named = len(words) == 2 and words[1] in STREET_KINDS and len(words[0]) >= MISSPELT_CHARACTERS_MIN
    return words[0] if named and words[0] not in _NO_NAMES else None


_NO_NAMES = GENERIC | COMMON_WORDS | STOP_WORDS
STREET_KINDS = word_set("st road avenue lane boulevard drive strasse gasse allee weg straat laan")


def _landmark(landmark: str, city: str) -> Iterator[str]:
    words = landmark.split()
    while words and words[0] in DETERMINERS:
        words = words[1:]
    full = " ".join(words)
    if full != city and (len(words) > 1 or full not in GENERIC):
        yield full
    short = [word for word in words if word not in GENERIC]
    brief = " ".join(short)
    if len(brief) >= 5 and brief != city and len(short) < len(words) and len(short) <= 2:
        yield brief


def streets(address: str) -> Iterator[str]:
    """The streets in an address, without house numbers."""
    for part in address.split(","):
        words = [word for word in fold(part).split() if word.isalpha() or not _DIGIT.search(word)]
        while words and words[0] in {"unit", "shop", "departures", "level"}:
            words = words[1:]
        if len(words) > 1 or (words and len(words[0]) >= 4 and words[0] not in GENERIC):
            yield " ".join(words)


def names_of(found: Iterable[Named]) -> list[str]:
    """Codes of the kinds of words that were found, each once."""
    return list(dict.fromkeys(named.naming.value for named in found))


def content_words(branch: Branch) -> frozenset[str]:
    """Every word that describes the branch."""
    described = (branch.name, branch.address, branch.inside or "", *branch.landmarks, *branch.aliases)
    return frozenset(chain.from_iterable(map(folded_words, described)))


__all__ = ["Gazetteer", "Named", "Naming", "content_words", "fold", "fold_word", "names_of", "streets"]
