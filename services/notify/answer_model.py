"""How likely each status is, by weights learnt from our own answers (`evaluation/train.py` writes them). Pure."""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from services.notify.answer_features import features

WEIGHTS = Path(__file__).with_name("answer_weights.json")


@dataclass(frozen=True)
class Model:
    """A row of weights per feature, one number per status."""

    statuses: Sequence[str]
    bias: Sequence[float]
    weights: Mapping[str, Sequence[float]]
    shared: frozenset[str]

    def chances(self, folded: str, said: str) -> dict[str, float]:
        """Each status with its probability."""
        totals = list(self.bias)
        for name, value in features(folded, said, self.shared).items():
            for at, weight in enumerate(self.weights.get(name, ())):
                totals[at] += weight * value
        top = max(totals)
        raised = [math.exp(total - top) for total in totals]
        return {status: one / sum(raised) for status, one in zip(self.statuses, raised, strict=True)}


@lru_cache(1)
def load_model() -> Model:
    """The weights that come with the code."""
    kept = json.loads(WEIGHTS.read_text("utf-8"))
    return Model(kept["statuses"], kept["bias"], kept["weights"], frozenset(kept["shared"]))
