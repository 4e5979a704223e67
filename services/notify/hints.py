"""What decides between branches that the named places leave open. Pure.

A region or country, words of a branch's description, opening hours, the language: each alone would say too little, and
among two branches of one town each can be enough.
"""

from collections import defaultdict
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from services.notify.directory import Branch
from services.notify.gazetteer import GENERIC, Named, content_words
from services.notify.geography import ADJECTIVES, COUNTRIES, LANGUAGES, PARTS, STATES
from services.notify.opening import Moment, is_open, local_moment, parse_hours, stated_moment
from services.notify.speech import (
    BRANCH_NOUNS,
    COMMON_WORDS,
    DETERMINERS,
    LOCATIVES,
    NEARNESS,
    STOP_WORDS,
    YOURS,
    Role,
    role_of,
)
from services.notify.words import Token, fold, word_set

CONCEPTS: Mapping[str, str] = {
    word: words.split()[0]
    for words in (
        "station bahnhof hauptbahnhof gare estacion stazione dworzec estacao centraal rail railway",
        "church kirche eglise iglesia chiesa kerk igreja kosciol basilica minster",
        "cathedral dom munster cathedrale catedral duomo kathedraal se katedra",
        "castle schloss burg chateau castillo castello kasteel castelo zamek",
        "museum museo musee museu muzeum",
        "tower turm tour torre toren wieza",
        "bridge brucke pont puente ponte brug most",
        "market markt marche mercado mercato markthalle rynek halles",
        "square platz place plaza piazza plein praca plac sq yard",
        "theatre theater teatro teatr playhouse",
        "cinema kino cine multiplex pictures bioscoop",
        "library bibliothek bibliotheque biblioteca bibliotheek biblioteka",
        "university universitat universite universidad universita universiteit uni campus college",
        "stadium stadion stade estadio arena ballpark ground estadio",
        "park gardens garden jardin parque parco tuin",
        "bookstore bookshop books book buchhandlung librairie libreria boekhandel livraria",
        "mall centre center einkaufszentrum arcade galleria galerie galeria shopping",
        "statue monument denkmal estatua statua",
        "river riverside fluss fleuve rio fiume rivier waterside riverbank",
        "harbour harbor hafen port puerto porto haven marina docks",
        "ferry fahre",
        "tram streetcar strassenbahn tranvia",
        "bus coach autobus",
        "underground metro subway tube ubahn u-bahn",
        "pool swimming baths piscina schwimmbad",
        "hospital krankenhaus hopital ospedale ziekenhuis klinik infirmary",
        "hall rathaus mairie ayuntamiento guildhall municipio stadhuis",
        "casino kasino",
        "opera oper",
        "hotel",
        "tv fernseh television",
        "zoo",
        "pub tavern inn kneipe",
        "airport flughafen aeroport aeropuerto aeroporto luchthaven lotnisko",
        "fountain brunnen fontaine fuente fontana",
        "gallery kunsthalle museo",
        "clock uhr uhrturm",
        "school schule ecole escuela scuola",
    )
    for word in words.split()
}
"""Kinds of landmarks: what people call them in several languages, by the first of the words."""

_COMPOUND_ENDS = ("turm", "bahnhof", "kirche", "brucke", "platz", "markt", "museum", "theater", "plein", "kerk")
_COMPOUND_STARTS = ("fernseh",)
WORDS_OF_PLACE_MAX = 4


@lru_cache(maxsize=65_536)
def concepts_of(word: str) -> frozenset[str]:
    """What kind of thing the word is, or the word itself; a compound is its parts too."""
    concept = CONCEPTS.get(word, word)
    if not word.endswith(_COMPOUND_ENDS) and not word.startswith(_COMPOUND_STARTS):
        return frozenset((concept,))
    found = {concept}
    found |= {CONCEPTS[end] for end in _COMPOUND_ENDS if word.endswith(end) and word != end and end in CONCEPTS}
    found |= {CONCEPTS[start] for start in _COMPOUND_STARTS if word.startswith(start)}
    return frozenset(found)


