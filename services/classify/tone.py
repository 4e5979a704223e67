"""The tone of what is not about us: general chatter is read with a list of words and their valence as well.

Our corpus teaches what companies hear; a fan's joy about tomorrow's match is not in it. The more a text is neither
complaint nor praise, question or idea, the more VADER's valences (an MIT-licensed word list) have a say in its
sentiment. How much was fitted on hands of general posts that train nothing else.
"""

import sys
from collections.abc import Mapping, Sequence
from types import ModuleType
from typing import Any

import numpy as np
import numpy.typing as npt

from contracts import Kind
from services.classify.heads import HEADS

Table = npt.NDArray[np.float32]
OTHER = HEADS["kind"].index(Kind.OTHER)
OTHER_MIN = 0.1
"""Below this chance of being neither of the four the tone is left as it is."""
CHARACTERS_MAX = 1_000
VALENCES = ("pos", "neg", "neu", "compound")


def _analyzer() -> Any:
    """VADER. Its module loads requests, 17 MB, for a demonstration of its own that nothing here runs."""
    is_absent = "requests" not in sys.modules
    if is_absent:
        sys.modules["requests"] = ModuleType("requests")
    try:
        from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer  # only now: see above
    finally:
        if is_absent:
            del sys.modules["requests"]
    return SentimentIntensityAnalyzer()


_valences = _analyzer()


def valences_of(text: str) -> list[float]:
    """Shares of positive, negative and neutral words, and the compound, -1 to 1."""
    scores: Mapping[str, float] = _valences.polarity_scores(text[:CHARACTERS_MAX])
    return [scores[name] for name in VALENCES]


def inputs(sentiment: Table, kind: Table, valences: Table) -> Table:
    """[texts, 8] what the correction is a sum of: one, the logarithms, the valences; all times the chance of other."""
    logs = np.log(np.maximum(sentiment, 1e-4))
    parts = np.concatenate([np.ones((len(logs), 1)), logs, valences], axis=1) * kind[:, OTHER, None]
    return parts.astype(np.float32)


def corrected(sentiment: Table, kind: Table, texts: Sequence[str], weights: Sequence[Sequence[float]]) -> Table:
    """The sentiment's probabilities [texts, 3] with the valences heard, where a text is likely to be general."""
    general = np.flatnonzero(kind[:, OTHER] >= OTHER_MIN).tolist()
    if not general:
        return sentiment
    valences = np.array([valences_of(texts[index]) for index in general], dtype=np.float32)
    logs = np.log(np.maximum(sentiment[general], 1e-4))
    scores = logs + inputs(sentiment[general], kind[general], valences) @ np.array(weights, dtype=np.float32)
    chances = np.exp(scores - scores.max(1, keepdims=True))
    heard = sentiment.copy()
    heard[general] = chances / chances.sum(1, keepdims=True)
    return heard
