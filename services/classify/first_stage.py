"""The first stage: reads a batch of texts with numpy alone, and says how sure it is of every class of every head.

Scores are sums: of the grams that occur, of the lexicon's cues, and of a small layer over the words' mean vector.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from services.classify.features import Found, Vocabulary, cue_vector, find, gram_places
from services.classify.lexicon import Lexicon, load_lexicon
from services.classify.text import folded, tokens

Table = npt.NDArray[np.float32]
MEANT_SCALE = 4.0
"""What a mean vector of length one is stretched to, as in training."""


@dataclass(frozen=True)
class Read:
    """A text as the first stage sees it. `found`: in the customer's own words, for the reasons; `counted`: as read."""

    words: list[str]
    found: Found
    counted: Found


class FirstStage:
    """Weights and how to apply them. `from_file` reads what training wrote."""

    def __init__(self, arrays: Mapping[str, npt.NDArray[Any]], lexicon: Lexicon | None = None) -> None:
        self.lexicon = lexicon or load_lexicon()
        self._grams = {gram: place for place, gram in enumerate(json.loads(str(arrays["gram_list"])))}
        # Eight bits a number also in memory: widened, both tables would be the largest part of the process.
        self._gram_table, self._gram_scale = arrays["grams"], arrays["grams_scale"].astype(np.float32)
        self._words = Vocabulary(json.loads(str(arrays["word_list"])))
        self._vectors, self._vector_scale = arrays["vectors"], arrays["vectors_scale"].astype(np.float32)[:, None]
        names = ("cues", "cues_bias", "inner", "inner_bias", "outer", "outer_bias")
        self._layers: dict[str, Table] = {name: arrays[name].astype(np.float32) for name in names}

    @classmethod
    def from_file(cls, path: Path) -> "FirstStage":
        """Weights from an .npz file."""
        with np.load(path, allow_pickle=False) as arrays:
            return cls(dict(arrays))

    def read(self, text: str, english: str | None = None) -> Read:
        """Tokens, and what the lexicon finds. `english`: the text as it is to be understood, where it is another."""
        found = find(folded(text), self.lexicon)
        if english is None or english == text:
            return Read(tokens(text), found, found)
        return Read(tokens(english), found, find(folded(english), self.lexicon))

    def scores(self, reads: Sequence[Read]) -> Table:
        """[texts, classes of all heads], before any temperature."""
        cues = np.array([cue_vector(one.words, one.counted, self.lexicon) for one in reads], dtype=np.float32)
        meant = self._meant(reads)
        layers = self._layers
        inner: Table = np.maximum(np.concatenate([meant, cues], 1) @ layers["inner"] + layers["inner_bias"], 0)
        outer = inner @ layers["outer"] + layers["outer_bias"]
        scores: Table = self._gram_scores(reads) + cues @ layers["cues"] + layers["cues_bias"] + outer
        return scores.astype(np.float32)

    def word_vectors(self, words: Sequence[str]) -> Table:
        """[words, width], the longer the more a word says; zeros for a word nobody knows."""
        return _sums(self._vectors, [self._words.places(word) for word in words], self._vector_scale)

    def _gram_scores(self, reads: Sequence[Read]) -> Table:
        places = [gram_places(one.words, self._grams) for one in reads]
        lengths = np.array([max(len(some), 1) for some in places], dtype=np.float32)
        scores: Table = (_sums(self._gram_table, places, self._gram_scale) / np.sqrt(lengths)[:, None]).astype(
            np.float32
        )
        return scores

    def _meant(self, reads: Sequence[Read]) -> Table:
        places = [[place for word in one.words for place in self._words.places(word)] for one in reads]
        summed = _sums(self._vectors, places, self._vector_scale)
        lengths = np.linalg.norm(summed, axis=1, keepdims=True)
        meant: Table = summed / np.maximum(lengths, 1e-12) * MEANT_SCALE
        return meant


def _sums(table: npt.NDArray[Any], places: Sequence[Sequence[int]], scale: Table) -> Table:
    """For each list of places the sum of those rows of `table`, each by its `scale`, in one go for all of them."""
    sums = np.zeros((len(places), table.shape[1]), dtype=np.float32)
    filled = [number for number, some in enumerate(places) if some]
    if filled:
        flat = np.fromiter((place for some in places for place in some), dtype=np.intp)
        starts = np.cumsum([0, *(len(places[number]) for number in filled[:-1])])
        sums[filled] = np.add.reduceat(table[flat] * scale[flat], starts)
    return sums


def narrowed(table: Table, axis: int) -> tuple[npt.NDArray[np.int8], Table]:
    """Eight bits a number and a scale per row (axis 1) or column (axis 0)."""
    scale = np.maximum(np.abs(table).max(axis=axis, keepdims=True), 1e-12) / 127
    return np.round(table / scale).astype(np.int8), scale.astype(np.float32)