class Surroundings:
    """Which branches have what around them; built when first asked, for most mentions name the branch."""

    def __init__(self, branches: Sequence[Branch]) -> None:
        self._branches = branches
        self._index: dict[str, dict[str, int]] | None = None
        self._described: dict[str, frozenset[str]] = {}

    def described(self, branch: Branch) -> frozenset[str]:
        """The kinds and names that describe a branch."""
        known = self._described.get(branch.id)
        if known is None:
            known = frozenset[str]().union(*map(concepts_of, content_words(branch)))
            self._described[branch.id] = known
        return known

    def near(self, tokens: Sequence[Token], named: Sequence[Named]) -> tuple[frozenset[str], int]:
        """The branches with the most of what stands after "by", "next to", …; and how many words agree."""
        best: tuple[frozenset[str], int] = frozenset(), 0
        for words in _places_nearby(tokens, named):
            hits: dict[str, int] = defaultdict(int)
            for word in words:
                for branch, weight in self._having(word).items():
                    hits[branch] += weight
            most = max(hits.values(), default=0)
            if most > best[1]:
                best = frozenset(branch for branch, count in hits.items() if count == most), most
        return best

    def _having(self, word: str) -> Mapping[str, int]:
        """The branches with such a landmark: two for what it is, one for a word of its name."""
        if self._index is None:
            self._index = self._built()
        found: dict[str, int] = {}
        for concept in concepts_of(word):
            for branch, weight in self._index.get(concept, {}).items():
                found[branch] = max(found.get(branch, 0), weight)
        return found

    def _built(self) -> dict[str, dict[str, int]]:
        index: dict[str, dict[str, int]] = defaultdict(dict)
        for branch in self._branches:
            for landmark in (*branch.landmarks, branch.inside or ""):
                words = fold(landmark).split()
                for word in words:
                    weight = 2 if word == words[-1] or word in CONCEPTS else 1
                    for concept in concepts_of(word):
                        here = index[concept]
                        here[branch.id] = max(here.get(branch.id, 0), weight)
        return dict(index)


def _places_nearby(tokens: Sequence[Token], named: Sequence[Named]) -> Iterator[list[str]]:
    """The nouns after words of nearness, up to the next sign."""
    starts = [at for at, token in enumerate(tokens) if token.word in _PLACING]
    if not starts:
        return
    taken = {at for item in named for at in range(item.start, item.end)}
    for at in starts:
        words: list[str] = []
        for follow in range(at + 1, min(at + 1 + WORDS_OF_PLACE_MAX, len(tokens))):
            if tokens[follow].gap:
                break
            if follow not in taken and _says_something(tokens[follow]):
                words.append(tokens[follow].word)
        close = tokens[at].word in NEARNESS
        if words and (close or any(word in _DISTINCT for word in words)):
            yield words


_PLACING = NEARNESS | LOCATIVES
_DISTINCT = frozenset(("bookstore", "bookshop", "casino", "zoo", "ballpark", "stadium", "university", "cathedral"))


def _says_something(token: Token) -> bool:
    return (
        token.word not in DETERMINERS
        and token.word not in BRANCH_NOUNS - {"market", "airport", "station", "hotel", "pub"}
        and (token.word in CONCEPTS or token.word not in STOP_WORDS)
    )


def by_description(
    branches: Sequence[Branch], surroundings: Surroundings, tokens: Sequence[Token], named: Sequence[Named]
) -> frozenset[str]:
    """The branches that most of the text's words describe; none where all are alike."""
    taken = {at for item in named for at in range(item.start, item.end) if len(item.branches) >= len(branches)}
    told = [concepts_of(tokens[at].word) for at in _telling(tokens) if at not in taken]
    if not told:
        return frozenset()
    concepts = frozenset[str]().union(*told)
    hits = {branch.id: concepts & surroundings.described(branch) for branch in branches}
    # What is so of every branch counts for all alike, and so for none.
    counts = {branch_id: len(hit) for branch_id, hit in hits.items()}
    most = max(counts.values())
    if most == min(counts.values()):
        return frozenset()
    return frozenset(branch_id for branch_id, count in counts.items() if count == most)


_POINTING = NEARNESS | DETERMINERS | LOCATIVES
_SAY_NOTHING = STOP_WORDS | DETERMINERS | (BRANCH_NOUNS - CONCEPTS.keys())


