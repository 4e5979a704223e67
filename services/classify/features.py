"""What the first stage looks at: grams, words that have a vector, and how often each cue occurs. Pure."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from services.classify.lexicon import Lexicon
from services.classify.text import grams

COUNT_MAX = 3
EXTRA = ("length", "question_end", "exclamations", "caps", "link", "handle")


@dataclass(frozen=True)
class Found:
    """What the lexicon finds in a text: where each kind of cue is, characters [start, end), how often each topic."""

    cues: Mapping[str, tuple[tuple[int, int], ...]]
    topics: Mapping[str, int]
    urgent: tuple[str, ...]


def find(folded: str, lexicon: Lexicon) -> Found:
    """Look for everything in lower-cased text."""
    spans = lexicon.index.find(folded)
    topics_from, urgent_from = len(lexicon.cues), len(lexicon.cues) + len(lexicon.topics)
    return Found(
        {name: tuple(some) for name, some in zip(lexicon.cues, spans, strict=False)},
        {topic: len(some) for topic, some in zip(lexicon.topics, spans[topics_from:], strict=False)},
        tuple(name for name, some in zip(lexicon.urgent, spans[urgent_from:], strict=True) if some),
    )


def cue_names(lexicon: Lexicon) -> list[str]:
    """The columns of `cue_vector`, in order."""
    topics = (f"topic {topic}" for topic in lexicon.topics)
    urgent = (f"urgent {name}" for name in lexicon.urgent)
    return [*lexicon.cues, *topics, *urgent, *EXTRA]


def cue_vector(words: Sequence[str], found: Found, lexicon: Lexicon) -> list[float]:
    """Counts up to three, and a few facts about the whole text."""
    return [
        *(float(min(len(spans), COUNT_MAX)) for spans in found.cues.values()),
        *(float(min(count, COUNT_MAX)) for count in found.topics.values()),
        *(float(name in found.urgent) for name in lexicon.urgent),
        math.log1p(len(words)) / 3,
        float(bool(words) and words[-1].startswith("?")),
        float(min(sum(word.startswith("!") for word in words), COUNT_MAX)),
        float(bool(words) and words[0] == "<caps>"),
        float("<link>" in words),
        float("<handle>" in words),
    ]


class Vocabulary:
    """Words that have a vector; a word that has none is read piece by piece, the longest known piece first."""

    def __init__(self, known: Sequence[str]) -> None:
        self._places = {word: place for place, word in enumerate(known)}
        self.places = lru_cache(50_000)(self._of)

    def _of(self, word: str) -> tuple[int, ...]:
        whole = self._places.get(word)
        if whole is not None:
            return (whole,)
        if word.startswith(("<", "em:")) or len(word) > 40:
            return ()
        return tuple(self._pieces(word))

    def _pieces(self, word: str) -> list[int]:
        found, start = [], 0
        while start < len(word):
            for end in range(len(word), start, -1):
                piece = word[start:end] if start == 0 else f"##{word[start:end]}"
                if (place := self._places.get(piece)) is not None:
                    found.append(place)
                    break
            else:
                end = start + 1
            start = end
        return found


def gram_places(words: list[str], known: Mapping[str, int]) -> list[int]:
    """Which known grams occur, each once."""
    return list({place for gram in grams(words) if (place := known.get(gram)) is not None})
