"""A company's own topics: recognised by the words its example sentences share, without training.

Every word of the examples weighs as much as it says (the length of its vector) and as many other examples hold a word
like it. A text is about the topic when its words are more like those than all but a few texts about our own topics are.
Pure.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import zip_longest

import numpy as np
import numpy.typing as npt

from contracts import OwnTopic
from services.classify.taxonomy import OwnEntry, Taxonomy
from services.classify.text import tokens

Table = npt.NDArray[np.float32]
Vectors = Callable[[Sequence[str]], Table]
"""Words → their vectors [words, width], the longer the more a word says; zeros for a word nobody knows."""

ALIKE_MIN = 0.4
"""From this cosine on two words mean something alike."""
SECOND_WORD_SHARE = 0.5
"""What a second fitting word adds: one alone may be chance."""
BACKGROUND_SENTENCES = 3
"""So many of our own topics' examples in a row are one text about other things, as long as a mention is."""
BACKGROUND_BELOW = 0.95
"""This share of those has to score lower than the line; a few may be about the topic."""
TOP_SHARE_MIN = 0.4
"""And the line is no lower than this share of what the examples reach themselves."""
OWN_TOPICS_MAX = 3
WORDS_REMEMBERED = 50_000


@dataclass(frozen=True)
class _Known:
    """One own topic: its words as directions [words, width], and how much each says."""

    name: str
    entry: OwnEntry
    keys: Table
    weights: Table


class OwnTopics:
    """All of a company's own topics. `vectors`: those of the first stage."""

    def __init__(self, taxonomy: Taxonomy, vectors: Vectors) -> None:
        self._vectors = vectors
        self._known = [self._learn(name, entry) for name, entry in taxonomy.own.items()]
        self._fit = lru_cache(WORDS_REMEMBERED)(self._fit_of)
        if self._known:
            background = np.array([self._scores(text) for text in _background(taxonomy)])
            examples = [np.array([self._scores(text) for text in known.entry.examples]) for known in self._known]
            self._tops = [max(float(np.median(scores[:, index])), 1e-9) for index, scores in enumerate(examples)]
            others = np.quantile(background, BACKGROUND_BELOW, axis=0)
            self._lines: Table = np.maximum(others, TOP_SHARE_MIN * np.array(self._tops))

    def find(self, text: str) -> tuple[OwnTopic, ...]:
        """Those the text is about, the most alike first."""
        if not self._known:
            return ()
        scores = self._scores(text)
        found = [index for index in np.argsort(-scores) if scores[index] >= self._lines[index]]
        return tuple(
            OwnTopic(
                name=self._known[index].name,
                below=self._known[index].entry.below,
                similarity=round(min(float(scores[index]) / self._tops[index], 1.0), 4),
            )
            for index in found[:OWN_TOPICS_MAX]
        )

    def _learn(self, name: str, entry: OwnEntry) -> _Known:
        words = sorted({word for text in entry.examples for word in _words(text)})
        keys, lengths = _directions(self._vectors(words))
        of_example = [_directions(self._vectors(_words(text)))[0] for text in entry.examples]
        support = np.mean([_likeness(keys, one).max(1, initial=0.0) for one in of_example], axis=0)
        weights: Table = (lengths**2 * np.maximum(support - 1 / len(of_example), 0)).astype(np.float32)
        return _Known(name, entry, keys, weights)

    def _scores(self, text: str) -> Table:
        """[own topics]: the best fitting word, and half of the second."""
        fits = np.sort([self._fit(word) for word in _words(text)] or [(0.0,) * len(self._known)], axis=0)
        second = fits[-2] if len(fits) > 1 else 0.0
        scores: Table = fits[-1] + SECOND_WORD_SHARE * second
        return scores

    def _fit_of(self, word: str) -> tuple[float, ...]:
        """How well one word fits each own topic."""
        direction, _ = _directions(self._vectors([word]))
        return tuple(
            float((_likeness(known.keys, direction)[:, 0] * known.weights).max(initial=0.0)) for known in self._known
        )


def _background(taxonomy: Taxonomy) -> list[str]:
    columns = zip_longest(*(entry.examples for entry in taxonomy.topics.values()), fillvalue="")
    sentences = [text for column in columns for text in column if text]
    starts = range(len(sentences) - BACKGROUND_SENTENCES)
    return [" ".join(sentences[start : start + BACKGROUND_SENTENCES]) for start in starts]


def _words(text: str) -> list[str]:
    return [word for word in dict.fromkeys(tokens(text)) if word[:1].isalpha()]


def _directions(vectors: Table) -> tuple[Table, Table]:
    """Each of length one, zeros as they are; and how long each was."""
    lengths: Table = np.linalg.norm(vectors, axis=1)
    return (vectors / np.maximum(lengths, 1e-9)[:, None]).astype(np.float32), lengths


def _likeness(keys: Table, words: Table) -> Table:
    """[keys, words], 0 where two words have nothing in common, 1 where they are one."""
    alike: Table = np.clip((keys @ words.T - ALIKE_MIN) / (1 - ALIKE_MIN), 0, 1)
    return alike
