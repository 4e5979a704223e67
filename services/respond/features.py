"""What the defensiveness gate sees in a text: grams of words and of characters, and stances. Pure, and without numpy.

Numbers are left out on purpose: good replies hold more of them, and a gate must not live on that.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib import resources
from zlib import crc32

import yaml

from services.respond.clauses import clauses

BITS = 18
_MASK = (1 << BITS) - 1
_WORD = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)?|\d+|[!?%$€£]")
_QUOTES = str.maketrans({"’": "'", "‘": "'", "“": '"', "”": '"'})
WORDS_KEPT = 8_192
LENGTH_MAX = 10_000
"""Characters that are read; what is longer is refused by another gate."""


@dataclass(frozen=True)
class Seen:
    """One stretch of a text: where it is, the places of its grams, and its stances."""

    start: int
    end: int
    grams: frozenset[int]
    stances: frozenset[str]


@cache
def stances() -> Mapping[str, re.Pattern[str]]:
    """The table that comes with this version."""
    raw: dict[str, str] = yaml.safe_load(
        resources.files("services.respond").joinpath("stances.yaml").read_text("utf-8")
    )
    return {name: re.compile(pattern) for name, pattern in raw.items()}


def look(text: str) -> tuple[Seen, list[Seen]]:
    """The text as a whole, and clause by clause."""
    plain = folded(text)
    spans = clauses(plain) or [(0, len(plain))]
    found: list[set[str]] = [set() for _ in spans]
    for name, pattern in stances().items():
        for match in pattern.finditer(plain):
            for place, (start, end) in enumerate(spans):
                if start <= match.start() < end:
                    found[place].add(name)
    seen = [
        Seen(start, end, frozenset(grams(plain[start:end])), frozenset(names))
        for (start, end), names in zip(spans, found, strict=True)
    ]
    # Of its clauses: a pair across two of them would mean little, and reading it again would take as long again.
    whole = Seen(0, len(plain), frozenset().union(*(one.grams for one in seen)), frozenset().union(*found))
    return whole, seen


def folded(text: str) -> str:
    """Lower-cased, with plain quotes, and as long as `text` where that is possible: spans hold for both."""
    plain = text[:LENGTH_MAX].translate(_QUOTES)
    low = plain.lower()
    return low if len(low) == len(plain) else "".join(c.lower() if len(c.lower()) == 1 else c for c in plain)


def grams(plain: str) -> set[int]:
    """Places of words, of pairs and triples of words, of pairs around a word, and of characters in words."""
    words = _WORD.findall(plain)
    found: set[int] = set()
    marks = [1]
    for word in words:
        mark, inner = _read_word(word)
        marks.append(mark)
        found.update(inner)
    marks.append(2)
    for place in range(len(marks) - 1):
        first, second = marks[place], marks[place + 1]
        found.add(_mixed(first, second, 3))
        if place + 2 < len(marks):
            third = marks[place + 2]
            found.add(_mixed(first, third, 5))
            found.add(_mixed(_mixed(first, second, 3), third, 7))
    return found


def _mixed(first: int, second: int, salt: int) -> int:
    return (first * 0x9E3779B1 + second * 0x85EBCA6B + salt * 0xC2B2AE35 >> 7) & _MASK


@lru_cache(WORDS_KEPT)
def _read_word(word: str) -> tuple[int, tuple[int, ...]]:
    """The mark of a word in pairs and triples, and the places it has by itself."""
    if word.isdigit():
        return 0, ()
    mark = crc32(word.encode())
    edged = f"<{word}>"
    parts = (edged[i : i + size] for size in (4, 5) for i in range(len(edged) - size + 1))
    return mark, (mark & _MASK, *(crc32(b"c" + part.encode()) & _MASK for part in parts))
