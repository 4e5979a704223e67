"""A text as words, folded for comparison and with what folding loses: capitals, hashtags, breaks between. Pure."""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import repeat
from typing import NamedTuple

TOKENS_MAX = 400


def word_set(*lines: str) -> frozenset[str]:
    """The words of a table."""
    return frozenset(word for line in lines for word in line.split())


def word_pairs(*lines: str) -> frozenset[tuple[str, str]]:
    """The pairs of words of a table, with commas between them."""
    pairs = [pair.split() for line in lines for pair in line.split(",")]
    return frozenset((first, second) for first, second in pairs)


CANONICAL = {"street": "st", "saint": "st", "sankt": "st", "rd": "road", "ave": "avenue", "av": "avenue"}
CANONICAL |= {"str": "strasse", "blvd": "boulevard", "sq": "square", "hbf": "hauptbahnhof", "bhf": "bahnhof"}
"""One form of words people shorten. St is a street after a name and a saint before one: both are `st`."""

_CAMEL = re.compile(r"(?<=[a-zß-ÿ0-9])(?=[A-ZÀ-Þ])")
_HASHTAG = re.compile(r"#(\w+)")
_APOSTROPHES = str.maketrans("’`´‘", "''''")
_ELISION = re.compile(r"\b(l|d|qu|j|n|s|c|m|t|dell|all|nell|sull|dall|un)'(?=\w)", re.IGNORECASE)
_PIECES = re.compile(r"[^\W_]+(?:'[^\W_]+)*|[.,;:!?…\n()–—]")
_WORDS = re.compile(r"[^\W_]+(?:'[^\W_]+)*")
_LINK = re.compile(r"https?://\S+")
STRONG = frozenset(".;!?…\n")
_LETTERS = str.maketrans({"ł": "l", "ø": "o", "đ": "d", "ı": "i", "æ": "ae", "œ": "oe"})


class Token(NamedTuple):
    """One word. `word` is folded, `raw` as written; `gap` is what stands before it: "", a weak or a strong sign."""

    word: str
    raw: str
    gap: str = ""
    tagged: bool = False

    @property
    def capital(self) -> bool:
        """Written with a capital, or a hashtag, where nobody writes one."""
        return self.tagged or self.raw[0].isupper()

    @property
    def shouted(self) -> bool:
        """All letters are capitals."""
        return len(self.raw) > 1 and self.raw.isupper()


def read(text: str) -> list[Token]:
    """The words of `text`. A hashtag in camel case is several words, an elision (l'…) a word of its own."""
    text = _prepared(text)
    tokens: list[Token] = []
    gap = "."
    for raw, tagged in _pieces(text):
        if not raw[0].isalnum():
            gap = raw if not gap or raw in STRONG else gap
            continue
        for part in _CAMEL.split(raw) if tagged else (raw,):
            tokens.append(_token(Token, (fold_word(part), part, gap, tagged)))
            gap = ""
        if len(tokens) >= TOKENS_MAX:
            break
    return tokens


_token = tuple.__new__
"""What a named tuple's own constructor calls; it is most of the time of reading a text."""


def _pieces(text: str) -> Iterable[tuple[str, bool]]:
    """Words and signs, and whether each is a hashtag."""
    if "#" not in text:
        return zip(_PIECES.findall(text), repeat(False))
    tags = {match.start(1) for match in _HASHTAG.finditer(text)}
    return ((piece.group(), piece.start() in tags) for piece in _PIECES.finditer(text))


def _prepared(text: str) -> str:
    text = text.translate(_APOSTROPHES)
    if "://" in text:
        text = _LINK.sub(" ", text)
    return _ELISION.sub(r"\1 ", text) if "'" in text else text


@lru_cache(maxsize=65_536)
def fold_word(raw: str) -> str:
    """One word in small letters without accents and apostrophes, in its canonical form."""
    word = raw.casefold().replace("'", "")
    if not word.isascii():
        word = unicodedata.normalize("NFKD", word.translate(_LETTERS))
        word = "".join(character for character in word if not unicodedata.combining(character))
    if word.endswith("str") and len(word) > 5:
        return word + "asse"
    return CANONICAL.get(word, word)


@lru_cache(maxsize=16_384)
def fold(text: str) -> str:
    """`text` in small letters without accents, apostrophes and signs; usual short forms in their canonical form."""
    return " ".join(folded_words(text))


def folded_words(text: str) -> Iterator[str]:
    """The words of `fold(text)`."""
    plain = text.isascii() and "'" not in text and ":" not in text
    return map(fold_word, _WORDS.findall(text if plain else _prepared(text)))