def _telling(tokens: Sequence[Token]) -> Iterator[int]:
    """Words that may describe a place: kinds of landmarks after "the" or "by", and names."""
    for at, token in enumerate(tokens):
        if token.word in _SAY_NOTHING or len(token.word) < 2 or token.word[0].isdigit():
            continue
        before = tokens[max(at - 3, 0) : at] if not token.gap else ()
        placed = not _POINTING.isdisjoint([earlier.word for earlier in before])
        if token.word in CONCEPTS or token.word in GENERIC or token.word in COMMON_WORDS:
            if placed or (token.capital and at):
                yield at
        elif token.capital or placed:
            yield at


@dataclass(frozen=True, slots=True)
class Region:
    """A region that was said: where, and the branches in it; none of them where the company is not there."""

    start: int
    end: int
    branches: frozenset[str]
    located: bool


class Regions:
    """Regions, states and countries of a company's branches, and those it has none in."""

    def __init__(self, branches: Sequence[Branch]) -> None:
        found: dict[str, set[str]] = {name: set() for name in _REGIONS_OF_THE_WORLD}
        alike: dict[tuple[str, str], list[str]] = defaultdict(list)
        for branch in branches:
            alike[branch.region, branch.country].append(branch.id)
        for (region, country), ids in alike.items():
            for name in _regions_of(region, country):
                found.setdefault(name, set()).update(ids)
        for part, others in PARTS.items():
            found[part] -= {name for (region, _), ids in alike.items() if fold(region) in others for name in ids}
        self._all = frozenset(branch.id for branch in branches)
        self._of_name = {name: frozenset(ids) for name, ids in found.items() if name}
        self._longest: dict[str, int] = {}
        for name in self._of_name:
            words = name.split()
            self._longest[words[0]] = max(self._longest.get(words[0], 0), len(words))

    def said(self, tokens: Sequence[Token], named: Sequence[Named]) -> Iterator[Region]:
        """Every region in the words; what is denied stands for all the others."""
        starts = [at for at, token in enumerate(tokens) if token.word in self._longest]
        if not starts:
            return
        taken = {at for item in named for at in range(item.start, item.end)}
        ends = {item.end for item in named}
        for at in starts:
            if at not in taken and (region := self._at(tokens, at, ends)) is not None:
                yield region

    def _at(self, tokens: Sequence[Token], at: int, ends: Container[int]) -> Region | None:
        for length in range(min(self._longest[tokens[at].word], len(tokens) - at), 0, -1):
            name = " ".join(item.word for item in tokens[at : at + length])
            there = self._of_name.get(name)
            if there is None or not _is_region(tokens, at, at + length, name, ends):
                continue
            if role_of(tokens, at, at + length) is Role.DENIED:
                there = self._all - there
            return Region(at, at + length, there, _is_located(tokens, at, at + length))
        return None


def _is_region(tokens: Sequence[Token], start: int, end: int, name: str, ends: Container[int]) -> bool:
    """A code stands after a town and in capitals, an adjective before "one" or "branch"."""
    if name in ADJECTIVES:
        return end < len(tokens) and tokens[end].word in BRANCH_NOUNS
    if len(name) > 3:
        return True
    token = tokens[start]
    if token.raw.isupper():
        return start in ends or len(name) == 3 or name == "uk"
    return start in ends and token.gap == "," and token.raw.istitle() and name not in _EVERYDAY_CODES


_EVERYDAY_CODES = word_set("in or me hi ok oh la pa ma de id al on us nt")


def _is_located(tokens: Sequence[Token], start: int, end: int) -> bool:
    before = tokens[start - 1].word if start and not tokens[start].gap else ""
    after = tokens[end].word if end < len(tokens) and not tokens[end].gap else ""
    return before in YOURS or (before in {"the", "in"} and after in BRANCH_NOUNS) or after in BRANCH_NOUNS


_REGIONS_OF_THE_WORLD: Sequence[str] = (
    *(name for names in COUNTRIES.values() for name in names),
    *(name.replace("_", " ") for states in STATES.values() for name in states.values()),
    *(code.lower() for states in STATES.values() for code in states),
    *ADJECTIVES,
)


