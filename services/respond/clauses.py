"""Cuts a text into the clauses that are judged one by one: a single one spoils a helpful answer. Pure."""

import re
from collections.abc import Iterator

_SENTENCES = re.compile(r"(?<=[.!?…])[\"')]*\s+|\s*[;:]\s+|\s+[–—-]\s+|\n+")
_TURNS = re.compile(
    r",\s+(?=(?:but|though|although|as|since|because|which|so|and|while|however|yet|or|if|aber|denn|da|weil"
    r"|mais|car|pero|porque|ma|perché)\b)|\s+(?=(?:but|although|though|because|whereas)\b)",
    re.IGNORECASE,
)
WORDS_MIN = 3
"""A sentence is cut at a turn only where both sides hold as many words."""


def clauses(text: str) -> list[tuple[int, int]]:
    """The spans [start, end) of the clauses of `text`, in order."""
    return [span for start, end in _sentences(text) for span in _turns(text, start, end)]


def _sentences(text: str) -> Iterator[tuple[int, int]]:
    start = 0
    for cut in _SENTENCES.finditer(text):
        yield start, cut.start()
        start = cut.end()
    yield start, len(text)


def _turns(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    for cut in _TURNS.finditer(text, start, end):
        before, after = text[start : cut.start()], text[cut.end() : end]
        if min(len(before.split()), len(after.split())) >= WORDS_MIN:
            yield start, cut.start()
            start = cut.end()
    if text[start:end].strip():
        yield start, end