@lru_cache(maxsize=4096)
def _regions_of(region: str, country: str) -> tuple[str, ...]:
    name = fold(region)
    codes = (code.lower() for code, full in STATES.get(country, {}).items() if full.replace("_", " ") == name)
    adjectives = (word for word, code in ADJECTIVES.items() if code == country)
    return (name, *COUNTRIES.get(country, ()), *codes, *adjectives)


NOW = word_set("now here currently standing stuck jetzt gerade ahora aqui maintenant nu teraz adesso agora hier")
WISHES = word_set("why pourquoi warum por waarom perche")
CLOSED_DAY = word_set("open opens opened offnet aufmachen ouvre ouvrir abrir abre")


def by_hours(
    leaders: Iterable[Branch], text: str, tokens: Sequence[Token], posted_at: datetime | None
) -> frozenset[str]:
    """The leaders that serve customers at the moment the text gives, or now if it says now; all where unknown."""
    words = [token.word for token in tokens]
    day, minute = stated_moment(text, words)
    now = any(word in NOW for word in words)
    if day is None and not (posted_at and (now or minute is not None)):
        return frozenset()
    if words[:1] and words[0] in WISHES and any(word in CLOSED_DAY for word in words):
        return frozenset()
    serving = set[str]()
    for branch in leaders:
        week = parse_hours(branch.opening_hours)
        if week is None:
            return frozenset()
        if is_open(week, _moment(branch, day, minute, posted_at)):
            serving.add(branch.id)
    return frozenset(serving)


def _moment(branch: Branch, day: int | None, minute: int | None, posted_at: datetime | None) -> Moment:
    if day is not None:
        return Moment(day, minute)
    if posted_at is None:
        return Moment(0, minute)
    local = local_moment(posted_at, branch.timezone)
    return Moment(local.weekday, minute) if minute is not None else local


_LANGUAGE_WORDS: Mapping[str, frozenset[str]] = {
    language: frozenset(words.split())
    for language, words in {
        "de": "der die das und ist nicht ich ein eine zu mit auf fur im den dem wieder kein keine seit warum euer eure",
        "fr": "le les et est pas je une des dans sur pour vous votre avec depuis une encore heure personne du au c",
        "es": "el los las y es que en una por para con nadie pero hace vuestra tienda muy sin abierta las me lo",
        "it": "il gli e che di una per con non sono della nel anche ancora nessuno vostra dopo",
        "nl": "het een en niet ik van op voor met geen jullie naar weer maar wat uur winkel",
        "pt": "o os e que de uma para com nao voces vossa loja fila ninguem sem mas",
        "pl": "i nie w na sie z do jest nikt wasz sklep to jak od",
    }.items()
}


def countries_spoken(tokens: Sequence[Token]) -> frozenset[str]:
    """The countries whose language the text is in; none where it may be English or too little is said."""
    words = {token.word for token in tokens}
    counts = {language: len(words & known) for language, known in _LANGUAGE_WORDS.items()}
    first, second = sorted(counts.values(), reverse=True)[:2]
    if first < 3 or first <= second:
        return frozenset()
    return LANGUAGES[max(counts, key=lambda language: counts[language])]


def names_unknown_place(tokens: Sequence[Token], known: Sequence[Named]) -> bool:
    """Whether a branch is named that is none of ours: "your Swindon branch", "the shop in Swindon"."""
    taken = {at for item in known for at in range(item.start, item.end)}
    return any(at not in taken and _is_unknown_place(tokens, at) for at in range(1, len(tokens)))


def _is_unknown_place(tokens: Sequence[Token], at: int) -> bool:
    token = tokens[at]
    if not token.raw[0].isupper() or token.shouted or token.word in STOP_WORDS or token.gap:
        return False
    before = tokens[at - 1].word
    after = tokens[at + 1] if at + 1 < len(tokens) else None
    named = before in YOURS | {"the"} and after is not None and not after.gap and after.word in BRANCH_NOUNS
    earlier = tokens[at - 2].word if at > 1 else ""
    return named or (before in LOCATIVES and earlier in BRANCH_NOUNS | {"open", "reopen"})
